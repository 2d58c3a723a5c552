import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { literalNode } from '../../runner/language/python-literal.ts';
import { dataOf } from '../../runner/language/value.ts';
import { splitWords } from '../../runner/language/words.ts';

const read = (text: string): unknown => dataOf(literalNode(text, { file: 'hosts', line: 1, col: 1 }));

describe('a literal of Python is what it says, all else is text', () => {
  test.each<[string, unknown]>([
    ['5', 5],
    ['-5', -5],
    ['0', 0],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['0x1f', 31],
    ['0o17', 15],
    ['1_000', 1000],
    ['True', true],
    ['None', null],
    ["'a b'", 'a b'],
    ['"it\'s"', "it's"],
    ["'a\\n\\x41\\u00e9\\q'", 'a\nA\u00e9\\q'],
    ['[1, [2,], "x"]', [1, [2], 'x']],
    ['(1, 2)', [1, 2]],
    ['(1)', 1],
    ['()', []],
    ['{"a": 1, "b": {"c": None}}', { a: 1, b: { c: null } }],
    ['{1, 2}', [1, 2]],
    ['{}', {}],
    ['8080 # the port', 8080],
    ['true', 'true'],
    ['yes', 'yes'],
    ['0644', '0644'],
    ['007', '007'],
    ['10.0.0.1', '10.0.0.1'],
    ['1__0', '1__0'],
    ['12345678901234567890', '12345678901234567890'],
    ['Trueish', 'Trueish'],
    ['[1, 2', '[1, 2'],
    ['[1 2]', '[1 2]'],
    ['{"a" 1}', '{"a" 1}'],
    ['5 apples', '5 apples'],
    ['a # b', 'a # b'],
    ['', ''],
    ['"open', '"open'],
    [`${'['.repeat(60)}${']'.repeat(60)}`, `${'['.repeat(60)}${']'.repeat(60)}`],
  ])('%s', (text, expected) => expect(read(text)).toEqual(expected));

  test('what JSON and Python write alike is read alike', () => {
    const leaf = fc.oneof(fc.integer(), fc.string({ unit: fc.constantFrom(...Array.from('ab "\'\\{}[],:#')) }));
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree')),
        fc.dictionary(fc.constantFrom('a', 'b', 'c d'), tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, value => {
        expect(read(JSON.stringify(value))).toEqual(value);
      }),
    );
  });
});

describe('a line is split into words as a shell does', () => {
  test.each([
    ['a  b\tc', ['a', 'b', 'c']],
    [`a"b c"d 'e f'`, ['ab cd', 'e f']],
    ['a\\ b', ['a b']],
    ['"a\\"b\\n"', ['a"b\\n']],
    ['a # b', ['a']],
    ['a#b', ['a']],
    ['"#a"', ['#a']],
    ['', []],
  ])('%s', (line, expected) => {
    const split = splitWords(line, { comments: true });
    expect('words' in split && split.words.map(word => word.text)).toEqual(expected);
  });

  test('a quote that stays open is a reason with its place', () => {
    expect(splitWords('a b="c')).toEqual({ why: 'the quote " is not closed', offset: 4 });
  });
});
