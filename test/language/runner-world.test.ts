import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLocalFiles } from '../../runner/language/local-files.ts';
import { createWorld } from '../../runner/language/runner-world.ts';
import { Misuse } from '../../runner/language/signals.ts';
import { host, inventory } from '../support/scope.ts';
import { scratch } from '../support/scratch.ts';

function worldOf(files: Readonly<Record<string, string>>, check = false) {
  const root = scratch(files);
  const seen: string[] = [];
  const local = openLocalFiles({ cwd: root, home: '/root' });
  const open = createWorld({
    files: local,
    env: { EDITOR: 'vi' },
    home: '/root',
    cwd: root,
    now: () => 1000,
    inventory: () => inventory([host('h1', [], ['web'])]),
    redactor: { add: secret => seen.push(secret) > 0 },
    check,
  });
  const world = open({ layers: [], frame: { playbookDir: root, role: 'r', roleDir: join(root, 'roles/r'), fileDir: root } });
  return { root, world, seen };
}

test('files are found as src is', () => {
  const { world } = worldOf({ 'roles/r/files/a': 'of the role', 'files/a': 'of the playbook', b: 'beside' });
  expect([world.readFile('a'), world.readFile('b')]).toEqual(['of the role', 'beside']);
  expect(() => world.readFile('c')).toThrow(Misuse);
});

test('the first that is there', () => {
  const { world, root } = worldOf({ 'templates/t.hbs': '', 'vars/x.yaml': '' });
  expect(world.firstFound(['nope', 'vars/x.yaml', 't.hbs'])).toBe(join(root, 'vars/x.yaml'));
  expect(world.firstFound(['t.hbs'])).toBe(join(root, 'templates/t.hbs'));
  expect(world.firstFound(['nope'])).toBeUndefined();
});

const globs: readonly (readonly [string, readonly string[]])[] = [
  ['d/*', ['d/a.conf', 'd/b.conf', 'd/c.txt']],
  ['d/*.conf', ['d/a.conf', 'd/b.conf']],
  ['d/[ab].conf', ['d/a.conf', 'd/b.conf']],
  ['d/[!a].conf', ['d/b.conf']],
  ['d/?.txt', ['d/c.txt']],
  ['*/x', ['d2/x']],
  ['d/.*', ['d/.hidden']],
  ['d/a+(.conf', []],
  ['nope/*', []],
];
test.each(globs)('fileglob %s', (pattern, found) => {
  const { world, root } = worldOf({ 'd/b.conf': '', 'd/a.conf': '', 'd/c.txt': '', 'd/.hidden': '', 'd2/x': '' });
  expect(world.glob(pattern)).toEqual(found.map(path => join(root, path)));
});

describe('password', () => {
  test('is made once, kept, and told to the redactor', () => {
    const { world, root, seen } = worldOf({});
    const made = world.password('secrets/db', { length: 12, chars: ['digits'] });
    expect(made).toMatch(/^\d{12}$/);
    expect(readFileSync(join(root, 'secrets/db'), 'utf8')).toBe(`${made}\n`);
    expect(world.password('secrets/db', {})).toBe(made);
    expect(seen).toEqual([made, made]);
  });
  test('is read from the file that Ansible kept', () => {
    expect(worldOf({ db: 'hunter2 salt=abc\n' }).world.password('db', {})).toBe('hunter2');
  });
  test('in a check run no file is made', () => {
    const { world, root } = worldOf({}, true);
    expect(world.password('db', {})).toHaveLength(20);
    expect(existsSync(join(root, 'db'))).toBe(false);
  });
  test('of no characters is a fault', () => {
    expect(() => worldOf({}).world.password('db', { chars: ['a'] })).toThrow(Misuse);
  });
});

test('environment, groups, clock and home', () => {
  const { world } = worldOf({});
  expect([world.env('EDITOR'), world.env('NOPE'), world.group('web'), world.group('nope'), world.now(), world.home()]).toEqual([
    'vi',
    undefined,
    ['h1'],
    [],
    1000,
    '/root',
  ]);
});
