// Differences as people read them.
import { expect, test } from 'vitest';
import { unifiedDiff, valueDiff } from '../../runner/core/diff.ts';

test.each([
  ['the same text', 'a\n', 'a\n', []],
  ['a changed line', 'a\nb\nc\n', 'a\nB\nc\n', ['@@ -1,3 +1,3 @@', ' a', '-b', '+B', ' c']],
  ['a new text', '', 'a\n', ['@@ -0,0 +1 @@', '+a']],
  ['a removed text', 'a\n', '', ['@@ -1 +0,0 @@', '-a']],
  ['a missing last newline', 'a', 'a\n', ['@@ -1 +1 @@', '-a', '\\ No newline at end of file', '+a']],
  ['binary content', 'a\0b', 'a\0cd', ['binary content differs (3 bytes -> 4 bytes)']],
])('%s', (_, before, after, lines) => {
  expect(unifiedDiff(before, after)).toEqual(lines);
});

test('changes far apart are two hunks with three lines around each', () => {
  const lines = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`);
  const after = lines.map(line => (line === 'line 5' || line === 'line 25' ? `${line}!` : line));
  const diff = unifiedDiff(`${lines.join('\n')}\n`, `${after.join('\n')}\n`);
  expect(diff.filter(line => line.startsWith('@@'))).toEqual(['@@ -2,7 +2,7 @@', '@@ -22,7 +22,7 @@']);
});

test('texts that share nothing are not compared for minutes', () => {
  const text = (from: number): string => Array.from({ length: 20_000 }, (_, i) => `${from} ${i}\n`).join('');
  expect(unifiedDiff(text(1), text(2))).toEqual(['too much differs to show (20001 -> 20001 lines)']);
});

test('values are compared with their keys in order', () => {
  expect(valueDiff({ b: 1, a: [1] }, { a: [1], b: 2 })).toEqual([
    '@@ -2,5 +2,5 @@',
    '   "a": [',
    '     1',
    '   ],',
    '-  "b": 1',
    '+  "b": 2',
    ' }',
  ]);
  expect(valueDiff({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
});
