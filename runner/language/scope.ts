// The scope of one place on one host: a name's value, worked out when it is read. Remembers what cannot change under it.
import type { Expression, Inventory, Knowledge, Layer, Value } from '../core/site.ts';
import type { Vars } from '../core/types.ts';
import { type Lookup, run } from './expression.ts';
import { put, render, type World } from './functions/table.ts';
import { lazyMap, settle } from './lazy.ts';
import { magicNames, magicValue } from './magic.ts';
import { Pending, Trouble } from './signals.ts';
import { type Definition, define, definedNames, type Place } from './variables.ts';

export interface Scope extends Lookup {
  has(name: string): boolean;
  /** As it is read inside of expressions: maps may be lazy. Throws the signals of signals.ts. */
  evaluate(value: Value): unknown;
  /** As plain data, all of it at once: quicker than to settle lazy maps. */
  data(value: Value): unknown;
}
export interface ScopeOptions {
  readonly inventory: () => Inventory;
  readonly extra: Layer;
  readonly magic: Vars;
  /** What another host has learned. */
  others(name: string): Knowledge | undefined;
  /** Functions that look outside, for a place on a host. */
  world(place: Place, on: Knowledge): World;
  reveal(secret: Extract<Value, { is: 'secret' }>): string;
}
export interface Scopes {
  of(place: Place, on: Knowledge): Scope;
}

/** Counts what was read that can change without a rise of this host's revision: other hosts, files, the clock. */
interface Loose {
  reads: number;
}

interface Kept {
  readonly revision: number;
  readonly on: Knowledge;
  readonly scopes: Map<readonly Layer[], Scope>;
}

/** Views of a host in use at once: its own, and those of its look ahead. */
const keptViews = 4;

export function createScopes(options: ScopeOptions): Scopes {
  const loose: Loose = { reads: 0 };
  const kept = new Map<string, Kept[]>();
  const viewOf = (on: Knowledge): Kept => {
    const views = kept.get(on.host.name) ?? [];
    const found = views.find(view => view.revision === on.revision && view.on.local === on.local && view.on.host === on.host);
    if (found) return found;
    const made: Kept = { revision: on.revision, on, scopes: new Map() };
    kept.set(on.host.name, [made, ...views.slice(0, keptViews - 1)]);
    return made;
  };
  const scopes: Scopes = {
    of(place, on) {
      const { scopes: known } = viewOf(on);
      const found = known.get(place.layers);
      if (found && (found as Placed).place.frame === place.frame) return found;
      const made = createScope(place, on, { options, loose, scopes });
      known.set(place.layers, made);
      return made;
    },
  };
  return scopes;
}

interface Shared {
  readonly options: ScopeOptions;
  readonly loose: Loose;
  readonly scopes: Scopes;
}
interface Placed extends Scope {
  readonly place: Place;
}

/** What a name gives that is magic; undefined where it is not, or has no value here. */
type Magic = (name: string) => unknown;

function createMagic(place: Place, on: Knowledge, shared: Shared, scope: () => Scope): Magic {
  const { options, loose } = shared;
  return name => {
    const isMagic = magicNames.has(name) || Object.hasOwn(on.magic, name) || Object.hasOwn(options.magic, name);
    if (!isMagic) return undefined;
    // add_host and group_by change the inventory under a host's feet.
    if (name === 'groups') loose.reads += 1;
    return magicValue(name, {
      inventory: options.inventory(),
      defaults: options.magic,
      place,
      on,
      vars: () => varsMap(scope()),
      hostvars: () => hostvarsMap(place, shared),
    });
  };
}

/** The value of a definition, with circles found. */
function createWork(evaluate: (value: Value) => unknown): (name: string, found: Definition) => unknown {
  const active: string[] = [];
  return (name, found) => {
    if ('data' in found) return found.data;
    if ('unknown' in found) return new Pending(found.variable, found.unknown);
    if (active.includes(name)) throw circle([...active.slice(active.indexOf(name)), name]);
    active.push(name);
    try {
      return evaluate(found.value);
    } finally {
      active.pop();
    }
  };
}

function createScope(place: Place, on: Knowledge, shared: Shared): Placed {
  const { options, loose } = shared;
  const memo = new Map<string, unknown>();
  const magic = createMagic(place, on, shared, () => scope);
  const work = createWork(value => evaluateValue(value, scope, options, loose));
  let world: World | undefined;
  const scope: Placed = {
    place,
    get world() {
      world ??= counted(options.world(place, on), loose);
      return world;
    },
    has: name => magic(name) !== undefined || define(name, place, on, options.extra) !== undefined,
    names: () => [...magicNames, ...definedNames(place, on, options.extra)],
    get(name) {
      if (memo.has(name)) return memo.get(name);
      const before = loose.reads;
      const value = magic(name);
      const found = value === undefined ? define(name, place, on, options.extra) : undefined;
      const made = found ? work(name, found) : value;
      if (loose.reads === before) memo.set(name, made);
      return made;
    },
    evaluate: value => evaluateValue(value, scope, options, loose),
    data: value => dataOf(value, scope),
  };
  return scope;
}

