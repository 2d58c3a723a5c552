// What the command line may know of earlier runs: their list, their records, and that old ones go. It changes no host.
import type { Tally } from './core/events.ts';
import { fault } from './core/fault.ts';
import type { JournalRecord, StartRecord } from './core/journal.ts';
import type { Fault } from './core/types.ts';
import { endOf, keptRuns, LIMITS, type Limits, OUTLINE, pruneRuns, readJournal, startOf } from './execute/journal-read.ts';
import { keepBeside } from './execute/journal.ts';
import { oneRun } from './run-journal.ts';

export interface RunSeen {
  readonly run: string;
  readonly folder: string;
  readonly start: StartRecord | undefined;
  readonly records: readonly JournalRecord[];
  readonly end: number | 'runs' | 'killed';
}

const seen = (kept: { readonly run: string; readonly folder: string }, machine: string, only?: RegExp): RunSeen => {
  const records = readJournal(kept, only);
  return { run: kept.run, folder: kept.folder, records, start: startOf(records), end: endOf(records, machine) };
};

/** Newest first; the journal of each is read when it is come to. */
export function* runsIn(state: string, machine: string): Generator<RunSeen> {
  for (const kept of keptRuns(state).toReversed()) yield seen(kept, machine, OUTLINE);
}

export function lookUp(state: string, named: string, machine = ''): Partial<RunSeen> & { readonly fault?: Fault } {
  const { kept, fault } = oneRun(state, named);
  return kept ? seen(kept, machine) : fault ? { fault } : {};
}

/** For the user to read, and for the engine to run. */
export function keepPlaybook(path: string, plays: readonly object[]): Fault | undefined {
  try {
    keepBeside(path, `${JSON.stringify(plays, null, 2)}\n`);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fault('E471', { what: `${path} cannot be written`, why, mend: 'free space there, or mend its rights' });
  }
}

export const prune = (state: string, now: number, limits: Limits = LIMITS): number => pruneRuns(state, limits, now);

/** Hosts that failed, were lost or were not come to: those to run again on. */
export function unfinishedHosts({ records, start, end }: Pick<RunSeen, 'records' | 'start' | 'end'>): readonly string[] {
  if (end === 0 || end === 3 || end === 'runs') return [];
  const tallies = talliesOf(records);
  return (start?.hosts ?? []).filter(host => !isWell(tallies[host]));
}

/** Empty where the run did not come to its recap. */
export function talliesOf(records: readonly JournalRecord[]): Readonly<Record<string, Tally>> {
  const recap = records.findLast(record => record.rec === 'recap');
  return recap?.rec === 'recap' ? recap.hosts : {};
}

const isWell = (tally: Tally | undefined): boolean => tally !== undefined && tally.failed === 0 && tally.unreachable === 0;
