// Host patterns (`a:b:&c:!d`, globs, `~regex`, `g[0]`) and --limit -> names of hosts, by Ansible's rules. Reads no file itself.
import { isIPv6 } from 'node:net';
import { didYouMean, fault } from '../core/fault.ts';
import type { Inventory } from '../core/site.ts';
import type { Fault, Span } from '../core/types.ts';
import { type Read, reasonOf } from './read-source.ts';

export interface Matched {
  readonly hosts: readonly string[];
  readonly faults: Fault[];
}

interface Matching {
  readonly inventory: Inventory;
  readonly at: Span | undefined;
  readonly faults: Fault[];
}

/** Unions first, in their order, then intersections, then exclusions; without a union it starts from all. */
export function resolvePattern(pattern: string, inventory: Inventory, at?: Span): Matched {
  const faults: Fault[] = [];
  const parts = splitPattern(pattern, inventory);
  if (parts.length === 0) {
    const mend = 'write a host, a group, or "all"';
    faults.push(fault('E412', { what: 'the host pattern is empty', at, why: 'it would name no host', mend }));
  }
  return { hosts: evaluate(parts, { inventory, at, faults }), faults };
}

/** Those of `hosts` that the limit leaves, in their order. `@file` has a pattern a line. */
export function applyLimit(limit: string, hosts: readonly string[], inventory: Inventory, read: Read): Matched {
  const { hosts: left, faults } = resolveLimit(limit, inventory, read);
  const kept = new Set(left);
  return { hosts: hosts.filter(host => kept.has(host)), faults };
}

/** All hosts of the inventory that the limit leaves. */
export function resolveLimit(limit: string, inventory: Inventory, read: Read): Matched {
  const faults: Fault[] = [];
  const parts = limit
    .split(',')
    .flatMap(part => (part.trim().startsWith('@') ? limitFile(part.trim().slice(1), read, faults) : [part]))
    .flatMap(part => splitPattern(part, inventory));
  const hosts = parts.length === 0 ? [] : evaluate(parts, { inventory, at: undefined, faults });
  if (parts.length === 0 && faults.length === 0) {
    faults.push(
      fault('E412', {
        what: 'the limit is empty',
        why: 'it would leave no host',
        mend: 'write a host or a group, or leave it out',
      }),
    );
  }
  return { hosts, faults };
}

function limitFile(path: string, read: Read, faults: Fault[]): readonly string[] {
  try {
    const text = read(path);
    const lines = (typeof text === 'string' ? text : new TextDecoder().decode(text)).split('\n');
    return lines.filter(line => line.trim() !== '' && !line.trim().startsWith('#'));
  } catch (error) {
    const mend = 'give the path of a file with a host a line, from the current folder';
    faults.push(fault('E413', { what: `the limit file ${path} cannot be read`, why: reasonOf(error), mend, cause: error }));
    return [];
  }
}

/** Commas divide; colons do too, but for those of an address, of brackets and of names that the inventory has. */
export function splitPattern(pattern: string, inventory: Inventory): readonly string[] {
  const isName = (text: string): boolean => {
    const bare = text.replace(/^[!&]/, '');
    return isIPv6(bare) || inventory.hosts.has(bare) || inventory.groups.has(bare);
  };
  return pattern
    .split(',')
    .map(part => part.trim())
    .flatMap(part => (isName(part) ? [part] : (part.match(/(?:[^\s:[\]]|\[[^\]]*\]?|\])+/g) ?? [])))
    .filter(part => part !== '');
}

function evaluate(parts: readonly string[], matching: Matching): readonly string[] {
  const regular = parts.filter(part => !/^[!&]/.test(part));
  const hosts = new Set<string>();
  for (const part of regular.length > 0 ? regular : parts.length > 0 ? ['all'] : []) {
    // A name that is both a host and a group is the host here, and both where it takes away.
    for (const host of matching.inventory.hosts.has(part) ? [part] : matchOne(part, matching)) hosts.add(host);
  }
  for (const part of parts.filter(one => one.startsWith('&'))) {
    const kept = new Set(matchOne(part.slice(1), matching));
    for (const host of hosts) if (!kept.has(host)) hosts.delete(host);
  }
  for (const part of parts.filter(one => one.startsWith('!'))) {
    for (const host of matchOne(part.slice(1), matching)) hosts.delete(host);
  }
  return [...hosts];
}

