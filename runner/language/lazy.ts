// Maps whose values are worked out when they are read, and the way from them to plain data. Evaluates nothing itself.
import { put } from './functions/table.ts';
import { NotYet, Pending } from './signals.ts';

export interface LazySource {
  has(name: string): boolean;
  names(): Iterable<string>;
  /** May give a Pending, so that its known fields can be read. */
  get(name: string): unknown;
}

const sources = new WeakMap<object, LazySource>();

function known(value: unknown): unknown {
  if (value instanceof Pending) throw new NotYet(value.variable, value.unknown);
  return value;
}

/** Has own enumerable properties, and no others: nothing of JavaScript's own is in reach. */
export function lazyMap(source: LazySource): Readonly<Record<string, unknown>> {
  const has = (key: string | symbol): key is string => typeof key === 'string' && source.has(key);
  const made = new Proxy<Record<string, unknown>>(Object.create(null) as Record<string, unknown>, {
    // Handlebars compares the context with the items of a list by `!=`, which asks for this.
    get: (_, key) => (has(key) ? known(source.get(key)) : key === Symbol.toPrimitive ? () => 'a map' : undefined),
    has: (_, key) => has(key),
    ownKeys: () => [...new Set(source.names())],
    // An accessor: to ask which keys there are must not work out their values.
    getOwnPropertyDescriptor: (_, key) =>
      has(key) ? { get: () => known(source.get(key)), enumerable: true, configurable: true } : undefined,
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
  sources.set(made, source);
  return made;
}

/** As `of[key]`, but a value that is not known yet comes as a Pending. */
export const peek = (of: object, key: string): unknown => {
  const source = sources.get(of);
  return source ? source.get(key) : (of as Record<string, unknown>)[key];
};

const plain = new WeakSet<object>();

/** Plain data: lazy maps are read to their ends. What is plain already comes back as it is. */
export function settle(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Pending) return known(value);
  if (plain.has(value) || value instanceof Uint8Array) return value;
  if (sources.has(value)) return settleMap(value, true);
  if (!Array.isArray(value)) return settleMap(value, false);
  const items = value.map(settle);
  const made = items.every((item, i) => item === value[i]) ? value : items;
  plain.add(made);
  return made;
}

function settleMap(value: object, isLazy: boolean): unknown {
  const made: Record<string, unknown> = {};
  let same = !isLazy;
  for (const key of Object.keys(value)) {
    const before = (value as Record<string, unknown>)[key];
    const after = settle(before);
    same &&= after === before;
    put(made, key, after);
  }
  const found = same ? value : made;
  plain.add(found);
  return found;
}
