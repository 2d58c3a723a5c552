// A resumed run: what the journal of the run before says was done is not done again. It asks no host.
import type { IntentRecord, JournalRecord, StartRecord, TaskRecord } from '../core/journal.ts';
import type { Knowledge, Task } from '../core/site.ts';
import type { HostRun } from './host-run.ts';
import { digestOf, keyOfPass } from './ledger.ts';
import { okay, type Outcome } from './outcome.ts';
import { prepare } from './prepare.ts';

export interface Past {
  readonly start: StartRecord;
  /** Done and well; of a task with run_once on any host. */
  find(host: string, key: string, item: number, once: boolean): TaskRecord | undefined;
  /** Begun, and nobody knows how far it came. */
  readonly inDoubt: readonly IntentRecord[];
}

export function createPast(start: StartRecord, records: readonly JournalRecord[]): Past {
  const byHost = new Map<string, TaskRecord>();
  const byKey = new Map<string, TaskRecord>();
  const begun = new Map<string, IntentRecord>();
  const of = (host: string, key: string, item: number): string => `${host}\n${key}\n${item}`;
  for (const record of records) {
    if (record.rec === 'intent') begun.set(of(record.host, record.key, record.item), record);
    if (record.rec === 'undone') begun.delete(of(record.host, record.key, record.item));
    if (record.rec !== 'task') continue;
    const { host, key, item } = record;
    begun.delete(of(host, key, item));
    if (record.status === 'failed') continue;
    byHost.set(of(host, key, item), record);
    byKey.set(of('', key, item), record);
  }
  return {
    start,
    inDoubt: [...begun.values()],
    find: (host, key, item, once) => (once ? byKey.get(of('', key, item)) : byHost.get(of(host, key, item))),
  };
}

/** Facts are as they are now; a task that only waits or asks is asked again. */
const isNeverReplayed = (task: Task): boolean =>
  task.isWord || task.module === 'setup' || task.module === 'wait_for_connection' || task.module === 'ping';

function recordOf(run: HostRun, task: Task, item: number, ahead: number): TaskRecord | undefined {
  const past = run.context.ledger?.past;
  if (!past || isNeverReplayed(task)) return undefined;
  const found = past.find(run.name, keyOfPass(run, task, ahead), item, task.runOnce);
  if (!found || (task.register && !found.result)) return undefined;
  // What this run has changed asks for its handlers, whatever the run before has done.
  return run.inHandler && run.fresh.has(task.id) ? undefined : found;
}

/** The outcome of a task that was done: its register is as it was, its handlers are owed, nothing is asked. */
export function replayed(run: HostRun, task: Task, on: Knowledge, item: number): Outcome | undefined {
  const found = recordOf(run, task, item, 0);
  if (!found) return undefined;
  const prepared = prepare(run, task, on, item);
  if (prepared.is !== 'known' || digestOf(run, prepared.value) !== found.digest) return undefined;
  if (run.inHandler) run.debts.delete(task.id);
  const { start } = run.context.ledger?.past ?? {};
  const changed = found.status === 'changed';
  return {
    ...okay(found.result ?? { changed }, `done in run ${start?.run.slice(0, 8)}`),
    status: 'skipped',
    replays: found,
    ...(changed ? { owes: found.owes ? ('debt' as const) : ('journal' as const) } : {}),
  };
}

/** For those who look ahead: probably nothing of it will be asked. */
export const isProbablyDone = (run: HostRun, task: Task, item: number): boolean => {
  const { tasks, at } = run.frames.at(-1) ?? { tasks: [], at: -1 };
  return recordOf(run, task, item, tasks[at]?.id === task.id ? 0 : 1) !== undefined;
};
