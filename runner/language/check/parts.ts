// The values of a task, in the order in which a run evaluates them. Data for the checks; evaluates nothing.
import type { Expression, Task, Value } from '../../core/site.ts';

export interface TaskParts {
  /** Read once, before the loop. */
  readonly before: readonly Value[];
  /** Read for each item, apart from the arguments. */
  readonly each: readonly Value[];
  /** Read after the module, when its result is there. */
  readonly after: readonly Expression[];
}

const values = (...found: readonly (Value | undefined)[]): readonly Value[] => found.filter(value => value !== undefined);

export const partsOf = (task: Task): TaskParts => ({
  before: values(task.loopControl.pause, task.throttle),
  each: values(
    task.title,
    task.loopControl.label,
    task.delegateTo,
    task.ignoreErrors,
    task.ignoreUnreachable,
    task.checkMode,
    task.diff,
    task.noLog,
    task.timeout,
    task.async,
    task.poll,
    task.connection,
    task.remoteUser,
    task.port,
    task.touches,
    task.revertUnlessReached,
    task.retries,
    task.delay,
    task.become.become,
    task.become.user,
    task.become.method,
    task.become.flags,
    ...task.environment,
    ...task.notify,
  ),
  after: [...(task.changedWhen ?? []), ...(task.failedWhen ?? []), ...(task.until ?? [])],
});

export function allOf(task: Task): readonly (Value | Expression)[] {
  const { before, each, after } = partsOf(task);
  return [...task.when, ...(task.loop ? [task.loop] : []), task.args, ...before, ...each, ...after];
}
