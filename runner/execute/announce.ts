// An outcome as an event and as a line in the recap. It decides nothing.
import type { Event, TaskResult } from '../core/events.ts';
import type { Knowledge, Task } from '../core/site.ts';
import { showSpan } from '../core/source.ts';
import type { Impact } from '../core/types.ts';
import type { MutableTally, NewEvent } from './context.ts';
import type { HostRun } from './host-run.ts';
import type { Outcome } from './outcome.ts';

interface Circumstances {
  readonly began: number;
  readonly ignored: boolean;
}

/** A loop's item is told of, but the sum alone counts. */
export function announce(run: HostRun, task: Task, on: Knowledge, outcome: Outcome, { began, ignored }: Circumstances): void {
  // What steers the run is nothing that was done to a host: neither told nor counted, as long as it goes well.
  if (task.module === 'meta' && outcome.status !== 'failed' && outcome.status !== 'unknown') return;
  const seconds = Math.round(run.context.clock.now() - began) / 1000;
  run.context.emit({ ...eventOf(run, task, on, outcome), ignored, seconds } as NewEvent);
  if (outcome.itemLabel !== undefined) return;
  noteImpact(run.context.impacts, outcome);
  count(run.context.tally(run.name), outcome, ignored, run.rescuers > 0);
}

/** What a handler lends is counted when the handler runs. */
function noteImpact(impacts: Map<Impact, number>, { status, impact, impactOf }: Outcome): void {
  if (status === 'changed' && impact && impactOf === undefined) impacts.set(impact, (impacts.get(impact) ?? 0) + 1);
}

export function titleOf(run: HostRun, task: Task, on: Knowledge): string {
  if (!task.title) return task.name;
  const title = run.context.binder.value(task.title, task, on);
  return title.is === 'known' ? String(title.value) : task.name;
}

function eventOf(
  run: HostRun,
  task: Task,
  on: Knowledge,
  outcome: Outcome,
): Omit<TaskResult, 'event' | 'time' | 'run' | 'ignored' | 'seconds'> & { event: Event['event'] } {
  const { item, itemLabel, delegate, impact, impactOf, warnings, fault } = outcome;
  const looped =
    itemLabel === undefined ? {} : { item: outcome.hidden ? 'hidden' : item, itemLabel: outcome.hidden ? 'hidden' : itemLabel };
  return {
    event: run.inHandler ? 'handler_result' : 'task_result',
    play: run.play.name,
    role: task.role,
    task: titleOf(run, task, on),
    module: task.module,
    host: run.name,
    path: showSpan(task.span),
    status: outcome.status,
    changed: outcome.status === 'changed',
    failed: outcome.status === 'failed',
    message: outcome.message,
    diff: outcome.diff,
    changes: outcome.changes,
    result: outcome.hidden
      ? {
          changed: outcome.status === 'changed' || (outcome.status === 'failed' && outcome.result['changed'] === true),
          censored: outcome.message,
        }
      : outcome.result,
    ...looped,
    ...(delegate ? { delegate } : {}),
    ...(impact ? { impact } : {}),
    ...(impactOf ? { impactOf } : {}),
    ...(warnings ? { warnings } : {}),
    ...(fault ? { fault: withoutCause(fault) } : {}),
  };
}

function withoutCause({ code, what, at, why, mend }: NonNullable<Outcome['fault']>): NonNullable<TaskResult['fault']> {
  return { code, what, why, mend, ...(at ? { at } : {}) };
}

/** ok includes changed and ignored failures (semantics.md 2.6, 2.7). */
function count(tally: MutableTally, { status, result }: Outcome, ignored: boolean, isRescued: boolean): void {
  if (status === 'ok' || status === 'changed' || ignored) tally.ok += 1;
  if (status === 'changed' || (ignored && result['changed'] === true)) tally.changed += 1;
  if (status === 'skipped') tally.skipped += 1;
  if (status === 'unknown') tally.unknown += 1;
  if (ignored) tally.ignored += 1;
  if (status === 'failed' && !ignored) tally[isRescued ? 'rescued' : 'failed'] += 1;
}