function matchOne(part: string, matching: Matching): readonly string[] {
  if (part.startsWith('~')) return matchRegex(part, matching);
  const subscript = /^(.+)\[(?:(-?\d+)|(\d+)[:-](\d*))\]$/.exec(part);
  if (!subscript) return matchName(part, matching);
  const [, name = '', index, first, last] = subscript;
  const hosts = matchName(name, matching);
  if (index === undefined) return hosts.slice(Number(first), last === '' ? undefined : Number(last) + 1);
  const host = hosts.at(Number(index));
  if (host === undefined && hosts.length > 0) matching.faults.push(outOfRange(part, hosts.length, matching.at));
  return host === undefined ? [] : [host];
}

const outOfRange = (part: string, count: number, at: Span | undefined): Fault =>
  fault('E412', {
    what: `the pattern "${part}" names no host`,
    at,
    why: `there are ${count} hosts, [0] to [${count - 1}]`,
    mend: `write [${count - 1}], or [-1] for the last`,
  });

function matchRegex(part: string, matching: Matching): readonly string[] {
  try {
    // From the beginning of a name, as Python's match; its end is free.
    return matchAll(part, new RegExp(`^(?:${part.slice(1)})`), matching);
  } catch (error) {
    const why = (error as Error).message;
    matching.faults.push(
      fault('E412', {
        what: `"${part}" is no regular expression`,
        at: matching.at,
        why,
        mend: 'mend the expression behind the "~"',
      }),
    );
    return [];
  }
}

function matchName(name: string, matching: Matching): readonly string[] {
  if (/[*?[]/.test(name)) return matchAll(name, globExpression(name), matching);
  const { inventory } = matching;
  const group = inventory.groups.get(name);
  if (group) return inventory.hosts.has(name) ? [...new Set([name, ...group])] : group;
  if (inventory.hosts.has(name)) return [name];
  matching.faults.push(unknownName(name, matching));
  return [];
}

function unknownName(name: string, { inventory, at }: Matching): Fault {
  const near = didYouMean(name, [...inventory.groups.keys(), ...inventory.hosts.keys()]);
  const none = inventory.sources.length === 0;
  const mend = none ? 'give an inventory: -i FILE' : near ? `write "${near}"` : 'see them all: tsrun inventory --graph';
  const why = none ? 'no inventory was given' : 'no inventory has a host or group of that name';
  return fault('E411', { what: `unknown host or group "${name}"`, at, why, mend });
}

/** Members of the groups whose name fits, then the hosts whose own name fits. */
function matchAll(part: string, expression: RegExp, { inventory, at, faults }: Matching): readonly string[] {
  const hosts = new Set<string>();
  let groups = 0;
  for (const [name, members] of inventory.groups) {
    if (!expression.test(name)) continue;
    groups += 1;
    for (const host of members) hosts.add(host);
  }
  for (const name of inventory.groups.get('all') ?? []) if (expression.test(name)) hosts.add(name);
  if (groups === 0 && hosts.size === 0) {
    const mend = 'see the names: tsrun inventory --graph';
    faults.push(
      fault('W943', { what: `the pattern "${part}" matches nothing`, at, why: 'no host or group has such a name', mend }),
    );
  }
  return [...hosts];
}

/** `*`, `?`, `[abc]` and `[!abc]`; the whole name must fit. */
function globExpression(glob: string): RegExp {
  const source = glob.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (char: string, not: string | undefined, set: string | undefined) => {
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
    if (char === '*') return '.*';
    return char === '?' ? '.' : char.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // A range that runs backwards, such as [z-a], fits nothing.
    return /^(?!)/;
  }
}
