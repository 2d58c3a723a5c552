// Where a name gets its value at a place: the order of semantics.md 2.1 in one function. Evaluates nothing.
import type { Frame, Knowledge, Layer, Unknown, Value } from '../core/site.ts';
import { factOf } from './facts.ts';

/** A task, a play, or nothing but the host (`hostvars`). */
export interface Place {
  readonly layers: readonly Layer[];
  readonly frame: Frame;
}
export type Definition =
  | { readonly data: unknown }
  | { readonly value: Value }
  | { readonly unknown: Unknown; readonly variable: string };

type Merged = ReadonlyMap<string, Value>;
interface Bands {
  /** Levels 20 and 21, 13 to 17, 12, 1. */
  readonly high: Merged;
  readonly middle: Merged;
  readonly play: Merged;
  readonly low: Merged;
}

const none: Merged = new Map();

function merge(layers: readonly Layer[]): Merged {
  if (layers.length === 0) return none;
  if (layers.length === 1) return (layers[0] as Layer).vars;
  const made = new Map<string, Value>();
  for (const { vars } of layers) for (const [name, value] of vars) made.set(name, value);
  return made;
}

const bandsOf = new WeakMap<readonly Layer[], Bands>();
const mergedOf = new WeakMap<readonly Layer[], Merged>();

function bands(layers: readonly Layer[]): Bands {
  const found = bandsOf.get(layers);
  if (found) return found;
  const ordered = [...layers].sort((a, b) => a.level - b.level);
  const made = {
    high: merge(ordered.filter(({ level }) => level >= 20)),
    middle: merge(ordered.filter(({ level }) => level > 12 && level < 20)),
    play: merge(ordered.filter(({ level }) => level === 12)),
    low: merge(ordered.filter(({ level }) => level < 12)),
  };
  bandsOf.set(layers, made);
  return made;
}

function hostVars(layers: readonly Layer[]): Merged {
  const found = mergedOf.get(layers) ?? merge([...layers].sort((a, b) => a.level - b.level));
  mergedOf.set(layers, found);
  return found;
}

const own = (of: Readonly<Record<string, unknown>> | undefined, name: string): boolean =>
  of !== undefined && Object.hasOwn(of, name) && of[name] !== undefined;

function factDefinition(name: string, on: Knowledge): Definition | undefined {
  if (!name.startsWith('ansible_')) return undefined;
  const fact = name.slice('ansible_'.length);
  const waiting = on.unknown.get('ansible_facts');
  if (waiting && own(waiting.known, fact)) return { data: waiting.known[fact] };
  if (own(on.facts, fact)) return { data: on.facts?.[fact] };
  return waiting && factOf(name) ? { unknown: waiting, variable: 'ansible_facts' } : undefined;
}

/** Names that always have a value, which any variable may replace. */
export const fallbacks: Readonly<Record<string, unknown>> = { ansible_managed: 'Managed by tsrun' };

/** The definition that wins; undefined where there is none. Magic names are not here: they come before all. */
export function define(name: string, place: Place, on: Knowledge, extra: Layer): Definition | undefined {
  const given = extra.vars.get(name);
  if (given) return { value: given };
  if (own(on.local, name)) return { data: on.local[name] };
  const { high, middle, play, low } = bands(place.layers);
  const parameter = high.get(name);
  if (parameter) return { value: parameter };
  const unknown = on.unknown.get(name);
  if (unknown) return { unknown, variable: name };
  if (on.assigned.has(name)) return { data: on.assigned.get(name) };
  const written = on.included.get(name) ?? middle.get(name);
  if (written) return { value: written };
  if (own(on.prompted, name)) return { data: on.prompted?.[name] };
  const played = play.get(name);
  if (played) return { value: played };
  const fact = factDefinition(name, on);
  if (fact) return fact;
  const below = hostVars(on.host.layers).get(name) ?? low.get(name);
  if (below) return { value: below };
  return Object.hasOwn(fallbacks, name) ? { data: fallbacks[name] } : undefined;
}

/** All names that have a value at the place. */
export function* definedNames(place: Place, on: Knowledge, extra: Layer): Generator<string> {
  const { high, middle, play, low } = bands(place.layers);
  for (const vars of [low, hostVars(on.host.layers), play, middle, on.included, on.assigned, on.unknown, high, extra.vars])
    yield* vars.keys();
  yield* Object.keys(on.prompted ?? {});
  yield* Object.keys(on.local);
  for (const fact of Object.keys(on.facts ?? {})) yield `ansible_${fact}`;
}

/** The value as written, where files define the name. */
export function writtenValue(name: string, place: Place, on: Knowledge, extra: Layer): Value | undefined {
  const found = define(name, place, on, extra);
  return found && 'value' in found ? found.value : undefined;
}
