// A run that makes a plan, and one that applies it: the notes into a plan, and the first look at all hosts before anything is done.
import type { RunRequest } from './core/request.ts';
import type { HostUnreachable, TaskResult } from './core/events.ts';
import type { MadePlan, PlannedHost, SavedPlan } from './core/saved-plan.ts';
import type { Fault } from './core/types.ts';
import { type Books, createBooks } from './execute/books.ts';
import type { NewEvent, RunContext } from './execute/context.ts';
import { growing } from './execute/growing.ts';
import { runPlay } from './execute/play.ts';
import { createGuard, createNotes, fitting, type Moved, movedSince, newSalt, type Notes, plannedTask } from './execute/saved.ts';
import type { Loaded } from './language/load.ts';
import { changedFiles, digestFiles } from './language/site-files.ts';
import { contextOf, type Parts } from './run-context.ts';

export interface Planning {
  /** For the parts of the run. */
  readonly planned: Pick<Parts, 'approval' | 'remember'>;
  /** Of a run that makes a plan: told when it is over, so that every secret that it met is masked. */
  readonly notes?: { save(context: RunContext, loaded: Loaded, run: string): void };
}

/** What the run keeps of its tasks: notes for a plan, a guard for one that is applied. */
export function planningOf(request: RunRequest): Planning {
  const { apply } = request;
  if (apply) {
    const planned = new Map(Object.entries(apply.hosts).map(([host, { tasks }]) => [host, tasks]));
    return { planned: { approval: createGuard(planned, fitting(apply.salt)) } };
  }
  if (!request.savePlan) return { planned: {} };
  const notes = createNotes();
  const files = new Set<string>();
  return {
    planned: { approval: notes, remember: path => void files.add(path) },
    notes: { save: (context, loaded, run) => savePlan(request, loaded, notes, files, context, run) },
  };
}

/** Files that are not what they were when the plan was made. */
export function staleFiles({ apply, load, sources }: RunRequest): Fault | undefined {
  const changed = apply ? changedFiles(apply.files, sources.keys(), load.cwd) : [];
  if (changed.length === 0) return undefined;
  const some = changed.slice(0, 8).join(', ') + (changed.length > 8 ? ` and ${changed.length - 8} more` : '');
  const mend = 'make a new plan and look at it: the same command with --plan FILE';
  return { code: 'E476', what: 'the site is not that of the plan', why: `changed since: ${some}`, mend };
}

function savePlan(
  request: RunRequest,
  loaded: Loaded,
  notes: Notes,
  files: ReadonlySet<string>,
  context: RunContext,
  run: string,
): void {
  const salt = newSalt();
  const hosts = new Set(loaded.site.plays.flatMap(play => context.hostsOf(play)));
  const planned = [...hosts].sort().map(host => [host, plannedHost(host, notes, context, salt, request)] as const);
  const made: MadePlan = {
    run,
    made: new Date(request.clock.now()).toISOString(),
    salt,
    files: digestFiles([...request.sources.keys(), ...loaded.sources.keys(), ...files], request.load.cwd),
    hosts: Object.fromEntries(planned),
  };
  request.savePlan?.(made);
}

function plannedHost(host: string, notes: Notes, context: RunContext, salt: string, { redactor }: RunRequest): PlannedHost {
  const tasks = (notes.byHost.get(host) ?? []).map(noted => plannedTask(noted, salt, redactor));
  const { failed, unreachable } = context.tally(host);
  const isBroken = context.lost.has(host) || failed > 0 || unreachable > 0;
  return isBroken ? { broken: unreachable > 0 ? 'it could not be reached' : 'its check run failed', tasks } : { tasks };
}

/** A check run over all hosts, unheard; then the hosts that are not as planned are told of and left out. */
export async function firstLook(parts: Parts, plan: SavedPlan, real: RunContext): Promise<void> {
  const notes = createNotes();
  const ends = new Map<string, TaskResult | HostUnreachable>();
  const { loaded } = parts;
  const inventory = growing(loaded.site.inventory, loaded.grower(), now => books.refresh(now));
  const books: Books = createBooks(inventory.current);
  // What the first look finds is no part of the run's journal.
  const { ledger: _ledger, ...others } = parts;
  const look = contextOf({
    ...others,
    request: { ...parts.request, check: true, step: false },
    books,
    inventory,
    approval: notes,
    warn: () => undefined,
    emit: event => keepEnd(ends, event),
  });
  for (const play of parts.loaded.site.plays) if (!(await runPlay(look, play))) break;
  const fits = fitting(plan.salt);
  const hosts = new Set(parts.loaded.site.plays.flatMap(play => play.hosts));
  for (const host of hosts) {
    real.tally(host);
    const planned = plan.hosts[host];
    const left = leftOut(planned, host);
    const end = ends.get(host);
    if (!planned || left) leave(parts, real, host, left);
    else if (look.lost.has(host) && end) endHere(real, host, end, look.locked.has(host));
    else for (const one of movedSince(planned, notes.byHost.get(host) ?? [], fits).slice(0, 1)) tellMoved(real, host, one);
  }
  stopTogether(real, parts.loaded);
}

function keepEnd(ends: Map<string, TaskResult | HostUnreachable>, event: NewEvent): void {
  const isEnd = event.event === 'host_unreachable' || (event.event === 'task_result' && event.failed && !event.ignored);
  if (isEnd) ends.set(event.host, event as TaskResult | HostUnreachable);
}

const leftOut = (planned: PlannedHost | undefined, host: string): Fault | undefined => {
  const why = planned ? planned.broken : 'it was not there when the plan was made';
  const mend = 'nothing is done there; make a new plan that has it';
  return why === undefined ? undefined : { code: 'W933', severity: 'warning', what: `${host} is not in the plan`, why, mend };
};

function leave({ warn }: Parts, real: RunContext, host: string, left: Fault | undefined): void {
  real.lost.add(host);
  if (left) warn(left);
}

/** Unreachable or locked is what it is; a task that fails where it did not when planned is a host that moved. */
function endHere(real: RunContext, host: string, end: TaskResult | HostUnreachable, isLocked: boolean): void {
  if (end.event === 'host_unreachable') {
    real.lost.add(host);
    real.tally(host).unreachable = 1;
    real.emit(end);
  } else if (isLocked) {
    real.lost.add(host);
    real.locked.add(host);
    real.tally(host).failed = 1;
    real.emit(end);
  } else tellMoved(real, host, { task: end, why: `it would fail now: ${end.message}` });
}

function tellMoved(real: RunContext, host: string, { task, why }: Moved): void {
  const { play, role, module, path } = task;
  real.lost.add(host);
  real.moved.add(host);
  real.tally(host).failed = 1;
  const fault = {
    code: 'E531',
    what: `${host}: "${task.task}" is not as planned`,
    why: `${path}: ${why}`,
    mend: 'nothing was changed there; make a new plan and look at it: the same command with --plan FILE',
  };
  real.emit({
    event: 'task_result',
    ...{ play, role, module, path, host, task: task.task, fault, message: why },
    ...{ status: 'failed', changed: false, failed: true, ignored: false, seconds: 0, diff: [], changes: [] },
    result: { changed: false, failed: true, msg: why },
  });
}

/** A play in which one failure stops all is begun by all or by none. */
function stopTogether(real: RunContext, { site }: Loaded): void {
  const tied = site.plays.filter(play => play.anyErrorsFatal || play.maxFailPercentage === 0);
  if (!tied.some(play => play.hosts.some(host => real.lost.has(host)))) return;
  for (const host of site.plays.flatMap(play => play.hosts)) real.lost.add(host);
}
