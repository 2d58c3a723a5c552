// An inventory that grows while the run goes on (add_host, group_by). What the files gave is never changed.
import type { Host, Inventory, Layer, Value } from '../core/site.ts';
import type { Span, Vars } from '../core/types.ts';

export interface Growing {
  current(): Inventory;
  /** True once anything was added: patterns must be looked up anew. */
  hasGrown(): boolean;
  /** True where the host or one of the groups was not there before. */
  add(name: string, groups: readonly string[], vars: Vars): boolean;
}

const nowhere: Span = { file: 'add_host', line: 1, col: 1 };

export function growing(start: Inventory): Growing {
  let now = start;
  return {
    current: () => now,
    hasGrown: () => now !== start,
    add(name, groups, vars) {
      const known = now.hosts.get(name);
      const isNew = !known || groups.some(group => !(now.groups.get(group) ?? []).includes(name)) || Object.keys(vars).length > 0;
      if (isNew) now = grown(now, withVars(known ?? { name, layers: [], groups: [] }, groups, vars));
      return isNew;
    },
  };
}

function withVars(host: Host, groups: readonly string[], vars: Vars): Host {
  const values = new Map(
    Object.entries(vars).map(([key, value]): [string, Value] => [key, { is: 'plain', value, span: nowhere }]),
  );
  const layer: Layer = { level: 8, from: 'add_host', vars: values };
  const all = [...new Set([...host.groups, ...groups])].filter(group => group !== 'all' && group !== 'ungrouped');
  return {
    ...host,
    groups: all.length > 0 ? all : ['ungrouped'],
    layers: values.size > 0 ? [...host.layers, layer] : host.layers,
  };
}

function grown(inventory: Inventory, host: Host): Inventory {
  const groups = new Map(inventory.groups);
  for (const group of ['all', ...host.groups]) groups.set(group, [...new Set([...(groups.get(group) ?? []), host.name])]);
  if (!host.groups.includes('ungrouped')) {
    const rest = (groups.get('ungrouped') ?? []).filter(name => name !== host.name);
    if (groups.has('ungrouped')) groups.set('ungrouped', rest);
  }
  return { ...inventory, hosts: new Map(inventory.hosts).set(host.name, host), groups };
}
