// What the inputs and templates of the role mytopling render to, without a host: the real role.yaml, tasks that only write it down.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scene } from './run-playbook.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The real inputs and templates; the tasks only write down what comes of them. */
const files = {
  'roles/mytopling/role.yaml': text('roles/mytopling/role.yaml'),
  'roles/mytopling/tasks.yaml': JSON.stringify([
    { name: 'cnf', template: { src: 'my.cnf.hbs', dest: 'SCRATCH/{{ inventory_hostname }}.cnf' } },
    { name: 'plugin', copy: { dest: 'SCRATCH/{{ inventory_hostname }}.json', content: '{{ mytopling_side_plugin_json }}' } },
    { name: 'environment', template: { src: 'environment.hbs', dest: 'SCRATCH/{{ inventory_hostname }}.env' } },
  ]),
  'templates/mytopling/my.cnf.hbs': text('templates/mytopling/my.cnf.hbs'),
  'templates/mytopling/environment.hbs': text('templates/mytopling/environment.hbs'),
  'site.yaml': JSON.stringify([
    { hosts: 'mytopling', gather_facts: false, roles: [{ role: 'mytopling', mytopling_part: 'server' }] },
  ]),
};

export const base = {
  ansible_connection: 'local',
  domain: 'mytopling.in',
  mytopling_archive: '/srv/a.tar.gz',
  mytopling_sha256: '0'.repeat(64),
  mytopling_version: '8.0.32',
  mytopling_root_password: 'a-long-root-password',
  mytopling_repl_password: 'a-long-repl-password',
  // Facts are not asked for here.
  mytopling_packages: [],
  mytopling_repos: [],
};
export const primary = {
  mytopling_instance_name: 'instance-1',
  mytopling_server_id: 1,
  mytopling_role: 'primary',
  ansible_host: '10.0.0.1',
};
export const replica = {
  mytopling_instance_name: 'instance-2',
  mytopling_server_id: 2,
  mytopling_role: 'replica',
  ansible_host: '10.0.0.2',
};
export type Vars = Readonly<Record<string, unknown>>;

export interface Rendered {
  readonly code: number;
  readonly findings: readonly string[];
  readonly why: string;
  readonly cnf: (host: string) => readonly string[];
  readonly plugin: (host: string) => Record<string, never>;
}

const pair: Readonly<Record<string, Vars>> = { one: primary, two: replica };

export async function render(vars: Vars, hosts = pair): Promise<Rendered> {
  const inventory = {
    all: {
      vars: { ...base, ...vars },
      children: {
        mytopling: { hosts },
        k8s_nodes: { hosts: { node01: { ansible_host: '10.0.1.1' }, node02: { ansible_host: '10.0.1.2' } } },
      },
    },
  };
  const stage = scene({ ...files, 'hosts.yaml': JSON.stringify(inventory) });
  const { code, findings, events, results } = await stage.play();
  const said = [...events, ...results].map(event => JSON.stringify(event)).join('\n');
  const written = new Map(
    readdirSync(stage.dir, { withFileTypes: true })
      .filter(one => one.isFile())
      .map(({ name }) => [name, readFileSync(join(stage.dir, name), 'utf8')]),
  );
  stage.end();
  const read = (name: string): string => written.get(name) ?? '';
  return {
    code,
    findings,
    why: said,
    cnf: host => read(`${host}.cnf`).split('\n'),
    plugin: host => JSON.parse(read(`${host}.json`)) as Record<string, never>,
  };
}
