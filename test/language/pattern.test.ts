import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Host, Inventory } from '../../runner/core/site.ts';
import { applyLimit, resolveLimit, resolvePattern } from '../../runner/language/pattern.ts';

const host = (name: string, groups: readonly string[] = []): Host => ({ name, groups, layers: [] });

function inventory(groups: Readonly<Record<string, readonly string[]>>): Inventory {
  const all = [...new Set(Object.values(groups).flat())];
  const hosts = new Map([...all, 'localhost'].map(name => [name, host(name)]));
  return { hosts, groups: new Map(Object.entries({ all, ungrouped: [], ...groups })), sources: ['inventory'] };
}

const site = inventory({
  web: ['web1', 'web2', 'web3', 'web4'],
  db: ['db1', 'db2', 'web1'],
  prod: ['web1', 'web2', 'db1'],
  empty: [],
  v6: ['2001:db8::1', 'fe80::1'],
  ungrouped: ['lone'],
  'my-group': ['web4'],
});

describe('a pattern names these hosts', () => {
  test.each([
    ['all', 'web1 web2 web3 web4 db1 db2 2001:db8::1 fe80::1 lone'],
    ['*', 'web1 web2 web3 web4 db1 db2 2001:db8::1 fe80::1 lone'],
    ['web', 'web1 web2 web3 web4'],
    ['web3', 'web3'],
    ['web:db', 'web1 web2 web3 web4 db1 db2'],
    ['db,web', 'db1 db2 web1 web2 web3 web4'],
    [' db , lone ', 'db1 db2 web1 lone'],
    ['web:&prod', 'web1 web2'],
    ['web:!prod', 'web3 web4'],
    ['!prod:web', 'web3 web4'],
    ['web:db:&prod:!db1', 'web1 web2'],
    ['!db1:&prod:web:db', 'web1 web2'],
    ['!web', 'db1 db2 2001:db8::1 fe80::1 lone'],
    ['&prod', 'web1 web2 db1'],
    ['web*', 'web1 web2 web3 web4'],
    ['*1', 'web1 db1 2001:db8::1 fe80::1'],
    ['web?', 'web1 web2 web3 web4'],
    ['web[1-2]*', 'web1 web2'],
    ['web[!12]*', 'web3 web4'],
    ['~web[12]$', 'web1 web2'],
    ['~(web|db)2', 'web2 db2'],
    ['~eb', ''],
    ['web[0]', 'web1'],
    ['web[-1]', 'web4'],
    ['web[-4]', 'web1'],
    ['web[1:]', 'web2 web3 web4'],
    ['web[0:1]', 'web1 web2'],
    ['web[1:2]:db[0]', 'web2 web3 db1'],
    ['web[2:9]', 'web3 web4'],
    ['web:!web[0]', 'web2 web3 web4'],
    ['ungrouped', 'lone'],
    ['my-group', 'web4'],
    ['2001:db8::1', '2001:db8::1'],
    ['!2001:db8::1,v6', 'fe80::1'],
    ['localhost', 'localhost'],
    ['localhost:lone', 'localhost lone'],
    ['empty', ''],
    ['empty[0]', ''],
  ])('%s', (pattern, expected) => {
    const { hosts, faults } = resolvePattern(pattern, site);
    expect(hosts.join(' ')).toBe(expected);
    expect(faults.filter(fault => fault.severity === 'error')).toEqual([]);
  });
});

describe('a pattern that is wrong is a fault', () => {
  const at = { file: 'site.yaml', line: 3, col: 10 };
  test.each([
    ['weeb', 'E411', 'write "web"'],
    ['all:!web9', 'E411', 'web'],
    ['nothing_like_it', 'E411', 'tsrun inventory --graph'],
    ['web:&nope', 'E411', ''],
    ['web[4]', 'E412', '[3]'],
    ['web[-5]', 'E412', '[3]'],
    ['~(', 'E412', '~'],
    ['', 'E412', 'all'],
    [' , ', 'E412', 'all'],
    ['zz*', 'W943', 'graph'],
    ['node[01:03]', 'E411', ''],
  ])('%s', (pattern, code, mend) => {
    const { faults } = resolvePattern(pattern, site, at);
    expect(faults).toMatchObject([{ code, at }]);
    expect(faults[0]?.mend).toContain(mend);
  });

  test('without any inventory the mend is to give one', () => {
    const none: Inventory = { hosts: new Map(), groups: new Map([['all', []]]), sources: [] };
    expect(resolvePattern('web', none).faults[0]?.mend).toContain('-i');
    expect(resolvePattern('all', none)).toEqual({ hosts: [], faults: [] });
  });
});

test('a name that is a host and a group is the host, and both where it is taken away', () => {
  const both = inventory({ web: ['h1', 'h2'], h1: ['h3'], rest: ['h3', 'h4'] });
  expect(resolvePattern('h1', both).hosts).toEqual(['h1']);
  expect(resolvePattern('all:!h1', both).hosts).toEqual(['h2', 'h4']);
});

describe('a limit', () => {
  const files: Readonly<Record<string, string>> = { retry: 'web2\n# not this\n\ndb2\n', patterns: 'web:&prod\n!web1\n' };
  const read = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return text;
  };
  test.each([
    ['web', 'web2 web1'],
    ['!web1', 'web2 db2'],
    ['@retry', 'web2 db2'],
    ['web1,@retry', 'web2 web1 db2'],
    ['@patterns', 'web2'],
    ['prod:!web1', 'web2'],
    ['lone', ''],
  ])('%s leaves these of the hosts of a play, in their order', (limit, expected) => {
    const { hosts, faults } = applyLimit(limit, ['web2', 'web1', 'db2'], site, read);
    expect(hosts.join(' ')).toBe(expected);
    expect(faults).toEqual([]);
  });

  test.each([
    ['@gone', 'E413'],
    ['weeb', 'E411'],
    ['', 'E412'],
  ])('%s is a fault', (limit, code) => {
    expect(resolveLimit(limit, site, read).faults.map(fault => fault.code)).toEqual([code]);
  });
});

describe('against a naive model', () => {
  const names = ['a', 'b', 'g1', 'g2', 'g3'];
  const part = fc.tuple(fc.constantFrom('', '&', '!'), fc.constantFrom(...names));
  const member = fc.subarray(['a', 'b', 'c', 'd']);

  test('unions, intersections and exclusions are sets, whatever their order', () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        member,
        member,
        member,
        fc.constantFrom(':', ','),
        (parts, g1, g2, g3, by) => {
          const groups: Readonly<Record<string, readonly string[]>> = { base: ['a', 'b', 'c', 'd'], g1, g2, g3 };
          const of = (name: string): readonly string[] => groups[name] ?? [name];
          const unions = parts.filter(([sign]) => sign === '');
          const kept = ['a', 'b', 'c', 'd'].filter(
            one =>
              (unions.length === 0 || unions.some(([, name]) => of(name).includes(one))) &&
              parts.every(([sign, name]) => sign !== '&' || of(name).includes(one)) &&
              parts.every(([sign, name]) => sign !== '!' || !of(name).includes(one)),
          );
          const { hosts, faults } = resolvePattern(parts.map(one => one.join('')).join(by), inventory(groups));
          expect([...hosts].sort()).toEqual(kept);
          expect(faults).toEqual([]);
        },
      ),
    );
  });

  test('any text gives hosts of the inventory or faults, never an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('abweb1[]:,&!~*?()-^\\')) }), text => {
        for (const one of resolvePattern(text, site).hosts) expect(site.hosts.has(one)).toBe(true);
        expect(Array.isArray(resolveLimit(text, site, () => '').faults)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
