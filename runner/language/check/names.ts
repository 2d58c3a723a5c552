// Expressions whose value is not known yet: every path that they read must at least lead somewhere. Evaluates what is known.
import { didYouMean, fault } from '../../core/fault.ts';
import type { Expression, Reference, Task, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import { answer } from '../expression.ts';
import { factNames, factOf, isFactMap } from '../facts.ts';
import { settle } from '../lazy.ts';
import { magicNames } from '../magic.ts';
import { referencesIn, writtenAt } from './closure.ts';
import { resultFault, skippedFault } from './results.ts';
import { hasFacts, type State } from './state.ts';
import type { Sight } from './sight.ts';
import { isWritten } from './written.ts';

/** The faults of all paths that are read, through variables too. `guarded`: names whose absence a condition has thought of. */
export const pathFaults = (from: Value | Expression, sight: Sight, guarded: ReadonlySet<string> = new Set()): Fault[] =>
  faultsIn(from, sight, guarded, { seen: new Set(), perhaps: false });

function faultsIn(from: Value | Expression, sight: Sight, guarded: ReadonlySet<string>, { seen, perhaps }: Walk): Fault[] {
  if (seen.has(from)) return [];
  seen.add(from);
  const references = referencesIn(from);
  const optional = new Set([...guarded, ...references.filter(({ optional }) => optional).map(({ path }) => path[0] as string)]);
  return references.flatMap(reference =>
    reference.optional ? [] : pathFault(reference, sight, optional, { seen, perhaps: perhaps || reference.perhaps === true }),
  );
}

interface Walk {
  readonly seen: Set<unknown>;
  /** In a part that the value may not come to. */
  readonly perhaps: boolean;
}

/** An evaluation ends at its first mistake: with it, every other name that has no value. */
export function withOthers(
  found: readonly Fault[],
  from: Value | Expression,
  sight: Sight,
  guarded?: ReadonlySet<string>,
): Fault[] {
  const places = new Set(found.map(({ at }) => placeKey(at)));
  const others = pathFaults(from, sight, guarded).filter(
    ({ code, at }) => (code === 'E350' || code === 'E351') && !places.has(placeKey(at)),
  );
  return [...found, ...others];
}

const placeKey = (at: Fault['at']): string => `${at?.file}:${at?.line}:${at?.col}`;

function pathFault(reference: Reference, sight: Sight, optional: ReadonlySet<string>, walk: Walk): Fault[] {
  const name = reference.path[0] as string;
  const { state, play, host, on, place } = sight;
  if (name === 'hostvars' || name === 'groups') return inventoryFault(reference, state);
  if (isFactMap(name)) return factFault(reference, sight);
  if (name === sight.itself) return [];
  if (magicNames.has(name) || Object.hasOwn(on.magic, name) || Object.hasOwn(on.local, name)) return [];
  const setBy = state.assigned.get(name);
  if (on.unknown.has(name) && !(setBy?.hosts.has(host.name) ?? false)) return [];
  const written = state.included.get(name) ?? writtenAt(name, place.layers, host, state.site.extra);
  if (setBy?.hosts.has(host.name)) return registeredFault(reference, setBy.by, sight);
  if (written) return [...fieldFault(reference, written, sight), ...faultsIn(written, sight, optional, walk)];
  if (factOf(name) !== undefined && hasFacts(state, play, host.name)) return [];
  // With other values the part that names it would count, and might come with it.
  if (optional.has(name) || state.open || state.toCome.has(name) || (walk.perhaps && isWritten(name, state))) return [];
  return [undefinedFault(name, reference, sight)];
}

/** Where several tasks register the name, one that has the field is enough. */
function registeredFault(reference: Reference, by: readonly Task[], { state, place }: Sight): Fault[] {
  if (by.some(task => task.register !== reference.path[0])) return [];
  const found = by.map(task => resultFault(reference, task, state.site.modules));
  const last = found.at(-1);
  if (last) return found.every(Boolean) ? [last] : [];
  return by.length === 1 ? skippedFault(reference, by[0] as Task, place) : [];
}

function undefinedFault(name: string, { span }: Reference, { scope }: Sight): Fault {
  if (factOf(name) !== undefined) return noFacts(span);
  const near = didYouMean(name, scope.names());
  return fault('E350', {
    what: `"${name}" is not defined`,
    at: span,
    why: 'no variable of this host has the name',
    mend: near ? `did you mean "${near}"?` : `define it, or write vars.?${name}.orValue(...) where it may be missing`,
  });
}

export const noFacts = (at: Reference['span']): Fault =>
  fault('E351', {
    what: 'no facts are gathered here',
    at,
    why: 'the play says gather_facts: false',
    mend: 'write gather_facts: true in the play, or a setup task before this one',
  });

/** A field of a variable that is known by itself. */
function fieldFault({ path, span }: Reference, value: Value, { scope }: Sight): Fault[] {
  if (path.length < 2) return [];
  const known = answer(() => settle(scope.evaluate(value)));
  if (known.is !== 'known') return [];
  let target: unknown = known.value;
  for (const [i, key] of path.slice(1).entries()) {
    if (typeof target !== 'object' || target === null || Array.isArray(target)) return [];
    if (!Object.hasOwn(target, key)) return [missingField(path.slice(0, i + 1).join('.'), key, Object.keys(target), span)];
    target = (target as Record<string, unknown>)[key];
  }
  return [];
}

function missingField(of: string, key: string, keys: readonly string[], at: Reference['span']): Fault {
  const near = didYouMean(key, keys);
  return fault('E307', {
    what: `"${of}" has no field "${key}"`,
    at,
    why: `it has ${keys.join(', ') || 'none'}`,
    mend: near ? `did you mean "${near}"?` : `write ${of}.?${key}.orValue(...) where it may be missing`,
  });
}

/** Modules that gather more facts than `setup`. */
const gathers = /_facts$/;

function factFault({ path, span }: Reference, { state, play, host }: Sight): Fault[] {
  if (!hasFacts(state, play, host.name)) return state.open ? [] : [noFacts(span)];
  const fact = path[1];
  if (fact === undefined || factNames.has(fact) || [...state.work.wanted].some(name => gathers.test(name))) return [];
  const near = didYouMean(fact, factNames);
  return [
    fault('E350', {
      what: `there is no fact "${fact}"`,
      at: span,
      why: 'setup does not gather it',
      mend: near ? `did you mean "${near}"?` : 'tsrun doc setup lists the facts',
    }),
  ];
}

const isDynamic = (state: State): boolean => state.open || state.work.addsHosts;

/** Hosts and groups that a path names, and variables of other hosts. */
export function inventoryFault(reference: Reference, state: State): Fault[] {
  if (reference.optional) return [];
  if (reference.path[0] === 'hostvars') return hostvarsFault(reference, state);
  return reference.path[0] === 'groups' ? groupFault(reference, state) : [];
}

function hostvarsFault({ path, beyond, span }: Reference, state: State): Fault[] {
  const { hosts } = state.site.inventory;
  const [, host] = path;
  if (host !== undefined && !hosts.has(host) && !isDynamic(state)) {
    const near = didYouMean(host, hosts.keys());
    return [
      fault('E411', {
        what: `no host "${host}"`,
        at: span,
        why: 'the inventory does not have it',
        mend: near ? `did you mean "${near}"?` : 'tsrun inventory --graph shows all hosts',
      }),
    ];
  }
  const name = path[2] ?? beyond?.[0];
  if (
    name === undefined ||
    isDynamic(state) ||
    state.assigned.has(name) ||
    magicNames.has(name) ||
    factOf(name) !== undefined ||
    isFactMap(name)
  )
    return [];
  const all = host === undefined ? [...hosts.values()] : [hosts.get(host)].flatMap(one => one ?? []);
  if (state.site.extra.vars.has(name) || all.some(one => one.layers.some(layer => layer.vars.has(name)))) return [];
  const near = didYouMean(name, new Set(all.flatMap(one => one.layers.flatMap(layer => [...layer.vars.keys()]))));
  const what = host === undefined ? `no host has a variable "${name}"` : `host "${host}" has no variable "${name}"`;
  return [
    fault('E350', {
      what,
      at: span,
      why: 'neither the inventory nor a task before this one defines it',
      mend: near ? `did you mean "${near}"?` : 'define it in the inventory',
    }),
  ];
}

function groupFault({ path, span }: Reference, state: State): Fault[] {
  const [, group] = path;
  const { groups } = state.site.inventory;
  if (group === undefined || groups.has(group) || isDynamic(state)) return [];
  const near = didYouMean(group, groups.keys());
  return [
    fault('E411', {
      what: `no group "${group}"`,
      at: span,
      why: 'the inventory does not have it',
      mend: near ? `did you mean "${near}"?` : `write group('${group}') where it may be missing`,
    }),
  ];
}
