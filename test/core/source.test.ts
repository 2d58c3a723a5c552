// Places in texts.
import { expect, test } from 'vitest';
import { lineText, shownPath, showSpan, source, spanAt } from '../../runner/core/source.ts';

const text = source('a.yaml', 'one\n  two\r\n\nlast');

test.each([
  [0, 1, 1],
  [2, 1, 3],
  [3, 1, 4],
  [4, 2, 1],
  [6, 2, 3],
  [11, 3, 1],
  [12, 4, 1],
  [15, 4, 4],
  [99, 4, 5],
  [-1, 1, 1],
])('offset %i is line %i, column %i', (offset, line, col) => {
  expect(spanAt(text, offset)).toEqual({ file: 'a.yaml', line, col, length: 1 });
});

test.each([
  [1, 'one'],
  [2, '  two'],
  [3, ''],
  [4, 'last'],
  [5, undefined],
])('line %i is given without its end', (line, wanted) => {
  expect(lineText(text, line)).toBe(wanted);
});

test('a path is shown from the current folder where it is below it', () => {
  expect(shownPath('/site/roles/a.yaml', '/site')).toBe('roles/a.yaml');
  expect(shownPath('/other/a.yaml', '/site')).toBe('/other/a.yaml');
});

test('a place prints as file:line:column', () => {
  expect(showSpan({ file: 'a', line: 2, col: 3 })).toBe('a:2:3');
});
