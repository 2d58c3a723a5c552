// The compiled site: plays, tasks, values and hosts as the language hands them to the engine. Types only.
import type { Modules, Span, Target, Vars } from './types.ts';

/** A path that an expression or template reads: `['r', 'stat', 'exists']`; it ends before a dynamic index. */
export interface Reference {
  readonly path: readonly string[];
  /** The fields after the first dynamic index: `hostvars[h].x.y` has path [hostvars] and beyond [x, y]. */
  readonly beyond?: readonly string[];
  readonly span: Span;
  /** Read through `?.`, `has()`, `default()`: may be missing. */
  readonly optional: boolean;
  /** In a part that a value may not come to: `c ? this : this`, `a && this`, the body of a loop or an `{{#if}}`. */
  readonly perhaps?: boolean;
}

export interface Expression {
  readonly text: string;
  readonly span: Span;
  readonly references: readonly Reference[];
  /** The compiled form; only language/expression.ts looks inside. */
  readonly program: unknown;
}

/** A value as written: plain data, one expression, text with expressions in it, or a collection of values. */
export type Value =
  | { readonly is: 'plain'; readonly value: unknown; readonly span: Span }
  | { readonly is: 'expression'; readonly expression: Expression; readonly span: Span }
  | { readonly is: 'text'; readonly parts: readonly (string | Expression)[]; readonly span: Span }
  | { readonly is: 'list'; readonly items: readonly Value[]; readonly span: Span }
  | { readonly is: 'map'; readonly entries: readonly Entry[]; readonly span: Span }
  | { readonly is: 'secret'; readonly name: string; readonly cipher: unknown; readonly span: Span };

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Value;
}

/** Variables of one precedence level (semantics.md 2.1, 1 to 22) from one place. */
export interface Layer {
  readonly level: number;
  /** For people: "play vars", "group_vars/lab". */
  readonly from: string;
  readonly vars: ReadonlyMap<string, Value>;
}

export interface Host {
  readonly name: string;
  /** Levels 2 to 10, lowest first. */
  readonly layers: readonly Layer[];
  /** All groups, parents before children, without `all`. */
  readonly groups: readonly string[];
  /** localhost that no inventory has: in no group, not among `all`, over a local connection. */
  readonly implicit?: boolean;
}

/** What a group holds itself. */
export interface GroupShape {
  readonly children: readonly string[];
  readonly hosts: readonly string[];
}

export interface Inventory {
  /** In inventory order, implicit ones last: `groups.get('all')` has those of the inventory alone. */
  readonly hosts: ReadonlyMap<string, Host>;
  /** Every group with the names of all its hosts (also those of its children), in inventory order. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly sources: readonly string[];
  /** The tree of groups, from `all` down. */
  readonly tree?: ReadonlyMap<string, GroupShape>;
}

export interface LoopControl {
  readonly loopVar: string;
  readonly indexVar?: string;
  readonly label?: Value;
  readonly pause?: Value;
  readonly extended: boolean;
}

/** What a task inherits or sets of privilege escalation; each is rendered per host. */
export interface BecomeWords {
  readonly become?: Value;
  readonly user?: Value;
  readonly method?: Value;
  readonly flags?: Value;
}

/** The file-lookup frame of a task: where `src` is searched (design.md 2 `src`). */
export interface Frame {
  readonly playbookDir: string;
  readonly role: string | null;
  /** Folder of the role, or null. */
  readonly roleDir: string | null;
  /** Folder of the file that the task is written in. */
  readonly fileDir: string;
}

/** One task with all it inherits from play, role and block pushed down onto it. */
export interface Task {
  readonly kind: 'task';
  /** Unique in the site, rising in the order of the text. */
  readonly id: number;
  readonly name: string;
  /** The name where it has expressions in it; rendered per host for events. */
  readonly title?: Value;
  /** Short name of a module, or an engine word (see `isWord`). */
  readonly module: string;
  readonly isWord: boolean;
  readonly span: Span;
  readonly role: string | null;
  readonly frame: Frame;
  readonly args: Value;
  /** Static layers of this place: 1, 12 to 17, 20, 21; lowest first. Tasks of one block share the array. */
  readonly layers: readonly Layer[];
  /** Outermost first; all must hold. */
  readonly when: readonly Expression[];
  readonly loop?: Value;
  readonly loopControl: LoopControl;
  readonly register?: string;
  readonly notify: readonly Value[];
  readonly tags: readonly string[];
  readonly become: BecomeWords;
  readonly changedWhen?: readonly Expression[];
  readonly failedWhen?: readonly Expression[];
  readonly until?: readonly Expression[];
  readonly retries?: Value;
  readonly delay?: Value;
  readonly ignoreErrors?: Value;
  readonly ignoreUnreachable?: Value;
  readonly runOnce: boolean;
  readonly delegateTo?: Value;
  readonly delegateFacts: boolean;
  readonly checkMode?: Value;
  readonly diff?: Value;
  readonly noLog?: Value;
  readonly environment: readonly Value[];
  readonly timeout?: Value;
  readonly throttle?: Value;
  readonly anyErrorsFatal: boolean;
  readonly async?: Value;
  readonly poll?: Value;
  readonly connection?: Value;
  readonly remoteUser?: Value;
  readonly port?: Value;
  /** Ours: what the task touches, instead of what its module says. */
  readonly touches?: Value;
  /** Ours: the host takes the change back by itself unless a new connection works: seconds, false, or {within, reload}. */
  readonly revertUnlessReached?: Value;
  /** An expression of the task reads, through `hostvars`, what a task sets on other hosts: a barrier before it. */
  readonly readsOtherHosts?: boolean;
}

