// What the parts of the grammar share while a site is read: files, faults, ids, modules, and what a task inherits. No parsing.
import type { Grower } from '../../core/grow.ts';
import type { BecomeWords, Expression, Frame, Included, Inventory, Layer, Task, Value } from '../../core/site.ts';
import type { Fault, Modules, Span } from '../../core/types.ts';
import type { Files } from '../files.ts';
import type { MapNode } from '../node.ts';
import type { Role } from '../role.ts';
import type { Selection } from '../tags.ts';
import type { Scope } from './tree.ts';

export interface Work {
  readonly files: Files;
  readonly faults: Fault[];
  /** Folders where roles are looked up, after those beside the playbook. */
  readonly rolesPath: readonly string[];
  /** All modules that exist, whether opened or not. */
  readonly moduleNames: ReadonlySet<string>;
  /** Modules that tasks name: those that must be opened. */
  readonly wanted: Set<string>;
  /** Grows when modules are opened; arguments are finished after that. */
  modules: Modules | undefined;
  /** What waits for the modules to be open. */
  readonly later: (() => void)[];
  readonly roles: Map<string, Role | undefined>;
  readonly inventory: Inventory;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly extra: Layer;
  /** Hosts that `--limit` leaves; undefined without one. */
  readonly limit: ReadonlySet<string> | undefined;
  shuffle(hosts: readonly string[]): readonly string[];
  readonly scopes: Map<number, Scope>;
  /** `apply:` of includes, by task. */
  readonly applies: WeakMap<Task, MapNode>;
  readonly including: WeakMap<Task, Including>;
  /** What includes with fixed names brought, for the checks. */
  readonly brought: Map<Task, Included>;
  /** An include has a name that only a host can tell: any module may be needed. */
  openEnded: boolean;
  grower(): Grower;
  /** A task makes hosts or groups: names of them may come from there. */
  addsHosts: boolean;
  /** Includes whose file may be known already. */
  readonly includes: Task[];
  /** Each use of a role, for the checks of its inputs. */
  readonly roleUses: UsedRole[];
  /** The scope that an include with a fixed name made. */
  readonly broughtScopes: Map<Task, Scope>;
  /** Names that tasks register whose module is not known: they are no second mistake. */
  readonly lost: Set<string>;
  /** Names that were read before any host was known (`hosts: "{{ x }}"`). */
  readonly read: Set<string>;
  readonly selection: Selection;
  /** What an include brought, by task and file: all hosts share the same tasks. */
  readonly expanded: Map<string, Included>;
  /** Files and roles being inlined right now, outermost first. */
  readonly open: string[];
  lastId: number;
}

/** What the tasks of an include inherit. */
export interface Including {
  readonly above: Inherited;
  /** The variables given to the include itself. */
  readonly params: ReadonlyMap<string, Value>;
  /** Keywords under `apply:`. */
  readonly apply?: MapNode;
}

export interface UsedRole {
  readonly role: Role;
  readonly at: Span;
  readonly inherited: Inherited;
  readonly scope: Scope;
}

/** What play, role and block hand down to a task (nearest wins, but for lists that grow). */
export interface Inherited {
  readonly when: readonly Expression[];
  readonly tags: readonly string[];
  readonly environment: readonly Value[];
  readonly layers: readonly Layer[];
  readonly notify: readonly Value[];
  readonly become: BecomeWords;
  readonly words: InheritedWords;
  /** Nearest first. */
  readonly moduleDefaults: readonly MapNode[];
  readonly frame: Frame;
}

export interface InheritedWords {
  readonly ignoreErrors?: Value;
  readonly ignoreUnreachable?: Value;
  readonly checkMode?: Value;
  readonly diff?: Value;
  readonly noLog?: Value;
  readonly connection?: Value;
  readonly remoteUser?: Value;
  readonly port?: Value;
  readonly throttle?: Value;
  readonly timeout?: Value;
  readonly delegateTo?: Value;
  readonly delegateFacts?: boolean;
  readonly anyErrorsFatal?: boolean;
  readonly runOnce?: boolean;
}

export const nextId = (work: Work): number => {
  work.lastId += 1;
  return work.lastId;
};

/** Lowest level first; of one level the later one wins, so the inner goes behind. */
export function withLayer(layers: readonly Layer[], layer: Layer | undefined): readonly Layer[] {
  if (!layer || layer.vars.size === 0) return layers;
  const at = layers.findLastIndex(one => one.level <= layer.level) + 1;
  return [...layers.slice(0, at), layer, ...layers.slice(at)];
}

/** What a role keeps to itself (semantics.md 1): its defaults, vars and params. */
const ofRole: ReadonlySet<number> = new Set([1, 15, 20]);
export const withoutRole = (layers: readonly Layer[]): readonly Layer[] => layers.filter(layer => !ofRole.has(layer.level));
