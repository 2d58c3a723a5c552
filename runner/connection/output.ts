// Makes the Output of one question from the bytes that came. Holds no stream.
import type { Output } from '../core/types.ts';

export interface Part {
  readonly bytes: Buffer;
  readonly cut: boolean;
}

const nothing: Part = { bytes: Buffer.alloc(0), cut: false };

export function output(code: number, stdout: Part = nothing, stderr: Part = nothing): Output {
  return {
    code,
    stdout: stdout.bytes,
    stderr: stderr.bytes,
    text: () => stdout.bytes.toString('utf8'),
    ...(stdout.cut || stderr.cut ? { cut: true } : {}),
  };
}
