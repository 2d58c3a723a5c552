// Where the hosts of a batch stand in the play, and waiting until all others have come as far.
/** A place in the play: ids from the outside in; an include adds one, so places compare as lists. */
export type Position = readonly number[];

/** Behind all that a task brings. Not infinity, whose difference with itself is no number. */
export const AFTER = Number.MAX_SAFE_INTEGER;

export function comparePositions(a: Position, b: Position): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export interface Rendezvous {
  /** The host begins what stands at this position. */
  reach(host: string, position: Position): void;
  /** The host takes no further part. */
  leave(host: string): void;
  /** Resolves when every other host of the batch has reached or passed the position, or has left. */
  allAt(position: Position): Promise<void>;
}

export function createRendezvous(hosts: readonly string[]): Rendezvous {
  const at = new Map<string, Position>(hosts.map(host => [host, []]));
  let waiting: { position: Position; resolve: () => void }[] = [];
  const ready = (position: Position): boolean => [...at.values()].every(p => comparePositions(p, position) >= 0);
  const wake = (): void => {
    const due = waiting.filter(w => ready(w.position));
    waiting = waiting.filter(w => !due.includes(w));
    for (const { resolve } of due) resolve();
  };
  return {
    reach(host, position) {
      at.set(host, position);
      if (waiting.length > 0) wake();
    },
    leave(host) {
      at.delete(host);
      if (waiting.length > 0) wake();
    },
    allAt: position => (ready(position) ? Promise.resolve() : new Promise(resolve => waiting.push({ position, resolve }))),
  };
}
