// The journal of a run as it is written: lines appended to a file, synced where asked. A disk that cannot take them stops nothing.
import { closeSync, fdatasync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalRecord } from '../core/journal.ts';
import type { Fault } from '../core/types.ts';

export interface Journal {
  /** Written with the next batch: within this turn of the event loop. */
  add(record: JournalRecord): void;
  /** Handed to the system before it returns: it outlives the process, not yet the machine. */
  write(record: JournalRecord): void;
  /** All that was added is on the disk, or the journal has failed; it never rejects. Calls at one time share a sync. */
  synced(): Promise<void>;
  close(): void;
}

export interface JournalOptions {
  readonly folder: string;
  /** Secrets out; the same value back where there are none. */
  mask(record: JournalRecord): JournalRecord;
  /** Told once. */
  warn(found: Fault): void;
}

export const JOURNAL = 'journal.ndjson';

export function createJournal({ folder, mask, warn }: JournalOptions): Journal {
  let fd: number | undefined;
  let waiting: string[] = [];
  let isDue = false;
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;

  const fail = (error: unknown): void => {
    if (fd === undefined) return;
    release();
    warn(unkept(folder, error));
  };
  const release = (): void => {
    const old = fd;
    fd = undefined;
    waiting = [];
    try {
      if (old !== undefined) closeSync(old);
    } catch {
      // A file that cannot even be closed was told of already.
    }
  };
  const flush = (): void => {
    isDue = false;
    if (fd === undefined || waiting.length === 0) return;
    const bytes = Buffer.from(waiting.join(''));
    waiting = [];
    try {
      for (let from = 0; from < bytes.length; ) from += writeSync(fd, bytes, from);
    } catch (error) {
      fail(error);
    }
  };
  const sync = (): Promise<void> =>
    new Promise(resolve => {
      flush();
      if (fd === undefined) return resolve();
      fdatasync(fd, error => {
        if (error) fail(error);
        resolve();
      });
    });
  const add = (record: JournalRecord): void => {
    if (fd === undefined) return;
    waiting.push(`${JSON.stringify(mask(record))}\n`);
    if (!isDue) setImmediate(flush);
    isDue = true;
  };

  fd = opened(folder, error => warn(unkept(folder, error)));
  return {
    add,
    write(record) {
      add(record);
      flush();
    },
    async synced() {
      if (fd === undefined) return;
      if (running) {
        following ??= running.then(() => {
          following = undefined;
          running = sync();
          return running;
        });
        return following;
      }
      running = sync();
      await running;
      if (!following) running = undefined;
    },
    close() {
      flush();
      release();
    },
  };
}

function opened(folder: string, fail: (error: unknown) => void): number | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(join(folder, JOURNAL), 'ax', 0o600);
  } catch (error) {
    fail(error);
    return undefined;
  }
}

const unkept = (folder: string, error: unknown): Fault => ({
  code: 'W970',
  severity: 'warning',
  what: 'the journal of this run is not kept, or not to its end',
  why: `${folder}: ${error instanceof Error ? error.message : String(error)}`,
  mend: 'the run goes on; to have one, free space there or name another folder: TSRUN_STATE=DIR',
});
