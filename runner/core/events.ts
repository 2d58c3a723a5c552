// The events of a run (design.md 2, "ndjson"): what reporters read and scripts depend on. Types only.
import type { Fault, Impact } from './types.ts';

interface Base {
  /** ISO 8601. */
  readonly time: string;
  readonly run: string;
}
export interface RunStart extends Base {
  readonly event: 'run_start';
  readonly playbooks: readonly string[];
  readonly check: boolean;
  readonly limit: string | null;
  readonly tags: readonly string[];
}
export interface Finding extends Base {
  readonly event: 'finding';
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly what: string;
  /** "file:line:column" or null. */
  readonly path: string | null;
  readonly why: string;
  readonly mend: string;
}
export interface PlayStart extends Base {
  readonly event: 'play_start';
  readonly play: string;
  readonly hosts: readonly string[];
}
export type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'unknown';
export type DiffPart =
  | { readonly target: string; readonly before: string; readonly after: string }
  | { readonly target: string; readonly unified: string };
interface ResultBase extends Base {
  readonly play: string;
  readonly role: string | null;
  readonly task: string;
  readonly module: string;
  readonly host: string;
  readonly path: string;
  readonly status: Status;
  readonly changed: boolean;
  readonly failed: boolean;
  readonly ignored: boolean;
  readonly seconds: number;
  readonly message: string;
  readonly diff: readonly DiffPart[];
  /** What `register` stores. */
  readonly result: Readonly<Record<string, unknown>>;
  /** One-line summaries of the changes: `vm.swappiness: 60 -> 1`. */
  readonly changes: readonly string[];
  /** Of what changes or would change; absent also where nobody can tell (a bare command). */
  readonly impact?: Impact;
  /** The handler whose impact it is, where the task only notifies it. */
  readonly impactOf?: string;
  /** Of a failure: the whole fault, for people. */
  readonly fault?: Omit<Fault, 'cause'>;
  readonly warnings?: readonly string[];
  /** A loop's item and its label; the sum of the loop has neither. */
  readonly item?: unknown;
  readonly itemLabel?: string;
  /** The host that the task was delegated to. */
  readonly delegate?: string;
}
export interface TaskResult extends ResultBase {
  readonly event: 'task_result';
}
export interface HandlerResult extends ResultBase {
  readonly event: 'handler_result';
}
export interface HostUnreachable extends Base {
  readonly event: 'host_unreachable';
  readonly play: string;
  readonly host: string;
  readonly task: string;
  readonly message: string;
  readonly ignored: boolean;
  readonly fault?: Omit<Fault, 'cause'>;
}
export interface PlayEnd extends Base {
  readonly event: 'play_end';
  readonly play: string;
  readonly hosts: readonly string[];
}
/** ok includes changed. */
export interface Tally {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rescued: number;
  readonly ignored: number;
  readonly unknown: number;
  readonly roundTrips: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly seconds: number;
}
export interface Recap extends Base {
  readonly event: 'recap';
  readonly hosts: Readonly<Record<string, Tally>>;
  /** How many tasks and handlers had (in a check run: would have) each impact, on all hosts. */
  readonly impact: Readonly<Partial<Record<Impact, number>>>;
}
export interface RunEnd extends Base {
  readonly event: 'run_end';
  readonly exitCode: number;
}
export type Event = RunStart | Finding | PlayStart | TaskResult | HandlerResult | HostUnreachable | PlayEnd | Recap | RunEnd;

export interface Reporter {
  on(event: Event): void;
}
