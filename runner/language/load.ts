// Entry of the language: playbooks, roles and inventory -> Site, with all that is wrong in them. Contacts no host.
import { dirname, resolve } from 'node:path';
import { fault, isError, sortFaults } from '../core/fault.ts';
import type { Grower } from '../core/grow.ts';
import type { ExecRequest, LoadRequest } from '../core/request.ts';
import type { Redactor } from '../core/secret.ts';
import type { Inventory, Play, Site } from '../core/site.ts';
import type { Source } from '../core/source.ts';
import type { Fault, Modules } from '../core/types.ts';
import { checkSite } from './check/site.ts';
import type { Visit } from './check/state.ts';
import { execPlays } from './exec-play.ts';
import { loadExtra } from './extra-vars.ts';
import { type Files, openFiles } from './files.ts';
import { finishAll } from './grammar/finish.ts';
import { type ExpandInclude, expandFixed, expandInclude } from './grammar/include.ts';
import { playbookPlays } from './grammar/playbook.ts';
import type { Work } from './grammar/work.ts';
import { loadInventory } from './inventory.ts';
import { createGrower } from './inventory-grow.ts';
import { resolveLimit } from './pattern.ts';
import { selectPlay, startAt, tagFaults, tagsOf, tasksIn } from './tags.ts';
import { openVault, type Vault } from './vault.ts';

export interface LoadOptions extends LoadRequest {
  /** The modules that exist, and how to import those that the site names. */
  readonly modules: { names(): readonly string[]; open(names: Iterable<string>): Promise<Modules> };
  readonly redactor?: Redactor;
  /** Told of each task with what is known at its place (explain). */
  readonly visit?: Visit | undefined;
  /** In place of playbooks. */
  readonly exec?: ExecRequest | undefined;
}

export interface Loaded {
  readonly site: Site;
  /** Sorted; one of severity error means that nothing may be connected to. */
  readonly findings: readonly Fault[];
  /** All that was read, by file as shown. */
  readonly sources: ReadonlyMap<string, Source>;
  /** For Binder.include. */
  readonly expand: ExpandInclude;
  /** The hosts of the limit in an inventory that has grown; undefined without a limit. */
  within(inventory: Inventory): ReadonlySet<string> | undefined;
  /** The inventory, to make it larger in a run. */
  grower(): Grower;
  /** Opened with the passwords of the request: the run reveals its secrets by it. */
  readonly vault: Vault;
}

export async function load(options: LoadOptions): Promise<Loaded> {
  const sources = new Map<string, Source>();
  const files = openFiles(options.cwd, sources);
  const { vault: given, identities, cwd, redactor } = options;
  const vault = openVault({ sources: given, identities, cwd, ...(redactor ? { redactor } : {}) });
  for (;;) {
    const loaded = await loadOnce(options, files, sources, vault);
    // What is encrypted shows itself when it is read; with the plain text at hand the site is read again.
    const isPlainer = await files.decrypt(vault.decryptText);
    const isOpener = await vault.unlockAll([...sources.values()].map(({ text }) => text));
    if (!isPlainer && !isOpener) return loaded;
  }
}

/** What is left out reads variables and notifies handlers too, so nothing can be called unused. */
const isFiltered = ({ tags, skipTags, startAtTask, limit }: LoadOptions): boolean =>
  tags.length + skipTags.length > 0 || startAtTask !== null || limit !== null;

async function loadOnce(options: LoadOptions, files: Files, sources: Map<string, Source>, vault: Vault): Promise<Loaded> {
  const work = await prepare(options, files, sources, vault);
  const plays = options.exec
    ? execPlays(options.exec, options.cwd, work)
    : options.playbooks.flatMap(path => playbookPlays(resolve(options.cwd, path), work));
  const modules = await openModules(options, work);
  const site: Site = {
    plays: select(plays, options, work),
    inventory: work.inventory,
    playbooks: options.playbooks,
    extra: work.extra,
    modules,
  };
  const toCome = work.addsHosts ? await work.grower().namesToCome() : new Set<string>();
  const { faults, mark } = checkSite(site, work, { vault, options, filtered: isFiltered(options), toCome, visit: options.visit });
  work.faults.push(...faults);
  const expand: ExpandInclude = (task, args) => {
    const expansion = expandInclude(task, args, work);
    mark(tasksIn(expansion.included.nodes));
    return expansion;
  };
  const { limit } = options;
  const within: Loaded['within'] = now =>
    limit === null ? undefined : new Set(resolveLimit(limit, now, path => files.raw(path)).hosts);
  return { site, findings: sortFaults(work.faults), sources, expand, within, grower: work.grower, vault };
}

