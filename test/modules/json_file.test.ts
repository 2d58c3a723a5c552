import { describe, expect, it } from 'vitest';
import type { Vars } from '../../runner/core/types.ts';
import { inScratch } from '../support/module-cases.ts';

describe('json_file', () => {
  it.each([
    ['keys of others stay', '{\n  "a": 1\n}\n', { value: { b: { c: 2 } } }, '{\n  "a": 1,\n  "b": {\n    "c": 2\n  }\n}\n'],
    ['maps are merged', '{"a": {"x": 1}}', { value: { a: { y: 2 } } }, '{"a":{"x":1,"y":2}}'],
    ['nothing to do leaves the text', '{ "a":1 }', { value: { a: 1 } }, '{ "a":1 }'],
    ['the indentation stays', '{\n\t"a": 1\n}', { value: { a: 2 } }, '{\n\t"a": 2\n}'],
    ['lists are replaced', '{"a": [1]}', { value: { a: [2] } }, '{"a":[2]}'],
    ['lists are united', '{"a": [1, {"k": 1}]}', { value: { a: [{ k: 1 }, 2] }, lists: 'union' }, '{"a":[1,{"k":1},2]}'],
    ['a key goes', '{"a": 1, "b": {"c": 2, "d": 3}}', { state: 'absent', keys: ['b.c'] }, '{"a":1,"b":{"d":3}}'],
    ['a key with a dot goes', '{"a.b": 1, "a": 2}', { state: 'absent', keys: [['a.b']] }, '{"a":2}'],
    ['an empty file', '', { value: { a: 1 } }, '{\n  "a": 1\n}\n'],
  ] as const)('%s', (_title, before, args, after) =>
    inScratch('json_file', { j: before }, async one => {
      await one.play({ path: '@/j', ...(args as Vars) });
      expect(one.read('j')).toBe(after);
      expect((await one.play({ path: '@/j', ...(args as Vars) })).changed).toBe(false);
    }),
  );

  it.each([
    ['a comment', '{\n  // x\n  "a": 1\n}', /comment at 2:3/],
    ['a comma too many', '{"a": 1,}', /key in double quotes is missing at 1:9/],
    ['a key twice', '{"a": 1, "a": 2}', /stands twice at 1:10/],
    ['a number that would be lost', '{"a": 12345678901234567890}', /too large/],
    ['an end too early', '{"a": [1', /too early/],
    ['more text', '{} x', /more text/],
  ])('refuses %s, and says where', (_title, before, why) =>
    inScratch('json_file', { j: before }, async one => {
      expect((await one.play({ path: '@/j', value: { b: 1 } })).failed).toMatch(why);
      expect(one.read('j')).toBe(before);
    }),
  );
});
