// One task on one host: its loop, its register, who is told of a change, and the event. Where it stands in the play is tree.ts.
import type { Knowledge, Task } from '../core/site.ts';
import type { Vars } from '../core/types.ts';
import { Locked, PlanMoved, Unreachable } from '../core/lost.ts';
import { attempt, unanswered } from './attempt.ts';
import { announce } from './announce.ts';
import { noteUnknown } from './approve.ts';
import { learnFacts } from './delegate.ts';
import { notify } from './handlers.ts';
import { withLent } from './lent.ts';
import type { Flow, HostRun } from './host-run.ts';
import { ignoresErrors, ignoresUnreachable, keyword } from './keywords.ts';
import { writtenNames } from './look.ts';
import { arrive } from './ledger.ts';
import { failed, faultOf, type Outcome, okay, skipped, unknown, worstImpact } from './outcome.ts';
import { keyOf } from './prepare.ts';
import { throttled } from './throttle.ts';

/** Runs the task, tells of it, and says whether the host goes on. */
export async function runTask(run: HostRun, task: Task): Promise<Flow> {
  const began = run.context.clock.now();
  try {
    const outcome = await throttled(run, task, () => outcomeOf(run, task));
    return conclude(run, task, outcome, began);
  } catch (error) {
    if (error instanceof Locked || error instanceof PlanMoved) return barred(run, task, error, began);
    if (error instanceof Unreachable) return unreachable(run, task, error);
    throw error;
  }
}

/** The outcome without its consequences; `run_once` shares it among hosts. */
export async function outcomeOf(run: HostRun, task: Task): Promise<Outcome> {
  arrive(run, task);
  const on = run.memory.know(run.local);
  if (task.loop) return loop(run, task, on);
  const outcome = await attempt(run, task, on, 0);
  if (outcome.status === 'unknown') noteUnknown(run, task, on, 0);
  return outcome;
}

/** Register, notify, event, tally; then whether the host goes on. */
export function conclude(run: HostRun, task: Task, found: Outcome, began: number, tell = true): Flow {
  const on = run.memory.know(run.local);
  const outcome = tell ? withLent(run, task, on, found) : found;
  const isIgnored = outcome.status === 'failed' && isHostsFault(outcome) && ignoresErrors(run, task, on);
  remember(run, task, outcome);
  if (tell) announce(run, task, on, outcome, { began, ignored: isIgnored });
  // Of run_once the host that did it owes the handlers.
  if (tell && (outcome.status === 'changed' || outcome.status === 'unknown' || outcome.owes)) notify(run, task, on, outcome);
  if (outcome.status !== 'failed' || isIgnored) return 'go';
  run.lastFailure = { task, outcome };
  return 'failed';
}

/** ignore_errors covers what happened on the host, never a mistake in the playbook (semantics.md 1). */
const isHostsFault = (outcome: Outcome): boolean => !outcome.fault?.code.match(/^E[1234]/);

function remember(run: HostRun, task: Task, outcome: Outcome): void {
  if (!task.loop) learnFacts(run, task, run.memory.know(run.local), outcome);
  if (outcome.unknown && task.module === 'set_fact')
    for (const name of writtenNames(task)) run.memory.doubt(name, outcome.unknown);
  if (!task.register) return;
  if (outcome.unknown) run.memory.doubt(task.register, outcome.unknown);
  else run.memory.assign(task.register, outcome.result);
}

async function loop(run: HostRun, task: Task, on: Knowledge): Promise<Outcome> {
  const whole = (found: Outcome): Outcome => {
    if (found.status === 'unknown') noteUnknown(run, task, on, '*');
    return found;
  };
  if (run.unknownBecause) return whole(unknown(run.unknownBecause, 'the condition of what includes it is not known'));
  const early = task.when.length > 0 ? run.context.binder.condition(task.when, task, on) : undefined;
  if (early?.is === 'known' && !early.value) return skipped('the condition is false', { results: [] });
  const items = run.context.binder.loopItems(task, on);
  if (items.is !== 'known') return whole(unanswered(run, task, items));
  const outcomes: Outcome[] = [];
  run.loopBroke = false;
  for (const [i, item] of items.value.entries()) {
    const outcome = await oneOf(run, task, items.value, item, i);
    outcomes.push(outcome);
    run.loopBroke ||= outcome.status === 'failed';
    if (run.context.signal.aborted && !run.ahead.has(keyOf(run, task, i + 1))) break;
  }
  return summed(run, task, outcomes);
}

