// The books of a run: memories and tallies by host, events with their time, the recap and the exit code. It does nothing to hosts.
import type { Event, Recap, Tally } from '../core/events.ts';
import type { Clock } from '../core/request.ts';
import type { Host, Inventory } from '../core/site.ts';
import type { Impact, Traffic } from '../core/types.ts';
import { createForetold, type Foretold } from '../plan/wave.ts';
import type { MutableTally, NewEvent } from './context.ts';
import { createMemory, type Memory } from './memory.ts';
import { createOwed, type Owed } from './owed.ts';

export interface Books {
  memory(name: string): Memory;
  /** Of a host that has one already; expressions over other hosts read it. */
  known(name: string): Memory | undefined;
  /** Memories learn of their hosts as the inventory has them now. */
  refresh(now: Inventory): void;
  tally(name: string): MutableTally;
  foretold(name: string): Foretold;
  owed(name: string): Owed;
  /** How many results had which impact. */
  readonly impacts: Map<Impact, number>;
  /** Of all hosts that were asked. */
  debts(): ReadonlyMap<string, Owed>;
  recap(traffic: (host: string) => Traffic): Omit<Recap, 'time' | 'run'>;
  exitCode(asked: Asked): number;
}

export interface Asked {
  readonly failOnChange: boolean;
  readonly interrupted: boolean;
  /** Hosts that another run holds: the one failure of each. */
  readonly locked: ReadonlySet<string>;
  /** Hosts that a saved plan does not fit: as well one failure each. */
  readonly moved: ReadonlySet<string>;
}

const emptyTally = (): MutableTally => ({
  ok: 0,
  changed: 0,
  unreachable: 0,
  failed: 0,
  skipped: 0,
  rescued: 0,
  ignored: 0,
  unknown: 0,
  seconds: 0,
});

export function createBooks(inventory: () => Inventory): Books {
  const memories = new Map<string, Memory>();
  const tallies = new Map<string, MutableTally>();
  const foretold = new Map<string, Foretold>();
  const owed = new Map<string, Owed>();
  const impacts = new Map<Impact, number>();
  return {
    impacts,
    memory: name => once(memories, name, () => createMemory(hostOf(inventory(), name))),
    known: name =>
      memories.get(name) ??
      (inventory().hosts.has(name) ? once(memories, name, () => createMemory(hostOf(inventory(), name))) : undefined),
    refresh: ({ hosts }) => {
      for (const [name, memory] of memories) {
        const host = hosts.get(name);
        if (host && host !== memory.know().host) memory.setHost(host);
      }
    },
    tally: name => once(tallies, name, emptyTally),
    foretold: name => once(foretold, name, createForetold),
    owed: name => once(owed, name, createOwed),
    debts: () => owed,
    recap: traffic => ({
      event: 'recap',
      impact: Object.fromEntries(impacts),
      hosts: Object.fromEntries(
        [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tally]) => [name, withTraffic(tally, traffic(name))]),
      ),
    }),
    exitCode: asked => exitCode(tallies, asked),
  };
}

function once<T>(all: Map<string, T>, name: string, make: () => T): T {
  const found = all.get(name) ?? make();
  all.set(name, found);
  return found;
}

/** A host that no inventory has is there to be delegated to: `localhost`, or a name to connect to as it is. */
const hostOf = (inventory: Inventory, name: string): Host => inventory.hosts.get(name) ?? { name, layers: [], groups: [] };

const withTraffic = (tally: MutableTally, traffic: Traffic): Tally => ({
  ...tally,
  ...traffic,
  seconds: Math.round(tally.seconds * 1000) / 1000,
});

/** design.md 2: if several fit, 130, 1, 5, 2, 8, 7, 4, 3. */
function exitCode(byHost: ReadonlyMap<string, MutableTally>, { failOnChange, interrupted, locked, moved }: Asked): number {
  const tallies = [...byHost.values()];
  const any = (field: keyof MutableTally): boolean => tallies.some(tally => tally[field] > 0);
  if (interrupted) return 130;
  if ([...byHost].some(([host, { failed }]) => failed > (locked.has(host) || moved.has(host) ? 1 : 0))) return 2;
  if (locked.size > 0) return 8;
  if (moved.size > 0) return 7;
  if (any('unreachable')) return 4;
  return failOnChange && (any('changed') || any('unknown')) ? 3 : 0;
}

/** Gives each event its time and run, and hands it to all reporters. */
export function emitter(run: string, clock: Clock, reporters: readonly { on(event: Event): void }[]): (event: NewEvent) => void {
  return event => {
    const whole = { ...event, time: new Date(clock.now()).toISOString(), run } as Event;
    for (const reporter of reporters) reporter.on(whole);
  };
}
