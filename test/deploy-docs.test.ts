// docs/deploy.md and its Chinese twin: no input is missing, and what the tables name is there. Reads files only.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = ['docs/deploy.md', 'docs/deploy.zh.md'] as const;

const inputsOf = (role: string): readonly string[] =>
  Object.keys((parse(read(`roles/${role}/role.yaml`)) as { inputs: Record<string, unknown> }).inputs);
/** All texts after `name:` in the files of a role, or of the playbooks. */
const tasksIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder))
    .filter(name => name.endsWith('.yaml'))
    .flatMap(name => Array.from(read(join(folder, name)).matchAll(/^ *- name: "?(.*?)"?$/gm), ([, task]) => task as string));
const codes = (cell: string): readonly string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code]) => code as string);

/** Rows with this many cells of the last table. */
const guideOf = (page: string): readonly (readonly string[])[] =>
  read(page)
    .split('\n')
    .filter(line => line.startsWith('|'))
    .map(line =>
      line
        .slice(1, -1)
        .split('|')
        .map(cell => cell.trim()),
    )
    .filter(cells => cells.length === 4)
    .slice(2);

test.each(pages)('%s names every input of the role mytopling', page => {
  const named = new Set(codes(read(page)));
  expect(inputsOf('mytopling').filter(name => !named.has(name))).toEqual([]);
});

test.each(pages)('%s names no input that a role has not', page => {
  const all = new Set(readdirSync(join(root, 'roles')).flatMap(inputsOf));
  const words = codes(read(page)).filter(code =>
    /^(mytopling|dcompact|nfs|storage|kernel|registry|hpa|pod)_[a-z0-9_]+$/.test(code),
  );
  expect(words.length).toBeGreaterThan(60);
  expect(words.filter(word => !all.has(word) && word !== 'nfs_servers')).toEqual([]);
});

test.each(pages)('%s: each role and task of the guide is there', page => {
  const rows = guideOf(page);
  expect(rows.length).toBeGreaterThan(15);
  for (const [step, role = '', task = '', proof = ''] of rows) {
    const known = role === 'site' ? tasksIn('playbooks') : tasksIn(`roles/${role}`);
    for (const name of codes(task)) expect({ step, name, known: known.includes(name) }).toEqual({ step, name, known: true });
    // A proof may stand in a later role.
    const anywhere = [...readdirSync(join(root, 'roles')).flatMap(name => tasksIn(`roles/${name}`)), ...known];
    for (const name of codes(proof).filter(one => one.includes(' ') && !one.startsWith('mysqld')))
      expect({ step, name, known: anywhere.includes(name) }).toEqual({ step, name, known: true });
  }
});

test.each(pages)('%s: each playbook that it names is there, and none is left out', page => {
  const named = new Set(
    codes(read(page)).flatMap(code => Array.from(code.matchAll(/([a-z0-9-]+\.yaml)/g), ([, name]) => name as string)),
  );
  const there = readdirSync(join(root, 'playbooks'));
  expect(
    there.filter(
      name =>
        ['status', 'verify', 'backup', 'restore', 'restart', 'upgrade', 'teardown', 'site'].includes(name.replace('.yaml', '')) &&
        !named.has(name),
    ),
  ).toEqual([]);
  const others = ['prod.yaml', 'secrets.yaml', 'role.yaml'];
  expect([...named].filter(name => !there.includes(name) && !others.includes(name))).toEqual([]);
});