async function oneOf(run: HostRun, task: Task, items: readonly unknown[], item: unknown, i: number): Promise<Outcome> {
  const began = run.context.clock.now();
  const { loopVar, indexVar, extended } = task.loopControl;
  const local = {
    ...run.local,
    [loopVar]: item,
    ...(indexVar ? { [indexVar]: i } : {}),
    ...(extended ? { ansible_loop: extendedLoop(items, i) } : {}),
  };
  const on = run.memory.know(local);
  if (i > 0) await pauseBetween(run, task, on);
  const outcome = await attempt(run, task, on, i);
  if (outcome.status === 'unknown') noteUnknown(run, task, on, i);
  learnFacts(run, task, on, outcome);
  const label = task.loopControl.label ? keyword<unknown>(run, task, on, task.loopControl.label, item) : item;
  const whole: Outcome = {
    ...outcome,
    item,
    itemLabel: labelText(label),
    result: { ...outcome.result, [loopVar]: item, ansible_loop_var: loopVar },
  };
  announce(run, task, on, whole, { began, ignored: whole.status === 'failed' && ignoresErrors(run, task, on) });
  return whole;
}

const labelText = (label: unknown): string => (typeof label === 'string' ? label : JSON.stringify(label));

async function pauseBetween(run: HostRun, task: Task, on: Knowledge): Promise<void> {
  const seconds = keyword<number>(run, task, on, task.loopControl.pause, 0);
  if (seconds > 0) await run.context.clock.sleep(seconds * 1000, run.context.signal);
}

const extendedLoop = (items: readonly unknown[], i: number): Vars => ({
  allitems: items,
  index: i + 1,
  index0: i,
  first: i === 0,
  last: i === items.length - 1,
  length: items.length,
  revindex: items.length - i,
  revindex0: items.length - i - 1,
  previtem: items[i - 1],
  nextitem: items[i + 1],
});

/** All items in one result: changed and failed if any is, skipped if all are. */
function summed(run: HostRun, task: Task, outcomes: readonly Outcome[]): Outcome {
  const results = outcomes.map(outcome => outcome.result);
  const has = (status: string): boolean => outcomes.some(outcome => outcome.status === status);
  const impact = worstImpact(outcomes.map(outcome => outcome.impact));
  const owes = outcomes.find(outcome => outcome.owes === 'debt')?.owes ?? outcomes.find(outcome => outcome.owes)?.owes;
  const past = outcomes.find(outcome => outcome.replays);
  const result = { results, changed: has('changed') || owes !== undefined, msg: 'All items completed' };
  const body = {
    diff: [],
    changes: outcomes.flatMap(outcome => outcome.changes),
    ...(impact ? { impact } : {}),
    ...(owes ? { owes } : {}),
  };
  const doubt = outcomes.find(outcome => outcome.unknown)?.unknown;
  const doubted = doubt
    ? { unknown: { ...doubt, known: { changed: has('changed'), failed: has('failed'), skipped: false, unreachable: false } } }
    : {};
  if (has('failed'))
    return { ...failed(loopFault(run, task, outcomes), { ...result, msg: 'One or more items failed' }), ...body };
  if (has('unknown')) return { ...unknown(doubt?.after ?? task, 'not known for some items'), ...body };
  if (has('changed')) return { ...okay(result), ...body, ...doubted, status: 'changed' };
  if (past && outcomes.every(outcome => outcome.status === 'skipped'))
    return { ...okay(result, past.message), ...body, status: 'skipped' };
  if (outcomes.every(outcome => outcome.status === 'skipped'))
    return { ...skipped('no item was to be done', { results }), ...doubted };
  return { ...okay(result), ...doubted, ...(owes ? { owes } : {}) };
}

function loopFault(run: HostRun, task: Task, outcomes: readonly Outcome[]) {
  const bad = outcomes.filter(outcome => outcome.status === 'failed');
  const first = bad[0]?.fault;
  const why = `${bad.length} of ${outcomes.length} items failed: ${bad.map(outcome => outcome.itemLabel).join(', ')}`;
  return {
    ...faultOf(task, run.name, why, first?.mend ?? 'see the items above'),
    ...(first && bad.length === 1 ? { why: first.why } : {}),
  };
}

/** Another run is there, or the plan does not fit: told as a failure, for the host is well; no rescue and no ignore_errors goes on. */
function barred(run: HostRun, task: Task, error: Locked | PlanMoved, began: number): Flow {
  const { fault } = error;
  run.rescuers = 0;
  run.isLost = true;
  run.context[error instanceof Locked ? 'locked' : 'moved'].add(run.name);
  announce(run, task, run.memory.know(run.local), failed({ ...fault, at: task.span }), { began, ignored: false });
  return 'ended';
}

function unreachable(run: HostRun, task: Task, error: Unreachable): Flow {
  const on = run.memory.know(run.local);
  const ignored = ignoresUnreachable(run, task, on);
  const { context, name } = run;
  context.emit({
    event: 'host_unreachable',
    play: run.play.name,
    host: name,
    task: task.name,
    message: `${error.fault.what}: ${error.fault.why}`,
    ignored,
    fault: error.fault,
  });
  const tally = context.tally(name);
  // As Ansible counts it: what is ignored is no host that was lost.
  if (ignored) {
    tally.ok += 1;
    tally.ignored += 1;
  } else tally.unreachable = 1;
  if (ignored && task.register)
    run.memory.assign(task.register, { changed: false, failed: false, skipped: false, unreachable: true, msg: error.message });
  if (ignored) return 'go';
  run.isLost = true;
  return 'ended';
}
