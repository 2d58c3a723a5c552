import { describe, expect, test } from 'vitest';
import type { Value } from '../../runner/core/site.ts';
import type { Fault } from '../../runner/core/types.ts';
import { cut } from '../../runner/language/braces.ts';
import { expressionsIn, toConditions, toValue } from '../../runner/language/value.ts';
import { codes, nodeOf, valueOf } from '../support/scope.ts';

const shape = (value: Value): unknown => {
  switch (value.is) {
    case 'plain':
      return value.value;
    case 'expression':
      return `<${value.expression.text}>`;
    case 'text':
      return value.parts.map(part => (typeof part === 'string' ? part : `<${part.text}>`));
    case 'list':
      return { list: value.items.map(shape) };
    case 'map':
      return { map: Object.fromEntries(value.entries.map(entry => [entry.key, shape(entry.value)])) };
    case 'secret':
      return { secret: value.name };
  }
};

const shapes: readonly (readonly [string, unknown])[] = [
  ['5', 5],
  ['text', 'text'],
  ['"{{ a }}"', '<a>'],
  ['"{{a}}"', '<a>'],
  ['"x {{ a }} y"', ['x ', '<a>', ' y']],
  ['"{{ a }}{{ b }}"', ['<a>', '<b>']],
  ['"{{ {\'k\': {}} }}"', "<{'k': {}}>"],
  ['"{{ \'}}\' }}"', "<'}}'>"],
  ['|\n  {{ a }}\n', ['<a>', '\n']],
  ['>-\n  {{ a }}\n', '<a>'],
  ['|\n  {{ a }}\n  b\n', ['<a>', '\nb\n']],
  ['!unsafe "{{ a }}"', '{{ a }}'],
  ['!unsafe\na: "{{ b }}"', { a: '{{ b }}' }],
  ['[1, {a: x}]', [1, { a: 'x' }]],
  ['[1, "{{ a }}"]', { list: [1, '<a>'] }],
  ['{a: 1, b: "{{ c }}"}', { map: { a: 1, b: '<c>' } }],
  ['!secret db/password', { secret: 'db/password' }],
];
test.each(shapes)('%s', (yaml, found) => {
  expect(shape(valueOf(yaml))).toEqual(found);
});

test('constant parts are frozen and shared by all hosts', () => {
  const value = valueOf('{a: [1, 2]}');
  expect(value.is === 'plain' && Object.isFrozen(value.value)).toBe(true);
});

const faultsOf = (yaml: string, read: (node: ReturnType<typeof nodeOf>, faults: Fault[]) => unknown = toValue): Fault[] => {
  const faults: Fault[] = [];
  read(nodeOf(yaml), faults);
  return faults;
};

const places: readonly (readonly [string, string])[] = [
  ['"{{ nope( }}"', 'E301@9'],
  ['a: "{{ nope(1) }}"', 'E305@8'],
  ["a: 'it''s {{ nope(1) }}'", 'E305@14'],
  ['a: "tab\\t {{ nope(1) }}"', 'E305@14'],
  ['a: plain {{ nope(1) }}', 'E305@13'],
  ['a: |\n  one\n  two {{ nope(1) }}\n', 'E305@3:10'],
  ['a: >\n  one\n  two {{ nope(1) }}\n', 'E305@3:10'],
  ['a: >-\n\n    one\n\n    two {{ x +\n    nope(1) }}\n', 'E305@6:5'],
  ['a: "one\n  two {{ nope(1) }}"', 'E305@2:10'],
  ['a: one\n  two {{ nope(1) }}', 'E305@2:10'],
  ['"{{ a"', 'E303@2'],
  ['"{{ a }}: x": 1', 'E304@1'],
  ['"{{ .State.Running }}"', 'E301@5'],
  ['"{% if a %}x{% endif %}"', 'E302@2'],
  ['"{{ a | upper }}"', 'E302@7'],
  ['!secret ""', 'E205@9'],
];
test.each(places)('%j is %s', (yaml, found) => {
  expect(codes(faultsOf(yaml))).toBe(found);
});

test('a mend in a value has its braces', () => {
  expect(faultsOf('"{{ a | upper }}"')).toMatchObject([{ mend: 'write "{{ upper(a) }}"' }]);
});

test('a template of Go is told from CEL', () => {
  expect(faultsOf('"{{ .State.Running }}"')).toMatchObject([
    { mend: 'tag the value so that it is taken as it is: !unsafe "..."' },
  ]);
});

describe('conditions', () => {
  const good: readonly (readonly [string, readonly string[]])[] = [
    ['true', ['true']],
    ['a == 1', ['a == 1']],
    ['"!a"', ['!a']],
    ['[a, "b > 1"]', ['a', 'b > 1']],
    ['|\n  a &&\n  b\n', ['a &&\nb']],
  ];
  test.each(good)('%j', (yaml, texts) => {
    const faults: Fault[] = [];
    expect(toConditions(nodeOf(yaml), faults).map(one => one.text)).toEqual(texts);
    expect(faults).toEqual([]);
  });
  const bad: readonly (readonly [string, string])[] = [
    ['yes', 'E310@1'],
    ['5', 'E310@1'],
    ['""', 'E310@1'],
    ['{a: 1}', 'E310@1'],
    ['a and b', 'E302@3'],
    ['"{{ a }}"', 'E302@2'],
    ['[a, not b]', 'E302@5'],
  ];
  test.each(bad)('%j is a fault', (yaml, found) => {
    expect(codes(faultsOf(yaml, toConditions))).toBe(found);
  });
});

test('expressionsIn finds all, in their order', () => {
  const found = expressionsIn(valueOf('{a: ["{{ x }}", {b: "1{{ y }}2{{ z }}"}], c: 1}'));
  expect(found.map(one => one.text)).toEqual(['x', 'y', 'z']);
});

test('braces inside of texts and maps do not end an expression', () => {
  expect(cut("a{{ r'\\' + \"}}\" }}b{{ {'x': {}}}}").parts).toMatchObject([
    'a',
    { text: 'r\'\\\' + "}}"' },
    'b',
    { text: "{'x': {}}" },
  ]);
});
