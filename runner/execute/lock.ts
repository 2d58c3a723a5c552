// Which connections take the run lock of their host, and with what they say of this run. The lock itself is connection/lock.ts.
import type { Fault, Target } from '../core/types.ts';

export interface LockOptions {
  readonly run: string;
  /** Who runs, for those who wait: "alice@desk". */
  readonly holder: string;
  readonly check: boolean;
  warn(found: Fault): void;
}

/** This machine is locked only where the inventory says so: there is always one more run on it. */
const takesNone = ({ connection, lockPath }: Target): boolean =>
  lockPath === 'none' || connection === 'kubernetes' || (connection === 'local' && lockPath === undefined);

/** Gives a target its lock. A check run changes nothing and takes none. */
export function locking({ run, holder, check, warn }: LockOptions): (target: Target) => Target {
  const warned = new Set<string>();
  return target => {
    if (check || takesNone(target)) return target;
    const once = (found: Fault): void => {
      if (!warned.has(target.name)) warn(found);
      warned.add(target.name);
    };
    return { ...target, lock: { path: target.lockPath ?? null, run, holder, warn: once } };
  };
}
