// What the command line asks of a run: the interface between cli and run.ts. Types only.
import type { Reporter } from './events.ts';
import type { JournalRequest } from './journal.ts';
import type { Redactor } from './secret.ts';
import type { MadePlan, SavedPlan } from './saved-plan.ts';
import type { Source } from './source.ts';
import type { Fault } from './types.ts';

/** A password as the user gave it: already read, or a vault file that language/vault.ts reads or runs. */
export type VaultSource =
  | { readonly id: string; readonly password: string }
  /** An executable file is run and its output is the password. */
  | { readonly id: string; readonly file: string };

/** What the language needs to find and compile the site. Paths are as written, relative to `cwd`. */
export interface LoadRequest {
  readonly playbooks: readonly string[];
  /** In the order given: a file, a folder, an executable, or a list of hosts with a comma in it. */
  readonly inventories: readonly string[];
  /** A pattern or `@file`. */
  readonly limit: string | null;
  /** Commas already split. */
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  /** `k=v ...`, `@file` or a JSON object, in the order given. */
  readonly extra: readonly string[];
  readonly rolesPath: readonly string[];
  readonly startAtTask: string | null;
  readonly vault: readonly VaultSource[];
  /** Files of age identities. */
  readonly identities?: readonly string[];
  /** For `order: shuffle`: numbers from 0 up to 1; without it the order stays. */
  readonly random?: () => number;
  /** Playbooks beside which group_vars and host_vars are read too. */
  readonly varsBeside?: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Used where the inventory says nothing else (semantics.md 2.1, level 0). */
export interface ConnectionDefaults {
  readonly connection?: string;
  readonly user?: string;
  readonly privateKey?: string;
  /** Seconds to connect. */
  readonly timeout?: number;
  readonly sshCommonArgs?: string;
  /** From the settings alone; else as the inventory and ssh say. */
  readonly hostKeyChecking?: boolean;
  readonly password?: string;
}

export interface BecomeDefaults {
  readonly become: boolean;
  readonly user?: string;
  readonly method?: 'sudo' | 'su' | 'doas';
  readonly password?: string;
}

/** Time comes in as an argument. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves early, without an error, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface Question {
  readonly prompt: string;
  readonly hidden: boolean;
}

export type RunMode = 'run' | 'list-hosts' | 'list-tasks' | 'list-tags' | 'syntax-check';

/** `tsrun exec`: one task on the hosts of a pattern, in place of playbooks. */
export interface ExecRequest {
  readonly pattern: string;
  readonly module: string;
  /** Free-form text, `k=v ...` or a JSON object. */
  readonly args: string;
}

export interface RunRequest {
  readonly mode: RunMode;
  readonly load: LoadRequest;
  readonly exec?: ExecRequest;
  readonly check: boolean;
  readonly diff: boolean;
  readonly forks: number;
  readonly failOnChange: boolean;
  readonly verify: boolean;
  readonly forceHandlers: boolean;
  readonly step: boolean;
  readonly connection: ConnectionDefaults;
  readonly become: BecomeDefaults;
  /** Names of tasks or modules whose destructive changes are allowed. */
  readonly allow: readonly string[];
  readonly verbosity: number;
  /** --plan: told what was planned when the check run is over. */
  readonly savePlan?: (plan: MadePlan) => void;
  /** tsrun apply: do this and nothing else. With `check`: only look whether it still fits. */
  readonly apply?: SavedPlan;
  /** Where the run keeps its journal; absent: nowhere. */
  readonly journal?: JournalRequest;
  /** The run to go on with: an id, the beginning of one, or `last`. */
  readonly resume?: string;
  /** Warnings of the settings: told with those of the site. */
  readonly findings?: readonly Fault[];
  readonly reporters: readonly Reporter[];
  /** Every secret that the run learns of goes in here; all reporters write through it. */
  readonly redactor: Redactor;
  /** By file as shown: run.ts puts in here what the language read, so that findings can be shown with their line. */
  readonly sources: Map<string, Source>;
  /** Aborted by the first Ctrl-C: finish what is in hand, start nothing new, answer 130. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Asks at the terminal; null where there is none. */
  ask(question: Question): Promise<string | null>;
  /** One line on stdout, for the lists (`--list-hosts` ...). */
  print(line: string): void;
}
