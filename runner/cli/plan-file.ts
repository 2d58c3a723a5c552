// The file of a saved plan: opened before the run so that no run is in vain, written whole or not at all, for its owner alone.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import { readPlan, type SavedPlan } from '../core/saved-plan.ts';
import type { Fault } from '../core/types.ts';

export interface PlanFile {
  write(plan: SavedPlan): void;
  /** Nothing was planned: what was there stays. */
  drop(): void;
}

export function openPlanFile(file: string, cwd: string): PlanFile | Fault {
  const path = resolve(cwd, file);
  const beside = `${path}.tsrun-new`;
  try {
    rmSync(beside, { force: true });
    const open = openSync(beside, 'wx', 0o600);
    return {
      write(plan) {
        writeSync(open, `${JSON.stringify(plan, undefined, 1)}\n`);
        fsyncSync(open);
        closeSync(open);
        renameSync(beside, path);
      },
      drop: () => rmSync(beside, { force: true }),
    };
  } catch (error) {
    return unusable(file, 'cannot be written', error);
  }
}

export function readPlanFile(file: string, cwd: string): SavedPlan | Fault {
  try {
    return readPlan(readFileSync(resolve(cwd, file), 'utf8'), file);
  } catch (error) {
    return unusable(file, 'cannot be read', error);
  }
}

const unusable = (file: string, what: string, error: unknown): Fault =>
  fault('E475', {
    what: `the plan ${file} ${what}`,
    why: (error as Error).message.replace(/, \w+ '.*$/, ''),
    mend: 'name another file',
  });
