// A play's handlers: who is notified, and the flush that runs them in the order of their definition.
import type { Handler, Knowledge, Task } from '../core/site.ts';
import type { Fault } from '../core/types.ts';
import type { Flow, HostRun } from './host-run.ts';
import { runInclude } from './include.ts';
import { noteNotified } from './ledger.ts';
import { BindFailed } from './observe.ts';
import type { Outcome } from './outcome.ts';
import { collectDebts, payStep } from './owed.ts';
import { isWanted } from './stepping.ts';
import { runTask } from './task.ts';

/** An unknown change notifies perhaps: the handler is then unknown too. */
export function notify(run: HostRun, task: Task, on: Knowledge, outcome: Outcome): void {
  const perhaps = outcome.status === 'unknown' ? task : undefined;
  const due = notifiedBy(run, task, on);
  for (const { id } of due) {
    if (!run.notified.has(id) || !perhaps) run.notified.set(id, perhaps);
    if (outcome.status === 'changed') run.fresh.add(id);
    // The debt that the change of the resumed run left on the host is paid as if this run had made it.
    if (outcome.owes === 'debt') run.debts.add(id);
  }
  if (!perhaps) noteNotified(run, task, due);
}

/** The handlers that a change of the task notifies. */
export function notifiedBy(run: HostRun, task: Task, on: Knowledge): readonly Handler[] {
  return task.notify
    .flatMap(value => namesOf(run, task, on, value))
    .flatMap(name => {
      const handlers = findHandlers(run.batch.handlers, task.role, name);
      if (handlers.length === 0) throw new BindFailed([noHandler(task, name)]);
      return handlers;
    });
}

function namesOf(run: HostRun, task: Task, on: Knowledge, value: Task['notify'][number]): readonly string[] {
  const answer = run.context.binder.value(value, task, on);
  if (answer.is === 'fault') throw new BindFailed(answer.faults);
  return answer.is === 'unknown' ? [] : [answer.value].flat().map(String);
}

const noHandler = (task: Task, name: string): Fault => ({
  code: 'E515',
  what: `no handler is named "${name}"`,
  at: task.span,
  why: 'neither the role, nor the play, nor a "listen" has that name',
  mend: 'write a handler of that name in the role or the play',
});

/** Its own role, then the play, then `ROLE : NAME`; a topic reaches all that listen to it. */
export function findHandlers(handlers: readonly Handler[], role: string | null, name: string): readonly Handler[] {
  const named = (of: string | null): Handler | undefined =>
    handlers.find(handler => handler.role === of && handler.name === name);
  const found =
    named(role) ??
    named(null) ??
    handlers.find(handler => `${handler.role} : ${handler.name}` === name) ??
    handlers.find(handler => handler.name === name);
  const listening = handlers.filter(handler => handler.listen.includes(name));
  return found && !listening.includes(found) ? [found, ...listening] : listening;
}

/** Runs what was notified, until nothing is; a handler may notify others. */
export async function flush(run: HostRun): Promise<Flow> {
  collectDebts(run);
  while (run.notified.size > 0 && !run.context.signal.aborted) {
    const due = run.batch.handlers.filter(handler => run.notified.has(handler.id));
    run.frames.push({ tasks: due, at: -1, flushes: new Set() });
    const flow = await runDue(run, due);
    run.frames.pop();
    if (flow !== 'go') return flow;
    if (due.length === 0) run.notified.clear();
  }
  return 'go';
}

async function runDue(run: HostRun, due: readonly Handler[]): Promise<Flow> {
  for (const [i, handler] of due.entries()) {
    const frame = run.frames.at(-1);
    if (frame) frame.at = i;
    const perhaps = run.notified.get(handler.id);
    run.notified.delete(handler.id);
    const flow = await runHandler(run, handler, perhaps);
    if (flow !== 'go') return flow;
  }
  return 'go';
}

/** What they bring runs in the place of the handler. */
const includes: ReadonlySet<string> = new Set(['include_tasks', 'include_role']);

async function runHandler(run: HostRun, handler: Handler, perhaps: Task | undefined): Promise<Flow> {
  const before = run.unknownBecause;
  run.inHandler = true;
  if (perhaps) run.unknownBecause = perhaps;
  try {
    const wanted = await isWanted(run, handler);
    if (wanted !== 'run') return wanted === 'pass' ? 'go' : 'ended';
    const flow = includes.has(handler.module) ? await runInclude(run, handler) : await runTask(run, handler);
    run.fresh.delete(handler.id);
    if (flow === 'go' && run.debts.delete(handler.id) && !run.context.options.check && !perhaps) await pay(run, handler);
    return flow;
  } finally {
    run.inHandler = false;
    if (before) run.unknownBecause = before;
    else delete run.unknownBecause;
  }
}

/** A handler that had nothing to do (the service runs already) pays its debt in a round trip of its own: rare. */
async function pay(run: HostRun, handler: Handler): Promise<void> {
  const on = run.memory.know(run.local);
  const target = run.context.binder.target(handler, on);
  const as = run.context.binder.become(handler, on);
  const step = payStep([handler]);
  if (target.is !== 'known' || as.is !== 'known' || !('run' in step)) return;
  const session = await run.context.session(target.value);
  await session.ask([step.run], { timeout: run.context.options.probeTimeout, ...(as.value ? { as: as.value } : {}) });
}
