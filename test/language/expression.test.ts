import { describe, expect, test } from 'vitest';
import { compileExpression, evaluate, type Lookup } from '../../runner/language/expression.ts';
import { pages } from '../../runner/language/functions/page.ts';
import { inCel } from '../../runner/language/jinja.ts';
import { Pending } from '../../runner/language/signals.ts';
import { cel, lookup, span } from '../support/scope.ts';

const vars = {
  a: 5,
  half: 0.5,
  b: 'x',
  l: [1, 2, 3],
  r: { rc: 0, stat: { exists: true, size: 10 } },
  m: { 'x-y': 1, in: 2 },
  empty: null,
  users: [
    { name: 'ann', id: 1, on: true },
    { name: 'bob', id: 2, on: false },
  ],
  namespace: 'kube',
};

const values: readonly (readonly [string, unknown])[] = [
  ['7/2 == 3', true],
  ['7 / 2', 3],
  ['-7 / 2', -3],
  ['a % 2', 1],
  ['a + 1', 6],
  ['a * half', 2.5],
  ['a / 2.0', 2.5],
  ['half < a', true],
  ['1 == 1.0', true],
  ['-a', -5],
  ['"a" + "b"', 'ab'],
  ['[1] + ["a"]', [1, 'a']],
  ['a > 3 ? "big" : "small"', 'big'],
  ['a in l', false],
  ['2 in l', true],
  ['"rc" in r', true],
  ['"x" in "text"', true],
  ['l[0] + l[2]', 4],
  ['m["x-y"]', 1],
  ['r.stat.exists && r.rc == 0', true],
  ['users.map(u, u.name)', ['ann', 'bob']],
  ['users.filter(u, u.on).map(u, u.id)', [1]],
  ['users.map(u, u.id > 1, u.name)', ['bob']],
  ['users.exists(u, u.id == 2)', true],
  ['users.all(u, u.id > 1)', false],
  ['users.exists_one(u, u.on)', true],
  ['m.map(k, k)', ['x-y', 'in']],
  ['l.map(x, l.map(y, x * y))[2]', [3, 6, 9]],
  ['cel.bind(x, a + 1, x * x)', 36],
  ['{"k": [a, b]}', { k: [5, 'x'] }],
  ['r.?nope.orValue(3)', 3],
  ['r.?stat.size.orValue(0)', 10],
  ['r.?nope.?deeper.orValue("d")', 'd'],
  ['l[?7].orValue(0)', 0],
  ['vars.?q.orValue(5)', 5],
  ['vars.a', 5],
  ['vars.namespace', 'kube'],
  ['has(r.stat.exists)', true],
  ['has(r.nope.deeper)', false],
  ['has(vars.nope)', false],
  ['has(vars.empty)', true],
  ['default(nope, 4)', 4],
  ['default(empty, 4)', 4],
  ['default(r.nope.x, 4)', 4],
  ['default("", 4)', ''],
  ['default("", 4, true)', 4],
  ['default(a, 4)', 5],
  ['default(vars.?nope.orValue(null), 6)', 6],
  ['type(a) == int && type("") == string', true],
  ['nope || true', true],
  ['false && nope', false],
  ['nope && false', false],
  ['[1, "a", null] == [1.0, "a", null]', true],
  ['empty == 5', false],
  ['x.default(7) + a.default(1)', 12],
  ['size("äö") + l.size()', 5],
  ["r'\\d' + '\\t'", '\\d\t'],
];
test.each(values)('%s', (text, value) => {
  expect(cel(text, vars)).toEqual(value);
});

const mistakes: readonly (readonly [string, string])[] = [
  ['nope', 'E350@1'],
  ['a + nope', 'E350@5'],
  ['r.stat.exist', 'E307@1'],
  ['a.b', 'E307@1'],
  ['l[9]', 'E307@1'],
  ['empty.x', 'E307@1'],
  ['r.constructor', 'E307@1'],
  ['l.__proto__', 'E307@1'],
  ['a + "1"', 'E308@1'],
  ['b > 3', 'E308@1'],
  ['l.map(x, x + b)', 'E308@10'],
  ['a == "5"', 'E309@1'],
  ['l != "x"', 'E309@1'],
  ['true == "true"', 'E309@1'],
  ['!a', 'E310@2'],
  ['b && true', 'E310@1'],
  ['a ? 1 : 2', 'E310@1'],
  ['r.?nope', 'E312@1'],
  ['none == 5', 'E350@1'],
  ['r.?gone == optional.none()', 'E312@1'],
  ['r.?nope + 1', 'E312@1'],
  ['1 / 0', 'E314@1'],
  ['9007199254740991 * 2', 'E314@1'],
  ['l.map(x, range(1000).map(y, range(1000).map(z, 1)))', 'E313@29'],
  ['1 +', 'E301@3'],
  ['', 'E301@1'],
  ['a = 5', 'E301@3'],
  ['package', 'E301@1'],
  [`${'('.repeat(100)}1${')'.repeat(100)}`, 'E313@60'],
  ['!'.repeat(30_000), 'E313@1'],
  ['a == True', 'E302@6'],
];
test.each(mistakes)('%s is a fault', (text, found) => {
  const codes = String(cel(text, vars));
  expect(found.startsWith('E313') ? codes.slice(0, 4) : codes).toBe(found.startsWith('E313') ? 'E313' : found);
});

