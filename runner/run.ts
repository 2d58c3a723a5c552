// START HERE: load -> bind -> probe -> plan -> apply -> recap. It joins the parts, which do not know each other.
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { hostname } from 'node:os';
import { connectionFor } from './connection/index.ts';
import { isError } from './core/fault.ts';
import type { Reporter } from './core/events.ts';
import type { RunRequest } from './core/request.ts';
import { showSpan } from './core/source.ts';
import type { AnyModule, Connection, Fault } from './core/types.ts';
import { type Books, createBooks, emitter } from './execute/books.ts';
import type { NewEvent } from './execute/context.ts';
import { growing } from './execute/growing.ts';
import { locking } from './execute/lock.ts';
import { forgottenDebts } from './execute/owed.ts';
import { runPlay } from './execute/play.ts';
import { createSessions } from './execute/sessions.ts';
import { load, type Loaded, type LoadOptions } from './language/load.ts';
import { findUserModules, moduleNames, openModules } from './modules/index.ts';
import { listHosts, listTags, listTasks } from './report/lists.ts';
import { redacting } from './report/index.ts';
import { contextOf, type Parts } from './run-context.ts';
import { holderOf, openLedger } from './run-journal.ts';
import { firstLook, planningOf, staleFiles } from './run-plan.ts';

/** Exit code: a saved plan does not fit any more. */
const STALE = 7;

type Emit = (event: NewEvent) => void;

/** What is this run's own: its id, and how one more comes to hear of it. */
interface Own {
  readonly run: string;
  readonly listen: (reporter: Reporter) => void;
}

/** What tests put in place of the real thing. */
export interface Seams {
  readonly connectionFor: (kind: string) => Promise<Connection>;
  readonly waves: boolean;
  readonly expiry: boolean;
  readonly module: (name: string, real: AnyModule) => AnyModule;
}

const real: Seams = { connectionFor, waves: true, expiry: true, module: (_, module) => module };

/** The exit code of design.md 2. Throws only for faults of tsrun itself, after `run_end`. */
export async function run(request: RunRequest, seams: Partial<Seams> = {}): Promise<number> {
  const { clock, load: what, check } = request;
  const reporters: Reporter[] = request.reporters.map(reporter => redacting(reporter, request.redactor));
  const id = randomUUID();
  const emit = emitter(id, clock, reporters);
  emit({ event: 'run_start', playbooks: what.playbooks, check, limit: what.limit, tags: what.tags });
  let exitCode = 1;
  try {
    exitCode = await compiled(
      request,
      emit,
      { ...real, ...seams },
      { run: id, listen: reporter => void reporters.push(reporter) },
    );
    return exitCode;
  } finally {
    emit({ event: 'run_end', exitCode });
  }
}

async function compiled(request: RunRequest, emit: Emit, seams: Seams, own: Own): Promise<number> {
  const { exec } = request;
  const loaded = await load({
    ...request.load,
    exec,
    modules: modulesOf(request.load),
    redactor: request.redactor,
  });
  for (const [file, source] of loaded.sources) request.sources.set(file, source);
  const findings = [...(request.findings ?? []), ...loaded.findings];
  for (const found of findings) emit(finding(found));
  if (findings.some(isError)) return 5;
  const lists = {
    'list-hosts': listHosts,
    'list-tasks': listTasks,
    'list-tags': listTags,
    'syntax-check': () => [],
    run: undefined,
  };
  const list = lists[request.mode];
  const stale = staleFiles(request);
  if (stale) emit(finding(stale));
  if (stale) return STALE;
  if (!list) return converge(request, loaded, emit, seams, own);
  for (const line of list(loaded.site)) request.print(line);
  return 0;
}

/** Ours, and the user's beside the playbooks and in roles. Facts are gathered by a task that no file holds. */
function modulesOf({ playbooks, rolesPath, cwd }: RunRequest['load']): LoadOptions['modules'] {
  const folders = [...new Set(playbooks.map(path => dirname(resolve(cwd, path))))];
  const roles = folders.flatMap(folder => [join(folder, 'roles'), join(folder, '../roles')]);
  const users = findUserModules(folders, [...roles, ...rolesPath.map(path => resolve(cwd, path))]);
  return { names: () => [...moduleNames(), ...users.keys()], open: names => openModules(['setup', ...names], users) };
}

const finding = (found: Fault): NewEvent => ({
  event: 'finding',
  severity: found.severity ?? 'error',
  code: found.code,
  what: found.what,
  path: found.at ? showSpan(found.at) : null,
  why: found.why,
  mend: found.mend,
});

/** Plays one after the other; a play that ends badly ends the run. */
async function converge(request: RunRequest, loaded: Loaded, emit: Emit, seams: Seams, { run, listen }: Own): Promise<number> {
  const { check, signal, load } = request;
  const inventory = growing(loaded.site.inventory, loaded.grower(), now => books.refresh(now));
  const books: Books = createBooks(inventory.current);
  const warn = (found: Fault): void => emit(finding(found));
  const holder = holderOf(load.env, hostname());
  const { ledger, listener, faults } = openLedger(request, loaded, { run, holder, machine: hostname(), warn });
  for (const found of faults) warn(found);
  if (faults.some(isError)) return 5;
  if (listener) listen(listener);
  const sessions = createSessions(seams.connectionFor, signal, locking({ run, holder, check, warn }));
  const { planned, notes } = planningOf(request);
  const parts: Parts = {
    ...{ request, loaded, emit, seams, sessions, books, inventory, warn, ...(ledger ? { ledger } : {}) },
    ...planned,
  };
  const context = contextOf(parts);
  try {
    if (request.apply) await firstLook(parts, request.apply, context);
    const plays = request.apply && check ? [] : loaded.site.plays;
    for (const play of plays) if (!(await runPlay(context, play))) break;
    notes?.save(context, loaded, run);
    // One task beside the playbooks is no run that could have paid.
    if (!request.exec) for (const debt of forgottenDebts(loaded.site.plays, books.debts(), context.lost)) warn(debt);
  } finally {
    emit(books.recap(sessions.traffic));
    await sessions.closeAll();
  }
  const stopped = context.stepping?.ended();
  if (stopped) return stopped;
  return books.exitCode({ failOnChange: request.failOnChange, interrupted: signal.aborted, ...context });
}
