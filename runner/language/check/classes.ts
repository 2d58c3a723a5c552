// Hosts that are alike for some names: the same definitions, so the same answers. One of each class stands for all.
import type { Play, Value } from '../../core/site.ts';
import { type Closure, type Ground, varsOfHost } from './closure.ts';
import type { State } from './state.ts';

export interface HostClass {
  /** Stands for the others. */
  readonly host: string;
  readonly hosts: readonly string[];
}

/** Names that are another on each host. */
const ofEachHost = ['inventory_hostname', 'inventory_hostname_short', 'group_names', 'hostvars', 'vars'];

export interface PlayHosts {
  readonly play: Play;
  readonly definitions: Map<string, ReadonlyMap<string, Value | undefined>>;
  readonly classes: Map<string, readonly HostClass[]>;
  needsFacts: boolean;
  /** Facts of hosts are read through `hostvars`: plays before this one must gather them too. */
  readsFacts: boolean;
}

export const playHosts = (play: Play): PlayHosts => ({
  play,
  definitions: new Map(),
  classes: new Map(),
  needsFacts: false,
  readsFacts: false,
});

function definitions(name: string, of: PlayHosts, state: State): ReadonlyMap<string, Value | undefined> {
  const known = of.definitions.get(name);
  if (known) return known;
  const hosts = of.play.hosts.flatMap(host => state.site.inventory.hosts.get(host) ?? []);
  const made = new Map(hosts.map(host => [host.name, varsOfHost(host).get(name)]));
  of.definitions.set(name, made);
  return made;
}

export function groundOf(of: PlayHosts, state: State, layers: Ground['layers'], pending: ReadonlySet<string>): Ground {
  return {
    layers,
    extra: state.site.extra,
    hostDefinitions: name => new Set(definitions(name, of, state).values()),
    isPending: name => pending.has(name) || state.included.has(name) || (state.assigned.has(name) && !state.partly.has(name)),
  };
}

export function classesOf(closure: Closure, of: PlayHosts, state: State): readonly HostClass[] {
  if (ofEachHost.some(name => closure.names.has(name))) return of.play.hosts.map(host => ({ host, hosts: [host] }));
  const names = [...closure.ofHosts].sort();
  // What a task of an earlier play has set is on some hosts alone.
  const partly = names.filter(name => state.partly.has(name));
  const key = names.join(' ');
  const known = partly.length === 0 ? of.classes.get(key) : undefined;
  if (known) return known;
  const made = partition(names, of, state);
  if (partly.length === 0) of.classes.set(key, made);
  return made;
}

function partition(names: readonly string[], of: PlayHosts, state: State): readonly HostClass[] {
  const ids = new Map<unknown, number>();
  const idOf = (value: unknown): number => {
    const known = ids.get(value) ?? ids.size;
    ids.set(value, known);
    return known;
  };
  const groups = new Map<string, string[]>();
  for (const host of of.play.hosts) {
    const key = names
      .map(name => (state.assigned.get(name)?.hosts.has(host) ? 'set' : idOf(definitions(name, of, state).get(host))))
      .join();
    const group = groups.get(key);
    if (group) group.push(host);
    else groups.set(key, [host]);
  }
  return [...groups.values()].map(hosts => ({ host: hosts[0] as string, hosts }));
}
