// The inventory of a run as it stands now. What is added or read again comes one after the other; what it means is the language's.
import type { Addition, Grower } from '../core/grow.ts';
import type { Inventory } from '../core/site.ts';
import type { Fault } from '../core/types.ts';

export interface Growing {
  current(): Inventory;
  /** True once anything was added or read again: patterns must be looked up anew. */
  hasGrown(): boolean;
  /** True where the host, one of its groups or one of its variables was not there before. */
  add(one: Addition): Promise<boolean>;
  reread(): Promise<readonly Fault[]>;
}

/** `told`: hears of each new state. */
export function growing(start: Inventory, grower: Grower, told: (now: Inventory) => void): Growing {
  let now = start;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T extends { readonly inventory: Inventory }>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work).then(found => {
      if (found.inventory !== now) told((now = found.inventory));
      return found;
    });
    last = done.catch(() => undefined);
    return done;
  };
  return {
    current: () => now,
    hasGrown: () => now !== start,
    add: async one => (await inTurn(() => grower.add(one))).changed,
    reread: async () => (await inTurn(() => grower.reread())).faults,
  };
}
