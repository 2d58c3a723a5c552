// A task's plan put before the approval of the run, if it has one: noted for a saved plan, or held against it. It changes nothing.
import type { Knowledge, Task } from '../core/site.ts';
import { PlanMoved } from '../core/lost.ts';
import { showSpan } from '../core/source.ts';
import type { Plan } from '../core/types.ts';
import type { Weighed } from '../plan/approval.ts';
import { titleOf } from './announce.ts';
import type { HostRun } from './host-run.ts';
import { keyOfPass } from './ledger.ts';
import { isQuiet } from './keywords.ts';
import { worseImpact } from './lent.ts';
import { faultOf, planned } from './outcome.ts';
import type { Prepared } from './prepare.ts';

const placeOf = (
  run: HostRun,
  task: Task,
  on: Knowledge,
): Omit<Weighed, 'index' | 'changes' | 'seen' | 'foreseen' | 'known'> => ({
  host: run.name,
  play: run.play.name,
  role: task.role,
  task: titleOf(run, task, on),
  module: task.module,
  path: showSpan(task.span),
  pass: keyOfPass(run, task),
  handler: run.inHandler,
  hidden: isQuiet(run, task, on),
});

/** Throws PlanMoved where the plan does not have this change. */
export function approve(run: HostRun, own: Prepared, on: Knowledge, plan: Plan, state: unknown, foreseen: boolean): void {
  const { approval } = run.context;
  if (!approval) return;
  const { task } = own;
  const item = task.loop ? { item: textOf(on.local[task.loopControl.loopVar]) } : {};
  const seen = own.probe.reads.length === 0 ? undefined : state;
  const place = placeOf(run, task, on);
  const worst = worseImpact(run, task, on, planned(plan, own.module).impact);
  const why = approval.weigh({
    ...place,
    ...item,
    ...worst,
    index: own.item,
    changes: plan.changes,
    seen,
    foreseen,
    known: true,
  });
  if (why !== undefined) throw new PlanMoved(movedFault(task, run.name, place.hidden ? 'it would change something else' : why));
}

const textOf = (item: unknown): string => (typeof item === 'string' ? item : (JSON.stringify(item) ?? ''));

export const movedFault = (task: Pick<Task, 'name' | 'span'>, host: string, why: string) => ({
  ...faultOf(task as Task, host, why, 'make a new plan and look at it: the same command with --plan FILE', 'E531'),
  what: `${host}: "${task.name}" is not as planned`,
});

/** What a check run cannot foresee. */
export function noteUnknown(run: HostRun, task: Task, on: Knowledge, index: number | '*'): void {
  if (task.isWord) return;
  run.context.approval?.weigh({
    ...placeOf(run, task, on),
    index,
    changes: [],
    seen: undefined,
    foreseen: false,
    known: false,
  });
}
