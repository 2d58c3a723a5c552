// The words that every part shares: places, scripts, probes, changes, modules, sessions. Types only, no code.
import type { Blob, LocalFile } from './local.ts';
import type { Session } from './session.ts';

export type { Blob, LocalFile, LocalTarget, Rendered, Tree } from './local.ts';
export type { AskOptions, Session, Traffic } from './session.ts';

/** Where a value was written. Every node that comes from a file carries one; line and col count from 1. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly col: number;
  /** Characters to underline; 1 where not known. */
  readonly length?: number;
}

/** One mistake or failure: what, where, why and the mend (style.md "Errors"). */
export interface Fault {
  readonly code: string;
  readonly what: string;
  readonly at?: Span;
  readonly why: string;
  readonly mend: string;
  readonly severity?: 'error' | 'warning';
  readonly cause?: unknown;
}

export type Vars = Readonly<Record<string, unknown>>;
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A named part of a host: `file:/etc/fstab`, `unit:nfs-server`, `sysctl:vm.swappiness`.
 *  A trailing `/` or `:` covers all below it (`file:/etc/`, `unit:`); `*` covers all. */
export type Footprint = '*' | `${string}:${string}`;

/** POSIX sh text. Only the `sh` tag makes one, and it quotes every value put into it. */
export type Script = string & { readonly script: unique symbol };

/** One thing to ask of a Kubernetes API server; connection/kubernetes-requests.ts says what each verb does. */
export interface ApiRequest {
  readonly verb:
    | 'get'
    | 'list'
    | 'apply'
    | 'patch'
    | 'delete'
    | 'scale'
    | 'restart'
    | 'evict'
    | 'exec'
    | 'log'
    | 'health'
    | 'wait'
    | 'members';
  readonly dryRun: boolean;
  /** At least apiVersion, kind and metadata.name; the whole object for `apply`, the patch for `patch`. */
  readonly object: object;
  readonly options?: Vars;
}
/** What the server said to one request: 404 and 409 are answers too. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Why it did not do what was asked. */
  readonly fault?: { readonly code: string; readonly why: string; readonly mend: string };
}

/** A question or a deed is data. Which connection can do it is the connection's business.
 *  Requests of one `api` question follow each other up to the first that fails; stdout is the JSON of their ApiAnswers.
 *  Neighbouring `api` questions of one phase travel together. */
export type Question =
  | {
      readonly sh: Script;
      readonly stdin?: Uint8Array | string;
      /** The user's own command: what its background children say later must not get into another answer.
       *  They lose their streams when the question ends, as with Ansible. Costs two processes on the host. */
      readonly apart?: boolean;
    }
  | { readonly api: readonly ApiRequest[]; readonly phase?: number };

/** What one question gave: exit code (128+n for signal n) and the bytes of both streams. */
export interface Output {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** stdout as UTF-8. */
  text(): string;
  /** True where the bound on memory cut the output. */
  readonly cut?: boolean;
  /** Why it failed, where who answered knows it better than its exit code says. */
  readonly fault?: { readonly code: string; readonly why: string; readonly mend: string };
}

export interface Probe<State> {
  readonly ask: Question;
  readonly reads: readonly Footprint[];
  /** Pure. A thrown Error is a fault of the task ("the answer could not be read"). */
  parse(out: Output): State;
}

/** What will hold after a change, for the tasks behind it in a check run. */
export type Fact =
  | {
      readonly path: string;
      readonly is: 'file' | 'directory' | 'link' | 'absent';
      readonly mode?: number;
      readonly owner?: string;
      readonly group?: string;
      readonly sha256?: string;
      /** Where known: the whole text of the file, or the target of the link. */
      readonly content?: string;
    }
  | { readonly package: string; readonly is: 'present' | 'absent' }
  | { readonly unit: string; readonly enabled?: boolean; readonly active?: boolean }
  | { readonly user: string }
  | { readonly group: string }
  | { readonly mount: string; readonly source?: string }
  /** Of a cluster: `Namespace//dcompact`, `CustomResourceDefinition//x.y.z`. */
  | { readonly object: string };

/** What a change does to what runs (an interruption counts as a restart), or to data that cannot be had again. */
export type Impact = 'none' | 'reload' | 'restart' | 'reboot' | 'destroys';

/** One difference between what is and what should be. Plain data: it can be printed, saved, compared. */
export interface Change<Action = unknown> {
  /** 'vm.swappiness: 60 -> 1' */
  readonly summary: string;
  readonly diff: { readonly target: string; readonly before: string; readonly after: string };
  /** What an earlier answer may no longer say. */
  readonly touches: readonly Footprint[];
  readonly foretells?: readonly Fact[];
  /** Absent: none; of an opaque module: not known. */
  readonly impact?: Impact;
  /** All that apply needs to know; JSON but for Blob. */
  readonly action: Action;
}

export type Step =
  | { readonly run: Question; readonly accept?: readonly number[] }
  | {
      readonly put: string;
      readonly content: string | Uint8Array | Blob;
      /** Absent: the mode of the file that is replaced, else 0666 less the umask. */
      readonly mode?: number;
      readonly owner?: string;
      readonly group?: string;
      /** `%s` in it stands for the path of the new content. */
      readonly validate?: string;
      readonly backup?: boolean;
      /** Write into the file in place, without the rename (Ansible's unsafe_writes). */
      readonly inPlace?: boolean;
    }
  | { readonly get: string; readonly into: string }
  | { readonly until: Script; readonly every: number; readonly within: number; readonly what: string }
  | { readonly reconnect: 'reboot' | 'fresh'; readonly within: number; readonly bootId?: string };

