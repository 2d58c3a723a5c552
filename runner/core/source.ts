// Text with an index of its lines, and places in it. Reads no file.
import { isAbsolute, relative } from 'node:path';
import type { Span } from './types.ts';

export interface Source {
  /** As people see it: relative to the current folder where below it. */
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

export function source(file: string, text: string): Source {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The last line that starts at or before the offset, from 0. */
function lineIndex(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function spanAt(from: Source, offset: number, length = 1): Span {
  const inside = Math.max(0, Math.min(offset, from.text.length));
  const index = lineIndex(from.lineStarts, inside);
  return { file: from.file, line: index + 1, col: inside - (from.lineStarts[index] as number) + 1, length: Math.max(1, length) };
}

/** The text of a line, counted from 1, without its end; undefined where there is no such line. */
export function lineText(from: Source, line: number): string | undefined {
  const start = from.lineStarts[line - 1];
  if (start === undefined) return undefined;
  const end = from.lineStarts[line] ?? from.text.length + 1;
  return from.text.slice(start, end - 1).replace(/\r$/, '');
}

/** How a path is shown and looked up in faults: relative to `cwd` where below it, else as it is. */
export function shownPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

/** "file:line:column", as events and people have it. */
export const showSpan = (span: Span): string => `${span.file}:${span.line}:${span.col}`;
