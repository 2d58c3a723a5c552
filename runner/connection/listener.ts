// Listens to the line of a resident: puts the frames of both streams together into answers. Writes nothing.
import type { Output } from '../core/types.ts';
import { marker, type Nonce, type Shape, withoutMarks } from './batch.ts';
import { type FrameReader, frameReader } from './frames.ts';
import { output, type Part } from './output.ts';
import { tooMuchNoise } from './shell-faults.ts';
import type { Ending, Line } from './wire.ts';

type Stream = 'stdout' | 'stderr';
type Outcome = 'done' | Extract<Ending, { code: number }>;

export interface ListenOptions {
  readonly nonce: Nonce;
  readonly shape: Shape;
  readonly limit: number;
  readonly host: string;
  /** Sees the raw bytes until the shell has said hello. */
  readonly early?: ((stream: Stream, bytes: Buffer) => void) | undefined;
}

export interface Listener {
  /** Answers of the batch that is sent now go into `answers`; resolves when it is done or the shell ended. */
  next(answers: Map<number, Output>): Promise<Outcome>;
  /** The shell has started. */
  hello(): boolean;
  /** The relay before the shell has spoken: the login shell understood the command. */
  relayed(): boolean;
  /** How the shell ended, once it has. */
  ended(): Ending | undefined;
  /** The shell's process group, once it has said hello. */
  group(): string | undefined;
  /** What came before the hello, stderr last. */
  said(): string;
}

const mostNoise = 1 << 20;
/** Milliseconds that the last bytes are given to come in after the shell has ended. Background children may
 *  hold the streams for ever, so their end cannot be waited for. */
const grace = 100;

interface Round {
  readonly answers: Map<number, Output>;
  readonly codes: Map<number, number>;
  readonly parts: Record<Stream, Map<number, Part>>;
  begun: number | undefined;
  ends: number;
  settle(outcome: Outcome): void;
  fail(error: Error): void;
}

export function listen(line: Line, options: ListenOptions): Listener {
  const { nonce, shape, limit, host } = options;
  const early = { stdout: '', stderr: '', size: 0 };
  let greeted = false;
  let relayEnded = false;
  let group: string | undefined;
  let round: Round | undefined;
  let over: Ending | undefined;

  const onMark = (stream: Stream, kind: string, words: readonly string[]): void => {
    if (kind === '=' && stream === 'stdout') {
      greeted = true;
      group = words[1];
    } else if (kind === '!' && round !== undefined) {
      round.ends += 1;
      if (round.ends === 2) finish('done');
    } else if (kind === '~') {
      relayEnded = true;
      setTimeout(() => onEnded({ code: Number(words[0]) }), grace);
    }
  };

  const finish = (outcome: Outcome): void => {
    const done = round;
    round = undefined;
    if (done === undefined) return;
    for (const [id, code] of done.codes) done.answers.set(id, output(code, done.parts.stdout.get(id), done.parts.stderr.get(id)));
    done.settle(outcome);
  };

  const readers: Record<Stream, FrameReader> = { stdout: reader('stdout'), stderr: reader('stderr') };
  function reader(stream: Stream): FrameReader {
    const mark = shape === 'merged' && stream === 'stderr' ? nonce.right + nonce.left : marker(nonce);
    return frameReader(mark, limit, {
      begin: id => {
        if (stream === 'stdout' && round !== undefined) round.begun = id;
      },
      end: (id, code, bytes, cut) => {
        round?.codes.set(id, code);
        round?.parts[stream].set(id, { bytes, cut });
        if (round?.begun === id && stream === 'stdout') round.begun = undefined;
      },
      mark: (kind, words) => onMark(stream, kind, words),
    });
  }

  /** The question that ended the shell has the shell's code, and what it said so far. */
  const onEnded = (ending: Ending): void => {
    if (over !== undefined) return;
    over = ending;
    if (round === undefined) return;
    if ('lost' in ending) return round.fail(ending.lost);
    for (const stream of ['stdout', 'stderr'] as const) {
      const partial = readers[stream].partial();
      if (partial !== undefined) round.parts[stream].set(partial.id, partial);
    }
    if (round.begun !== undefined) round.codes.set(round.begun, ending.code);
    finish(ending);
  };

  const onEarly = (stream: Stream, bytes: Buffer): void => {
    options.early?.(stream, bytes);
    early.size += bytes.length;
    early[stream] = (early[stream] + bytes.toString('utf8')).slice(-4096);
    if (early.size > mostNoise && !greeted) {
      onEnded({ lost: tooMuchNoise(host) });
      line.close();
    }
  };

  line.onData((stream, bytes) => {
    if (!greeted) onEarly(stream, bytes);
    readers[stream].feed(bytes);
    if (shape === 'merged') readers.stderr.feed(bytes);
  });
  void line.ended.then(onEnded);
  void line.exited.then(ending => {
    if ('lost' in ending) onEnded(ending);
    else setTimeout(() => onEnded(ending), grace);
  });

  return {
    hello: () => greeted,
    relayed: () => relayEnded,
    ended: () => over,
    group: () => group,
    said: () => withoutMarks(`${early.stdout}\n${early.stderr}`, nonce),
    next: answers =>
      new Promise((settle, fail) => {
        round = {
          answers,
          codes: new Map(),
          parts: { stdout: new Map(), stderr: new Map() },
          begun: undefined,
          ends: 0,
          settle,
          fail,
        };
        if (over === undefined) return;
        if ('lost' in over) fail(over.lost);
        else finish(over);
      }),
  };
}
