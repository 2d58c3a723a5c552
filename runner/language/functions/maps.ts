// Functions on maps: merging, and to lists and back. Pure.
import { Misuse } from '../signals.ts';
import { type Functions, list, map, put, text } from './table.ts';

type Map_ = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Map_ => typeof value === 'object' && value !== null && !Array.isArray(value);

function combine(maps: readonly Map_[], deep: boolean): Map_ {
  const made: Record<string, unknown> = {};
  for (const one of maps) {
    for (const [key, value] of Object.entries(one)) {
      const before = Object.hasOwn(made, key) ? made[key] : undefined;
      put(made, key, deep && isMap(before) && isMap(value) ? combine([before, value], true) : value);
    }
  }
  return made;
}

function fromItems(items: readonly unknown[], key: string, value: string): Map_ {
  const made: Record<string, unknown> = {};
  for (const item of items) {
    const pair = Array.isArray(item) ? { [key]: item[0] as unknown, [value]: item[1] as unknown } : map(item);
    if (!Object.hasOwn(pair, key)) throw new Misuse(`an item has no "${key}"`, `name the fields: items2dict(l, "key", "value")`);
    put(made, text(pair[key]), pair[value] ?? null);
  }
  return made;
}

const toItems = (from: Map_, key: string, value: string): readonly Map_[] =>
  Object.entries(from).map(([name, one]) => ({ [key]: name, [value]: one }));

export const mapFunctions: Functions = {
  combine: {
    args: [1, Number.POSITIVE_INFINITY],
    does: 'combine(a, b, ..., recursive = false): one map; later ones win, with true also inside',
    run: args => {
      const deep = args.at(-1);
      const maps = (typeof deep === 'boolean' ? args.slice(0, -1) : args).flatMap(one =>
        Array.isArray(one) ? (one as readonly unknown[]) : [one],
      );
      return combine(maps.map(map), deep === true);
    },
  },
  dict2items: {
    args: [1, 3],
    does: 'dict2items(m, key = "key", value = "value"): a list of {key, value}',
    run: ([m, key = 'key', value = 'value']) => toItems(map(m), text(key), text(value)),
  },
  items2dict: {
    args: [1, 3],
    does: 'items2dict(l, key = "key", value = "value"): a map of {key, value} or [key, value]',
    run: ([l, key = 'key', value = 'value']) => fromItems(list(l), text(key), text(value)),
  },
  keys: { args: [1, 1], does: 'keys(m): a list of its keys', run: ([m]) => Object.keys(map(m)) },
  values: { args: [1, 1], does: 'values(m): a list of its values', run: ([m]) => Object.values(map(m)) },
  items: { args: [1, 1], does: 'items(m): a list of [key, value]', run: ([m]) => Object.entries(map(m)) },
};
