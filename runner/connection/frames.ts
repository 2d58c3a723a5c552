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

export interface FrameReader {
  feed(chunk: Buffer): void;
  /** The answer that had begun when the stream ended, as far as it came. */
  partial(): { readonly id: number; readonly bytes: Buffer; readonly cut: boolean } | undefined;
}

/** A mark's line is never longer; a longer one is output that happens to hold the nonce. */
const longestMark = 80;

/** Bytes outside of a question (banners, noise of background children) are dropped. */
export function frameReader(marker: string, limit: number, events: FrameEvents): FrameReader {
  const needle = Buffer.from(marker);
  let rest: Buffer = Buffer.alloc(0);
  let open: { id: number; chunks: Buffer[]; size: number; cut: boolean } | undefined;

  const take = (bytes: Buffer): void => {
    if (open === undefined || bytes.length === 0) return;
    const room = limit - open.size;
    if (bytes.length > room) open.cut = true;
    if (room <= 0) return;
    const kept = bytes.subarray(0, room);
    open.chunks.push(kept);
    open.size += kept.length;
  };

  const onMark = (line: string): void => {
    const kind = line.charAt(0);
    const words = line.slice(1).split(' ');
    if (kind === '+') {
      open = { id: Number(words[0]), chunks: [], size: 0, cut: false };
      events.begin(open.id);
    } else if (kind === '-') {
      const done = open;
      open = undefined;
      if (done?.id === Number(words[0])) events.end(done.id, Number(words[1]), Buffer.concat(done.chunks, done.size), done.cut);
    } else events.mark(kind, words);
  };

  const feed = (chunk: Buffer): void => {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    let at = data.indexOf(needle, from);
    while (at >= 0) {
      take(data.subarray(from, at));
      from = at;
      const end = data.indexOf(10, at);
      if (end < 0 && data.length - at < longestMark) break;
      if (end < 0 || end - at >= longestMark) {
        take(data.subarray(at, at + 1));
        from = at + 1;
      } else {
        onMark(data.toString('latin1', at + needle.length, end).trimEnd());
        from = end + 1;
      }
      at = data.indexOf(needle, from);
    }
    // Without a mark in sight, its first bytes may still be the last ones here.
    const keep = at >= 0 ? from : Math.max(from, data.length - needle.length + 1);
    take(data.subarray(from, keep));
    rest = Buffer.from(data.subarray(keep));
  };

  const partial = () => {
    if (open === undefined) return undefined;
    take(rest);
    rest = Buffer.alloc(0);
    return { id: open.id, bytes: Buffer.concat(open.chunks, open.size), cut: open.cut };
  };
  return { feed, partial };
}
