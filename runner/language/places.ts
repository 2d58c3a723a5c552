// Where a character of a scalar's value stands in its file: quotes, escapes, folds and indentation taken into account. Pure.
import type { Span } from '../core/types.ts';
import type { Locate } from './expression.ts';
import type { ScalarNode } from './node.ts';

interface Place {
  readonly line: number;
  readonly col: number;
}
export type PlaceOf = (index: number) => Place;

export function placesOf(node: ScalarNode): PlaceOf {
  const value = String(node.value);
  if (node.style === 'literal') return inLiteral(value, node);
  if (node.raw !== undefined) return inRaw(value, node, node.raw);
  const shift = node.style === 'single' || node.style === 'double' ? 1 : 0;
  return index => ({ line: node.span.line, col: node.span.col + shift + index });
}

/** Each line of a literal block is a line of the file, after its indentation. */
function inLiteral(value: string, node: ScalarNode): PlaceOf {
  return index => {
    const before = value.slice(0, index);
    const newline = before.lastIndexOf('\n');
    const lines = newline < 0 ? 0 : before.split('\n').length - 1;
    return { line: node.span.line + 1 + lines, col: (node.indent ?? 0) + before.length - newline };
  };
}

/** Lays the value along its source: what the source has more (indentation, quotes, backslashes) is stepped over. */
function align(value: string, raw: string, style: ScalarNode['style']): readonly number[] {
  const offsets: number[] = [];
  let at = style === 'plain' ? 0 : style === 'folded' ? raw.indexOf('\n') + 1 : 1;
  for (const char of value.split('')) {
    const blank = /\s/.test(char);
    while (at < raw.length) {
      const found = raw[at] as string;
      if (style === 'double' && found === '\\' && raw[at + 1] !== '\n') break;
      if (found === char || (blank && /\s/.test(found))) break;
      at += 1;
    }
    offsets.push(Math.min(at, raw.length - 1));
    const escaped = (style === 'double' && raw[at] === '\\') || (style === 'single' && raw[at] === "'");
    at += escaped ? (raw[at + 1] === 'x' ? 4 : raw[at + 1] === 'u' ? 6 : 2) : 1;
  }
  return offsets;
}

function inRaw(value: string, node: ScalarNode, raw: string): PlaceOf {
  let offsets: readonly number[] | undefined;
  return index => {
    offsets ??= align(value, raw, node.style);
    const at = offsets[Math.min(index, offsets.length - 1)] ?? 0;
    const newline = raw.lastIndexOf('\n', at - 1);
    if (newline < 0) return { line: node.span.line, col: node.span.col + at };
    return { line: node.span.line + raw.slice(0, at).split('\n').length - 1, col: at - newline };
  };
}

/** The places of an expression that begins at `base` in the value. */
export function locateIn(node: ScalarNode, base: number): Locate {
  const placeOf = placesOf(node);
  return (start, end) => {
    const from = placeOf(base + start);
    const to = placeOf(base + Math.max(start, end - 1));
    const length = to.line === from.line ? Math.max(1, to.col - from.col + 1) : 1;
    return { file: node.span.file, ...from, length } satisfies Span;
  };
}
