// What a run needs of every part, put together: the binder, the books, the switches. It starts nothing.
import type { RunRequest } from './core/request.ts';
import type { Play } from './core/site.ts';
import type { Fault } from './core/types.ts';
import type { Books } from './execute/books.ts';
import type { NewEvent, RunContext } from './execute/context.ts';
import type { Approval } from './execute/saved.ts';
import type { Growing } from './execute/growing.ts';
import type { Ledger } from './execute/ledger.ts';
import type { Sessions } from './execute/sessions.ts';
import { createStepping } from './execute/stepping.ts';
import { createBinder } from './language/bind.ts';
import type { Loaded } from './language/load.ts';
import { resolvePattern } from './language/pattern.ts';
import type { Seams } from './run.ts';

export interface Parts {
  readonly request: RunRequest;
  readonly loaded: Loaded;
  readonly emit: (event: NewEvent) => void;
  readonly seams: Seams;
  readonly sessions: Sessions;
  readonly books: Books;
  readonly inventory: Growing;
  readonly warn: (found: Fault) => void;
  readonly ledger?: Ledger;
  readonly approval?: Approval;
  /** Told of every local file that a task uses. */
  readonly remember?: (path: string) => void;
}

/** Seconds that the probes of a wave may take before they are asked one at a time. */
const PROBE_SECONDS = 120;

export function contextOf(parts: Parts): RunContext {
  const { request, loaded, books, sessions, inventory, seams } = parts;
  const { site } = loaded;
  return {
    site,
    binder: binderOf(parts),
    module: name => {
      const module = site.modules.get(name);
      if (!module) throw new Error(`the module "${name}" was not opened`);
      return seams.module(name, module);
    },
    session: sessions.open,
    trial: sessions.trial,
    warn: parts.warn,
    emit: parts.emit,
    memory: books.memory,
    tally: books.tally,
    foretold: books.foretold,
    owed: books.owed,
    impacts: books.impacts,
    options: switchesOf(request, seams),
    clock: request.clock,
    signal: request.signal,
    lost: new Set(),
    locked: new Set(),
    ask: request.ask,
    hostsOf: play => (inventory.hasGrown() ? grownHosts(play, parts) : play.hosts),
    addHost: inventory.add,
    refreshInventory: inventory.reread,
    ...(parts.ledger ? { ledger: parts.ledger } : {}),
    ...(parts.approval ? { approval: parts.approval } : {}),
    moved: new Set(),
    ...(request.step ? { stepping: createStepping(request.ask, parts.warn) } : {}),
  };
}

/** Those of the files keep the play's order, the new ones come behind; the limit holds for all. */
function grownHosts(play: Play, { inventory, loaded }: Parts): readonly string[] {
  const now = inventory.current();
  const within = loaded.within(now);
  const found = resolvePattern(play.pattern, now).hosts.filter(host => within?.has(host) ?? true);
  const before = play.hosts.filter(host => found.includes(host));
  return [...before, ...found.filter(host => !before.includes(host))];
}

const switchesOf = (request: RunRequest, seams: Seams): RunContext['options'] => ({
  check: request.check,
  diff: request.diff,
  forks: request.forks,
  verify: request.verify,
  forceHandlers: request.forceHandlers,
  allow: new Set(request.allow),
  waves: seams.waves,
  expiry: seams.expiry,
  probeTimeout: PROBE_SECONDS,
  verbosity: request.verbosity,
});

function binderOf({ request, loaded, books, inventory, warn, remember }: Parts): RunContext['binder'] {
  const { load, clock, check, connection, become, redactor } = request;
  return createBinder({
    site: loaded.site,
    others: name => books.known(name)?.know(),
    inventory: inventory.current,
    cwd: load.cwd,
    env: load.env,
    now: clock.now,
    check,
    magic: {
      ansible_limit: load.limit ?? 'all',
      ansible_forks: request.forks,
      ansible_run_tags: load.tags,
      ansible_skip_tags: load.skipTags,
      ansible_verbosity: request.verbosity,
    },
    connection,
    become,
    redactor,
    vault: loaded.vault,
    warn,
    ...(remember ? { remember } : {}),
    include: loaded.expand,
  });
}