test('a mistake names what is near it', () => {
  const { expression } = compileExpression('r.stat.exist', span);
  const found = evaluate(expression as never, lookup(vars));
  expect(found).toMatchObject({ is: 'fault', faults: [{ mend: 'did you mean "exists"?', at: { col: 1, length: 12 } }] });
});

const reads: readonly (readonly [string, readonly string[]])[] = [
  ['r.stat.exists', ['r.stat.exists']],
  ['facts.os_family == "x"', ['facts.os_family']],
  ["hostvars['h'].x", ['hostvars.h.x']],
  ['hostvars[h].x.y', ['hostvars[] x.y', 'h']],
  ['hostvars[groups.web[0]].ip', ['hostvars[] ip', 'groups.web[] ']],
  ['l.map(x, x.name + y)', ['l', 'y']],
  ['l.filter(x, l.exists(y, y == x && z))', ['l', 'l', 'z']],
  ['r.?rc.orValue(0)', ['r', 'r.rc?']],
  ['vars.?q.orValue(5)', ['q?']],
  ['vars[name]', ['vars[] ', 'name']],
  ['vars.x.y', ['x.y']],
  ['has(a.b.c)', ['a.b.c?']],
  ['default(a.b, c)', ['a.b?', 'c']],
  ['x.default(y)', ['x?', 'y']],
  ['cel.bind(x, a, x + b)', ['a', 'b']],
  ['optional.of(a).orValue(1)', ['a']],
  ['s.startsWith(p)', ['s', 'p']],
  ['{k: v}', ['k', 'v']],
  ['1 + 2', []],
];
test.each(reads)('%s reads %j', (text, paths) => {
  const { expression } = compileExpression(text, span);
  const shown = expression?.references.map(
    one => `${one.path.join('.')}${one.beyond ? `[] ${one.beyond.join('.')}` : ''}${one.optional ? '?' : ''}`,
  );
  expect(shown).toEqual(paths);
});

describe('what is not known yet', () => {
  const unknown = { after: {} as never, kind: 'pending', known: { changed: false } } as const;
  const names: Lookup = {
    ...lookup({ f: false, t: true }),
    get: name => (name === 'p' ? new Pending('p', unknown) : { f: false, t: true }[name]),
  };
  const rows: readonly (readonly [string, unknown])[] = [
    ['p.changed', false],
    ['p.rc', 'unknown'],
    ['p', 'unknown'],
    ['f && p.rc == 0', false],
    ['p.rc == 0 && f', false],
    ['t || p.rc == 0', true],
    ['t && p.rc == 0', 'unknown'],
    ['[1, 2].exists(x, x == 2 || p.rc == x)', true],
    ['[1].all(x, p.rc == x)', 'unknown'],
    ['has(p.rc)', 'unknown'],
    ['default(p.rc, 1)', 'unknown'],
    ['p.?rc.orValue(1)', 'unknown'],
    ['t ? 1 : p.rc', 1],
    ['string(p)', 'unknown'],
    ['{"a": p.changed}', { a: false }],
  ];
  test.each(rows)('%s', (text, value) => {
    const { expression } = compileExpression(text, span);
    const found = evaluate(expression as never, names);
    expect(found.is === 'known' ? found.value : found.is).toEqual(value);
  });
});

const habits: readonly (readonly [string, string])[] = [
  ['a and b', 'a && b'],
  ['a or not b', 'a || !b'],
  ['not (a and b)', '!(a && b)'],
  ['x is defined', 'has(vars.x)'],
  ['x.y is not defined', '!has(x.y)'],
  ['x is undefined or y', '!has(vars.x) || y'],
  ['r is changed', 'r.changed'],
  ['r is not failed', '!r.failed'],
  ['r is succeeded and x', '!r.failed && x'],
  ['r is not succeeded', 'r.failed'],
  ['x is none', 'x == null'],
  ["x is match('a.*')", "match(x, 'a.*')"],
  ["x is not search('a')", "!x.matches('a')"],
  ["v is version('5.1', '>=')", "version(v, '5.1', '>=')"],
  ['x | default(5)', 'default(x, 5)'],
  ["x | default('') | length > 0", "size(default(x, '')) > 0"],
  ['l | map("upper") | join(",")', 'join(map(l, "upper"), ",")'],
  ['a + (b | int)', 'a + (int(b))'],
  ['{{ x }}', 'x'],
  ['x == "{{ y }}"', 'null'],
  ["'a' ~ b", "'a' + b"],
  ["'x' if c else 'y'", "c ? 'x' : 'y'"],
  ["'a' not in l", "!('a' in l)"],
  ['x not in groups.web', '!(x in groups.web)'],
  ["not x in ['a and b']", "!(x in ['a and b'])"],
];
test.each(habits)('%s is, in CEL, %s', (jinja, text) => {
  expect(String(inCel(jinja))).toBe(text);
});

test('a habit is shown as YAML wants it', () => {
  const { faults } = compileExpression('not x == "a"', span);
  expect(faults).toMatchObject([{ code: 'E302', mend: `write '!x == "a"'`, at: { col: 1, length: 3 } }]);
});

test('the page about expressions shows CEL that can be read', () => {
  const rows = (pages['expressions']?.() ?? '').split('\n').filter(line => / {4,}/.test(line.trim()));
  const shown = rows.slice(1).flatMap(line => (line.trim().split(/ {4,}/)[1] ?? '').split(' or '));
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter(text => compileExpression(text, span).faults.length > 0)).toEqual([]);
});
