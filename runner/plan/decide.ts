// A module's plan on what was seen, or in a check run on what was foretold: one verdict. Pure; it asks no host.
import type { Task } from '../core/site.ts';
import type { AnyModule, Fact, Plan } from '../core/types.ts';
import type { Stale } from './wave.ts';

export interface Seen {
  readonly state: unknown;
  /** The probe's answer could not be read. */
  readonly broken?: string;
  /** Check runs: the planned change that the answer does not know of. */
  readonly stale?: Stale | undefined;
}

export type Decision =
  | { readonly is: 'plan'; readonly plan: Plan; readonly state: unknown }
  | { readonly is: 'broken'; readonly why: string }
  | { readonly is: 'unknown'; readonly after: Task };

export function decide(module: AnyModule, args: unknown, seen: Seen, foretold: readonly Fact[]): Decision {
  const { stale } = seen;
  const first: Decision = seen.broken !== undefined ? { is: 'broken', why: seen.broken } : planned(module, args, seen.state);
  if (!stale) return first;
  // What was seen is no longer what will be: changes still hold, an "as it should be" or a refusal does not.
  if (first.is === 'plan' && first.plan.changes.length > 0 && !first.plan.refuse) return first;
  const second = foreseen(module, args, seen, foretold);
  if (second) return second;
  const stands = stale.vague && first.is === 'plan' && !first.plan.refuse && (module.survives?.(seen.state) ?? true);
  return stands ? first : { is: 'unknown', after: stale.after };
}

function foreseen(module: AnyModule, args: unknown, seen: Seen, foretold: readonly Fact[]): Decision | undefined {
  const state: unknown = module.foresee?.(args, seen.broken === undefined ? seen.state : null, foretold) ?? null;
  if (state === null) return undefined;
  const second = planned(module, args, state);
  return second.is === 'plan' && !second.plan.refuse ? second : undefined;
}

function planned(module: AnyModule, args: unknown, state: unknown): Decision {
  try {
    return { is: 'plan', plan: module.plan(args, state), state };
  } catch (error) {
    return { is: 'broken', why: `the module failed to plan: ${String(error)}` };
  }
}
