// Connection `ssh`: one connection a host through ssh2, host keys checked, jump hosts on the way.
import type { Socket } from 'node:net';
import type { ClientChannel, ExecOptions } from 'ssh2';
import type { Unreachable } from '../core/lost.ts';
import type { Connection, Target } from '../core/types.ts';
import { type Files, knownHostsFiles } from './host-key.ts';
import { sessionOn } from './session.ts';
import { dial, forward, type Hop, type Joined, join } from './ssh-client.ts';
import { channelFault, lost } from './ssh-faults.ts';
import { signalCode } from './signals.ts';
import type { Ending, Line, Wire } from './wire.ts';

/** A command is one packet of the protocol, and one argument of the login shell: 128 KiB on Linux. */
const longestCommand = { openSsh: 100_000, others: 30_000 };

/** Answers of OpenSSH to `exec` come as a terminal of this size; nothing of ours looks at it. */
const terminal: ExecOptions = { pty: { term: 'dumb', cols: 200, rows: 50, width: 0, height: 0, modes: { ECHO: 0 } } };

function lineOf(channel: ClientChannel, gone: Promise<{ readonly lost: Unreachable }>): Line {
  let code: number | undefined;
  let exited: (ending: Ending) => void = () => undefined;
  const exit = new Promise<Ending>(resolve => {
    exited = resolve;
  });
  channel.on('exit', (status: number | null, signal?: string) => {
    code = status ?? signalCode(signal);
    exited({ code });
  });
  const closed = new Promise<Ending>(resolve => {
    channel.on('close', () => {
      if (code !== undefined) resolve({ code });
      // Without a status: either the connection is going, which is told in a moment, or the server ended it.
      else setTimeout(() => resolve({ code: 255 }), 50);
    });
  });
  for (const stream of [channel, channel.stderr]) stream.on('error', () => undefined);
  return {
    write: bytes => void channel.write(bytes),
    send: bytes => new Promise(resolve => channel.write(bytes, () => resolve())),
    finish: () => void channel.end(),
    onData: take => {
      channel.on('data', (bytes: Buffer) => take('stdout', bytes));
      channel.stderr.on('data', (bytes: Buffer) => take('stderr', bytes));
    },
    pause: () => void channel.pause(),
    resume: () => void channel.resume(),
    exited: Promise.race([exit, closed, gone]),
    ended: Promise.race([closed, gone]),
    close: () => void channel.destroy(),
  };
}

function wireOver(joined: Joined, socket: Socket, hop: Hop, closeAll: () => void): Wire {
  const gone = joined.lost.then(reason => ({ lost: reason }));
  const start = (command: string, withTerminal: boolean): Promise<Line> =>
    new Promise((resolve, reject) => {
      void gone.then(({ lost: reason }) => reject(reason));
      const open = (error: Error | undefined, channel: ClientChannel): void => {
        if (error === undefined) resolve(lineOf(channel, gone));
        // After a lost connection ssh2 fails all that waits; the reason is told by `gone`.
        else setTimeout(() => reject(channelFault(hop, error)), 50);
      };
      try {
        joined.client.exec(command, withTerminal ? terminal : {}, open);
      } catch (error) {
        reject(lost(hop, (error as Error).message, false));
      }
    });
  return {
    start: (command, options) => start(command, options?.terminal === true),
    startCost: 1,
    readyCost: 1,
    longestCommand: joined.isOpenSsh ? longestCommand.openSsh : longestCommand.others,
    bytes: () => ({ sent: socket.bytesWritten, received: socket.bytesRead }),
    close: closeAll,
  };
}

/** "user@host:port", the user and port being optional; `[::1]:22` for IPv6. */
function hopOf(text: string, target: Target): Hop {
  const found = /^(?:(.*)@)?(?:\[([^\]]+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(text);
  const host = found?.[2] ?? found?.[3] ?? text;
  return { label: `${target.name}: jump host ${host}`, host, port: Number(found?.[4] ?? 22), user: found?.[1] ?? target.user };
}

async function open(target: Target, signal: AbortSignal, files: Files) {
  const hops = [...target.jump.map(text => hopOf(text, target)), { ...target, label: target.name, host: target.address }];
  const [first] = hops as [Hop, ...Hop[]];
  const socket = await dial(first, target.connectTimeout, signal);
  const joined: Joined[] = [];
  const closeAll = (): void => {
    for (const each of [...joined].reverse()) each.client.end();
    // What the host has not taken by then does not matter any more.
    setTimeout(() => socket.destroy(), 200).unref();
  };
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', stop));
  try {
    let stream: Socket = socket;
    for (const [at, hop] of hops.entries()) {
      if (at > 0) stream = (await forward(joined[at - 1] as Joined, hops[at - 1] as Hop, hop)) as Socket;
      joined.push(await join(stream, hop, target, files));
    }
  } catch (error) {
    closeAll();
    socket.destroy();
    throw error;
  }
  const last = joined.at(-1) as Joined;
  return sessionOn(wireOver(last, socket, hops.at(-1) as Hop, closeAll), target);
}

/** Parsed known_hosts files are shared by all hosts. */
const files = knownHostsFiles();

export const connection: Connection = { open: (target, signal) => open(target, signal, files) };
