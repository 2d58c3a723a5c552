// The schemas for editors: what is right here must not be red there, and a typo must be.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileSchema } from '../../runner/core/schema.ts';
import { editorSchemas, type SchemaName } from '../../runner/language/editor-schema.ts';
import { keywordsOf, type Place } from '../../runner/language/grammar/keywords.ts';
import { keywordTable } from '../../runner/language/grammar/keyword-table.ts';
import { moduleNames, openModules } from '../../runner/modules/index.ts';

const root = join(import.meta.dirname, '../..');
const open = await openModules(moduleNames());
const modules = new Map(moduleNames().map(name => [name, open.get(name)!] as const));
const schemas = editorSchemas(modules);
const checks = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, compileSchema(schema)]));
const tags = ['!vault', '!unsafe'].map(tag => ({ tag, resolve: (text: string) => text }));
const wrongIn = (name: SchemaName, text: string) =>
  checks[name]?.(parse(text, { customTags: tags })).map(({ path, message }) => `${path.join('/')} ${message}`);

function kindOf(path: string): SchemaName | undefined {
  if (/^playbooks\/[^/]+\.yaml$/.test(path)) return 'playbook';
  if (/^roles\/[^/]+\/role\.yaml$/.test(path)) return 'role';
  if (/^roles\/[^/]+\/(?!example)[^/]+\.yaml$/.test(path)) return 'tasks';
  return /^inventory\/[^/]+\.yaml$/.test(path) ? 'inventory' : undefined;
}
const files = ['playbooks', 'roles', 'inventory']
  .flatMap(folder => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  .filter(one => one.isFile() && one.name.endsWith('.yaml'))
  .map(one => relative(root, join(one.parentPath, one.name)))
  .flatMap(path => (kindOf(path) ? [[path, kindOf(path)!] as const] : []));

describe('nothing of our own site is red', () => {
  it.each(files)('%s', (path, kind) => {
    expect(wrongIn(kind, readFileSync(join(root, path), 'utf8'))).toEqual([]);
  });
});

describe('nothing of the examples of a module is red', () => {
  it.each([...modules])('%s', (_, module) => {
    for (const { yaml } of module.examples) {
      const tasks = yaml.trimStart().startsWith('-') ? yaml : `- ${yaml.trimEnd().replaceAll('\n', '\n  ')}`;
      expect(wrongIn('tasks', tasks)).toEqual([]);
    }
  });
});

describe('a mistake is red at its place', () => {
  const rows: [SchemaName, string, string][] = [
    ['playbook', '- hosts: all\n  taks: []', '0'],
    ['playbook', '- hosts: all\n  strategy: fast', '0/strategy'],
    ['playbook', '- hosts: all\n  tasks: [{ copy: { dest: /x, contnt: y } }]', '0/tasks/0/copy'],
    ['playbook', '- hosts: all\n  tasks: [{ file: { path: /x, state: folder } }]', '0/tasks/0/file/state'],
    ['tasks', '- sysctl: { name: a, value: 1, reload: maybe }', '0/sysctl/reload'],
    ['tasks', '- ping:\n  wen: true', '0'],
    ['tasks', '- block: [{ ping: , tag: a }]', '0/block/0'],
    ['tasks', '- include_tasks: { fil: x.yaml }', '0/include_tasks'],
    ['role', 'summary: x\ninput: {}', ''],
    ['inventory', 'web:\n  host: { a: }', 'web'],
  ];
  it.each(rows)('%s: %s', (kind, text, path) => {
    expect(wrongIn(kind, text)?.map(one => one.split(' ')[0])).toContain(path);
  });
});

describe('what a run takes is not red', () => {
  const rows: [SchemaName, string][] = [
    ['tasks', '- copy: dest=/x content=y'],
    ['tasks', '- ansible.builtin.file: { dest: /x, state: "{{ wanted }}" }'],
    ['tasks', '- community.docker.docker_container: { name: x }'],
    ['tasks', '- { shell: "a | b", args: { creates: /x }, when: "!done" }'],
    ['playbook', '- import_playbook: other.yaml\n- { hosts: web, roles: [one, { role: two, port: 3 }] }'],
    ['inventory', 'all:\n  children: { web: { hosts: { "web[1:3]": , b: { ansible_port: 2 } } } }'],
  ];
  it.each(rows)('%s: %s', (kind, text) => {
    expect(wrongIn(kind, text)).toEqual([]);
  });
});

it('every keyword has a row, and every row is a keyword', () => {
  const places: Place[] = ['play', 'block', 'task', 'handler', 'role'];
  expect(Object.keys(keywordTable).sort()).toEqual([...new Set(places.flatMap(place => [...keywordsOf(place)]))].sort());
});
