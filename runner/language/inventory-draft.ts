// An inventory while its sources are read: groups, hosts, their variables, and the faults of their names. Reads no file.
import { fault } from '../core/fault.ts';
import type { Value } from '../core/site.ts';
import type { Fault, Span } from '../core/types.ts';
import { expandHost } from './inventory-range.ts';
import type { MapEntry } from './node.ts';
import { textNode } from './python-literal.ts';
import { toValue } from './value.ts';
import { variableNameFault } from './variable-name.ts';

/** Variables of one owner as one source has them. */
export interface VarsOf {
  readonly from: string;
  readonly vars: Map<string, Value>;
}
export interface DraftGroup {
  readonly name: string;
  readonly children: Set<string>;
  readonly parents: Set<string>;
  readonly hosts: Set<string>;
  readonly vars: VarsOf[];
  priority: number;
}
export interface DraftHost {
  readonly name: string;
  readonly span: Span;
  readonly vars: VarsOf[];
  /** The source that named it first. */
  readonly source: string;
}
export interface Draft {
  readonly groups: Map<string, DraftGroup>;
  readonly hosts: Map<string, DraftHost>;
  readonly faults: Fault[];
}

/** The source that is being read. What a program prints cannot be mended by the reader: its names are taken as they are. */
export interface Origin {
  readonly file: string;
  readonly path: string;
  readonly lenient: boolean;
}

export function createDraft(faults: Fault[]): Draft {
  const draft: Draft = { groups: new Map(), hosts: new Map(), faults };
  for (const name of ['all', 'ungrouped']) draft.groups.set(name, emptyGroup(name));
  link(draft, 'all', 'ungrouped');
  return draft;
}

const emptyGroup = (name: string): DraftGroup => ({
  name,
  children: new Set(),
  parents: new Set(),
  hosts: new Set(),
  vars: [],
  priority: 1,
});

function link(draft: Draft, parent: string, child: string): void {
  draft.groups.get(parent)?.children.add(child);
  draft.groups.get(child)?.parents.add(parent);
}

/** What a pattern would read as something else. */
const groupName = /^[^\s,:!&~@[\]*?][^\s,:!&[\]*?]*$/;
const hostName = /^[^\s,!&~@[\]*?=][^\s,!&[\]*?=]*$/;

function nameFault(kind: 'group' | 'host', name: string, at: Span): Fault {
  const why = `a host pattern could not name it: spaces and , ! & [ ] * ?${kind === 'group' ? ' :' : ' ='} have a meaning there`;
  const better = name.replace(/[^\w.-]+/g, '_').replace(/^_+|_+$/g, '');
  const mend = better === '' ? `give the ${kind} a name` : `call it ${better}`;
  return fault('E406', { what: `"${name}" cannot be the name of a ${kind}`, at, why, mend });
}

export function addGroup(draft: Draft, name: string, at: Span, origin: Origin): DraftGroup {
  const known = draft.groups.get(name);
  if (known) return known;
  if (!origin.lenient && !groupName.test(name)) draft.faults.push(nameFault('group', name, at));
  const group = emptyGroup(name);
  draft.groups.set(name, group);
  return group;
}

export function addChild(draft: Draft, parent: DraftGroup, child: DraftGroup, at: Span): void {
  if (!reaches(draft, child.name, parent.name)) return link(draft, parent.name, child.name);
  const chain = child === parent ? 'a group cannot hold itself' : `"${parent.name}" is already below "${child.name}"`;
  const mend = `take "${child.name}" out of the children of "${parent.name}", or the other way round`;
  draft.faults.push(fault('E405', { what: `the group "${child.name}" would be among its own children`, at, why: chain, mend }));
}

function reaches(draft: Draft, from: string, to: string): boolean {
  const seen = new Set([from]);
  // A set that grows while it is walked: breadth first, each group once.
  for (const name of seen) for (const child of draft.groups.get(name)?.children ?? []) seen.add(child);
  return seen.has(to);
}

/** Adds one host that has exactly this name. */
export function addHost(draft: Draft, name: string, at: Span, origin: Origin, group: DraftGroup | undefined): DraftHost {
  let host = draft.hosts.get(name);
  if (!host) {
    if (!origin.lenient && !hostName.test(name)) draft.faults.push(nameFault('host', name, at));
    host = { name, span: at, vars: [], source: origin.path };
    draft.hosts.set(name, host);
  }
  group?.hosts.add(name);
  return host;
}

/** Adds the hosts that an entry such as `node[01:50]:2222` stands for. */
export function addHosts(draft: Draft, entry: string, at: Span, origin: Origin, group: DraftGroup): DraftHost[] {
  const expanded = expandHost(entry);
  if ('why' in expanded) {
    draft.faults.push(fault('E407', { what: `the host range "${entry}" cannot be counted`, at, ...expanded }));
    return [];
  }
  const hosts = expanded.names.map(name => addHost(draft, name, at, origin, group));
  const port = expanded.port;
  if (port !== undefined) {
    const value = { ...textNode(port, at), written: String(port) };
    setVars(draft, hosts, [{ key: 'ansible_port', keySpan: at, value }], origin);
  }
  return hosts;
}

/** The same variables for all these hosts, read once. */
export function setVars(draft: Draft, hosts: readonly DraftHost[], entries: readonly MapEntry[], origin: Origin): void {
  const values = readVars(entries, draft.faults, origin.lenient);
  for (const host of hosts) {
    const vars = varsFrom(host.vars, `host ${host.name} in ${origin.file}`);
    for (const [name, value] of values) vars.set(name, value);
  }
}

export function setGroupVars(draft: Draft, group: DraftGroup, entries: readonly MapEntry[], origin: Origin): void {
  const vars = varsFrom(group.vars, `group ${group.name} in ${origin.file}`);
  for (const [name, value] of readVars(entries, draft.faults, origin.lenient)) {
    if (name === 'ansible_group_priority') group.priority = priorityOf(draft, value, group.priority);
    else vars.set(name, value);
  }
}

function priorityOf(draft: Draft, value: Value, before: number): number {
  const number = value.is === 'plain' ? Number(value.value) : Number.NaN;
  if (Number.isInteger(number)) return number;
  const mend = 'write a whole number; a group with a higher one wins over its siblings';
  const what = 'ansible_group_priority is not a whole number';
  draft.faults.push(fault('E404', { what, at: value.span, why: 'groups are merged in the order of their priorities', mend }));
  return before;
}

function varsFrom(all: VarsOf[], from: string): Map<string, Value> {
  const last = all.at(-1);
  if (last?.from === from) return last.vars;
  const vars = new Map<string, Value>();
  all.push({ from, vars });
  return vars;
}

/** The variables of a map, with a fault for each name that no expression could read. */
export function readVars(entries: readonly MapEntry[], faults: Fault[], lenient = false): Map<string, Value> {
  const vars = new Map<string, Value>();
  for (const { key, keySpan, value } of entries) {
    const wrong = lenient ? undefined : variableNameFault(key, keySpan);
    if (wrong) faults.push(wrong);
    vars.set(key, toValue(value, faults));
  }
  return vars;
}

/** One that can be changed without the other. */
export const copyDraft = ({ groups, hosts, faults }: Draft): Draft => ({
  groups: new Map([...groups].map(([name, one]) => [name, copyGroup(one)])),
  hosts: new Map([...hosts].map(([name, one]) => [name, { ...one, vars: [...one.vars] }])),
  faults: [...faults],
});

const copyGroup = (group: DraftGroup): DraftGroup => ({
  ...group,
  children: new Set(group.children),
  parents: new Set(group.parents),
  hosts: new Set(group.hosts),
});
