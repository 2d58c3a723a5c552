// Deeds of later tasks that travel with a change, in order, up to the first that fails: one round trip for many tasks. It
// chooses them: only what would be done all the same if each task waited for the one before it.
import type { Knowledge, Task, Value } from '../core/site.ts';
import type { Output, Step, Vars } from '../core/types.ts';
import { waitsBefore } from '../plan/barrier.ts';
import { decide } from '../plan/decide.ts';
import { widened } from './aliases.ts';
import type { FlatFrame, HostRun } from './host-run.ts';
import { carriedOut, type Deed, deedOf, mayDestroy, type Manner, unchanged } from './item.ts';
import { mannerOf } from './keywords.ts';
import { noteIntent, noteUndone } from './ledger.ts';
import { mayLockOut } from './lockout.ts';
import { assertedBy, isIdleMeta } from './look.ts';
import type { Memory } from './memory.ts';
import { type Outcome, skipped } from './outcome.ts';
import { type Deferred, deferred, isFine, isNotBegun, isUndone } from './parted.ts';
import { blindAnswer, isBlind, type Prepared, parse, prepare } from './prepare.ts';
import { userKey } from './ride.ts';
import { MOST_BYTES, sendable } from './steps.ts';

/** A deed of a later task on its way. */
export interface Follower extends Deferred<readonly Output[]> {
  readonly own: Prepared;
  readonly steps: readonly Step[];
  /** Into the journal, before the host is told. */
  intend(): Promise<void>;
}

/** What came of a task before its turn; undefined where it was not done, and all is as if it had not been tried. */
export type Early = () => Promise<Outcome | undefined>;

/** Deeds in one batch: an answer is waited for now and then. */
const MOST_DEEDS = 64;

interface Convoy {
  readonly run: HostRun;
  readonly leader: Prepared;
  readonly target: string;
  readonly ahead: Memory;
  readonly followers: Follower[];
  /** Answers of the last deed so far: what stands behind it holds if all went well up to there. */
  last: Promise<readonly Output[]>;
  bytes: number;
  /** A change that notifies: where handlers are flushed the order is not foreseen any more. */
  notifies: boolean;
}

/** Chooses the followers of a deed and notes in `run.ahead` what is decided by that. `led` gives the leader's answers. */
export function gather(run: HostRun, { own, on, manner, bound }: Deed, led: Promise<readonly Output[]>): readonly Follower[] {
  const { waves, verify } = run.context.options;
  if (!waves || verify || run.cautious || run.unknownBecause) return [];
  // What a run that is resumed has done is not planned again; what a saved plan has is weighed task by task.
  if (run.context.ledger?.past || run.context.approval) return [];
  if (!mayGoOn(own.task, own, manner) || !isPlain(run, own.task) || own.delegate !== undefined) return [];
  // What is fetched may be what the next task sends.
  if (bound.steps.some(step => 'get' in step || 'reconnect' in step)) return [];
  const convoy: Convoy = {
    run,
    leader: own,
    target: targetOf(run, own.task, on),
    ahead: run.memory.fork(),
    followers: [],
    last: led,
    bytes: 0,
    notifies: own.task.notify.length > 0,
  };
  walk(convoy);
  return convoy.followers;
}

/** Nothing of the runner's may be decided between this deed and the next: an exit code must say all. Behind a program of the
 *  user's, which may take long, nothing is sent: an interrupt finds the next task not begun, and a cut leaves one in doubt, not many. */
const mayGoOn = (task: Task, { module, probe }: Prepared, manner: Manner): boolean =>
  !module.opaque &&
  !('api' in probe.ask) &&
  (!module.result || module.failsByCode === true) &&
  !task.failedWhen &&
  !manner.changesUnknown &&
  manner.timeout === 0 &&
  !manner.background;

/** Keywords that put something between the tasks. */
const isPlain = (run: HostRun, task: Task): boolean =>
  !task.until &&
  !task.retries &&
  !task.throttle &&
  !task.async &&
  !task.checkMode &&
  !task.loopControl.pause &&
  !waitsBefore(run.play, task); // prettier-ignore

const targetOf = (run: HostRun, task: Task, on: Knowledge): string => {
  const target = run.context.binder.target(task, on);
  return target.is === 'known' && target.value.connection !== 'kubernetes'
    ? JSON.stringify([target.value.connection, target.value.user, target.value.address, target.value.port])
    : '';
};

