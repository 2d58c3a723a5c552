// What the journal of a run holds, a record a line, and what a run asks of it. Types only.
import type { Tally } from './events.ts';
import type { Become, Vars } from './types.ts';

export interface StartRecord {
  readonly rec: 'start';
  readonly run: string;
  readonly time: string;
  readonly tsrun: string;
  /** "alice@desk". */
  readonly who: string;
  /** Of the runner's process, and the machine that it runs on. */
  readonly pid: number;
  readonly machine: string;
  readonly cwd: string;
  /** The command line, secrets masked. */
  readonly argv: readonly string[];
  /** A value of the command line was masked: it must be given again to resume. */
  readonly isMasked: boolean;
  readonly playbooks: readonly string[];
  readonly inventories: readonly string[];
  readonly hosts: readonly string[];
  /** sha256 of each file that the site was read from. */
  readonly files: Readonly<Record<string, string>>;
  /** The run that this one goes on with. */
  readonly resumes?: string;
}

/** Which task: the play, its place and the how many-th time that the host comes by; and the item of a loop. */
interface Place {
  readonly host: string;
  readonly key: string;
  readonly item: number;
  readonly play: string;
  readonly task: string;
  readonly module: string;
  readonly path: string;
}

/** Who did it, to do the inverse as the same user. */
export type DoneAs = Pick<Become, 'user' | 'method'>;

/** What is kept for `tsrun undo`. */
export interface Undoable {
  /** Paths whose before-image is kept on the host. */
  readonly files?: readonly string[];
  /** What is not a file: units, live parameters, objects of a cluster. */
  readonly parts?: readonly { readonly target: string; readonly before: string; readonly after: string }[];
  readonly args?: Vars;
  readonly as?: DoneAs;
  readonly delegate?: string;
}

/** Written and synced before the host is told to change. */
export interface IntentRecord extends Place {
  readonly rec: 'intent';
  readonly changes: readonly string[];
  readonly undo?: Undoable;
}

/** What was intended and then not begun, since a task before it in the same round trip failed. */
export interface UndoneRecord extends Place {
  readonly rec: 'undone';
}

export interface TaskRecord extends Place {
  readonly rec: 'task';
  readonly status: 'ok' | 'changed' | 'failed';
  readonly changes?: readonly string[];
  readonly message?: string;
  readonly isHandler?: true;
  /** Of the task's arguments as rendered, secrets masked: the same task is only the same with the same arguments. */
  readonly digest: string;
  /** What was registered; absent where nothing is, or where it cannot be kept. */
  readonly result?: Vars;
  /** A result was registered, but it holds a secret or is too long. */
  readonly isResultLost?: true;
  /** The host holds the debt of a handler that this change notified. */
  readonly owes?: true;
}

export type JournalRecord =
  | StartRecord
  | IntentRecord
  | TaskRecord
  | UndoneRecord
  | { readonly rec: 'play'; readonly play: string; readonly hosts: readonly string[] }
  | { readonly rec: 'notify'; readonly host: string; readonly task: string; readonly handlers: readonly string[] }
  | { readonly rec: 'lost'; readonly host: string; readonly task: string; readonly message: string }
  | { readonly rec: 'recap'; readonly hosts: Readonly<Record<string, Tally>> }
  | { readonly rec: 'end'; readonly time: string; readonly exitCode: number };

/** What the command line tells of itself to the journal. */
export interface JournalRequest {
  /** The state folder: journals are below `runs/`. */
  readonly state: string;
  readonly argv: readonly string[];
  readonly pid: number;
  readonly tsrun: string;
}
