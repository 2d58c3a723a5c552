// YAML text to nodes with places, and the faults of the text.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { source } from '../../runner/core/source.ts';
import type { YamlNode } from '../../runner/language/node.ts';
import { parseYaml } from '../../runner/language/yaml.ts';

const parse = (text: string) => parseYaml(source('f.yaml', text));

/** "CODE line:col" of each fault. */
const codes = (text: string): string[] => parse(text).faults.map(({ code, at }) => `${code} ${at?.line}:${at?.col}`);

function plain(node: YamlNode | undefined): unknown {
  if (!node) return undefined;
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

test.each<[string, string, string[]]>([
  ['a key twice', 'a: 1\nb: 2\na: 3\n', ['E103 3:1']],
  ['a key twice further in', '- x: {a: 1, a: 2}\n', ['E103 1:13']],
  ['braces without quotes', 'msg: {{ foo }}\n', ['E104 1:6']],
  ['braces without quotes in a list', '- {{ foo }}\n', ['E104 1:3']],
  ['braces with text behind them', 'path: {{ foo }}/x\nb: 1\n', ['E104 1:7']],
  ['a condition that begins with !', 'when: !a.b\n', ['E105 1:7']],
  ['a condition that begins with ! and goes on', 'when: !a.b && c\n', ['E105 1:7']],
  ['a condition that begins with !(', 'when: !(a || b)\n', ['E105 1:7']],
  ['a tag of another program', 'a: !!python/tuple [1]\n', ['E105 1:4']],
  ['a leading zero', 'mode: 0644\n', ['E106 1:7']],
  ['more digits than a number keeps', 'id: 123456789012345678901\n', ['E106 1:5']],
  ['a key that is a map', '? {a: 1}\n: 2\n', ['E109 1:3']],
  ['an alias without anchor', 'a: *b\n', ['E102 1:4']],
  ['an alias in its own anchor', 'a: &a [*a]\n', ['E102 1:8']],
  ['a merge of what is no map', 'a: &a 1\nb: {<<: *a}\n', ['E102 1:7']],
  ['a bracket that is not closed', 'a: [1,\nb: 2\n', ['E102 2:1']],
  ['a quote that is not closed', 'a: "x\nb: 1', ['E102 2:5']],
  ['a map in a line', 'a: b: c\n', ['E102 1:4']],
  ['a tab as indentation', 'a:\n\t- b\n', ['E102 2:1']],
  ['several at once', 'a: 0644\nb: !x\nb: {{ y }}\n', ['E106 1:4', 'E105 2:4', 'E104 3:4', 'E103 3:1']],
])('%s', (_, text, wanted) => {
  expect(codes(text)).toEqual(wanted);
});

test('a condition that begins with ! gets its quoted spelling as the mend', () => {
  expect(parse('when: !marker.stat.exists && x  \n').faults[0]?.mend).toContain('"!marker.stat.exists && x"');
  expect(parse('msg: {{ foo }}\n').faults[0]?.mend).toContain('"{{ foo }}"');
  expect(parse('mode: 0644\n').faults[0]?.mend).toContain('"0644"');
});

test('a key that stands twice tells both places', () => {
  expect(parse('a: 1\nb: 2\na: 3\n').faults[0]?.why).toContain('f.yaml:1:1');
});

test.each<[string, string, unknown]>([
  ['YAML 1.2 has no yes and no', 'a: yes\nb: no\nc: on\nd: true\n', { a: 'yes', b: 'no', c: 'on', d: true }],
  ['times and dates are text', 'a: 22:22\nb: 2024-01-01\n', { a: '22:22', b: '2024-01-01' }],
  ['numbers of other bases', 'a: 0o17\nb: 0x1f\nc: 1e3\n', { a: 15, b: 31, c: 1000 }],
  [
    'merge keys: own keys win, earlier maps win',
    'x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 0}\n',
    { x: { a: 1, b: 1 }, y: { b: 2, c: 2 }, z: { a: 0, b: 1, c: 2 } },
  ],
  ['aliases are what they name', 'a: &a [1]\nb: *a\n', { a: [1], b: [1] }],
  ['empty values', 'a:\nb: ~\nc: ""\n', { a: null, b: null, c: '' }],
  ['keys as they are written', '80: x\ntrue: y\n"<<": z\n', { '80': 'x', true: 'y', '<<': 'z' }],
  ['block text', 'a: |\n  x\n  y\nb: >\n  x\n  y\n', { a: 'x\ny\n', b: 'x y\n' }],
  ['a byte order mark', '\ufeffa: 1\n', { a: 1 }],
  ['lines with carriage returns', 'a: 1\r\nb: x\r\n', { a: 1, b: 'x' }],
])('%s', (_, text, wanted) => {
  const { documents, faults } = parse(text);
  expect(faults).toEqual([]);
  expect(plain(documents[0])).toEqual(wanted);
});

test('nodes know their place, and quoted text is known as such', () => {
  const { documents } = parse('- name: "x y"\n  port: 080a\n  mode: 5.10\n  run: |\n\n    echo\n');
  const [list] = documents;
  const map = list?.kind === 'list' ? list.items[0] : undefined;
  const entries = map?.kind === 'map' ? map.entries : [];
  expect(
    entries.map(({ keySpan, value }) => [keySpan.line, keySpan.col, value.span.line, value.span.col, value.span.length]),
  ).toEqual([
    [1, 3, 1, 9, 5],
    [2, 3, 2, 9, 4],
    [3, 3, 3, 9, 4],
    [4, 3, 4, 8, 1],
  ]);
  expect(entries.map(({ value }) => value.kind === 'scalar' && value.quoted)).toEqual([true, false, false, true]);
  expect(entries.map(({ value }) => (value.kind === 'scalar' ? value.written : ''))).toEqual([
    undefined,
    undefined,
    '5.10',
    undefined,
  ]);
  expect(entries[3]?.value).toMatchObject({ style: 'literal', indent: 4 });
});

test('known tags stay with their nodes', () => {
  const { documents, faults } = parse('- !secret a/b\n- !vault |\n  $ANSIBLE_VAULT\n- !unsafe "{{ x }}"\n- !!str 5\n');
  expect(faults).toEqual([]);
  expect(documents[0]?.kind === 'list' && documents[0].items.map(({ tag }) => tag)).toEqual([
    '!secret',
    '!vault',
    '!unsafe',
    undefined,
  ]);
  expect(plain(documents[0])).toEqual(['a/b', '$ANSIBLE_VAULT\n', '{{ x }}', '5']);
});

test('several documents are given in order', () => {
  expect(parse('a\n---\nb\n').documents.map(plain)).toEqual(['a', 'b']);
  expect(parse('# nothing\n').documents).toEqual([]);
});

const bomb = (): string => {
  let text = 'a0: &a0 [x,x,x,x,x,x,x,x,x]\n';
  for (let i = 1; i < 12; i++) text += `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(',')}]\n`;
  return text;
};
const ladder = (): string => `a0: &a0 x\n${Array.from({ length: 1000 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`).join('')}`;

test.each<[string, string]>([
  ['brackets nested too deep', '['.repeat(20_000)],
  ['lists nested too deep', '- '.repeat(20_000)],
  ['maps nested too deep', '{a: '.repeat(5000)],
  ['indentation nested too deep', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ['a bomb of aliases', bomb()],
  ['a ladder of aliases', ladder()],
  ['too many lines', '- a\n'.repeat(400_000)],
  ['too many characters', 'x'.repeat(9_000_000)],
])('%s is one fault, soon', (_, text) => {
  expect(parse(text).faults.map(({ code }) => code)).toEqual(['E107']);
});

test('any text gives nodes or faults, never an exception', () => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '*a',
    '&a ',
    '!',
    '|',
    '>',
    '#',
    '{{ x }}',
    '\t',
    ',',
    '?',
    '---\n',
    '<<',
    '%YAML 1.1\n',
    '\u0000',
    '0644',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const { documents, faults } = parse(pieces.join(''));
      expect(documents.length === 0 || faults.every(({ at }) => at !== undefined)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
