// Functions on lists: order, sets, sums, pairs. Pure.
import { same } from '../numbers.ts';
import { Misuse } from '../signals.ts';
import { bounded, type Functions, list, map, number, render, text, whole } from './table.ts';

/** A key under which equal values meet; far quicker than comparing each with each. */
const keyOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `o${sortedJson(value)}` : `${typeof value}${String(value)}`;

export const sortedJson = (value: unknown, space?: number): string =>
  JSON.stringify(
    value,
    (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    space,
  );

function unique(items: readonly unknown[], by?: string): readonly unknown[] {
  const seen = new Set<string>();
  return items.filter(item => {
    const key = keyOf(by === undefined ? item : at(item, by));
    return !seen.has(key) && seen.add(key);
  });
}

function keep(items: readonly unknown[], others: readonly unknown[], shared: boolean): readonly unknown[] {
  const keys = new Set(others.map(keyOf));
  return unique(items).filter(item => keys.has(keyOf(item)) === shared);
}

/** A field by its dotted path (`stat.size`); null where it is not there. */
export function at(item: unknown, path: string): unknown {
  let found = item;
  for (const key of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return null;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function flatten(items: readonly unknown[], levels: number): readonly unknown[] {
  return (items as unknown[]).flat(Math.min(levels, 100)).filter(item => item !== null);
}

export function order(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (same(left, right)) return 0;
  throw new Misuse(
    'the items are not all numbers, or all texts',
    'make them one type with l.map(x, string(x)), or name the field to sort by',
  );
}

const sorted = (items: readonly unknown[], by: string | undefined, down: boolean): readonly unknown[] => {
  const made = [...items].sort((a, b) => (by === undefined ? order(a, b) : order(at(a, by), at(b, by))));
  return down ? made.reverse() : made;
};

const sort: Functions[string]['run'] = ([l, by, down]) =>
  typeof by === 'boolean'
    ? sorted(list(l), undefined, by)
    : sorted(list(l), by === undefined || by === null ? undefined : text(by), down === true);

/** min(l), min(l, "field"), min(a, b, ...) */
function extreme(args: readonly unknown[], sign: 1 | -1): unknown {
  const [first, by] = args;
  const items = Array.isArray(first) ? first : args;
  if (items.length === 0) throw new Misuse('the list is empty', 'test size(l) > 0 first');
  const key = Array.isArray(first) && typeof by === 'string' ? by : undefined;
  return items.reduce((best, item) => (sign * order(key ? at(item, key) : item, key ? at(best, key) : best) < 0 ? item : best));
}

function range(args: readonly unknown[]): readonly number[] {
  const [start, end, by] =
    args.length === 1 ? [0, whole(args[0]), 1] : [whole(args[0]), whole(args[1]), args[2] === undefined ? 1 : whole(args[2])];
  if (by === 0) throw new Misuse('the step is 0', 'write a step that is not 0');
  const count = Math.max(0, Math.ceil((end - start) / by));
  bounded(count);
  return Array.from({ length: count }, (_, i) => start + i * by);
}

/** As with_sequence: texts, the end included. */
function sequence(first: number, last: number, by: number, format: string): readonly string[] {
  const count = Math.floor((last - first) / by) + 1;
  if (by === 0 || !(count > 0)) return [];
  bounded(count);
  return Array.from({ length: count }, (_, i) => first + i * by).map(one =>
    format.replace(/%(0?)(\d*)([dx])/, (_, zero: string, width: string, kind: string) =>
      one.toString(kind === 'x' ? 16 : 10).padStart(Number(width || 0), zero || ' '),
    ),
  );
}

function zip(lists: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  const length = Math.min(...lists.map(one => one.length));
  return Array.from({ length }, (_, i) => lists.map(one => one[i]));
}

function product(lists: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] {
  bounded(lists.reduce((count, one) => count * one.length, 1));
  return lists.reduce<readonly (readonly unknown[])[]>(
    (made, one) => made.flatMap(head => one.map(item => [...head, item])),
    [[]],
  );
}

function subelements(items: readonly unknown[], path: string, skip: boolean): readonly (readonly unknown[])[] {
  return items.flatMap(item => {
    const inner = at(item, path);
    if (Array.isArray(inner)) return (inner as readonly unknown[]).map(one => [item, one]);
    if (inner === null && skip) return [];
    throw new Misuse(`an item has no list "${path}"`, `write subelements(l, "${path}", true) to pass over items without it`);
  });
}

function total(items: readonly unknown[], by: string | undefined): number {
  return items.reduce<number>((sum, item) => sum + number(by === undefined ? item : at(item, by)), 0);
}

const lists = (args: readonly unknown[]): readonly (readonly unknown[])[] => args.map(list);
const many = Number.POSITIVE_INFINITY;
const sizeOf = (value: unknown): number =>
  typeof value === 'string' ? [...value].length : Array.isArray(value) ? value.length : Object.keys(map(value)).length;
const field = (value: unknown): string | undefined => (value === undefined ? undefined : text(value));
const edge = (value: unknown, index: number): unknown => (typeof value === 'string' ? value : list(value)).at(index) ?? null;

export const listFunctions: Functions = {
  size: { args: [1, 1], does: 'size(x): how many items, keys or characters', run: ([x]) => sizeOf(x) },
  length: { args: [1, 1], does: 'length(x): how many items, keys or characters', run: ([x]) => sizeOf(x) },
  count: { args: [1, 1], does: 'count(x): how many items, keys or characters', run: ([x]) => sizeOf(x) },
  join: {
    args: [1, 3],
    does: 'join(l, by = "", field?): one text of all items',
    run: ([l, by = '', f]) =>
      list(l)
        .map(item => render(f === undefined ? item : at(item, text(f))))
        .join(text(by)),
  },
  first: { args: [1, 1], does: 'first(l): the first item, null where there is none', run: ([l]) => edge(l, 0) },
  last: { args: [1, 1], does: 'last(l): the last item, null where there is none', run: ([l]) => edge(l, -1) },
  unique: { args: [1, 2], does: 'unique(l, field?): each value once', run: ([l, by]) => unique(list(l), field(by)) },
  union: { args: [2, many], does: 'union(a, b): what is in any, each value once', run: args => unique(lists(args).flat()) },
  intersect: { args: [2, 2], does: 'intersect(a, b): what is in both', run: ([a, b]) => keep(list(a), list(b), true) },
  difference: {
    args: [2, 2],
    does: 'difference(a, b): what is in a and not in b',
    run: ([a, b]) => keep(list(a), list(b), false),
  },
  symmetric_difference: {
    args: [2, 2],
    does: 'symmetric_difference(a, b): what is in one alone',
    run: ([a, b]) => [...keep(list(a), list(b), false), ...keep(list(b), list(a), false)],
  },
  flatten: {
    args: [1, 2],
    does: 'flatten(l, levels?): lists inside of lists opened, without nulls',
    run: ([l, levels = 100]) => flatten(list(l), whole(levels)),
  },
  sort: { args: [1, 3], does: 'sort(l, field?, down = false): in order', run: sort },
  reverse: {
    args: [1, 1],
    does: 'reverse(l): the other way round; a text too',
    run: ([l]) => (typeof l === 'string' ? [...l].reverse().join('') : [...list(l)].reverse()),
  },
  min: { args: [1, many], does: 'min(l, field?) or min(a, b): the least', run: args => extreme(args, 1) },
  max: { args: [1, many], does: 'max(l, field?) or max(a, b): the greatest', run: args => extreme(args, -1) },
  sum: { args: [1, 2], does: 'sum(l, field?): all added up', run: ([l, by]) => total(list(l), field(by)) },
  range: { args: [1, 3], does: 'range(end) or range(from, end, step = 1): whole numbers, without the end', run: range },
  sequence: {
    args: [2, 4],
    does: 'sequence(from, to, step = 1, format = "%d"): texts, "to" included',
    run: ([a, b, by = 1, format = '%d']) => sequence(whole(a), whole(b), whole(by), text(format)),
  },
  zip: { args: [1, many], does: 'zip(a, b): lists of one item of each', run: args => zip(lists(args)) },
  product: { args: [1, many], does: 'product(a, b): every item of a with every item of b', run: args => product(lists(args)) },
  nested: { args: [1, many], does: 'nested(a, b): every item of a with every item of b', run: args => product(lists(args)) },
  subelements: {
    args: [2, 3],
    does: 'subelements(l, field, skip = false): [item, one of item.field] for each',
    run: ([l, f, skip = false]) => subelements(Array.isArray(l) ? l : Object.values(map(l)), text(f), skip === true),
  },
  batch: {
    args: [2, 2],
    does: 'batch(l, n): lists of n items each',
    run: ([l, n]) =>
      Array.from({ length: Math.ceil(list(l).length / Math.max(1, whole(n))) }, (_, i) =>
        list(l).slice(i * Math.max(1, whole(n)), (i + 1) * Math.max(1, whole(n))),
      ),
  },
  slice: {
    args: [2, 3],
    does: 'slice(l, from, to?): items or characters from..to; negative numbers count from the end',
    run: ([l, from, to]) => (typeof l === 'string' ? l : list(l)).slice(whole(from), to === undefined ? undefined : whole(to)),
  },
};
