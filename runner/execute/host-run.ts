// One host in one batch of one play: its cursor, what it was told, what it owes. It holds state and decides nothing.
import type { LimitFunction } from 'p-limit';
import type { Handler, Play, Task } from '../core/site.ts';
import type { Fault } from '../core/types.ts';
import type { Foretold, Observations } from '../plan/wave.ts';
import type { Aliases } from './aliases.ts';
import type { RunContext } from './context.ts';
import type { Early } from './convoy.ts';
import type { Guard } from './lockout.ts';
import type { Memory } from './memory.ts';
import type { Outcome } from './outcome.ts';
import type { Owed } from './owed.ts';
import type { Position, Rendezvous } from './rendezvous.ts';

/** go: on to the next task; failed: this host, unless rescued; ended: without rescue (unreachable, end_host, interrupted). */
export type Flow = 'go' | 'failed' | 'ended';

/** Tasks in the order of success, to look ahead in. An include puts its own frame on top. */
export interface FlatFrame {
  readonly tasks: readonly Task[];
  /** Index of the task that runs now. */
  at: number;
  /** Indexes at which handlers are flushed. */
  readonly flushes: ReadonlySet<number>;
  /** Nothing behind this frame is looked at: what comes after a rescue is not sure. */
  readonly alone?: boolean;
}

/** What the hosts of one batch share. */
export interface Batch {
  readonly play: Play;
  readonly hosts: readonly string[];
  readonly rendezvous: Rendezvous;
  readonly runs: Map<string, HostRun>;
  /** Outcomes of `run_once`, by position. */
  readonly once: Map<string, Promise<{ readonly outcome: Outcome; readonly host: string }>>;
  /** Why no host goes on (any_errors_fatal, max_fail_percentage, end_play). */
  stop?: 'failed' | 'ended';
  /** meta: end_play: no further batch either. */
  endsPlay?: boolean;
  readonly failed: Set<string>;
  /** The host that does an include with `run_once`, by position. */
  readonly leads: Map<string, string>;
  /** What `meta: refresh_inventory` found, by position. */
  readonly refreshes: Map<string, Promise<readonly Fault[]>>;
  /** Queues of tasks with `throttle`, by position. */
  readonly throttles: Map<string, LimitFunction>;
  readonly handlers: Handler[];
}

export interface HostRun {
  readonly name: string;
  readonly context: RunContext;
  readonly batch: Batch;
  readonly play: Play;
  readonly memory: Memory;
  readonly observations: Observations;
  /** Tasks that are decided before their turn, by the key of what is prepared: their deeds travelled with an earlier one. */
  readonly ahead: Map<string, Early>;
  readonly foretold: Foretold;
  readonly aliases: Aliases;
  readonly frames: FlatFrame[];
  /** Ids of the includes around the current task. */
  prefix: Position;
  /** Handler id -> the task whose change is not known, where it is only perhaps notified. */
  readonly notified: Map<number, Task | undefined>;
  /** What the host says that it owes, over all plays; and the ids of handlers whose debt stands on the host. */
  readonly owed: Owed;
  readonly debts: Set<number>;
  /** Blocks around the current task whose rescue would catch a failure. */
  rescuers: number;
  /** All that runs now is unknown: an include's condition was. */
  unknownBecause?: Task;
  /** How many probes the next wave may ask ahead. Unbounded until something changes: where much changes, answers
   *  far ahead expire before they are used, so after a change it begins small and doubles with each wave. */
  window: number;
  /** A batch of probes hung: ask one at a time from now on. */
  cautious: boolean;
  /** Guards that stand on the host, by the user of their tasks. */
  readonly guards: Map<string, Guard>;
  inHandler: boolean;
  /** How often the host came by each place of the playbooks. */
  readonly passes: Map<string, number>;
  /** Ids of handlers that a change of this run has notified, not only one of the run that is resumed. */
  readonly fresh: Set<number>;
  /** An item of the loop that runs now has failed. */
  loopBroke?: boolean;
  /** meta: end_role: its remaining tasks are passed over. */
  endedRole?: string;
  /** For rescue: ansible_failed_task and ansible_failed_result. */
  lastFailure?: { readonly task: Task; readonly outcome: Outcome };
  /** Failed or unreachable: the host takes no part in later plays either. */
  isLost: boolean;
  /** ansible_failed_task and the like, inside rescue. */
  local: Readonly<Record<string, unknown>>;
  readonly slot: Slot;
  /** Waits with the fork given back. */
  readonly pause: <T>(wait: Promise<T>) => Promise<T>;
}

/** A fork (`--forks`), held while the host works. */
export interface Slot {
  take(): Promise<void>;
  give(): void;
}