export interface Handler extends Task {
  readonly listen: readonly string[];
}

export interface Block {
  readonly kind: 'block';
  readonly id: number;
  readonly name: string;
  readonly span: Span;
  readonly body: readonly TreeNode[];
  readonly rescue: readonly TreeNode[];
  readonly always: readonly TreeNode[];
}

export type TreeNode = Task | Block;

/** Handlers are flushed at the end of each section. */
export interface Section {
  readonly name: 'pre_tasks' | 'tasks' | 'post_tasks';
  readonly nodes: readonly TreeNode[];
}

export interface Play {
  readonly id: number;
  readonly name: string;
  readonly span: Span;
  /** The file of the playbook, and its folder. */
  readonly playbook: string;
  readonly pattern: string;
  /** Hosts of the pattern within the limit, in the play's order. */
  readonly hosts: readonly string[];
  /** Numbers or percentages ("30%"); the last repeats. Empty: all at once. */
  readonly serial: readonly (number | string)[];
  readonly strategy: 'free' | 'linear';
  /** Whether the play was told so (`gather_facts: true|false`), else undefined: facts when an expression names one. */
  readonly gatherFacts?: boolean;
  /** `gather_subset`, `fact_path`: arguments of the task that gathers. */
  readonly gatherArgs?: Value;
  /** True where an expression of the play names a fact. */
  readonly needsFacts: boolean;
  readonly anyErrorsFatal: boolean;
  readonly maxFailPercentage?: number;
  readonly forceHandlers: boolean;
  readonly sections: readonly Section[];
  readonly handlers: readonly Handler[];
  readonly tags: readonly string[];
  /** For tasks that no file holds (gathering facts): the play's own layers, become, environment. */
  readonly frame: Frame;
  readonly layers: readonly Layer[];
  readonly become: BecomeWords;
  readonly environment: readonly Value[];
  readonly prompts: readonly Prompt[];
}

export interface Prompt {
  readonly name: string;
  readonly prompt: string;
  readonly private: boolean;
  readonly default?: Value;
}

export interface Site {
  readonly plays: readonly Play[];
  readonly inventory: Inventory;
  readonly playbooks: readonly string[];
  /** Level 22. */
  readonly extra: Layer;
  readonly modules: Modules;
}

/** Why a name has no value yet: a task before it has not run, or a check run did not do it. */
export interface Unknown {
  readonly after: Task;
  readonly kind: 'pending' | 'foretold';
  /** Fields that are known all the same (changed, failed, ...). */
  readonly known: Vars;
}

/** What a host has learned in this run. The engine owns and grows it; bind reads it. */
export interface Knowledge {
  readonly host: Host;
  /** Level 11; undefined before facts were gathered. */
  readonly facts: Vars | undefined;
  /** Level 19: set_fact and register. */
  readonly assigned: ReadonlyMap<string, unknown>;
  /** Level 18: include_vars. */
  readonly included: ReadonlyMap<string, Value>;
  /** Names of level 19 and 18 (or `ansible_facts`) whose value is not there yet. */
  readonly unknown: ReadonlyMap<string, Unknown>;
  /** Level 13: what was asked for by vars_prompt. */
  readonly prompted?: Vars;
  /** Loop variables, ansible_loop, ansible_failed_task, ...: above all but extra variables. */
  readonly local: Vars;
  /** Magic names that the run knows: ansible_play_hosts, ansible_check_mode, ... cannot be overridden. */
  readonly magic: Vars;
  /** Rises whenever anything above changes: caches are keyed by it. */
  readonly revision: number;
}

/** What the evaluation of something written gave on one host. */
export type Answer<T> =
  | { readonly is: 'known'; readonly value: T }
  | { readonly is: 'unknown'; readonly name: string; readonly unknown: Unknown }
  | { readonly is: 'fault'; readonly faults: readonly import('./types.ts').Fault[] };

/** The language's side of the run: turns what was written into what a host gets. Made by language/bind.ts. */
export interface Binder {
  /** A truth value of all conditions; they must be boolean. Stops at the first false, as Ansible does. */
  condition(conditions: readonly Expression[], task: Task | Play, on: Knowledge): Answer<boolean>;
  value(value: Value, task: Task | Play, on: Knowledge): Answer<unknown>;
  /** Rendered, aliases and defaults applied, checked by the module's schema, local files loaded. */
  args(task: Task, on: Knowledge): Answer<Vars>;
  /** For the engine's own words: rendered and checked by the word's schema. */
  wordArgs(task: Task, on: Knowledge): Answer<Vars>;
  loopItems(task: Task, on: Knowledge): Answer<readonly unknown[]>;
  become(task: Task | Play, on: Knowledge): Answer<import('./types.ts').Become | undefined>;
  /** Connection variables of the knowledge's host. `task` may override them (connection, remote_user, port). */
  target(task: Task | Play, on: Knowledge): Answer<Target>;
  /** Merged `environment:` of the task. */
  environment(task: Task, on: Knowledge): Answer<Readonly<Record<string, string>>>;
  /** The variables of the task's include, role or file: nodes to run in its place. Tags are already selected. */
  include(task: Task, args: Vars, on: Knowledge): Answer<Included>;
  /** Top-level names that evaluating the task's args, when, loop, ... would read, through variables too. */
  reads(task: Task, on: Knowledge): ReadonlySet<string>;
}

export interface Included {
  readonly nodes: readonly TreeNode[];
  readonly handlers: readonly Handler[];
  /** For include_vars: level 18. */
  readonly vars?: ReadonlyMap<string, Value>;
}
