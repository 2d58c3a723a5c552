// Faults: their order, their print, and what was probably meant.
import { expect, test } from 'vitest';
import { didYouMean, fault, formatFault, isError, sortFaults } from '../../runner/core/fault.ts';
import { source } from '../../runner/core/source.ts';
import type { Span } from '../../runner/core/types.ts';

const line14 = `${'\n'.repeat(13)}      permisions: "0755"\n`;
const at = (line: number, col: number, length = 1, file = 'roles/nfs/tasks.yaml'): Span => ({ file, line, col, length });
const sources = (text: string) => (file: string) => source(file, text);

test('a fault prints as the house style has it', () => {
  const found = fault('E203', {
    what: 'unknown argument "permisions" for "file"',
    at: at(14, 7, 10),
    why: '"file" takes path, mode',
    mend: 'write "mode" (tsrun doc file)',
  });
  expect(formatFault(found, sources(line14))).toBe(
    [
      'E203  unknown argument "permisions" for "file"',
      '      roles/nfs/tasks.yaml:14:7',
      '   14 |       permisions: "0755"',
      '      |       ^^^^^^^^^^',
      'why   "file" takes path, mode',
      'mend  write "mode" (tsrun doc file)',
    ].join('\n'),
  );
});

test('the failure of a task shows where it stands, without its line, and long reasons are indented', () => {
  const found = {
    code: 'E501',
    what: 'nfs-1: "Mount" failed',
    at: at(14, 3),
    why: 'mount exited 32\nmount: wrong fs type',
    mend: 'add it',
  };
  expect(formatFault(found, sources(line14)).split('\n')).toEqual([
    'E501  nfs-1: "Mount" failed',
    '      roles/nfs/tasks.yaml:14:3',
    'why   mount exited 32',
    '      mount: wrong fs type',
    'mend  add it',
  ]);
});

test('carets end with the line, tabs keep their width, and control characters do not reach the terminal', () => {
  const found = fault('E102', { what: 'w\u001b[31m', at: at(1, 2, 50), why: 'y', mend: 'm' });
  const lines = formatFault(found, sources('\tab\u001bc')).split('\n');
  expect(lines[0]).not.toContain('\u001b');
  expect(lines[2]).toBe('    1 | \tab\ufffdc');
  expect(lines[3]).toBe('      | \t^^^^');
});

test('a long line is cut around the place', () => {
  const found = fault('E102', { what: 'w', at: at(1, 500, 3), why: 'y', mend: 'm' });
  const [, , text = '', carets = ''] = formatFault(found, sources(`${'x'.repeat(499)}HIT${'y'.repeat(500)}`)).split('\n');
  expect(text.length).toBeLessThan(140);
  expect(text.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HIT');
});

test('a fault without a place or without its file prints all the same', () => {
  expect(formatFault(fault('E101', { what: 'w', why: 'y', mend: 'm' }), () => undefined)).toBe('E101  w\nwhy   y\nmend  m');
  expect(formatFault(fault('E101', { what: 'w', at: at(1, 1), why: 'y', mend: '' }), () => undefined)).toBe(
    'E101  w\n      roles/nfs/tasks.yaml:1:1\nwhy   y',
  );
});

test('colour is the business of the caller', () => {
  const found = fault('W901', { what: 'w', why: 'y', mend: 'm' });
  expect(formatFault(found, () => undefined, { color: (style, text) => `<${style}>${text}` })).toContain('<warning>W901');
});

test('faults stand in the order of file, line and column; those without a place come first', () => {
  const make = (span: Span | undefined, what: string) => fault('E101', { what, at: span, why: '', mend: '' });
  const found = [
    make(at(2, 1, 1, 'b'), '4'),
    make(at(9, 1, 1, 'a'), '3'),
    make(at(1, 5, 1, 'a'), '2'),
    make(at(1, 2, 1, 'a'), '1'),
    make(undefined, '0'),
  ];
  expect(sortFaults(found).map(({ what }) => what)).toEqual(['0', '1', '2', '3', '4']);
});

test('a code of W is a warning, all others are errors', () => {
  expect(isError(fault('W901', { what: '', why: '', mend: '' }))).toBe(false);
  expect(isError(fault('E101', { what: '', why: '', mend: '' }))).toBe(true);
  expect(() => fault('E000' as 'E101', { what: '', why: '', mend: '' })).toThrow();
});

test.each([
  ['notfy', ['notify', 'name'], 'notify'],
  ['gather_fact', ['gather_facts', 'hosts'], 'gather_facts'],
  ['STATE', ['state', 'src'], 'state'],
  ['xyz', ['state', 'src'], undefined],
  ['ab', ['abcdef'], undefined],
  ['same', ['same'], undefined],
])('"%s" among %j means %s', (word, candidates, wanted) => {
  expect(didYouMean(word, candidates)).toBe(wanted);
});