export interface Plan<Action = unknown> {
  readonly changes: readonly Change<Action>[];
  /** Deeds that change nothing by themselves (wait_for); not done in a check run, which is ok where they are `aside` of the result. */
  readonly acts?: readonly Action[];
  readonly aside?: boolean;
  /** Why the wanted state cannot be had; the task fails with it. `mend` as in Fault. */
  readonly refuse?: { readonly why: string; readonly mend: string; readonly code?: string };
  /** What `register` stores, apart from changed, failed, skipped, unreachable. */
  readonly result: Vars;
  readonly warnings?: readonly string[];
  /** The same changes come out again after they were made, by nature: `command`, `state: restarted`, `touch`. */
  readonly repeats?: boolean;
}

export interface Example {
  readonly title: string;
  /** A list of one or more tasks, or one task without its dash. */
  readonly yaml: string;
}

/** A kind of resource. All parts are pure: only the engine talks to hosts.
 *  Args are what `args` (draft-07) let through, with its defaults filled in and aliases renamed. */
export interface Module<Args, State, Action> {
  readonly summary: string;
  /** Collection of the same module in Ansible: its full name is an alias. Absent: ours alone. */
  readonly collection?: string;
  /** draft-07; a property may carry `"aliases": [..]`, `"secret": true`. */
  readonly args: JsonSchema;
  /** draft-07 `type: object`: the fields of `register`, for static validation. `additionalProperties: true` where free. */
  readonly returns: JsonSchema;
  readonly examples: readonly Example[];
  /** Deliberate deviations, a sentence each. */
  readonly differs?: readonly string[];
  /** Longer prose for the page: needed programs, platforms, traps. */
  readonly notes?: readonly string[];
  /** It runs what the user wrote: what that does is known only where the words tell it. */
  readonly opaque?: true;
  /** What a deed of these arguments does whatever is there: a task that notifies it has this impact too. */
  impact?(args: Args): Impact | undefined;
  /** The argument that takes free-form text (`command: ls /`). */
  readonly freeForm?: string;
  /** Files of the runner that bind reads for these args (rendered, before schema defaults may be relied upon). */
  local?(args: Args): readonly LocalFile[];
  /** Checks that a schema cannot say; each string is one reason. */
  check?(args: Args): readonly string[];
  probe(args: Args): Probe<State>;
  plan(args: Args, state: State): Plan<Action>;
  apply(action: Action): readonly Step[];
  /** After apply, with the outputs of all steps in order. May set `changed`, `failed` and `msg`. Default: plan's result. */
  result?(args: Args, state: State, outputs: readonly Output[]): Vars;
  /** Why a step failed, where the module knows it better than its exit code says. */
  explain?(output: Output): { readonly code: string; readonly why: string; readonly mend: string };
  /** `result` says `failed` only where a step exited with another code than 0: the host itself can tell, and deeds of later
   *  tasks may travel with this one. Without `result` it is so anyway. */
  readonly failsByCode?: boolean;
  /** Check runs: whether what was seen stands although a package's install script may have touched anything. Default: yes;
   *  no where the answer is handed to other tasks and something may come to be (stat of a file that is not there). */
  survives?(state: State): boolean;
  /** Check runs: the state after what was foretold; null = unknown. */
  foresee?(args: Args, seen: State | null, foretold: readonly Fact[]): State | null;
}
// biome-ignore lint: the one erased type; a table of modules has no common Args.
export type AnyModule = Module<any, any, any>;
/** A module by its short name; undefined where there is none. */
export interface Modules {
  /** Of modules of the user's that cannot be used. */
  readonly faults?: readonly Fault[];
  names(): readonly string[];
  get(name: string): AnyModule | undefined;
}

export interface Become {
  readonly user: string;
  readonly method: 'sudo' | 'su' | 'doas';
  readonly password?: string;
  readonly flags?: string;
}

/** How to reach a host: the connection variables (ansible_host, ...) after rendering. */
export interface Target {
  readonly name: string;
  readonly connection: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKeyFiles: readonly string[];
  readonly privateKeyPassphrase?: string;
  readonly identitiesOnly: boolean;
  readonly knownHostsFiles: readonly string[];
  readonly hostKeyChecking: 'yes' | 'no' | 'accept-new' | 'ask';
  readonly jump: readonly string[];
  /** Seconds. */
  readonly connectTimeout: number;
  /** The remote shell; default `sh`. */
  readonly shell: string;
  /** Anything else that one kind of connection needs (kubeconfig, context, ...). */
  readonly options: Vars;
  /** `tsrun_lock`: the file of the run lock, or "none". */
  readonly lockPath?: string;
  /** The lock that the session takes; absent: none. */
  readonly lock?: RunLock;
}

/** What keeps two runs apart on a host: a file there, locked as long as the session's shell lives. */
export interface RunLock {
  /** null: the usual place of the user. */
  readonly path: string | null;
  readonly run: string;
  /** Who runs, for those who wait. */
  readonly holder: string;
  /** Told where the host cannot lock; the session goes on. */
  warn(fault: Fault): void;
}

export interface Connection {
  /** Rejects with an Unreachable error (connection/unreachable.ts) that carries a Fault. */
  open(target: Target, signal: AbortSignal): Promise<Session>;
}
