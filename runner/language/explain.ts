// What stands behind `tsrun inventory` and `tsrun explain`: data and lines about hosts, groups and variables. Pure; prints nothing.
import { didYouMean, fault } from '../core/fault.ts';
import { MASK } from '../core/secret.ts';
import type { Host, Inventory, Layer, Value } from '../core/site.ts';
import { showSpan } from '../core/source.ts';
import type { Fault, Span, Vars } from '../core/types.ts';
import { levels, mergeLayers } from './precedence.ts';

/** The value as it stands in its file, expressions in their braces, secrets masked. */
export function asWritten(value: Value): unknown {
  switch (value.is) {
    case 'plain':
      return value.value;
    case 'expression':
      return `{{ ${value.expression.text.trim()} }}`;
    case 'text':
      return value.parts.map(part => (typeof part === 'string' ? part : `{{ ${part.text.trim()} }}`)).join('');
    case 'list':
      return value.items.map(asWritten);
    case 'map':
      return Object.fromEntries(value.entries.map(entry => [entry.key, asWritten(entry.value)]));
    default:
      return MASK;
  }
}

const internal: ReadonlySet<string> = new Set(['inventory_file', 'inventory_dir']);

/** All variables of a host before any play, as they stand in their files: `tsrun inventory --host H`. */
export function hostVariables(host: Host): Vars {
  const merged = [...mergeLayers(host.layers)].filter(([name]) => !internal.has(name));
  return Object.fromEntries(merged.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, asWritten(value)]));
}

export interface GraphOptions {
  readonly group?: string;
  readonly vars?: boolean;
}

/** The tree of groups in the shape of `ansible-inventory --graph`. */
export function inventoryGraph(inventory: Inventory, options: GraphOptions = {}): { lines: string[]; faults: Fault[] } {
  const top = options.group ?? 'all';
  if (inventory.groups.has(top)) return { lines: graphGroup(inventory, top, 0, options.vars === true), faults: [] };
  const near = didYouMean(top, inventory.groups.keys());
  const mend = near ? `write "${near}"` : 'leave it out to see all groups';
  return {
    lines: [],
    faults: [fault('E411', { what: `unknown group "${top}"`, why: 'no inventory has a group of that name', mend })],
  };
}

const branch = (depth: number, text: string): string => (depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`);

function graphGroup(inventory: Inventory, name: string, depth: number, vars: boolean): string[] {
  const shape = inventory.tree?.get(name);
  const children = [...(shape?.children ?? [])].sort().flatMap(child => graphGroup(inventory, child, depth + 1, vars));
  // A host of `all` alone is shown under `ungrouped`.
  const own = name === 'all' ? [] : [...(shape?.hosts ?? [])].sort();
  const hosts = own.flatMap(host => [branch(depth + 1, host), ...(vars ? graphVars(inventory, host, depth + 2) : [])]);
  return [branch(depth, `@${name}:`), ...children, ...hosts];
}

function graphVars(inventory: Inventory, name: string, depth: number): string[] {
  const host = inventory.hosts.get(name);
  if (!host) return [];
  return Object.entries(hostVariables(host)).map(([key, value]) => branch(depth, `{${key} = ${shown(value)}}`));
}

/** On one line, and short enough to be looked over. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' && !/[\n\r\t]/.test(value) ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}

/** The whole inventory as the JSON that Ansible's inventory scripts print, so that it can be one. */
export function inventoryList(inventory: Inventory, variables: (host: Host) => Vars = hostVariables): Vars {
  const hostvars: Record<string, Vars> = {};
  for (const host of inventory.hosts.values()) {
    const vars = host.implicit ? {} : variables(host);
    if (Object.keys(vars).length > 0) hostvars[host.name] = vars;
  }
  const list: Record<string, unknown> = { _meta: { hostvars } };
  for (const [name, { children, hosts }] of inventory.tree ?? []) {
    const group = {
      ...(children.length > 0 ? { children } : {}),
      ...(hosts.length > 0 && name !== 'all' ? { hosts } : {}),
    };
    if (Object.keys(group).length > 0) list[name] = group;
  }
  return list;
}

export interface Candidate {
  readonly level: number;
  readonly from: string;
  readonly at: Span;
  /** As written; absent where only a run can tell (facts, register). */
  readonly value?: unknown;
  readonly wins: boolean;
}
export interface Explanation {
  readonly host: string;
  readonly variable: string;
  /** The winner first, then in falling precedence. */
  readonly candidates: readonly Candidate[];
  /** Why the winner wins; empty where nothing defines the name. */
  readonly why: string;
  readonly lines: readonly string[];
  readonly faults: readonly Fault[];
}

/** Something that a run sets: a fact, a register, a set_fact. */
export interface Later {
  readonly level: number;
  readonly from: string;
  readonly at: Span;
}

/** `layers`: of the play, the task and the command line, besides those of the host. */
export function explainVariable(
  host: Host,
  variable: string,
  layers: readonly Layer[] = [],
  later: readonly Later[] = [],
): Explanation {
  const all = [...host.layers, ...layers];
  const found = all.flatMap(({ level, from, vars }) => {
    const value = vars.get(variable);
    return value ? [{ level, from, at: value.span, value: asWritten(value) }] : [];
  });
  const ranked = [...found, ...later].sort((a, b) => a.level - b.level).reverse();
  const candidates = ranked.map((candidate, i) => ({ ...candidate, wins: i === 0 }));
  const why = reason(candidates);
  const faults = candidates.length === 0 ? [undefinedFault(host, variable, all)] : [];
  return { host: host.name, variable, candidates, why, lines: explainLines(host, variable, candidates, why), faults };
}

function undefinedFault(host: Host, variable: string, layers: readonly Layer[]): Fault {
  const near = didYouMean(variable, new Set(layers.flatMap(layer => [...layer.vars.keys()])));
  const mend = near ? `did you mean "${near}"?` : `see what there is: tsrun inventory --host ${host.name}`;
  return fault('E350', { what: `nothing defines "${variable}" for ${host.name}`, why: 'no place of the files has it', mend });
}

const named = (level: number): string => `${levels[level] ?? 'built-in'} (${level})`;

function reason([winner, second]: readonly Candidate[]): string {
  if (!winner) return '';
  if (!second) return 'it is the only one';
  if (!('value' in winner)) return `${winner.from} wins once it has run; until then it is ${second.from}`;
  if (winner.level !== second.level) return `${named(winner.level)} wins over ${named(second.level)}`;
  if (winner.level === 3 || winner.level === 6 || winner.level === 7) {
    return 'of the groups of a host the deeper one wins, then the higher ansible_group_priority, then the later name';
  }
  return 'of one level the later one wins';
}

function explainLines(host: Host, variable: string, candidates: readonly Candidate[], why: string): string[] {
  if (candidates.length === 0) return [];
  const rows = candidates.map(one => {
    const value = 'value' in one ? shown(one.value) : '(known in the run)';
    return [one.wins ? '*' : ' ', String(one.level).padStart(2), one.from, showSpan(one.at), value] as const;
  });
  const widths = [2, 3].map(column => Math.max(...rows.map(row => (row[column] as string).length)));
  const lines = rows.map(([mark, level, from, place, value]) =>
    `${mark} ${level}  ${from.padEnd(widths[0] as number)}  ${place.padEnd(widths[1] as number)}  ${value}`.trimEnd(),
  );
  return [`${variable} of ${host.name}`, ...lines, `why  ${why}`];
}
