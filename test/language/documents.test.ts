// The YAML of manifests: all documents, or a fault at the place of the task that names the file.
import { expect, it } from 'vitest';
import { documentsOf } from '../../runner/language/documents.ts';
import { dataFunctions } from '../../runner/language/functions/data.ts';

const at = { file: 'site.yaml', line: 3, col: 5 };
const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e'].map((name, i) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcd'[i]}`).join(', ')}]`).join('\n')}\n`;

it('gives every document that is not empty', () => {
  expect(documentsOf('a: 1\n---\n---\nb: &x { c: 2 }\nd: { <<: *x }\n', 'm.yaml', at)).toEqual([
    { a: 1 },
    { b: { c: 2 }, d: { c: 2 } },
  ]);
});

it.each([
  ['broken text', 'a: [1\nb: 2\n', 'E102'],
  ['two keys of one name', 'a: 1\na: 2\n', 'E102'],
  ['lists in lists without end', '['.repeat(20_000), 'E107'],
  ['maps in maps without end', '{a: '.repeat(20_000), 'E107'],
  ['aliases of aliases', bomb, 'E102'],
])('%s is a fault', (_, text, code) => {
  expect(documentsOf(text, 'm.yaml', at)).toMatchObject({ code, at });
});

it.each([
  ['broken text', 'a: [1\nb: 2\n'],
  ['lists in lists without end', '['.repeat(20_000)],
  ['aliases of aliases', bomb],
])('from_yaml and from_yaml_all say that they cannot read %s', (_, text) => {
  for (const name of ['from_yaml', 'from_yaml_all'])
    expect(() => dataFunctions[name]?.run([text], {} as never)).toThrow(/not YAML/);
});
