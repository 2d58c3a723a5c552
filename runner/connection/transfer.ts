// Moves one file to a host or from it over a channel of its own, checked by sha256, in flat memory.
import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { Become, Blob, Target } from '../core/types.ts';
import { marker, type Nonce, withoutMarks } from './batch.ts';
import { becomeFailed, gate } from './become.ts';
import { asks, commandFor, type LaunchOptions } from './launch.ts';
import { isKnownEnd, notWritten, transferFailed } from './transfer-faults.ts';
import { ends, getScript, putScript } from './transfer-scripts.ts';
import type { Ending, Line, Wire } from './wire.ts';

export interface Way {
  readonly wire: Wire;
  readonly target: Target;
  readonly become: Become | undefined;
  readonly nonce: Nonce;
  count(roundTrips: number): void;
}

function failed(what: string, way: Way, code: number, said: string): Error {
  if (way.become !== undefined && !isKnownEnd(code)) return becomeFailed(way.become, said, code);
  return transferFailed(`${way.target.name}: ${what}`, code, said);
}

interface Opened {
  readonly line: Line;
  /** stderr for people. */
  said(): string;
  /** The sum behind our mark on stderr. */
  sum(mark: string): string;
  /** The end of the command; rejects where the connection is lost. */
  readonly code: Promise<number>;
}

/** Starts the script as the wanted user and waits until it may be given data. */
async function open(way: Way, script: string, onStdout: (bytes: Buffer) => void): Promise<Opened> {
  const { wire, target, become, nonce, count } = way;
  const root = target.user === 'root';
  const options: LaunchOptions = { nonce, shell: target.shell, root, become, longest: wire.longestCommand };
  count(wire.startCost);
  const line = await wire.start(commandFor(script, options));
  const watch = become !== undefined && asks(become, root) ? gate(line, become, nonce, () => count(1)) : undefined;
  let said = '';
  line.onData((stream, bytes) => {
    watch?.feed(stream, bytes);
    if (stream === 'stdout') onStdout(bytes);
    else said = (said + bytes.toString('utf8')).slice(-4096);
  });
  const code = line.ended.then((ending: Ending) => {
    if ('lost' in ending) throw ending.lost;
    return ending.code;
  });
  code.catch(() => undefined);
  if (watch !== undefined) {
    count(1);
    const early = await Promise.race([watch.passed, code]).finally(() => undefined);
    if (early !== undefined && become !== undefined) throw becomeFailed(become, withoutMarks(said, nonce), early);
  }
  return { line, said: () => withoutMarks(said, nonce), sum: mark => said.split(mark)[1]?.split(/\s/)[0] ?? '', code };
}

/** Streams the blob into the new file `path`, which must not be there yet. */
export async function put(way: Way, blob: Blob, path: string): Promise<void> {
  const { line, said, code } = await open(way, putScript(path, blob.sha256, blob.size), () => undefined);
  way.count(way.wire.readyCost + 1);
  let over = false;
  const ended = code.finally(() => {
    over = true;
  });
  ended.catch(() => undefined);
  try {
    for await (const chunk of blob.open()) {
      // A command that has ended takes no more: its code says why.
      if (over) break;
      await Promise.race([line.send(chunk), ended]);
    }
    line.finish();
    const exit = await ended;
    if (exit !== 0) throw failed(`cannot put ${path}`, way, exit, said());
  } finally {
    line.close();
  }
}

/** Streams a remote file into the local one `into`, which is replaced only when all has come. */
export async function get(way: Way, path: string, into: string): Promise<string> {
  const beside = `${into}.tsrun-${way.nonce.left}`;
  const file = createWriteStream(beside, { mode: 0o600, flags: 'wx' });
  const broken = once(file, 'error').then(([error]) => {
    throw notWritten(`${way.target.name}: cannot get ${path}`, into, error as Error);
  });
  broken.catch(() => undefined);
  try {
    const sha256 = await Promise.race([receive(way, path, file), broken]);
    await rename(beside, into);
    return sha256;
  } catch (error) {
    file.destroy();
    await rm(beside, { force: true });
    throw error;
  }
}

async function receive(way: Way, path: string, file: WriteStream): Promise<string> {
  const hash = createHash('sha256');
  const mark = `${marker(way.nonce)}=`;
  let line: Line | undefined;
  const body = afterMark(Buffer.from(`${mark}\n`), bytes => {
    hash.update(bytes);
    if (file.write(bytes)) return;
    line?.pause();
    file.once('drain', () => line?.resume());
  });
  const opened = await open(way, getScript(path, way.nonce), body);
  line = opened.line;
  way.count(1);
  try {
    const exit = await opened.code;
    if (exit !== 0) throw failed(`cannot get ${path}`, way, exit, opened.said());
    file.end();
    await once(file, 'close');
    const sha256 = hash.digest('hex');
    const remote = opened.sum(mark);
    if (remote !== 'none' && remote !== sha256) throw failed(`cannot get ${path}`, way, ends.differs, '');
    return sha256;
  } finally {
    line.close();
  }
}

/** Passes on what follows the mark; the noise of a login's start files comes before it. */
function afterMark(mark: Buffer, take: (bytes: Buffer) => void): (bytes: Buffer) => void {
  let head: Buffer | undefined = Buffer.alloc(0);
  return bytes => {
    if (head === undefined) return take(bytes);
    const all = Buffer.concat([head, bytes]);
    const at = all.indexOf(mark);
    head = at < 0 ? all.subarray(Math.max(0, all.length - mark.length)) : undefined;
    if (at >= 0) take(all.subarray(at + mark.length));
  };
}
