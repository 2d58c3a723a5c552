// The journals of earlier runs: found, read and pruned. A torn last line, as a killed runner leaves it, is passed over.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalRecord, StartRecord } from '../core/journal.ts';
import { JOURNAL } from './journal.ts';

/** A run's folder: `2026-11-23T19-14-26.042Z.3f2a...`, so that names in order are runs in order, also of one second. */
export interface Kept {
  readonly run: string;
  readonly folder: string;
  readonly time: string;
}

const NAME = /^(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z)\.([0-9a-f-]{36})$/;

export const folderName = (run: string, ms: number): string => `${new Date(ms).toISOString().replaceAll(':', '-')}.${run}`;

/** Oldest first. */
export function keptRuns(state: string): readonly Kept[] {
  const runs = join(state, 'runs');
  return namesIn(runs)
    .sort()
    .flatMap(name => {
      const [, time, run] = NAME.exec(name) ?? [];
      return time && run ? [{ run, folder: join(runs, name), time }] : [];
    });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** By `last`, an id or the beginning of one; more than one where the beginning is not enough. */
export function findRuns(state: string, named: string): readonly Kept[] {
  const all = keptRuns(state);
  return named === 'last' ? all.slice(-1) : all.filter(({ run }) => run.startsWith(named.toLowerCase()));
}

/** Lines of a list of runs: the rest of a long journal need not be parsed. */
export const OUTLINE = /^\{"rec":"(start|recap|end)"/;

/** Empty where it cannot be read. */
export function readJournal({ folder }: Pick<Kept, 'folder'>, only = /^\{/): readonly JournalRecord[] {
  let text: string;
  try {
    text = readFileSync(join(folder, JOURNAL), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap(line => {
    try {
      return only.test(line) ? [JSON.parse(line) as JournalRecord] : [];
    } catch {
      return [];
    }
  });
}

export const startOf = (records: readonly JournalRecord[]): StartRecord | undefined =>
  records.find((record): record is StartRecord => record.rec === 'start');

/** How a run ended: with its exit code, or it goes on, or it was killed. Another machine's process cannot be seen. */
export function endOf(records: readonly JournalRecord[], machine: string): number | 'runs' | 'killed' {
  const end = records.findLast(record => record.rec === 'end');
  if (end?.rec === 'end') return end.exitCode;
  const start = startOf(records);
  return start && start.machine === machine && isAlive(start.pid) ? 'runs' : 'killed';
}

/** Where there is no /proc, a run without an end is taken for killed. A number that another program got since is told by its words. */
function isAlive(pid: number): boolean {
  try {
    return existsSync('/proc/self') && /node|tsrun/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

export interface Limits {
  readonly runs: number;
  readonly days: number;
}

export const LIMITS: Limits = { runs: 200, days: 30 };

/** Takes away what is beyond the limits, but `keep`; answers how many. */
export function pruneRuns(state: string, { runs, days }: Limits, now: number, keep?: string): number {
  const all = keptRuns(state);
  const oldest = folderName('', now - days * 86_400_000);
  const gone = all.filter(({ run, time }, at) => run !== keep && (at < all.length - runs || time < oldest.slice(0, time.length)));
  for (const { folder } of gone) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's, or a read-only disk: it stays.
    }
  }
  return gone.length;
}
