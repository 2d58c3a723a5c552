// map, select, reject and their kin by names, as Jinja has them; in CEL the comprehensions do the same and more. Pure.
import { compareVersions } from './version.ts';
import { Misuse } from '../signals.ts';
import { contains, same } from '../numbers.ts';
import { at, order } from './lists.ts';
import { matches } from './regex.ts';
import { type Functions, list, text, type World } from './table.ts';

type Test = (value: unknown, other: unknown) => boolean;
const truthy = (value: unknown): boolean =>
  Boolean(value) && !(typeof value === 'object' && Object.keys(value as object).length === 0);

const tests: Readonly<Record<string, Test>> = {
  equalto: same,
  eq: same,
  '==': same,
  ne: (a, b) => !same(a, b),
  '!=': (a, b) => !same(a, b),
  gt: (a, b) => order(a, b) > 0,
  '>': (a, b) => order(a, b) > 0,
  ge: (a, b) => order(a, b) >= 0,
  '>=': (a, b) => order(a, b) >= 0,
  lt: (a, b) => order(a, b) < 0,
  '<': (a, b) => order(a, b) < 0,
  le: (a, b) => order(a, b) <= 0,
  '<=': (a, b) => order(a, b) <= 0,
  in: contains,
  contains: (a, b) => contains(b, a),
  match: (a, b) => matches(text(a), `^(?:${text(b)})`),
  search: (a, b) => matches(text(a), text(b)),
  regex: (a, b) => matches(text(a), text(b)),
  defined: a => a !== null && a !== undefined,
  undefined: a => a === null || a === undefined,
  none: a => a === null,
  truthy,
  falsy: a => !truthy(a),
  string: a => typeof a === 'string',
  number: a => typeof a === 'number',
  mapping: a => typeof a === 'object' && a !== null && !Array.isArray(a),
  sequence: a => Array.isArray(a),
  odd: a => Math.abs(Number(a) % 2) === 1,
  even: a => Number(a) % 2 === 0,
  startswith: (a, b) => text(a).startsWith(text(b)),
  endswith: (a, b) => text(a).endsWith(text(b)),
  version: (a, b) => compareVersions(text(a), text(b)) === 0,
};

function testOf(name: unknown): Test {
  const found = name === undefined ? truthy : Object.hasOwn(tests, text(name)) ? tests[text(name)] : undefined;
  if (found) return found;
  throw new Misuse(`there is no test "${text(name)}"`, `write one of ${Object.keys(tests).join(', ')}`);
}

const byItem =
  (wanted: boolean) =>
  ([l, name, other]: readonly unknown[]): readonly unknown[] => {
    const test = testOf(name);
    return list(l).filter(item => test(item, other) === wanted);
  };

const byField =
  (wanted: boolean) =>
  ([l, path, name, other]: readonly unknown[]): readonly unknown[] => {
    const test = testOf(name);
    return list(l).filter(item => test(at(item, text(path)), other) === wanted);
  };

/** Each item's field, or what the function of that name gives for it. A name that is both is a field where an item has it. */
function mapOver(
  find: (name: string) => Functions[string] | undefined,
  [l, name, ...more]: readonly unknown[],
  world: World,
): readonly unknown[] {
  const items = list(l);
  const path = text(name);
  const isField = items.some(item => at(item, path) !== null);
  const called = isField ? undefined : find(path);
  return items.map(item => (called ? called.run([item, ...more], world) : at(item, path)));
}

export const selectFunctions = (find: (name: string) => Functions[string] | undefined): Functions => ({
  map: {
    args: [2, Number.POSITIVE_INFINITY],
    does: 'map(l, "field") or map(l, "function", args...): of each item; in CEL also l.map(x, ...)',
    run: (args, world) => mapOver(find, args, world),
  },
  select: {
    args: [1, 3],
    does: 'select(l, test?, value?): the items that pass; in CEL also l.filter(x, ...)',
    run: byItem(true),
  },
  reject: { args: [1, 3], does: 'reject(l, test?, value?): the items that do not pass', run: byItem(false) },
  selectattr: { args: [2, 4], does: 'selectattr(l, "field", test?, value?): the items whose field passes', run: byField(true) },
  rejectattr: {
    args: [2, 4],
    does: 'rejectattr(l, "field", test?, value?): the items whose field does not pass',
    run: byField(false),
  },
});
