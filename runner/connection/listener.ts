// Listens to the line of a resident: puts the frames of both streams together into answers. Writes nothing.
import type { Output } from '../core/types.ts';
import { marker, type Nonce, type Shape, withoutMarks } from './batch.ts';
import { FrameReader } from './frames.ts';
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

const mostNoise = 1 << 20;
/** Milliseconds that the last bytes are given to come in after the shell has ended. Background children may
 *  hold the streams for ever, so their end cannot be waited for. */
const grace = 100;

/** Told of an answer while others are still to come. */
export type Heard = (id: number, answer: Output) => void;

/** Where the answers of a batch go. */
export interface Sheet {
  readonly answers: Map<number, Output>;
  readonly heard: Heard | undefined;
}

interface Round extends Sheet {
  readonly codes: Map<number, number>;
  readonly parts: Record<Stream, Map<number, Part>>;
  begun: number | undefined;
  ends: number;
  settle(outcome: Outcome): void;
  fail(error: Error): void;
}

/** Lives as long as its line. */
export class Listener {
  readonly #line: Line;
  readonly #options: ListenOptions;
  readonly #readers: Readonly<Record<Stream, FrameReader>>;
  readonly #early = { stdout: '', stderr: '', size: 0 };
  #hello = false;
  #relayed = false;
  #group: string | undefined;
  #round: Round | undefined;
  #over: Ending | undefined;

  constructor(line: Line, options: ListenOptions) {
    this.#line = line;
    this.#options = options;
    this.#readers = { stdout: this.#reader('stdout'), stderr: this.#reader('stderr') };
    line.onData((stream, bytes) => this.#onData(stream, bytes));
    void line.ended.then(ending => this.#onEnded(ending));
    void line.exited.then(ending => this.#soon(ending));
  }

  /** Answers of the batch that is sent now go into the sheet; resolves when it is done or the shell ended. */
  next(sheet: Sheet): Promise<Outcome> {
    return new Promise((settle, fail) => {
      const parts = { stdout: new Map(), stderr: new Map() };
      this.#round = { ...sheet, codes: new Map(), parts, begun: undefined, ends: 0, settle, fail };
      if (this.#over === undefined) return;
      if ('lost' in this.#over) fail(this.#over.lost);
      else this.#finish(this.#over);
    });
  }

  /** The shell has started. */
  get hello(): boolean {
    return this.#hello;
  }

  /** The relay before the shell has spoken: the login shell understood the command. */
  get relayed(): boolean {
    return this.#relayed;
  }

  /** How the shell ended, once it has. */
  get ended(): Ending | undefined {
    return this.#over;
  }

  /** The shell's process group, once it has said hello. */
  get group(): string | undefined {
    return this.#group;
  }

  /** What came before the hello, stderr last. */
  said(): string {
    return withoutMarks(`${this.#early.stdout}\n${this.#early.stderr}`, this.#options.nonce);
  }

  #reader(stream: Stream): FrameReader {
    const { nonce, shape, limit } = this.#options;
    const mark = shape === 'merged' && stream === 'stderr' ? nonce.right + nonce.left : marker(nonce);
    return new FrameReader(mark, limit, {
      begin: id => {
        if (stream === 'stdout' && this.#round !== undefined) this.#round.begun = id;
      },
      end: (id, code, bytes, cut) => {
        this.#round?.codes.set(id, code);
        this.#round?.parts[stream].set(id, { bytes, cut });
        if (this.#round?.begun === id && stream === 'stdout') this.#round.begun = undefined;
        if (this.#round?.heard !== undefined) this.#tell(this.#round, id, code);
      },
      mark: (kind, words) => this.#onMark(stream, kind, words),
    });
  }

  /** An answer is whole when both streams have ended it. */
  #tell({ heard, parts }: Round, id: number, code: number): void {
    const [stdout, stderr] = [parts.stdout.get(id), parts.stderr.get(id)];
    if (stdout !== undefined && stderr !== undefined) heard?.(id, output(code, stdout, stderr));
  }

  #onData(stream: Stream, bytes: Buffer): void {
    if (!this.#hello) this.#onEarly(stream, bytes);
    this.#readers[stream].feed(bytes);
    if (this.#options.shape === 'merged') this.#readers.stderr.feed(bytes);
  }

  #onEarly(stream: Stream, bytes: Buffer): void {
    this.#options.early?.(stream, bytes);
    const early = this.#early;
    early.size += bytes.length;
    early[stream] = (early[stream] + bytes.toString('utf8')).slice(-4096);
    if (early.size <= mostNoise) return;
    this.#onEnded({ lost: tooMuchNoise(this.#options.host) });
    this.#line.close();
  }

  #onMark(stream: Stream, kind: string, words: readonly string[]): void {
    if (kind === '=' && stream === 'stdout') {
      this.#hello = true;
      this.#group = words[1];
    } else if (kind === '!' && this.#round !== undefined) {
      this.#round.ends += 1;
      if (this.#round.ends === 2) this.#finish('done');
    } else if (kind === '~') {
      this.#relayed = true;
      this.#soon({ code: Number(words[0]) });
    }
  }

  #soon(ending: Ending): void {
    if ('lost' in ending) this.#onEnded(ending);
    else setTimeout(() => this.#onEnded(ending), grace);
  }

  /** The question that ended the shell has the shell's code, and what it said so far. */
  #onEnded(ending: Ending): void {
    if (this.#over !== undefined) return;
    this.#over = ending;
    const round = this.#round;
    if (round === undefined) return;
    if ('lost' in ending) return round.fail(ending.lost);
    for (const stream of ['stdout', 'stderr'] as const) {
      const partial = this.#readers[stream].partial();
      if (partial !== undefined) round.parts[stream].set(partial.id, partial);
    }
    if (round.begun !== undefined) round.codes.set(round.begun, ending.code);
    this.#finish(ending);
  }

  #finish(outcome: Outcome): void {
    const done = this.#round;
    this.#round = undefined;
    if (done === undefined) return;
    for (const [id, code] of done.codes) done.answers.set(id, output(code, done.parts.stdout.get(id), done.parts.stderr.get(id)));
    done.settle(outcome);
  }
}
