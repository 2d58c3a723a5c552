// The impact that notified handlers lend to a change: a template that notifies "restart mysql" is a restart. It runs none of them.
import type { Handler, Knowledge, Task } from '../core/site.ts';
import type { Impact } from '../core/types.ts';
import { notifiedBy } from './handlers.ts';
import type { HostRun } from './host-run.ts';
import { type Outcome, worstImpact } from './outcome.ts';

export function withLent(run: HostRun, task: Task, on: Knowledge, outcome: Outcome): Outcome {
  if (outcome.status !== 'changed' || task.notify.length === 0) return outcome;
  const lent = notifiedBy(run, task, on).map(handler => ({ handler, impact: impactOf(run, handler, on) }));
  const worst = worstImpact(lent.map(({ impact }) => impact));
  if (!worst || worst === 'none' || worstImpact([outcome.impact, worst]) === outcome.impact) return outcome;
  return { ...outcome, impact: worst, impactOf: lent.find(({ impact }) => impact === worst)?.handler.name ?? '' };
}

/** Undefined where the handler does not run here, loops, or where its arguments do not tell. */
function impactOf(run: HostRun, handler: Handler, on: Knowledge): Impact | undefined {
  if (handler.isWord || handler.loop) return undefined;
  const { binder } = run.context;
  const held = binder.condition(handler.when, handler, on);
  if (held.is === 'known' && !held.value) return undefined;
  const args = binder.args(handler, on);
  return args.is === 'known' ? run.context.module(handler.module).impact?.(args.value) : undefined;
}
