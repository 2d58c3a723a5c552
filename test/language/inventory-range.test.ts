import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandHost } from '../../runner/language/inventory-range.ts';

const names = (entry: string): readonly string[] | string => {
  const found = expandHost(entry);
  return 'why' in found ? found.why : found.names;
};

describe('an entry stands for these hosts', () => {
  test.each([
    ['h1', ['h1']],
    ['node[01:03]', ['node01', 'node02', 'node03']],
    ['node[8:11]', ['node8', 'node9', 'node10', 'node11']],
    ['n[008:010].example', ['n008.example', 'n009.example', 'n010.example']],
    ['n[0:10:5]', ['n0', 'n5', 'n10']],
    ['n[1:9:4]', ['n1', 'n5', 'n9']],
    ['db-[a:c]', ['db-a', 'db-b', 'db-c']],
    ['db-[X:Z]', ['db-X', 'db-Y', 'db-Z']],
    ['[a:b]x[1:2]', ['ax1', 'ax2', 'bx1', 'bx2']],
    ['n[:2]', ['n0', 'n1', 'n2']],
    ['10.0.0.[1:2]', ['10.0.0.1', '10.0.0.2']],
    ['2001:db8::1', ['2001:db8::1']],
    ['n[5:5]', ['n5']],
  ])('%s', (entry, expected) => expect(names(entry)).toEqual(expected));
});

describe('a port stands behind a host', () => {
  test.each([
    ['h1:2222', ['h1'], 2222],
    ['h[1:2]:2222', ['h1', 'h2'], 2222],
    ['[2001:db8::1]:22', ['2001:db8::1'], 22],
    ['10.0.0.1:22', ['10.0.0.1'], 22],
  ])('%s', (entry, hosts, port) => expect(expandHost(entry)).toEqual({ names: hosts, port }));
});

describe('a range that cannot be counted says why and how to write it', () => {
  test.each([
    ['n[1-3]', 'no colon', '[1:3]'],
    ['n[3:1]', 'ends before it begins', 'smaller'],
    ['n[01:100]', 'same number of digits', '[001:100]'],
    ['n[1:9:0]', 'step', 'node[0:10:2]'],
    ['n[1:x]', 'neither', 'node[01:50]'],
    ['n[1:2:3:4]', 'begin:end', 'node[01:50]'],
    ['n[1', 'partner', 'node[01:50]'],
    ['n1]', 'partner', 'node[01:50]'],
    ['n[1:1000000000]', 'more than', 'smaller'],
    ['n[1:9999][1:9999]', 'more than', 'smaller'],
  ])('%s', (entry, why, mend) => {
    const found = expandHost(entry);
    expect('why' in found && [found.why.includes(why), found.mend.includes(mend)]).toEqual([true, true]);
  });
});

test('a padded range has as many hosts as numbers, all equally long, in order', () => {
  const number = fc.integer({ min: 0, max: 5000 });
  fc.assert(
    fc.property(number, number, fc.integer({ min: 1, max: 50 }), (a, b, step) => {
      const [begin, end] = [Math.min(a, b), Math.max(a, b)];
      const width = String(end).length + 1;
      const show = (n: number): string => `n${String(n).padStart(width, '0')}.x`;
      const expected: string[] = [];
      for (let n = begin; n <= end; n += step) expected.push(show(n));
      const pad = (n: number): string => String(n).padStart(width, '0');
      expect(names(`n[${pad(begin)}:${pad(end)}:${step}].x`)).toEqual(expected);
    }),
  );
});

test('any text gives hosts or a reason, never an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('[]:ab019-. ')) }), text => {
      const found = expandHost(text);
      expect('why' in found ? found.mend.length : found.names.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});
