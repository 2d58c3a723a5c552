// What a run carries with it: the site, the outside world as arguments, and the books. Types only.
import type { Event } from '../core/events.ts';
import type { Clock, RunRequest } from '../core/request.ts';
import type { Addition } from '../core/grow.ts';
import type { Binder, Play, Site } from '../core/site.ts';
import type { AnyModule, Fault, Impact, Session, Target } from '../core/types.ts';
import type { Approval } from '../plan/approval.ts';
import type { Foretold } from '../plan/wave.ts';
import type { Ledger } from './ledger.ts';
import type { Memory } from './memory.ts';
import type { Owed } from './owed.ts';
import type { Stepping } from './stepping.ts';

type Loose<E> = E extends Event ? Omit<E, 'time' | 'run'> : never;
/** An event before it is given its time and run. */
export type NewEvent = Loose<Event>;

export interface RunContext {
  readonly site: Site;
  readonly binder: Binder;
  readonly module: (name: string) => AnyModule;
  /** Open connections, one a target; `fresh` opens a new one in place of a lost one. */
  readonly session: (target: Target, how?: 'fresh') => Promise<Session>;
  /** Uses a connection of its own, beside those that are open, which holds no lock. */
  readonly trial: <T>(target: Target, use: (session: Session) => Promise<T>) => Promise<T>;
  readonly warn: (found: Fault) => void;
  readonly emit: (event: NewEvent) => void;
  readonly memory: (host: string) => Memory;
  readonly tally: (host: string) => MutableTally;
  /** Check runs: what was planned on the host, over all plays. */
  readonly foretold: (host: string) => Foretold;
  readonly owed: (host: string) => Owed;
  readonly impacts: Map<Impact, number>;
  readonly options: RunSwitches;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Hosts that failed or were lost in an earlier play. */
  readonly lost: Set<string>;
  /** Hosts that another run holds. */
  readonly locked: Set<string>;
  /** Hosts that a saved plan does not fit any more. */
  readonly moved: Set<string>;
  /** Of a run that makes a plan, or applies one. */
  readonly approval?: Approval;
  /** Asks the person at the terminal (pause, vars_prompt). */
  readonly ask: RunRequest['ask'];
  /** Hosts of the play: as compiled, or looked up anew once the inventory has grown. */
  readonly hostsOf: (play: Play) => readonly string[];
  /** add_host and group_by: hosts and groups for the plays that follow. */
  readonly addHost: (one: Addition) => Promise<boolean>;
  /** The journal of this run, and the run that is resumed. */
  readonly ledger?: Ledger;
  /** --step alone. */
  readonly stepping?: Stepping;
  /** What is wrong in it; with errors the inventory stays as it was. */
  readonly refreshInventory: () => Promise<readonly Fault[]>;
}

export interface RunSwitches {
  readonly check: boolean;
  readonly diff: boolean;
  readonly forks: number;
  readonly verify: boolean;
  readonly forceHandlers: boolean;
  /** Names of changes that may destroy (`--allow`). */
  readonly allow: ReadonlySet<string>;
  /** Tests alone switch these off: ask one task after another; let old answers stand. */
  readonly waves: boolean;
  readonly expiry: boolean;
  /** Seconds that a probe may take. */
  readonly probeTimeout: number;
  readonly verbosity: number;
}

export interface MutableTally {
  ok: number;
  changed: number;
  unreachable: number;
  failed: number;
  skipped: number;
  rescued: number;
  ignored: number;
  unknown: number;
  seconds: number;
}
