// The frame reader: answers come out whole however the stream is split, and in bounded memory.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../runner/connection/frames.ts';

const mark = '0123456789abcdef';

interface Heard {
  readonly begun: number[];
  readonly ended: { id: number; code: number; bytes: string; cut: boolean }[];
  readonly marks: string[];
}

function hear(limit = 1000) {
  const heard: Heard = { begun: [], ended: [], marks: [] };
  const reader = new FrameReader(mark, limit, {
    begin: id => heard.begun.push(id),
    end: (id, code, bytes, cut) => heard.ended.push({ id, code, bytes: bytes.toString('latin1'), cut }),
    mark: (kind, words) => heard.marks.push(kind + words.join(' ')),
  });
  return { heard, reader };
}

const frame = (id: number, body: string, code = 0): string => `${mark}+${id}\n${body}${mark}-${id} ${code}\n`;

describe('the frame reader', () => {
  it('gives the same answers however the stream is split', () => {
    const some = fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes).toString('latin1'));
    const body = fc
      .array(fc.oneof(some, fc.constantFrom(mark.slice(0, 9), mark.slice(0, -1), '\n')), { maxLength: 6 })
      .map(parts => parts.join(''));
    fc.assert(
      fc.property(
        fc.array(body, { maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (bodies, steps) => {
          // Output that holds a whole mark with a line behind it is the one thing that cannot be told from a frame.
          fc.pre(bodies.every(text => !text.includes(mark)));
          const stream = Buffer.from(
            `noise${bodies.map((text, id) => frame(id, text, id)).join('between')}${mark}!9\n`,
            'latin1',
          );
          const { heard, reader } = hear(100_000);
          for (let at = 0, step = 0; at < stream.length; step += 1) {
            const size = steps[step % steps.length] ?? 1;
            reader.feed(stream.subarray(at, at + size));
            at += size;
          }
          expect(heard.ended).toEqual(bodies.map((bytes, id) => ({ id, code: id, bytes, cut: false })));
          expect(heard.marks).toEqual(['!9']);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('cuts a long answer at the limit and finds the next frame', () => {
    const { heard, reader } = hear(10);
    reader.feed(Buffer.from(frame(1, 'x'.repeat(25)) + frame(2, 'short')));
    expect(heard.ended).toEqual([
      { id: 1, code: 0, bytes: 'x'.repeat(10), cut: true },
      { id: 2, code: 0, bytes: 'short', cut: false },
    ]);
  });

  it('takes the nonce without a mark behind it as output', () => {
    const { heard, reader } = hear();
    const odd = `${mark}${'y'.repeat(200)}\n`;
    reader.feed(Buffer.from(frame(1, odd)));
    expect(heard.ended[0]?.bytes).toBe(odd);
  });

  it('shows what had come when the stream ended inside a frame', () => {
    const { reader } = hear();
    reader.feed(Buffer.from(`${mark}+7\nhalf${mark.slice(0, 5)}`));
    expect(reader.partial()).toEqual({ id: 7, bytes: Buffer.from(`half${mark.slice(0, 5)}`), cut: false });
  });
});
