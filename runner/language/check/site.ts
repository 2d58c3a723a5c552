// All static checks of a site, play by play. What a play needs of facts is noted in it; nothing else changes.
import { homedir } from 'node:os';
import type { LoadRequest } from '../../core/request.ts';
import type { Redactor } from '../../core/secret.ts';
import type { Play, Site, Task } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import type { Work } from '../grammar/work.ts';
import { createScopes } from '../scope.ts';
import { openLocalFiles } from '../local-files.ts';
import { createWorld } from '../runner-world.ts';
import type { Vault } from '../vault.ts';
import { markWaits } from './across.ts';
import { newFindings } from './findings.ts';
import { checkPlay } from './play.ts';
import { noLocals, type State, type Visit } from './state.ts';
import { unusedHandlers, unusedVariables } from './unused.ts';

export interface CheckOptions {
  readonly vault: Vault;
  readonly options: Pick<LoadRequest, 'cwd' | 'env'> & { readonly redactor?: Redactor };
  /** Tags, a limit or a first task leave something out. */
  readonly filtered: boolean;
  /** Variables of groups and hosts that the run makes. */
  readonly toCome: ReadonlySet<string>;
  readonly visit: Visit | undefined;
}

/** Evaluations that a check may take: past that, one host of a play stands for all. */
const budget = 10_000;

export interface Checked {
  readonly faults: readonly Fault[];
  /** For tasks that only the run finds. */
  mark(tasks: readonly Task[]): void;
}

export function checkSite(site: Site, work: Work, { vault, options, filtered, toCome, visit }: CheckOptions): Checked {
  const { cwd, env, redactor } = options;
  const inventory = () => site.inventory;
  const home = env.HOME ?? homedir();
  const local = openLocalFiles({ cwd, home, decryptText: vault.decryptNow });
  // As in a check run: a password that is not kept yet is not made.
  const world = createWorld({ files: local, env, home, cwd, now: () => 0, inventory, redactor, check: true });
  const state: State = {
    site,
    work,
    local,
    filtered,
    toCome,
    visit,
    redactor,
    findings: newFindings(),
    scopes: createScopes({ inventory, extra: site.extra, magic: noLocals, others: () => undefined, world, reveal: vault.reveal }),
    assigned: new Map(),
    partly: new Set(),
    shared: { key: '', unknown: new Map() },
    included: new Map(),
    facts: new Set(),
    read: new Set(),
    open: false,
    revision: 0,
    made: 0,
    budget,
    views: new Map(),
  };
  const walks = site.plays.map(play => checkPlay(play, state));
  const last = walks.findLastIndex(walk => walk.of.readsFacts);
  for (const [i, { of }] of walks.entries())
    (of.play as { needsFacts: Play['needsFacts'] }).needsFacts = of.needsFacts || i <= last;
  const isWhole = !filtered && !state.open && !work.openEnded && site.plays.every(({ hosts }) => hosts.length > 0);
  if (isWhole) {
    if (!state.read.has('vars')) unusedVariables(walks, state);
    unusedHandlers(walks, state);
  }
  return { faults: state.findings.all(), mark: tasks => markWaits(tasks, state) };
}