function walk(convoy: Convoy): void {
  const { run, leader } = convoy;
  const frame = run.frames.at(-1);
  if (convoy.target === '' || !frame) return;
  if (leader.task.loop ? !takeLoop(convoy, leader.task, leader.item + 1) : !remembers(convoy, leader.task)) return;
  // An item of the loop has failed: the others are done, and then the task fails.
  if (leader.task.loop && run.loopBroke) return;
  for (let i = frame.at + 1; i < frame.tasks.length; i++) {
    const task = frame.tasks[i];
    if (!task || mayFlush(convoy, frame, i) || !isPlain(run, task)) return;
    if (!(task.isWord ? passWord(convoy, task) : passTask(convoy, task))) return;
  }
}

/** Handlers may run here, or debts of an earlier run be paid. */
const mayFlush = ({ run, notifies }: Convoy, frame: FlatFrame, at: number): boolean =>
  frame.flushes.has(at) && (notifies || run.notified.size > 0 || run.owed.labels.size > 0);

const passTask = (convoy: Convoy, task: Task): boolean =>
  task.loop ? takeLoop(convoy, task, 0) : takeOne(convoy, task, convoy.ahead.know(convoy.run.local), 0);

/** All items, then the register of all of them, which nobody knows yet. */
function takeLoop(convoy: Convoy, task: Task, from: number): boolean {
  const { run, ahead } = convoy;
  const items = run.context.binder.loopItems(task, ahead.know(run.local));
  if (items.is !== 'known' || task.loopControl.extended) return false;
  const { loopVar, indexVar } = task.loopControl;
  for (const [i, item] of items.value.entries()) {
    if (i < from) continue;
    const on = ahead.know({ ...run.local, [loopVar]: item, ...(indexVar ? { [indexVar]: i } : {}) });
    if (!takeOne(convoy, task, on, i)) return false;
  }
  return remembers(convoy, task);
}

/** The register of a task that will have run by then; without an outcome its value is not known. */
function remembers({ ahead }: Convoy, task: Task, outcome?: Outcome): boolean {
  if (!task.register) return true;
  if (outcome && !task.changedWhen && !task.failedWhen) ahead.assign(task.register, outcome.result);
  else ahead.doubt(task.register, { after: task, kind: 'pending', known: {} });
  return true;
}

/** False: the convoy ends before this task, or with it. */
function takeOne(convoy: Convoy, task: Task, on: Knowledge, item: number): boolean {
  const { run } = convoy;
  const held = run.context.binder.condition(task.when, task, on);
  if (held.is !== 'known') return false;
  if (!held.value) return task.loop ? true : remembers(convoy, task, skipped('the condition is false'));
  const prepared = prepare(run, task, on, item);
  if (prepared.is !== 'known' || !fits(convoy, prepared.value, on)) return false;
  const manner = foreseenManner(run, task, on);
  return manner !== undefined && !manner.check && decideOne(convoy, prepared.value, on, manner);
}

function foreseenManner(run: HostRun, task: Task, on: Knowledge): Manner | undefined {
  try {
    return mannerOf(run, task, on);
  } catch {
    // The task will tell of it in its turn.
    return undefined;
  }
}

/** The same shell, and arguments that no deed of the convoy can alter: a runner that is the host may write what they are made of. */
function fits({ run, leader, target }: Convoy, own: Prepared, on: Knowledge): boolean {
  if (own.delegate !== undefined || 'api' in own.probe.ask || userKey(own.as) !== userKey(leader.as)) return false;
  if (targetOf(run, own.task, on) !== target || run.ahead.has(own.key)) return false;
  return !target.startsWith('["local"') || (isWritten(own.task.args, on) && !own.module.local?.(own.args).length);
}

/** Plain data, and what is known of the host and the loop: no function and no variable of a file. */
function isWritten(args: Value, on: Knowledge): boolean {
  if (args.is === 'plain') return true;
  if (args.is === 'map') return args.entries.every(({ value }) => isWritten(value, on));
  if (args.is === 'list') return args.items.every(value => isWritten(value, on));
  if (args.is === 'secret') return false;
  const expressions = args.is === 'expression' ? [args.expression] : args.parts.filter(part => typeof part !== 'string');
  return expressions.every(
    ({ text, references }) =>
      !text.includes('(') && references.every(({ path: [name = ''] }) => Object.hasOwn(on.local, name) || on.assigned.has(name)),
  );
}

