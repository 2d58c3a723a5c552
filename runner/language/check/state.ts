// What is known while the tasks of a play are walked in order: names that tasks have set, facts, hosts. Evaluates nothing.
import type { Block, Host, Knowledge, Play, Site, Task, Unknown, Value } from '../../core/site.ts';
import type { Redactor } from '../../core/secret.ts';
import type { Vars } from '../../core/types.ts';
import type { Work } from '../grammar/work.ts';
import type { LocalFiles } from '../local-files.ts';
import type { Scopes } from '../scope.ts';
import { Pending } from '../signals.ts';
import type { Findings } from './findings.ts';

export interface Assigned {
  /** The tasks that register or set the name. */
  readonly by: Task[];
  readonly hosts: Set<string>;
}

export interface State {
  readonly site: Site;
  readonly work: Work;
  readonly local: LocalFiles;
  /** Tags, a limit or a start leave tasks out. */
  readonly filtered: boolean;
  /** Names that a host may get by a group that the run puts it into. */
  readonly toCome: ReadonlySet<string>;
  /** Told of the values of inputs that are secret. */
  readonly redactor: Redactor | undefined;
  readonly findings: Findings;
  readonly scopes: Scopes;
  /** Names of level 19, over all plays so far. */
  readonly assigned: Map<string, Assigned>;
  /** Names of them that not all hosts of the play have. */
  readonly partly: Set<string>;
  shared: { readonly key: string; readonly unknown: ReadonlyMap<string, Unknown> };
  /** Level 18. */
  readonly included: Map<string, Value>;
  /** Hosts whose facts an earlier play or task gathers. */
  readonly facts: Set<string>;
  /** Every name that anything reads. */
  readonly read: Set<string>;
  /** Something was included that no file tells: names may come from there. */
  open: boolean;
  /** Rises with every name that is learned. */
  revision: number;
  /** Views made so far. */
  made: number;
  /** Told of each task, in the order of a run, before it is checked: what it may know is then as in the run. */
  readonly visit: Visit | undefined;
  /** What is left of the evaluations that a check may take. */
  budget: number;
  readonly views: Map<string, View>;
}
/** What stands around a task: includes that bring it, and the part of a block that runs on a failure alone. */
export type Around = { readonly include: Task } | { readonly rescue: Block } | { readonly handlers: true };
export interface Visited {
  readonly task: Task;
  readonly play: Play;
  readonly around: readonly Around[];
  /** Names of loops around it. */
  readonly pending: readonly string[];
  readonly state: State;
}
export type Visit = (place: Visited) => void;

interface View {
  readonly revision: number;
  readonly play: Play;
  readonly local: Vars;
  readonly on: Knowledge;
}

export const noLocals: Vars = Object.freeze({});

/** Knowledge of a host at this point of the play: what tasks set has no value yet. */
export function viewOf(
  state: State,
  play: Play,
  name: string,
  local: Vars,
  pending: readonly string[],
  task: Task,
): Knowledge | undefined {
  const key = `${name} ${pending.join()}`;
  const known = state.views.get(key);
  if (known && known.revision === state.revision && known.play === play && known.local === local) return known.on;
  const host = state.site.inventory.hosts.get(name);
  if (!host) return undefined;
  const on = knowledgeOf(state, play, host, local, pending, task);
  state.views.set(key, { revision: state.revision, play, local, on });
  return on;
}

function knowledgeOf(state: State, play: Play, host: Host, local: Vars, pending: readonly string[], task: Task): Knowledge {
  return {
    host,
    facts: undefined,
    assigned: new Map(),
    included: state.included,
    unknown: unknownFor(state, play, host, pending, task),
    local,
    magic: magicOf(task),
    // Scopes are remembered by it, and this view is like no other.
    revision: (state.made += 1),
  };
}

/** Hosts that know the same names share the map: with many hosts and many names it is most of the work. */
function unknownFor(state: State, play: Play, host: Host, pending: readonly string[], task: Task): ReadonlyMap<string, Unknown> {
  const partly = [...state.partly].filter(name => state.assigned.get(name)?.hosts.has(host.name));
  const key = `${play.id} ${state.revision} ${hasFacts(state, play, host.name)} ${pending.join()} ${partly.join()}`;
  if (state.shared.key === key) return state.shared.unknown;
  const unknown = new Map<string, Unknown>();
  const add = (name: string, after: Task): void => void unknown.set(name, { after, kind: 'pending', known: {} });
  for (const [name, { by }] of state.assigned) if (!state.partly.has(name)) add(name, by.at(-1) ?? task);
  for (const name of partly) add(name, state.assigned.get(name)?.by.at(-1) ?? task);
  for (const name of [...state.work.lost, ...play.prompts.map(prompt => prompt.name)]) add(name, task);
  for (const name of pending) add(name, task);
  if (hasFacts(state, play, host.name)) add('ansible_facts', task);
  state.shared = { key, unknown };
  return unknown;
}

/** What tasks of earlier plays have set is on some hosts of this one alone. */
export function enterPlay(state: State, play: Play): void {
  state.partly.clear();
  state.revision += 1;
  for (const [name, { hosts }] of state.assigned) if (!play.hosts.every(host => hosts.has(host))) state.partly.add(name);
}

/** Facts come when they are named, unless the play says no and none were gathered before. */
export const hasFacts = (state: State, play: Play, host: string): boolean => play.gatherFacts !== false || state.facts.has(host);

const ofTheRun = [
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_batch',
  'play_hosts',
  'ansible_play_name',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_forks',
  'ansible_limit',
  'ansible_verbosity',
  'tsrun_version',
  'ansible_check_mode',
  'ansible_diff_mode',
  'ansible_failed_task',
  'ansible_failed_result',
  'ansible_loop',
  'ansible_loop_var',
  'ansible_index_var',
  'ansible_play_role_names',
  'ansible_role_names',
  'role_names',
  'ansible_parent_role_names',
  'ansible_parent_role_paths',
  'ansible_dependent_role_names',
  'ansible_search_path',
];

let magic: Vars | undefined;

/** Only the run knows them: no condition on them is decided here. */
function magicOf(task: Task): Vars {
  magic ??= Object.freeze(
    Object.fromEntries(ofTheRun.map(name => [name, new Pending(name, { after: task, kind: 'pending', known: {} })])),
  );
  return magic;
}

export function assign(state: State, name: string, by: Task, hosts: readonly string[]): void {
  const known = state.assigned.get(name) ?? { by: [], hosts: new Set<string>() };
  known.by.push(by);
  for (const host of hosts) known.hosts.add(host);
  state.assigned.set(name, known);
  state.partly.delete(name);
  state.revision += 1;
}
