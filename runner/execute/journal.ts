// The journal of a run as it is written: lines appended to a file, synced where asked. A disk that cannot take them stops nothing.
import { closeSync, fdatasync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
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

/** A file that lives as long as its run, or until it fails. */
class JournalFile implements Journal {
  readonly #options: JournalOptions;
  #fd: number | undefined;
  #waiting: string[] = [];
  #isDue = false;
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#fd = opened(options.folder, error => options.warn(unkept(options.folder, error)));
  }

  add(record: JournalRecord): void {
    if (this.#fd === undefined) return;
    this.#waiting.push(`${JSON.stringify(this.#options.mask(record))}\n`);
    if (!this.#isDue) setImmediate(() => this.#flush());
    this.#isDue = true;
  }

  write(record: JournalRecord): void {
    this.add(record);
    this.#flush();
  }

  async synced(): Promise<void> {
    if (this.#fd === undefined) return;
    if (!this.#running) {
      this.#running = this.#sync();
      await this.#running;
      if (!this.#following) this.#running = undefined;
      return;
    }
    // What was added since the running sync began is on the disk after the next one, which all who wait share.
    this.#following ??= this.#running.then(() => {
      this.#following = undefined;
      this.#running = this.#sync();
      return this.#running;
    });
    await this.#following;
  }

  close(): void {
    this.#flush();
    this.#release();
  }

  #flush(): void {
    this.#isDue = false;
    const fd = this.#fd;
    if (fd === undefined || this.#waiting.length === 0) return;
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    try {
      for (let from = 0; from < bytes.length; ) from += writeSync(fd, bytes, from);
    } catch (error) {
      this.#fail(error);
    }
  }

  #sync(): Promise<void> {
    this.#flush();
    const fd = this.#fd;
    if (fd === undefined) return Promise.resolve();
    return new Promise(resolve => {
      fdatasync(fd, error => {
        if (error) this.#fail(error);
        resolve();
      });
    });
  }

  #fail(error: unknown): void {
    if (this.#fd === undefined) return;
    this.#release();
    this.#options.warn(unkept(this.#options.folder, error));
  }

  #release(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    this.#waiting = [];
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // Why a file that cannot be written cannot be closed either is no news.
    }
  }
}

export const createJournal = (options: JournalOptions): Journal => new JournalFile(options);

function opened(folder: string, fail: (error: unknown) => void): number | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(join(folder, JOURNAL), 'ax', 0o600);
  } catch (error) {
    fail(error);
    return undefined;
  }
}

/** Something else in the folder of a run, as private as its journal. */
export const keepBeside = (path: string, text: string): void => writeFileSync(path, text, { mode: 0o600 });

const unkept = (folder: string, error: unknown): Fault => ({
  code: 'W970',
  severity: 'warning',
  what: 'the journal of this run is not kept, or not to its end',
  why: `${folder}: ${error instanceof Error ? error.message : String(error)}`,
  mend: 'the run goes on; to have one, free space there or name another folder: TSRUN_STATE=DIR',
});
