// What tasks would change, as they come: noted for a saved plan, or weighed against one. Pure; it stops nobody itself.
import type { PlannedTask } from '../core/saved-plan.ts';
import type { Change } from '../core/types.ts';

export interface Weighed extends Omit<PlannedTask, 'key' | 'changes' | 'seen'> {
  readonly host: string;
  /** Place in the files, and how many times the host has come there. */
  readonly pass: string;
  /** In the loop; '*' for all of it. */
  readonly index: number | '*';
  readonly changes: readonly Change[];
  readonly seen: unknown;
  /** no_log: nothing of it is shown. */
  readonly hidden: boolean;
}
const keyOf = ({ pass }: Weighed, index: number | '*'): string => `${pass}#${index}`;

export interface Noted extends Weighed {
  readonly key: string;
}

export interface Approval {
  /** Why this was not planned; undefined where it may be done. */
  weigh(one: Weighed): string | undefined;
}

export interface Notes extends Approval {
  readonly byHost: ReadonlyMap<string, readonly Noted[]>;
}

/** Notes all and forbids nothing. A task that is tried again is noted once. */
export function createNotes(): Notes {
  const byHost = new Map<string, Noted[]>();
  return {
    byHost,
    weigh(one) {
      const key = keyOf(one, one.index);
      const noted = byHost.get(one.host) ?? [];
      byHost.set(one.host, noted);
      if (!noted.some(other => other.key === key)) noted.push({ ...one, key });
      return undefined;
    },
  };
}

export type Fits = (planned: PlannedTask, now: readonly Change[]) => boolean;

/** Lets through what the plan has. After a bare command nobody knows what else is another now: then the targets must be the same. */
export function createGuard(planned: ReadonlyMap<string, readonly PlannedTask[]>, fits: Fits): Approval {
  const byKey = new Map([...planned].map(([host, tasks]) => [host, new Map(tasks.map(task => [task.key, task]))]));
  const loose = new Set<string>();
  const let_ = new Set<string>();
  return {
    weigh(one) {
      const found = byKey.get(one.host);
      const key = keyOf(one, one.index);
      const told = `${one.host}\n${key}`;
      if (let_.has(told)) return undefined;
      const plan = found?.get(key) ?? found?.get(keyOf(one, '*'));
      const isLoose = loose.has(one.host);
      if (one.changes.some(change => change.touches.includes('*'))) loose.add(one.host);
      const why = plan
        ? against(plan, one, isLoose, fits)
        : `the plan has no change there, now it would be: ${summaries(one.changes)}`;
      if (why === undefined) let_.add(told);
      return why;
    },
  };
}

export const summaries = (changes: readonly { readonly summary: string }[]): string =>
  changes.map(change => change.summary).join('; ') || 'nothing';

function against(plan: PlannedTask, { changes }: Weighed, isLoose: boolean, fits: Fits): string | undefined {
  if (!plan.known || fits(plan, changes)) return undefined;
  const targets = new Set(plan.changes.map(change => change.diff.target));
  const isWithin = changes.every(change => targets.has(change.diff.target));
  if ((plan.foreseen || isLoose) && isWithin) return undefined;
  return `planned was: ${summaries(plan.changes)}; now it would be: ${summaries(changes)}`;
}
