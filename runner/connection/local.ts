// Connection `local`: the shell of this machine, started through zx. Speaks to no network.
import type { ChildProcess } from 'node:child_process';
import { $ } from 'zx/core';
import { Unreachable } from '../core/lost.ts';
import { quote } from '../core/shell.ts';
import type { Connection, Target } from '../core/types.ts';
import { sessionOn } from './session.ts';
import { signalCode } from './signals.ts';
import type { Ending, Line, Wire } from './wire.ts';

/** zx keeps all output for its ProcessOutput; a shell that lives for the whole run must not pile it up. */
const keepNothing = (): string[] => Object.assign([], { push: () => 0 });

function startChild(command: string): ChildProcess {
  const run = $({
    shell: '/bin/sh',
    prefix: '',
    postfix: '',
    quote: text => text,
    quiet: true,
    nothrow: true,
    // A group of its own: a question that signals its group does not signal the runner.
    detached: true,
    store: { stdout: keepNothing(), stderr: keepNothing(), stdall: keepNothing() },
  })`${command}`;
  run.catch(() => undefined);
  const child = run.child;
  if (child === undefined) throw new TypeError('zx started no process');
  return child;
}

function endingsOf(child: ChildProcess): { exited: Promise<Ending>; ended: Promise<Ending> } {
  let code = 0;
  const broken = new Promise<Ending>(resolve => {
    child.once('error', error => resolve({ lost: cannotStart(error.message) }));
  });
  const exit = new Promise<Ending>(resolve => {
    child.once('exit', (status, signal) => {
      code = status ?? signalCode(signal);
      resolve({ code });
    });
  });
  const closed = new Promise<Ending>(resolve => child.once('close', () => resolve({ code })));
  return { exited: Promise.race([exit, broken]), ended: Promise.race([closed, broken]) };
}

function cannotStart(why: string): Unreachable {
  return new Unreachable({
    code: 'E613',
    what: 'no shell starts on this machine',
    why,
    mend: 'see that /bin/sh is there and that this user may start processes (ulimit -u)',
  });
}

function lineOf(child: ChildProcess, count: { sent: number; received: number }): Line {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new TypeError('the process has no pipes');
  // A shell that has ended answers a write with EPIPE; its end is told by `ended`.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);
  const note = (bytes: Uint8Array | string): void => {
    count.sent += Buffer.byteLength(bytes);
  };
  return {
    write: bytes => {
      note(bytes);
      stdin.write(bytes);
    },
    send: bytes => {
      note(bytes);
      return new Promise(resolve => stdin.write(bytes, () => resolve()));
    },
    finish: () => stdin.end(),
    onData: take => {
      const takeFrom = (stream: 'stdout' | 'stderr') => (bytes: Buffer) => {
        count.received += bytes.length;
        take(stream, bytes);
      };
      stdout.on('data', takeFrom('stdout'));
      stderr.on('data', takeFrom('stderr'));
    },
    pause: () => stdout.pause(),
    resume: () => stdout.resume(),
    ...endingsOf(child),
    close: () => {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
      child.unref();
    },
  };
}

function localWire(): Wire {
  const lines = new Set<Line>();
  const count = { sent: 0, received: 0 };
  return {
    start: async (command, options) => {
      // script(1) gives a terminal to a command that needs one.
      const line = lineOf(startChild(options?.terminal ? `exec script -qefc ${quote(command)} /dev/null` : command), count);
      lines.add(line);
      void line.exited.then(() => lines.delete(line));
      return line;
    },
    startCost: 0,
    readyCost: 0,
    longestCommand: 100_000,
    bytes: () => ({ sent: count.sent, received: count.received }),
    close: () => {
      for (const line of lines) line.close();
    },
  };
}

/** The shells work in the runner's own folder, as with Ansible's local connection. */
export const connection: Connection = {
  open: async (target: Target, signal: AbortSignal) => {
    const session = sessionOn(localWire(), target);
    signal.addEventListener('abort', () => void session.close(), { once: true });
    return session;
  },
};
