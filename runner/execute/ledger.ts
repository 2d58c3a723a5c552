// What a run tells its journal: where it is, what it is about to change, what came of it. It decides nothing; replay.ts reads it.
import { hash } from 'node:crypto';
import type { JournalRecord, TaskRecord, Undoable } from '../core/journal.ts';
import type { Task } from '../core/site.ts';
import { showSpan } from '../core/source.ts';
import type { Change, Vars } from '../core/types.ts';
import type { HostRun } from './host-run.ts';
import type { Journal } from './journal.ts';
import type { Outcome } from './outcome.ts';
import type { Prepared } from './prepare.ts';
import type { Past } from './replay.ts';

export interface Ledger {
  /** The id of this run. */
  readonly run: string;
  /** Absent in a check run, and where no folder for it is known. */
  readonly journal?: Journal;
  /** The run that this one goes on with. */
  readonly past?: Past;
  /** Secrets out; the same value back where there are none. */
  mask<T>(value: T): T;
}

/** Results of more characters are not kept: the task is asked again. */
const LONGEST = 64 * 1024;

/** A task comes up on the host: the same place may come up again (an include in a loop, a handler). */
export function arrive(run: HostRun, task: Task): void {
  run.passes.set(showSpan(task.span), (run.passes.get(showSpan(task.span)) ?? 0) + 1);
}

/** `ahead`: of the next time that the host comes by. */
export const keyOfPass = (run: HostRun, task: Task, ahead = 0): string =>
  `${run.play.id}:${showSpan(task.span)}:${(run.passes.get(showSpan(task.span)) ?? 0) + ahead}`;

const placeOf = (run: HostRun, task: Task, item: number, ahead = 0) => ({
  host: run.name,
  key: keyOfPass(run, task, ahead),
  item,
  play: run.play.name,
  task: task.name,
  module: task.module,
  path: showSpan(task.span),
});

/** Local files count with their content, not with where they are. */
const plain = (_: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || !('open' in value)) return value;
  const { sha256, mode } = value as { readonly sha256?: string; readonly mode?: number };
  return { sha256, mode };
};

/** What makes it the same task when a run is resumed. Secrets are masked first: a short one could be guessed from its hash. */
export function digestOf({ context }: HostRun, { task, args, as, delegate, environment }: Prepared): string {
  if (!context.ledger?.journal && !context.ledger?.past) return '';
  if (task.noLog) return 'hidden';
  const text = JSON.stringify(
    [task.module, context.ledger.mask(args), as?.user, delegate, context.ledger.mask(environment)],
    plain,
  );
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/** Resolves when the intent is on the disk: the host may then be told. */
export async function noteIntent(
  run: HostRun,
  own: Prepared,
  changes: readonly Change[],
  undo: Undoable | undefined,
  ahead = 0,
): Promise<void> {
  const journal = run.context.ledger?.journal;
  if (!journal || changes.length === 0) return;
  const isHidden = own.task.noLog !== undefined;
  const said = isHidden ? [] : changes.map(change => change.summary);
  journal.add({ rec: 'intent', ...placeOf(run, own.task, own.item, ahead), changes: said, ...(undo ? { undo } : {}) });
  await journal.synced();
}

/** What was intended for a later task, and was not begun. */
export function noteUndone(run: HostRun, { task, item }: Prepared, ahead: number): void {
  run.context.ledger?.journal?.add({ rec: 'undone', ...placeOf(run, task, item, ahead) });
}

/** What came of a task or an item. Words of the engine ask no host: only their failures are told. */
export function noteTask(run: HostRun, task: Task, item: number, outcome: Outcome): void {
  const { ledger } = run.context;
  const { status } = outcome;
  if (!ledger?.journal || status === 'unknown') return;
  const past = outcome.replays;
  if (past) return ledger.journal.add({ ...past, ...placeOf(run, task, item) });
  if (status === 'skipped' || (task.isWord && status !== 'failed')) return;
  const record: TaskRecord = {
    rec: 'task',
    ...placeOf(run, task, item),
    status,
    digest: outcome.digest ?? '',
    ...(outcome.changes.length > 0 ? { changes: outcome.changes } : {}),
    ...(status === 'failed' ? { message: outcome.message } : {}),
    ...(run.inHandler ? { isHandler: true } : {}),
    ...(status !== 'failed' && task.register ? resultOf(ledger, outcome) : {}),
    ...(status === 'changed' && task.notify.length > 0 && run.debts.size > 0 ? { owes: true } : {}),
  };
  // What was changed must not be done again, even if the process dies in this moment; what was only seen may be.
  if (status === 'ok') ledger.journal.add(record);
  else ledger.journal.write(record);
}

function resultOf(ledger: Ledger, { result, hidden }: Outcome): { readonly result?: Vars; readonly isResultLost?: true } {
  if (hidden || ledger.mask(result) !== result || JSON.stringify(result).length > LONGEST) return { isResultLost: true };
  return { result };
}

export function noteNotified(run: HostRun, task: Task, handlers: readonly { readonly name: string }[]): void {
  if (handlers.length === 0) return;
  run.context.ledger?.journal?.add({ rec: 'notify', host: run.name, task: task.name, handlers: handlers.map(one => one.name) });
}

/** Words that steer how a record is read are no text: a secret that happens to be one of them does not blot them out. */
export function maskRecord<T extends JournalRecord>(record: T, mask: Ledger['mask']): T {
  const shown = mask(record);
  if (shown === record) return record;
  const { rec } = record;
  const kept = 'key' in record ? { key: record.key, item: record.item, path: record.path, module: record.module } : {};
  const judged = record.rec === 'task' ? { status: record.status, digest: record.digest } : {};
  return { ...shown, rec, ...kept, ...judged };
}
