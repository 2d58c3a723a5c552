#!/usr/bin/env node
// The process: argv in, exit code out. The only file that touches `process`.
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Clock } from './core/request.ts';
import { tsrun } from './cli.ts';
import type { Out, World } from './cli/world.ts';

const INTERRUPTED = 130;

// A run is short, and most of its code is warm at best: by default V8 optimises it so early that this takes up to half of the
// CPU time. What is hot for long is optimised all the same.
setFlagsFromString('--interrupt-budget=1000000');

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
};

interface Stream extends Out {
  flush(): void;
}

/** A reader that went away (`| head`) is no fault: what it does not want is dropped, the run goes on to its end.
 *  A run tells of many tasks at once: what comes in one turn of the event loop goes into a file or a pipe in one write. */
function out(stream: NodeJS.WriteStream): Stream {
  let gone = false;
  let waiting = '';
  stream.on('error', () => {
    gone = true;
  });
  const flush = (): void => {
    const text = waiting;
    waiting = '';
    if (text !== '' && !gone) stream.write(text);
  };
  return {
    write: text => {
      if (waiting === '' && !stream.isTTY) setImmediate(flush);
      waiting += text;
      if (stream.isTTY) flush();
    },
    flush,
    isTerminal: stream.isTTY || false,
    columns: stream.columns ?? 100,
  };
}

const stdout = out(process.stdout);
const stderr = out(process.stderr);
/** Never before what was said earlier: both may be one file. */
const complain = (text: string): void => {
  stdout.flush();
  stderr.write(text);
  stderr.flush();
};

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise(resolve => (stream.destroyed || stream.writableLength === 0 ? resolve() : stream.write('', () => resolve())));

/** The first Ctrl-C ends the run in order, the second at once. */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    complain('\ninterrupted: finishing what is in hand (again: at once)\n');
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return controller.signal;
}

/** A fault of tsrun itself: short for people, whole with -vvv. */
function ownFault(error: unknown): number {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const isVerbose = process.argv.some(word => /^-v{3,}$/.test(word));
  const report = isVerbose ? (stack ?? message) : `${message.split('\n', 3).join('\n')}${place(stack)}`;
  complain(`tsrun's own fault, not yours: ${report}\n${isVerbose ? '' : 'run again with -vvv for the whole report\n'}`);
  return 1;
}

const place = (stack: string | undefined): string => {
  const first = stack?.split('\n').find(line => /^\s+at /.test(line));
  return first === undefined ? '' : `\n${first}`;
};

async function main(): Promise<number> {
  const signal = interruptible();
  const world: World = {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    pid: process.pid,
    out: stdout,
    err: { ...stderr, write: complain },
    clock,
    random: Math.random,
    signal,
    ask: async question => {
      stdout.flush();
      return (await import('./cli/prompt.ts')).askAt({ input: process.stdin, output: process.stderr }, question);
    },
  };
  const code = await tsrun(world);
  return signal.aborted ? INTERRUPTED : code;
}

process.on('exit', stdout.flush);
process.on('uncaughtException', error => process.exit(ownFault(error)));
const code = await main().catch(ownFault);
stdout.flush();
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// Not left to the event loop: a socket that a sick host holds open must not keep the process.
process.exit(code);
