// Reads of other hosts' variables: whether a task must wait for them, and for their facts. Pure but for the marks on the play.
import type { Task, Value } from '../../core/site.ts';
import { factOf, isFactMap } from '../facts.ts';
import { type Closure, closureOf, type Ground, varsOfHost } from './closure.ts';
import { allOf } from './parts.ts';
import type { State } from './state.ts';

export interface Across {
  /** What is read may be set by a task on the other host. */
  readonly waits: boolean;
  readonly facts: boolean;
}

const isFact = (name: string): boolean => isFactMap(name) || factOf(name) !== undefined;

export function acrossOf(closure: Closure, state: State): Across {
  if (!closure.names.has('hostvars')) return { waits: false, facts: false };
  const names = [...closure.acrossHosts];
  // A whole host is handed on: any of its names may be read.
  const whole = names.length === 0;
  const inner = closureOf(
    names.flatMap(name => [...definitions(name, state)]),
    anywhere(state),
  );
  const read = [...names, ...inner.names];
  const facts = inner.facts || names.some(isFact);
  return { facts, waits: facts || (whole ? state.assigned.size > 0 : read.some(name => state.assigned.has(name))) };
}

/** Marks tasks that only the run has found (an include whose name a host tells). */
export function markWaits(tasks: readonly Task[], state: State): void {
  for (const task of tasks) {
    const closure = closureOf(allOf(task), { ...anywhere(state), layers: task.layers });
    if (acrossOf(closure, state).waits) (task as { readsOtherHosts?: boolean }).readsOtherHosts = true;
  }
}

const definitions = (name: string, state: State): ReadonlySet<Value> =>
  new Set([...state.site.inventory.hosts.values()].flatMap(host => varsOfHost(host).get(name) ?? []));

/** A place that is no play's: what the inventory says of all hosts. */
const anywhere = (state: State): Ground => ({
  layers: [],
  extra: state.site.extra,
  hostDefinitions: name => definitions(name, state),
  isPending: name => state.assigned.has(name),
});
