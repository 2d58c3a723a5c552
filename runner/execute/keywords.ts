// The keywords of a task that say how it is done, rendered for one host: check_mode, timeout, no_log, ignore_errors, ...
import type { Knowledge, Task, Value } from '../core/site.ts';
import type { Fault, Footprint } from '../core/types.ts';
import type { HostRun } from './host-run.ts';
import type { Manner } from './item.ts';
import { BindFailed } from './observe.ts';

/** A keyword's value; a mistake or an unknown in it fails the task (BindFailed). */
export function keyword<T>(run: HostRun, task: Task, on: Knowledge, value: Value | undefined, otherwise: T): T {
  if (!value) return otherwise;
  const answer = run.context.binder.value(value, task, on);
  if (answer.is === 'fault') throw new BindFailed(answer.faults);
  if (answer.is === 'unknown') throw new BindFailed([notYet(task, answer.name)]);
  return (answer.value ?? otherwise) as T;
}

const notYet = (task: Task, name: string): Fault => ({
  code: 'E506',
  what: `"${task.name}": a keyword is not known`,
  at: task.span,
  why: `it reads "${name}", which has no value yet`,
  mend: 'set it before this task, or give it a default: a.?b.orValue(c)',
});

export function mannerOf(run: HostRun, task: Task, on: Knowledge): Manner {
  const touches = task.touches ? keyword<readonly Footprint[]>(run, task, on, task.touches, []) : undefined;
  const changesNothing = task.changedWhen?.length === 1 && task.changedWhen[0]?.text.trim() === 'false';
  return {
    check: keyword(run, task, on, task.checkMode, run.context.options.check),
    timeout: keyword(run, task, on, task.timeout, 0),
    changesNothing,
    changesUnknown: task.changedWhen !== undefined && !changesNothing && task.changedWhen[0]?.text.trim() !== 'true',
    ...(touches ? { touches } : {}),
    ...backgroundOf(run, task, on),
  };
}

/** Ansible's poll is 15 where it is not written. */
function backgroundOf(run: HostRun, task: Task, on: Knowledge): Pick<Manner, 'background'> {
  const seconds = Number(keyword<unknown>(run, task, on, task.async, 0));
  return seconds > 0 ? { background: { seconds, poll: Number(keyword<unknown>(run, task, on, task.poll, 15)) } } : {};
}

export const isQuiet = (run: HostRun, task: Task, on: Knowledge): boolean => keyword(run, task, on, task.noLog, false);
export const ignoresErrors = (run: HostRun, task: Task, on: Knowledge): boolean =>
  keyword(run, task, on, task.ignoreErrors, false);
export const ignoresUnreachable = (run: HostRun, task: Task, on: Knowledge): boolean =>
  keyword(run, task, on, task.ignoreUnreachable, false);

export interface Retry {
  readonly tries: number;
  readonly delayMs: number;
}

/** `retries: N` is N+1 tries (semantics.md 2.6); without `until` a task is tried once, with `retries` alone until it does not fail. */
export function retryOf(run: HostRun, task: Task, on: Knowledge): Retry {
  if (!task.until && !task.retries) return { tries: 1, delayMs: 0 };
  return { tries: 1 + keyword(run, task, on, task.retries, 3), delayMs: 1000 * keyword(run, task, on, task.delay, 5) };
}
