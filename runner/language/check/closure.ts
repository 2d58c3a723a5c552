// All names that values read, through the variables that they name, and what of it differs between hosts. Evaluates nothing.
import type { Expression, Host, Layer, Reference, Value } from '../../core/site.ts';
import { isFactMap, factOf } from '../facts.ts';
import { magicNames } from '../magic.ts';
import { mergeLayers } from '../precedence.ts';
import { expressionsIn } from '../value.ts';

export interface Closure {
  readonly names: Set<string>;
  /** Names whose definition a host brings: they may differ. */
  readonly ofHosts: Set<string>;
  /** A fact is named that no variable defines. */
  facts: boolean;
  /** Read through hostvars with an index that is not written out, or a whole host. */
  readonly acrossHosts: Set<string>;
}

const merged = new WeakMap<readonly Layer[], ReadonlyMap<string, Value>>();

/** Levels 2 to 10 of a host as one map. */
export function varsOfHost(host: Host): ReadonlyMap<string, Value> {
  const known = merged.get(host.layers) ?? mergeLayers(host.layers);
  merged.set(host.layers, known);
  return known;
}

/** Levels 12 and more of a place, and level 1. */
function varsOfPlace(layers: readonly Layer[]): { high: ReadonlyMap<string, Value>; low: ReadonlyMap<string, Value> } {
  const known = places.get(layers);
  if (known) return known;
  const made = {
    high: mergeLayers(layers.filter(({ level }) => level > 10)),
    low: mergeLayers(layers.filter(({ level }) => level <= 10)),
  };
  places.set(layers, made);
  return made;
}
const places = new WeakMap<readonly Layer[], { high: ReadonlyMap<string, Value>; low: ReadonlyMap<string, Value> }>();

export interface Ground {
  readonly layers: readonly Layer[];
  readonly extra: Layer;
  /** The definitions that hosts have of a name; undefined stands for those that have none. */
  hostDefinitions(name: string): ReadonlySet<Value | undefined>;
  /** Set by a task or a loop: it has no value yet. */
  isPending(name: string): boolean;
}

export function closureOf(start: readonly (Value | Expression)[], ground: Ground): Closure {
  const closure: Closure = { names: new Set(), ofHosts: new Set(), facts: false, acrossHosts: new Set() };
  const seen = new Set<Value | Expression>();
  const queue: (Value | Expression)[] = [...start];
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const reference of referencesIn(next)) queue.push(...follow(reference, closure, ground));
  }
  return closure;
}

export const referencesIn = (from: Value | Expression): readonly Reference[] =>
  'references' in from ? from.references : expressionsIn(from).flatMap(({ references }) => references);

/** The values behind the name, to be walked too. */
function follow({ path, beyond }: Reference, closure: Closure, ground: Ground): readonly Value[] {
  const name = path[0] as string;
  if (name === 'hostvars') {
    const read = path[2] ?? beyond?.[0];
    if (read !== undefined) closure.acrossHosts.add(read);
  }
  if (closure.names.has(name)) return [];
  closure.names.add(name);
  if (isFactMap(name)) closure.facts = true;
  if (magicNames.has(name) || ground.isPending(name)) return [];
  const { high, low } = varsOfPlace(ground.layers);
  const own = ground.extra.vars.get(name) ?? high.get(name);
  if (own) return [own];
  const found = ground.hostDefinitions(name);
  closure.ofHosts.add(name);
  const below = low.get(name);
  if (factOf(name) !== undefined && found.has(undefined) && !below) closure.facts = true;
  return [...found, below].filter(value => value !== undefined);
}

/** The value as written that a name has at a place on a host. */
export function writtenAt(name: string, layers: readonly Layer[], host: Host, extra: Layer): Value | undefined {
  const { high, low } = varsOfPlace(layers);
  return extra.vars.get(name) ?? high.get(name) ?? varsOfHost(host).get(name) ?? low.get(name);
}
