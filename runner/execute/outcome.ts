// What came of one task on one host, before it becomes an event, a register and a line in the recap. No I/O.
import type { DiffPart, Status } from '../core/events.ts';
import type { TaskRecord } from '../core/journal.ts';
import type { Task, Unknown } from '../core/site.ts';
import type { AnyModule, Fault, Impact, Plan, Vars } from '../core/types.ts';

export interface Outcome {
  readonly status: Status;
  readonly message: string;
  readonly diff: readonly DiffPart[];
  readonly changes: readonly string[];
  readonly result: Vars;
  readonly impact?: Impact;
  /** The notified handler that lends the impact. */
  readonly impactOf?: string;
  readonly fault?: Fault;
  readonly warnings?: readonly string[];
  /** Check runs: the result is not known but for `known`; its readers become unknown. */
  readonly unknown?: Unknown;
  readonly item?: unknown;
  readonly itemLabel?: string;
  readonly delegate?: string;
  /** no_log: the event shows no result. */
  readonly hidden?: boolean;
  /** Of the task with its arguments, for the journal. */
  readonly digest?: string;
  /** Done in the run that is resumed; `owes`: it changed something there, so its handlers are owed; the host holds that debt, or not. */
  readonly replays?: TaskRecord;
  readonly owes?: 'debt' | 'journal';
}

const base = { changed: false, failed: false, skipped: false, unreachable: false };

export const okay = (result: Vars = {}, message = ''): Outcome => ({
  status: 'ok',
  message,
  diff: [],
  changes: [],
  result: { ...base, ...result },
});

export const skipped = (message: string, result: Vars = {}): Outcome => ({
  ...okay({ skipped: true, msg: message, ...result }, message),
  status: 'skipped',
});

export const failed = (fault: Fault, result: Vars = {}): Outcome => ({
  ...okay({ ...result, failed: true, msg: result['msg'] ?? fault.why }, fault.why),
  status: 'failed',
  fault,
});

/** `after`: the task whose change or result is not there in a check run. */
export const unknown = (after: Task, why: string, known: Vars = {}): Outcome => ({
  ...okay({ msg: why }, why),
  status: 'unknown',
  unknown: { after, kind: 'foretold', known: { skipped: false, unreachable: false, ...known } },
});

const IMPACTS: readonly Impact[] = ['none', 'reload', 'restart', 'reboot', 'destroys'];

export function worstImpact(impacts: readonly (Impact | undefined)[]): Impact | undefined {
  return IMPACTS.findLast(impact => impacts.includes(impact));
}

/** What a plan with changes says of itself. */
export function planned(plan: Plan, { opaque }: AnyModule): Pick<Outcome, 'diff' | 'changes' | 'impact' | 'warnings'> {
  const impact = worstImpact(plan.changes.map(change => change.impact ?? (opaque ? undefined : 'none')));
  return {
    diff: plan.changes.map(change => change.diff),
    changes: plan.changes.map(change => change.summary),
    ...(impact ? { impact } : {}),
    ...(plan.warnings?.length ? { warnings: plan.warnings } : {}),
  };
}

export const faultOf = (task: Task, host: string, why: string, mend: string, code = 'E501'): Fault => ({
  code,
  what: `${host}: "${task.name}" failed`,
  at: task.span,
  why,
  mend,
});
