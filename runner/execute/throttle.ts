// throttle: how many hosts of a batch are at one task at a time. A host that waits gives its fork back.
import pLimit from 'p-limit';
import type { Task } from '../core/site.ts';
import { caught } from './attempt.ts';
import type { HostRun } from './host-run.ts';
import { keyword } from './keywords.ts';
import type { Outcome } from './outcome.ts';

/** The first host that comes to the task says how many; 0 is no limit. */
export async function throttled(run: HostRun, task: Task, work: () => Promise<Outcome>): Promise<Outcome> {
  if (!task.throttle) return work();
  try {
    const most = Number(keyword<unknown>(run, task, run.memory.know(run.local), task.throttle, 0));
    return most >= 1 ? await oneOf(run, task, Math.floor(most), work) : await work();
  } catch (error) {
    return caught(run, task, error);
  }
}

async function oneOf(run: HostRun, task: Task, most: number, work: () => Promise<Outcome>): Promise<Outcome> {
  const key = [...run.prefix, task.id].join('.');
  const { throttles } = run.batch;
  const limit = throttles.get(key) ?? pLimit(most);
  throttles.set(key, limit);
  let leave = (): void => undefined;
  await run.pause(new Promise<void>(enter => void limit(() => new Promise<void>(left => enter(void (leave = left))))));
  try {
    return await work();
  } finally {
    leave();
  }
}
