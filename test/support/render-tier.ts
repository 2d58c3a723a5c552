// What the inputs of the role k8s-dcompact render to, without a cluster: the real inputs and templates, and tasks that only write down.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { scene } from './run-playbook.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const templates = readdirSync(join(root, 'templates/k8s-dcompact'));

const files = {
  'roles/k8s-dcompact/role.yaml': text('roles/k8s-dcompact/role.yaml'),
  'roles/k8s-dcompact/tasks.yaml': JSON.stringify(
    templates.map(src => ({ name: src, template: { src, dest: `SCRATCH/${src}.yaml` } })),
  ),
  ...Object.fromEntries(templates.map(name => [`templates/k8s-dcompact/${name}`, text(`templates/k8s-dcompact/${name}`)])),
  'site.yaml': JSON.stringify([{ hosts: 'k8s_control', gather_facts: false, roles: [{ role: 'k8s-dcompact' }] }]),
};

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface Rendered {
  readonly code: number;
  readonly why: string;
  readonly objects: readonly Manifest[];
}

const instance = (n: number) => ({ ansible_host: `10.6.0.3${n}`, mytopling_instance_name: `instance-${n}` });

/** The objects of all templates, for the inventory of the guide. */
export async function renderTier(vars: Readonly<Record<string, unknown>> = {}): Promise<Rendered> {
  const children = {
    k8s_control: { hosts: { control: { ansible_host: '10.6.0.20' } } },
    k8s_nodes: { hosts: { node01: { ansible_host: '10.6.0.21' }, node02: { ansible_host: '10.6.0.22' } } },
    mytopling: { hosts: { 'mytopling-instance-1': instance(1), 'mytopling-instance-2': instance(2) } },
  };
  const all = { vars: { ansible_connection: 'local', domain: 'mytopling.in', ...vars }, children };
  const stage = scene({ ...files, 'hosts.yaml': JSON.stringify({ all }) });
  try {
    const { code, findings, results } = await stage.play();
    const why = [...findings, ...results.map(result => result.message)].join('\n');
    const objects =
      code === 0
        ? templates.flatMap(name =>
            parseAllDocuments(readFileSync(join(stage.dir, `${name}.yaml`), 'utf8')).map(document => document.toJS() as Manifest),
          )
        : [];
    return { code, why, objects };
  } finally {
    stage.end();
  }
}