async function prepare(options: LoadOptions, files: Files, sources: Map<string, Source>, vault: Vault): Promise<Work> {
  const { cwd, env } = options;
  const remember = (read: Source): void => void sources.set(read.file, read);
  const books = [...options.playbooks, ...(options.varsBeside ?? [])];
  const playbookDirs = options.exec ? [cwd] : [...new Set(books.map(path => dirname(resolve(cwd, path))))];
  const given = { sources: options.inventories, cwd, playbookDirs, env, remember, decryptText: vault.decryptText };
  const loaded = await loadInventory(given);
  const { inventory, faults } = loaded;
  const extra = await loadExtra(options.extra, { cwd, remember, decryptText: vault.decryptText });
  const limit = options.limit === null ? undefined : resolveLimit(options.limit, inventory, path => files.raw(path));
  return {
    files,
    faults: [...faults, ...extra.faults, ...(limit ? limitFaults(limit, options.limit) : [])],
    rolesPath: options.rolesPath,
    moduleNames: new Set(options.modules.names()),
    wanted: new Set(),
    modules: undefined,
    later: [],
    roles: new Map(),
    inventory,
    grower: () => createGrower(loaded, given),
    env,
    extra: extra.layer,
    limit: limit && new Set(limit.hosts),
    shuffle: hosts => shuffled(hosts, options.random),
    scopes: new Map(),
    applies: new WeakMap(),
    including: new WeakMap(),
    brought: new Map(),
    openEnded: false,
    addsHosts: false,
    includes: [],
    roleUses: [],
    broughtScopes: new Map(),
    read: new Set(),
    lost: new Set(),
    selection: { tags: options.tags, skipTags: options.skipTags },
    expanded: new Map(),
    open: [],
    lastId: 0,
  };
}

function limitFaults(limit: { hosts: readonly string[]; faults: readonly Fault[] }, written: string | null): Fault[] {
  if (limit.hosts.length > 0 || limit.faults.some(isError)) return [...limit.faults];
  return [
    ...limit.faults,
    fault('E411', {
      what: `the limit "${written}" leaves no host`,
      why: 'no host of the inventory fits it',
      mend: 'tsrun ... --list-hosts shows them',
    }),
  ];
}

function shuffled(hosts: readonly string[], random: (() => number) | undefined): readonly string[] {
  if (!random) return hosts;
  return hosts
    .map(host => ({ host, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ host }) => host);
}

/** Modules bring arguments, arguments bring includes, and these bring modules again. */
async function openModules(options: LoadOptions, work: Work): Promise<Modules> {
  const chain = new Map<number, readonly string[]>();
  do {
    work.modules = await options.modules.open(work.openEnded ? options.modules.names() : work.wanted);
    finishAll(work);
    expandFixed(work, chain);
  } while (work.includes.length > 0 || work.later.length > 0);
  work.faults.push(...(work.modules.faults ?? []));
  return work.openEnded ? options.modules.open(options.modules.names()) : work.modules;
}

function select(plays: readonly Play[], options: LoadOptions, work: Work): Play[] {
  const known = new Set(plays.flatMap(play => play.sections.flatMap(section => [...tagsOf(section.nodes)])));
  for (const { nodes } of work.brought.values()) for (const tag of tagsOf(nodes)) known.add(tag);
  work.faults.push(...tagFaults(work.selection, known));
  const selected = plays.map(play => selectPlay(play, work.selection));
  if (options.startAtTask === null) return selected;
  const { plays: started, faults } = startAt(selected, options.startAtTask);
  work.faults.push(...faults);
  return started;
}
