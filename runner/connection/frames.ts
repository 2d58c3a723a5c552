// Reads the framed output of a resident shell, one reader a stream: chunks in, answers out. Knows no shell and no host.

/** What the frame prints besides the answers: see batch.ts for the writing side. */
export interface FrameEvents {
  /** A question began. */
  begin(id: number): void;
  /** A question ended. */
  end(id: number, code: number, bytes: Buffer, cut: boolean): void;
  /** Any other mark: `=` hello, `^` ready, `!` end of the batch, `~` the shell behind the relay ended. */
  mark(kind: string, words: readonly string[]): void;
}

/** A mark's line is never longer; a longer one is output that happens to hold the nonce. */
const longestMark = 80;

/** Bytes outside of a question (banners, noise of background children) are dropped. */
export class FrameReader {
  readonly #needle: Buffer;
  readonly #limit: number;
  readonly #events: FrameEvents;
  #rest: Buffer = Buffer.alloc(0);
  #open: { readonly id: number; readonly chunks: Buffer[]; size: number; cut: boolean } | undefined;

  constructor(marker: string, limit: number, events: FrameEvents) {
    this.#needle = Buffer.from(marker);
    this.#limit = limit;
    this.#events = events;
  }

  feed(chunk: Buffer): void {
    const needle = this.#needle;
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let from = 0;
    let at = data.indexOf(needle, from);
    while (at >= 0) {
      this.#take(data.subarray(from, at));
      from = at;
      const end = data.indexOf(10, at);
      if (end < 0 && data.length - at < longestMark) break;
      if (end < 0 || end - at >= longestMark) {
        this.#take(data.subarray(at, at + 1));
        from = at + 1;
      } else {
        this.#onMark(data.toString('latin1', at + needle.length, end).trimEnd());
        from = end + 1;
      }
      at = data.indexOf(needle, from);
    }
    // Without a mark in sight, its first bytes may still be the last ones here.
    const keep = at >= 0 ? from : Math.max(from, data.length - needle.length + 1);
    this.#take(data.subarray(from, keep));
    this.#rest = Buffer.from(data.subarray(keep));
  }

  /** The answer that had begun when the stream ended, as far as it came. */
  partial(): { readonly id: number; readonly bytes: Buffer; readonly cut: boolean } | undefined {
    const open = this.#open;
    if (open === undefined) return undefined;
    this.#take(this.#rest);
    this.#rest = Buffer.alloc(0);
    return { id: open.id, bytes: Buffer.concat(open.chunks, open.size), cut: open.cut };
  }

  #take(bytes: Buffer): void {
    const open = this.#open;
    if (open === undefined || bytes.length === 0) return;
    const room = this.#limit - open.size;
    if (bytes.length > room) open.cut = true;
    if (room <= 0) return;
    const kept = bytes.subarray(0, room);
    open.chunks.push(kept);
    open.size += kept.length;
  }

  #onMark(line: string): void {
    const kind = line.charAt(0);
    const words = line.slice(1).split(' ');
    if (kind === '+') {
      this.#open = { id: Number(words[0]), chunks: [], size: 0, cut: false };
      this.#events.begin(this.#open.id);
    } else if (kind === '-') {
      const done = this.#open;
      this.#open = undefined;
      if (done?.id !== Number(words[0])) return;
      this.#events.end(done.id, Number(words[1]), Buffer.concat(done.chunks, done.size), done.cut);
    } else this.#events.mark(kind, words);
  }
}
