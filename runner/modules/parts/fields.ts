// Reads what a probe printed: fields that end in NUL, then perhaps raw bytes. It makes no decisions.
import type { Output } from '../../core/types.ts';

export interface Fields {
  /** The next field as UTF-8. Throws where the answer ends before. */
  next(): string;
  /** So many bytes, as they came. */
  take(length: number): Uint8Array;
  /** All that is left, as it came. */
  rest(): Uint8Array;
  readonly atEnd: boolean;
}

const decoder = new TextDecoder();
export const errorText = (out: Output): string => decoder.decode(out.stderr).trim();

/** A probe that failed or was cut is no answer: the engine makes the thrown error a fault of the task. */
export function fields(out: Output): Fields {
  if (out.code !== 0) throw new Error(errorText(out) || `the probe exited with ${out.code}`);
  if (out.cut) throw new Error('the answer is too large');
  const bytes = out.stdout;
  let at = 0;
  return {
    get atEnd() {
      return at >= bytes.length;
    },
    next() {
      const end = bytes.indexOf(0, at);
      if (end < 0) throw new Error('the answer ends too early');
      const field = decoder.decode(bytes.subarray(at, end));
      at = end + 1;
      return field;
    },
    take(length) {
      at += length;
      if (at > bytes.length) throw new Error('the answer ends too early');
      return bytes.subarray(at - length, at);
    },
    rest: () => bytes.subarray(at),
  };
}
