// The answers that a host has given ahead of the tasks that need them, and which of them have expired. Asks nothing itself.
import type { Task } from '../core/site.ts';
import type { Fact, Footprint, Output } from '../core/types.ts';
import { overlaps } from './footprint.ts';

export interface Observation {
  /** The rendered arguments that the probe was made from: other arguments, other question. */
  readonly args: unknown;
  readonly output: Output;
  readonly reads: readonly Footprint[];
  /** Check runs: the planned change that the answer does not know of. */
  staleAfter?: Task;
}

export interface Observations {
  keep(key: string, observation: Observation): void;
  /** The answer for these arguments, which is then used up. */
  take(key: string, args: unknown): Observation | undefined;
  has(key: string, args: unknown): boolean;
  /** The answer for these arguments, which stays. */
  peek(key: string, args: unknown): Observation | undefined;
  /** Whether there is any answer under the key, for whatever arguments. */
  holds(key: string): boolean;
  /** A change was made: answers that it touches are thrown away. How many they were. */
  expire(touches: readonly Footprint[]): number;
  clear(): void;
}

/** Rendered arguments are plain data (a Blob by its sha256), so equal text is equal meaning. */
export function sameArgs(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return JSON.stringify(a) === JSON.stringify(b);
}

export function createObservations(options: { readonly expiry: boolean }): Observations {
  const kept = new Map<string, Observation>();
  const fitting = (key: string, args: unknown): Observation | undefined => {
    const found = kept.get(key);
    return found && sameArgs(found.args, args) ? found : undefined;
  };
  return {
    keep: (key, observation) => void kept.set(key, observation),
    has: (key, args) => fitting(key, args) !== undefined,
    peek: fitting,
    holds: key => kept.has(key),
    clear: () => kept.clear(),
    take(key, args) {
      const found = fitting(key, args);
      kept.delete(key);
      return found;
    },
    expire(touches) {
      if (!options.expiry || touches.length === 0) return 0;
      const before = kept.size;
      for (const [key, { reads }] of kept) if (overlaps(touches, reads)) kept.delete(key);
      return before - kept.size;
    },
  };
}

/** Why an answer of a check run may no longer hold. */
export interface Stale {
  readonly after: Task;
  /** Nothing names what was read: the change may touch all of its kind (a package's install script). */
  readonly vague: boolean;
}

const isVague = (print: Footprint): boolean => /^[a-z_]+:\/?$/.test(print);

/** What a check run has planned on a host so far: what it would touch, and what would then hold. */
export interface Foretold {
  add(task: Task, touches: readonly Footprint[], facts: readonly Fact[]): void;
  /** The last planned change that touches these reads; one that names them before one that may touch all of a kind. */
  after(reads: readonly Footprint[]): Stale | undefined;
  facts(): readonly Fact[];
}

export function createForetold(): Foretold {
  const planned: { task: Task; touches: readonly Footprint[] }[] = [];
  const facts: Fact[] = [];
  return {
    add(task, touches, more) {
      if (touches.length > 0) planned.push({ task, touches });
      facts.push(...more);
    },
    after(reads) {
      const named = planned.findLast(({ touches }) =>
        overlaps(
          touches.filter(print => !isVague(print)),
          reads,
        ),
      );
      const found = named ?? planned.findLast(({ touches }) => overlaps(touches, reads));
      return found ? { after: found.task, vague: found !== named } : undefined;
    },
    facts: () => facts,
  };
}