const circle = (names: readonly string[]): Trouble =>
  new Trouble('E311', {
    what: `"${names[0]}" is defined by itself`,
    why: names.join(' -> '),
    mend: `give one of them another name: ${[...new Set(names)].join(', ')}`,
  });

/** Each call of the outside counts as a loose read. */
function counted(world: World, loose: Loose): World {
  const made: Record<string, unknown> = {};
  for (const [name, ask] of Object.entries(world as unknown as Record<string, (...args: unknown[]) => unknown>)) {
    made[name] = (...args: unknown[]) => {
      loose.reads += 1;
      return ask(...args);
    };
  }
  return made as unknown as World;
}

/** All variables as one map; the maps of everything are left out of its keys, not of its reach. */
function varsMap(scope: Scope): unknown {
  const shown = (name: string): boolean => !magicNames.has(name) || name === 'inventory_hostname' || name === 'group_names';
  return lazyMap({ has: name => scope.has(name), names: () => [...scope.names()].filter(shown), get: name => scope.get(name) });
}

/** Other hosts' variables as they stand without any play: inventory, facts, what they registered, and -e. */
function hostvarsMap(place: Place, { options, loose, scopes }: Shared): unknown {
  const inventory = options.inventory();
  const nothing: readonly Layer[] = noLayers;
  const open = (name: string): unknown => {
    loose.reads += 1;
    const host = inventory.hosts.get(name);
    const on = options.others(name) ?? (host ? { ...ignorant, host } : undefined);
    if (!on) return undefined;
    return varsMap(scopes.of({ layers: nothing, frame: place.frame }, on));
  };
  return lazyMap({
    has: name => inventory.hosts.has(name) || options.others(name) !== undefined,
    names: () => inventory.hosts.keys(),
    get: open,
  });
}

const noLayers: readonly Layer[] = [];
const ignorant: Omit<Knowledge, 'host'> = {
  facts: undefined,
  assigned: new Map(),
  included: new Map(),
  unknown: new Map(),
  local: Object.freeze({}),
  magic: Object.freeze({}),
  revision: 0,
};

function textOf(expression: Expression, scope: Scope): string {
  return render(settle(run(expression, scope)));
}

/** Line ends alone behind an expression belong to a text (`content: "{{ greeting }}\n"`), not to a list (a block scalar of `loop`). */
function evaluateText(parts: readonly (string | Expression)[], scope: Scope): unknown {
  const [first, rest] = parts;
  if (parts.length === 2 && typeof first === 'object' && typeof rest === 'string' && /^\n+$/.test(rest)) {
    const alone = run(first, scope);
    return typeof alone === 'string' ? alone + rest : alone;
  }
  return parts.map(part => (typeof part === 'string' ? part : textOf(part, scope))).join('');
}

function evaluateValue(value: Value, scope: Scope, options: ScopeOptions, loose: Loose): unknown {
  switch (value.is) {
    case 'plain':
      return value.value;
    case 'expression':
      return run(value.expression, scope);
    case 'text':
      return evaluateText(value.parts, scope);
    case 'list':
      return value.items.map(item => evaluateValue(item, scope, options, loose));
    case 'map':
      return lazyEntries(value, scope, options, loose);
    default:
      return options.reveal(value);
  }
}

function dataOf(value: Value, scope: Scope): unknown {
  if (value.is === 'plain') return value.value;
  if (value.is === 'list') return value.items.map(item => dataOf(item, scope));
  if (value.is !== 'map') return settle(scope.evaluate(value));
  const made: Record<string, unknown> = {};
  for (const entry of value.entries) put(made, entry.key, dataOf(entry.value, scope));
  return made;
}

/** A map with expressions in it: each entry is worked out when it is read, so that `m.a` does not need what `m.b` needs. */
function lazyEntries(of: Extract<Value, { is: 'map' }>, scope: Scope, options: ScopeOptions, loose: Loose): unknown {
  const entries = new Map(of.entries.map(entry => [entry.key, entry]));
  const memo = new Map<string, unknown>();
  const active = new Set<string>();
  const get = (key: string): unknown => {
    if (memo.has(key)) return memo.get(key);
    const entry = entries.get(key);
    if (!entry) return undefined;
    if (active.has(key)) throw circle([key, key]);
    active.add(key);
    const before = loose.reads;
    try {
      const made = evaluateValue(entry.value, scope, options, loose);
      if (loose.reads === before) memo.set(key, made);
      return made;
    } finally {
      active.delete(key);
    }
  };
  return lazyMap({ has: key => entries.has(key), names: () => entries.keys(), get });
}
