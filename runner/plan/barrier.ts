// Where the hosts of a play wait for each other (design.md 3, Barriers). Pure: it reads the task, no host.
import type { Play, Task } from '../core/site.ts';

/** True where no host may begin this task before all others of the batch have come as far. */
export function waitsBefore(play: Play, task: Task): boolean {
  return (
    play.strategy === 'linear' ||
    playStops(play, task) ||
    task.runOnce ||
    task.delegateTo !== undefined ||
    isBarrier(task) ||
    readsOthers(task)
  );
}

/** True where no host may go past this task before all others have done it. */
export const waitsAfter = (play: Play, task: Task): boolean =>
  playStops(play, task) || task.runOnce || task.delegateTo !== undefined || (task.isWord && task.module === 'group_by');

/** A failure of one host may stop all: each task is a step that all take together. */
const playStops = (play: Play, task: Task): boolean =>
  play.maxFailPercentage !== undefined || play.anyErrorsFatal || task.anyErrorsFatal;

const META_BARRIERS: ReadonlySet<unknown> = new Set([
  'barrier',
  'end_play',
  'end_batch',
  'refresh_inventory',
  'clear_host_errors',
]);

function isBarrier(task: Task): boolean {
  if (!task.isWord || task.module !== 'meta') return task.isWord && (task.module === 'add_host' || task.module === 'group_by');
  const word = task.args.is === 'plain' ? task.args.value : undefined;
  const named = typeof word === 'object' && word !== null && 'free_form' in word ? word.free_form : word;
  return META_BARRIERS.has(named);
}

/** The compiler marks a task that reads what a task sets on other hosts. */
const readsOthers = (task: Task): boolean => task.readsOtherHosts === true;