/** Words that ask no host: what they come to is known already, or the convoy ends here. */
function passWord(convoy: Convoy, task: Task): boolean {
  const { run, ahead } = convoy;
  if (task.loop || task.failedWhen || task.changedWhen) return false;
  const on = ahead.know(run.local);
  const { binder } = run.context;
  const held = binder.condition(task.when, task, on);
  if (held.is !== 'known') return false;
  if (!held.value) return remembers(convoy, task, skipped('the condition is false'));
  if (task.module === 'meta') return isIdleMeta(run, task) && !convoy.notifies && run.owed.labels.size === 0;
  const args = binder.wordArgs(task, on);
  if (args.is !== 'known' || !passes(convoy, task, args.value, on)) return false;
  return remembers(convoy, task);
}

function passes({ run, ahead }: Convoy, task: Task, args: Vars, on: Knowledge): boolean {
  if (task.module === 'assert') {
    const holds = run.context.binder.condition(assertedBy(task), task, on);
    return holds.is === 'known' && holds.value;
  }
  if (task.module !== 'set_fact') return task.module === 'debug';
  for (const [name, value] of Object.entries(args)) if (name !== 'cacheable') ahead.assign(name, value);
  return true;
}

function decideOne(convoy: Convoy, own: Prepared, on: Knowledge, manner: Manner): boolean {
  const { run } = convoy;
  const seen = isBlind(own) ? { args: own.args, output: blindAnswer, reads: [] } : run.observations.peek(own.key, own.args);
  if (!seen) return false;
  const decision = decide(own.module, own.args, parse(own, seen), []);
  if (decision.is !== 'plan' || decision.plan.refuse || mayDestroy(decision.plan)) return false;
  const { plan } = decision;
  if ('ansible_facts' in plan.result) return false;
  convoy.notifies ||= own.task.notify.length > 0;
  if (plan.changes.length === 0 && !plan.acts?.length) return passIdle(convoy, own, manner, unchanged(plan));
  if (mayLockOut(run, own, on, plan.changes)) return false;
  const deed = plannedDeed(run, own, on, decision, manner);
  const bytes = deed ? sendable(deed.bound.steps) : undefined;
  if (!deed || bytes === undefined || manner.background || convoy.bytes + bytes > MOST_BYTES) return false;
  convoy.bytes += bytes;
  return join(convoy, deed) && convoy.followers.length < MOST_DEEDS;
}

function plannedDeed(...words: Parameters<typeof deedOf>): Deed | undefined {
  try {
    return deedOf(...words);
  } catch {
    return undefined;
  }
}

/** As it should be: said in its turn, if all before it went well. Its answer is used up now, before later deeds outdate it. */
function passIdle(convoy: Convoy, own: Prepared, manner: Manner, outcome: Outcome): boolean {
  const { run, last } = convoy;
  run.observations.take(own.key, own.args);
  run.ahead.set(own.key, async () => ((await last.then(isFine, () => false)) ? outcome : undefined));
  if (own.task.failedWhen || manner.changesUnknown) return false;
  return own.task.loop ? true : remembers(convoy, own.task, outcome);
}

function join(convoy: Convoy, deed: Deed): boolean {
  const { run } = convoy;
  const { own, manner } = deed;
  // An item of the loop that runs now is of the task that has come up; any other task is still to come.
  const passes = own.task === convoy.leader.task ? 0 : 1;
  const follower: Follower = {
    own,
    steps: deed.bound.steps,
    intend: () => noteIntent(run, own, deed.plan.changes, deed.undo, passes),
    ...deferred<readonly Output[]>(),
  };
  void follower.answers.then(
    outputs => isNotBegun(outputs) && noteUndone(run, own, passes),
    () => undefined,
  );
  run.observations.take(own.key, own.args);
  run.observations.expire(widened(run.aliases, deed.touches));
  convoy.followers.push(follower);
  convoy.last = follower.answers;
  run.ahead.set(own.key, async () => {
    const outputs = await follower.answers;
    return isUndone(outputs) ? undefined : carriedOut(run, deed, outputs);
  });
  if (!mayGoOn(own.task, own, manner)) return false;
  return own.task.loop ? true : remembers(convoy, own.task);
}
