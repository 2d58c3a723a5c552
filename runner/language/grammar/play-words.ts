// Keywords that plays alone have: hosts, order, serial, strategy, max_fail_percentage. Connects to nothing.
import { didYouMean, fault } from '../../core/fault.ts';
import type { Layer, Play } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import type { MapNode, YamlNode } from '../node.ts';
import { resolvePattern } from '../pattern.ts';
import { entryOf, isTemplate, itemsOf, nodeOf, textOf, wants } from './fields.ts';
import { knownText } from './known.ts';
import type { Work } from './work.ts';

/** The pattern, and its hosts within the limit. */
export function hostsOf(map: MapNode, layers: readonly Layer[], work: Work): { pattern: string; hosts: readonly string[] } {
  const entry = entryOf(map, 'hosts');
  if (!entry) {
    work.faults.push(
      fault('E204', {
        what: 'a play without "hosts"',
        at: map.span,
        why: 'it would run nowhere',
        mend: 'add "hosts: GROUP", or "hosts: localhost"',
      }),
    );
    return { pattern: '', hosts: [] };
  }
  const texts = itemsOf('hosts', entry.value, work.faults).flatMap(
    item => (isTemplate(item) ? knownText('hosts', item, layers, work) : textOf('hosts', item, work.faults)) ?? [],
  );
  const pattern = texts.join(',');
  if (texts.length === 0) return { pattern, hosts: [] };
  const { hosts, faults } = resolvePattern(pattern, work.inventory, entry.value.span);
  work.faults.push(...(work.addsHosts ? faults.map(madeLater) : faults));
  return { pattern, hosts: work.limit ? hosts.filter(host => work.limit?.has(host)) : hosts };
}

/** A task before this play may make the group. */
const madeLater = (found: Fault): Fault =>
  found.code === 'E411'
    ? { ...found, code: 'W953', severity: 'warning', why: `${found.why}; add_host or group_by may make it` }
    : found;

const orders: Readonly<Record<string, (hosts: readonly string[]) => readonly string[]>> = {
  inventory: hosts => hosts,
  reverse_inventory: hosts => [...hosts].reverse(),
  sorted: hosts => [...hosts].sort(),
  reverse_sorted: hosts => [...hosts].sort().reverse(),
  shuffle: hosts => hosts,
};

export function orderOf(map: MapNode, hosts: readonly string[], work: Work): readonly string[] {
  const word = choice('order', nodeOf(map, 'order'), Object.keys(orders), work.faults);
  if (word === 'shuffle') return work.shuffle(hosts);
  return word ? (orders[word]?.(hosts) ?? hosts) : hosts;
}

function choice(word: string, node: YamlNode | undefined, allowed: readonly string[], faults: Fault[]): string | undefined {
  const text = node && textOf(word, node, faults);
  if (text === undefined || allowed.includes(text)) return text;
  const near = didYouMean(text, allowed);
  faults.push(
    fault('E206', {
      what: `"${word}" cannot be "${text}"`,
      at: node?.span,
      why: `allowed are ${allowed.join(', ')}`,
      mend: near ? `did you mean "${near}"?` : 'write one of these',
    }),
  );
  return undefined;
}

/** Hosts run ahead of each other unless `linear` is written (design.md 3). */
export function strategyOf(map: MapNode, faults: Fault[]): Play['strategy'] {
  const node = nodeOf(map, 'strategy');
  return choice(
    'strategy',
    node,
    ['linear', 'free', 'host_pinned', 'ansible.builtin.linear', 'ansible.builtin.free'],
    faults,
  )?.endsWith('linear')
    ? 'linear'
    : 'free';
}

export function serialOf(node: YamlNode | undefined, faults: Fault[]): (number | string)[] {
  if (!node) return [];
  return itemsOf('serial', node, faults).flatMap((item): (number | string)[] => {
    const value = item.kind === 'scalar' ? item.value : undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value === 0 ? [] : [value];
    if (typeof value === 'string' && /^\d+$/.test(value)) return [Number(value)];
    if (typeof value === 'string' && /^\d+(\.\d+)?%$/.test(value)) return [value];
    return wants('serial', 'a number of hosts or a percentage', item, faults, 'write 2, "30%" or a list of these') ?? [];
  });
}

export function percentageOf(map: MapNode, faults: Fault[]): number | undefined {
  const node = nodeOf(map, 'max_fail_percentage');
  if (!node) return undefined;
  const number = node.kind === 'scalar' ? Number(String(node.value).replace(/%$/, '')) : Number.NaN;
  return number >= 0 && number <= 100 ? number : wants('max_fail_percentage', 'a number from 0 to 100', node, faults);
}
