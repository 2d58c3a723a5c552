// Magic variables: names that the run itself defines, and no one can override. Evaluates nothing.
import { resolve } from 'node:path';
import type { Inventory, Knowledge, Play, Task } from '../core/site.ts';
import type { Vars } from '../core/types.ts';
import { lazyMap } from './lazy.ts';
import { Pending, Trouble } from './signals.ts';
import type { Place } from './variables.ts';

export interface MagicSources {
  readonly inventory: Inventory;
  /** What the command line knows: ansible_check_mode, ansible_forks, tsrun_version, ... */
  readonly defaults: Vars;
  readonly place: Place & Partial<Pick<Task, 'role'>> & Partial<Pick<Play, 'playbook'>>;
  readonly on: Knowledge;
  readonly vars: () => unknown;
  readonly hostvars: () => unknown;
}

/** Stands for "leave this argument out". One object, known by its identity. */
export const OMIT: object = Object.freeze({ omit: true });

/** The release of Ansible whose behaviour is followed where a playbook asks. */
const version = { full: '2.14.0', major: 2, minor: 14, revision: 0, string: '2.14.0' };

function groupsMap(inventory: Inventory): unknown {
  return lazyMap({
    has: name => inventory.groups.has(name),
    names: () => inventory.groups.keys(),
    get: name => [...(inventory.groups.get(name) ?? [])],
  });
}

function factsMap({ on }: MagicSources): unknown {
  const waiting = on.unknown.get('ansible_facts');
  if (waiting) return new Pending('ansible_facts', waiting);
  if (on.facts) return on.facts;
  throw new Trouble('E351', {
    what: 'no facts are gathered here',
    why: 'the play says gather_facts: false, or the facts were cleared',
    mend: 'write gather_facts: true in the play, or a setup task before this one',
    missing: true,
  });
}

const table: Readonly<Record<string, (from: MagicSources) => unknown>> = {
  inventory_hostname: ({ on }) => on.host.name,
  inventory_hostname_short: ({ on }) => on.host.name.split('.')[0],
  group_names: ({ on }) => [...on.host.groups].sort(),
  groups: ({ inventory }) => groupsMap(inventory),
  hostvars: from => from.hostvars(),
  vars: from => from.vars(),
  facts: factsMap,
  ansible_facts: factsMap,
  omit: () => OMIT,
  playbook_dir: ({ place }) => resolve(place.frame.playbookDir),
  role_name: ({ place }) => place.frame.role ?? undefined,
  ansible_role_name: ({ place }) => place.frame.role ?? undefined,
  role_path: ({ place }) => (place.frame.roleDir === null ? undefined : resolve(place.frame.roleDir)),
  ansible_inventory_sources: ({ inventory }) => [...inventory.sources],
  ansible_version: () => version,
  play_hosts: ({ on, defaults }) => on.magic['ansible_play_hosts'] ?? defaults['ansible_play_hosts'],
  ansible_check_mode: () => false,
  ansible_diff_mode: () => false,
};

/** Set by the run (Knowledge.magic); here so that a check of the files knows them. */
const ofTheRun = [
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_batch',
  'ansible_play_name',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_forks',
  'ansible_limit',
  'ansible_verbosity',
  'tsrun_version',
  // In the layers of each host, where no one can override them either.
  'inventory_dir',
  'inventory_file',
];

export const magicNames: ReadonlySet<string> = new Set([...Object.keys(table), ...ofTheRun]);

/** undefined where the name is not magic, or has no value at this place. */
export function magicValue(name: string, from: MagicSources): unknown {
  const { magic } = from.on;
  if (Object.hasOwn(magic, name)) return magic[name];
  if (Object.hasOwn(from.defaults, name)) return from.defaults[name];
  return Object.hasOwn(table, name) ? table[name]?.(from) : undefined;
}
