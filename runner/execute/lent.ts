// The impact that notified handlers lend to a change: a template that notifies "restart mysql" is a restart. It runs none of them.
import type { Handler, Knowledge, Task } from '../core/site.ts';
import type { Impact } from '../core/types.ts';
import { notifiedBy } from './handlers.ts';
import type { HostRun } from './host-run.ts';
import { type Outcome, worstImpact } from './outcome.ts';

interface Lent {
  readonly impact: Impact;
  /** The handler's name, where the impact is not the task's own. */
  readonly impactOf?: string;
}

/** The worse of the task's own impact and of what it notifies. */
export function worseImpact(run: HostRun, task: Task, on: Knowledge, own: Impact | undefined): Lent | undefined {
  const lent =
    task.notify.length === 0 ? [] : notifiedBy(run, task, on).map(handler => ({ handler, impact: impactOf(run, handler, on) }));
  const worst = worstImpact(lent.map(({ impact }) => impact));
  const isOwn = !worst || worst === 'none' || worstImpact([own, worst]) === own;
  if (isOwn) return own && { impact: own };
  return { impact: worst, impactOf: lent.find(({ impact }) => impact === worst)?.handler.name ?? '' };
}

export const withLent = (run: HostRun, task: Task, on: Knowledge, outcome: Outcome): Outcome =>
  outcome.status === 'changed' ? { ...outcome, ...worseImpact(run, task, on, outcome.impact) } : outcome;

/** Undefined where the handler does not run here, loops, or where its arguments do not tell. */
function impactOf(run: HostRun, handler: Handler, on: Knowledge): Impact | undefined {
  if (handler.isWord || handler.loop) return undefined;
  const { binder } = run.context;
  const held = binder.condition(handler.when, handler, on);
  if (held.is === 'known' && !held.value) return undefined;
  const args = binder.args(handler, on);
  return args.is === 'known' ? run.context.module(handler.module).impact?.(args.value) : undefined;
}
