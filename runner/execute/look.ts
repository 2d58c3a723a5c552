// Looking ahead: which tasks behind the current one can be asked about now (architecture.md 4, "The wave"). Asks nothing.
import type { Expression, Knowledge, Task } from '../core/site.ts';
import { waitsBefore } from '../plan/barrier.ts';
import type { HostRun } from './host-run.ts';
import type { Memory } from './memory.ts';
import { blindAnswer, isBlind, keyOf, type Prepared, prepare } from './prepare.ts';
import { isProbablyDone } from './replay.ts';

/** Probes that one wave may hold: its answer stays small. */
export const MOST_PROBES = 2000;

/** Tasks behind the cursor that can be asked about already, in order. Answers are checked again when they are used
 *  (same arguments, not expired), so a guess too many costs only its bytes. */
export function lookAhead(run: HostRun, first: Task, item: number): readonly Prepared[] {
  if (!run.context.options.waves || run.cautious) return [];
  const found: Prepared[] = [];
  const ahead = run.memory.fork();
  if (first.loop && !askLoop(run, first, ahead, found, item + 1)) return found;
  if (first.register) ahead.doubt(first.register, { after: first, kind: 'pending', known: {} });
  if (first.module === 'setup') ahead.doubt('ansible_facts', { after: first, kind: 'pending', known: {} });
  for (const task of upcoming(run)) {
    if (found.length >= run.window || waitsBefore(run.play, task)) break;
    if (task.isWord ? !passWord(run, task, ahead) : !passModule(run, task, ahead, found)) break;
  }
  return found;
}

/** The tasks after the current one, up to where handlers may run or an include ends in the unknown. */
function* upcoming(run: HostRun): Generator<Task> {
  for (const frame of run.frames.toReversed()) {
    for (let i = frame.at + 1; i < frame.tasks.length; i++) {
      if (run.notified.size > 0 && frame.flushes.has(i)) return;
      const task = frame.tasks[i];
      if (task) yield task;
    }
    if (frame.alone) return;
  }
}

const SILENT: ReadonlySet<string> = new Set(['debug', 'assert', 'fail', 'pause']);

/** False: nothing behind this word can be foreseen. */
function passWord(run: HostRun, task: Task, ahead: Memory): boolean {
  if (SILENT.has(task.module)) return true;
  if (isSkipped(run, task, ahead.know(run.local))) return true;
  if (task.module !== 'set_fact' || task.loop) return task.module === 'meta' && isIdleMeta(run, task);
  const on = ahead.know(run.local);
  const held = run.context.binder.condition(task.when, task, on);
  const values = run.context.binder.wordArgs(task, on);
  if (held.is === 'known' && values.is === 'known')
    for (const [name, value] of Object.entries(values.value)) ahead.assign(name, value);
  else for (const name of writtenNames(task)) ahead.doubt(name, { after: task, kind: 'pending', known: {} });
  return true;
}

/** What a set_fact sets. */
export const writtenNames = (task: Task): readonly string[] => {
  const { args } = task;
  if (args.is === 'map') return args.entries.map(entry => entry.key);
  return args.is === 'plain' && typeof args.value === 'object' && args.value ? Object.keys(args.value) : [];
};

/** `that` is compiled as conditions: its texts are in the task. */
export function assertedBy({ args }: Task): readonly Expression[] {
  const that = args.is === 'map' ? args.entries.find(({ key }) => key === 'that')?.value : undefined;
  const items = that?.is === 'list' ? that.items : that ? [that] : [];
  return items.flatMap(item => (item.is === 'expression' ? [item.expression] : []));
}

export function isIdleMeta(run: HostRun, task: Task): boolean {
  const word = JSON.stringify(task.args.is === 'plain' ? task.args.value : null);
  return word.includes('noop') || (word.includes('flush_handlers') && run.notified.size === 0);
}

const isSkipped = (run: HostRun, task: Task, on: Knowledge): boolean => {
  const held = run.context.binder.condition(task.when, task, on);
  return held.is === 'known' && !held.value;
};

function passModule(run: HostRun, task: Task, ahead: Memory, found: Prepared[]): boolean {
  const asked = task.loop ? askLoop(run, task, ahead, found, 0) : askOne(run, task, ahead.know(run.local), 0, found);
  if (task.register) ahead.doubt(task.register, { after: task, kind: 'pending', known: {} });
  if (task.module === 'setup') ahead.doubt('ansible_facts', { after: task, kind: 'pending', known: {} });
  return asked;
}

function askLoop(run: HostRun, task: Task, ahead: Memory, found: Prepared[], from: number): boolean {
  const items = run.context.binder.loopItems(task, ahead.know(run.local));
  if (items.is !== 'known') return true;
  const { loopVar, indexVar } = task.loopControl;
  for (const [i, item] of items.value.entries()) {
    if (found.length >= run.window) return false;
    if (i < from || isAnswered(run, keyOf(run, task, i))) continue;
    const on = ahead.know({ ...run.local, [loopVar]: item, ...(indexVar ? { [indexVar]: i } : {}) });
    if (!askOne(run, task, on, i, found)) return false;
  }
  return true;
}

/** Asked already, or done already. */
const isAnswered = (run: HostRun, key: string): boolean => run.observations.holds(key) || run.ahead.has(key);

/** False where the task will act whatever the host says: what is behind it would be asked in vain. */
function askOne(run: HostRun, task: Task, on: Knowledge, item: number, found: Prepared[]): boolean {
  if (isAnswered(run, keyOf(run, task, item)) || isSkipped(run, task, on) || isProbablyDone(run, task, item)) return true;
  const prepared = prepare(run, task, on, item);
  if (prepared.is !== 'known') return true;
  if (isBlind(prepared.value)) return run.context.options.check || !alwaysTouches(prepared.value);
  if (!prepared.value.delegate) found.push(prepared.value);
  return true;
}

/** A blind probe has the same answer everywhere, so its plan is known: a bare command is one change that touches all. */
function alwaysTouches({ task, module, args, probe }: Prepared): boolean {
  if (task.touches || task.changedWhen?.[0]?.text.trim() === 'false') return false;
  return module.plan(args, probe.parse(blindAnswer)).changes.some(change => change.touches.length > 0);
}
