// One task with its arguments on one host, once: look, think, do. It does not know of loops, conditions or handlers.
import type { Undoable } from '../core/journal.ts';
import type { Knowledge } from '../core/site.ts';
import type { AnyModule, Change, Fault, Footprint, Output, Plan, Vars } from '../core/types.ts';
import { type Decision, decide } from '../plan/decide.ts';
import { widened } from './aliases.ts';
import { approve } from './approve.ts';
import { accepted, type Done, doneOf, perform } from './apply.ts';
import { awaited, type Background, endedAtOnce, inBackground, started } from './background.ts';
import { keeping, withImages } from './before.ts';
import { gather } from './convoy.ts';
import type { HostRun } from './host-run.ts';
import { noteIntent } from './ledger.ts';
import { armed, guarded } from './lockout.ts';
import { companions, observe, sameUser } from './observe.ts';
import { failed, faultOf, okay, type Outcome, planned, skipped, unknown } from './outcome.ts';
import { deferred } from './parted.ts';
import { type Parsed, type Prepared, parse } from './prepare.ts';
import { stepFault } from './step-fault.ts';
import { type WithDebts, withDebts } from './with-debts.ts';

/** What keywords of the task say about this deed, rendered. */
export interface Manner {
  readonly check: boolean;
  /** Seconds; 0 = no limit. */
  readonly timeout: number;
  /** `changed_when: false`: the task says that it changes nothing. */
  readonly changesNothing: boolean;
  /** changed_when is an expression: what the deed changes is known only after it. */
  readonly changesUnknown: boolean;
  readonly touches?: readonly Footprint[];
  /** async: the deed is a job that goes on behind. */
  readonly background?: Background;
}

export async function runItem(run: HostRun, own: Prepared, on: Knowledge, manner: Manner): Promise<Outcome> {
  return (await before(run, own.key)) ?? now(run, own, on, manner);
}

/** What came of it as a part of an earlier round trip. Where it was not done there, nothing behind it was. */
async function before(run: HostRun, key: string): Promise<Outcome | undefined> {
  const early = run.ahead.get(key);
  run.ahead.delete(key);
  const outcome = await early?.();
  if (early && !outcome) run.ahead.clear();
  return outcome;
}

async function now(run: HostRun, own: Prepared, on: Knowledge, manner: Manner): Promise<Outcome> {
  const observation = await observe(run, own, on);
  const seen = parse(own, observation);
  // In a real run a task with check_mode: true is looked at on the host as it is: what another one foretold was never made.
  const stale = manner.check && isForetelling(run) ? run.foretold.after(observation.reads) : undefined;
  const decision = decide(own.module, own.args, { ...seen, stale }, run.foretold.facts());
  if (decision.is === 'broken')
    return failed(faultOf(own.task, run.name, decision.why, `tsrun doc ${own.task.module} says what the module needs`, 'E502'));
  if (decision.is === 'unknown') return unknown(decision.after, `not known before "${decision.after.name}" is done`);
  const { plan } = decision;
  if (plan.refuse) return failed(refusal(own, run.name, plan.refuse), plan.result);
  const forbidden = notAllowed(run, own, plan);
  if (forbidden) return { ...failed(forbidden, plan.result), ...planned(plan, own.module) };
  if (plan.changes.length === 0 && !plan.acts?.length)
    return manner.background?.poll === 0 && !manner.check
      ? endedAtOnce(run, own, on, plan)
      : { ...okay({ ...plan.result, ...(manner.background ? { started: 1, finished: 1 } : {}) }), ...warned(plan) };
  if (plan.changes.length > 0 && !manner.changesNothing) approve(run, own, on, plan, decision.state, stale !== undefined);
  return manner.check ? foretell(run, own, plan, manner) : carryOut(run, own, on, decision, manner);
}

const isForetelling = (run: HostRun): boolean => run.context.options.check;

export const unchanged = (plan: Plan): Outcome => ({ ...okay(plan.result), ...warned(plan) });

const warned = (plan: Plan): Pick<Outcome, 'warnings'> => (plan.warnings?.length ? { warnings: plan.warnings } : {});

const refusal = (own: Prepared, host: string, refuse: NonNullable<Plan['refuse']>): Fault =>
  faultOf(own.task, host, refuse.why, refuse.mend, refuse.code ?? 'E503');

export const mayDestroy = (plan: Plan): Change | undefined => plan.changes.find(change => change.impact === 'destroys');

/** A change that destroys data is done only where `--allow` names it. */
function notAllowed(run: HostRun, own: Prepared, plan: Plan): Fault | undefined {
  const { allow } = run.context.options;
  const names = [own.task.name, own.task.module, run.name];
  const destroying = mayDestroy(plan);
  if (!destroying || names.some(name => allow.has(name))) return undefined;
  return faultOf(
    own.task,
    run.name,
    `this would destroy data: ${destroying.summary}`,
    `if that is meant: --allow "${own.task.name}"`,
    'E504',
  );
}

/** A check run: the plan is the outcome, and what it would touch is remembered. */
function foretell(run: HostRun, own: Prepared, plan: Plan, manner: Manner): Outcome {
  if (plan.changes.length === 0 && plan.aside) return { ...okay(plan.result), ...warned(plan) };
  if (plan.changes.length === 0 || manner.changesNothing) {
    const after = { after: own.task, kind: 'foretold' as const, known: { changed: false, failed: false, unreachable: false } };
    return { ...skipped('not done in a check run'), unknown: after };
  }
  const touches = touched(plan.changes, manner);
  // A bare command says `*`: in a check run it makes unknown only what its register or its `touches` name (design.md 3).
  if (isForetelling(run))
    run.foretold.add(
      own.task,
      manner.touches ?? widened(run.aliases, touches).filter(print => print !== '*'),
      plan.changes.flatMap(change => change.foretells ?? []),
    );
  if (manner.changesUnknown)
    return { ...unknown(own.task, 'changed_when is known only after the run'), ...planned(plan, own.module) };
  const result: Vars = { ...plan.result, changed: true };
  const outcome: Outcome = {
    ...okay(result, plan.changes.map(change => change.summary).join('; ')),
    status: 'changed',
    ...planned(plan, own.module),
  };
  if (!own.module.result) return outcome;
  return {
    ...outcome,
    unknown: {
      after: own.task,
      kind: 'foretold',
      known: { ...plan.result, changed: true, failed: false, skipped: false, unreachable: false },
    },
  };
}

const touched = (changes: readonly Change[], manner: Manner): readonly Footprint[] =>
  manner.touches ?? changes.flatMap(change => change.touches);

/** Probes that travel with the first change; fewer where much of what is asked ahead is outdated before it is used. */
const FIRST_WINDOW = 64;
const LEAST_WINDOW = 8;

type Planned = Extract<Decision, { is: 'plan' }>;

/** What is to be done for one task, with all that must be known of it afterwards. */
export interface Deed {
  readonly own: Prepared;
  readonly on: Knowledge;
  readonly plan: Plan;
  readonly state: unknown;
  readonly manner: Manner;
  readonly touches: readonly Footprint[];
  readonly bound: WithDebts;
  /** For the journal, by which it could be undone. */
  readonly undo: Undoable | undefined;
}

export function deedOf(run: HostRun, own: Prepared, on: Knowledge, { plan, state }: Planned, manner: Manner): Deed {
  const actions = [...plan.changes.map(change => change.action), ...(plan.acts ?? [])];
  const deeds = actions.flatMap(action => own.module.apply(action));
  const steps = manner.background ? inBackground(deeds, manner.background, plan.result['cmd']) : deeds;
  const touches = manner.changesNothing ? (manner.touches ?? []) : touched(plan.changes, manner);
  const kept = keeping(run, own, plan.changes);
  const bound = withImages(kept, withDebts(run, own, on, changesSome(plan, manner), steps));
  return { own, on, plan, state, manner, touches, bound, undo: kept.undo };
}

const changesSome = (plan: Plan, manner: Manner): boolean => plan.changes.length > 0 && !manner.changesNothing;

async function carryOut(run: HostRun, own: Prepared, on: Knowledge, decision: Planned, manner: Manner): Promise<Outcome> {
  const { plan, state } = decision;
  const deed = deedOf(run, own, on, decision, manner);
  const thrown = run.observations.expire(widened(run.aliases, deed.touches));
  if (changesSome(plan, manner)) run.window = windowAfter(run.window, thrown);
  deed.bound.commit();
  const led = deferred<readonly Output[]>();
  const guard = changesSome(plan, manner) ? armed(run, own, on, plan.changes) : undefined;
  // Nothing travels with what may end the connection: it is confirmed alone.
  const followers = guard ? [] : gather(run, deed, led.answers);
  const riders = own.delegate === undefined ? sameUser(own.as, companions(run, own)) : [];
  const work = async (): Promise<Outcome> => {
    const first = guard ? [guard.step] : [];
    const going = perform(run, own, [...first, ...deed.bound.steps], on, riders, manner.timeout, followers);
    going.then(
      ({ outputs }) => led.resolve(outputs),
      () => led.resolve([]),
    );
    const all = await going;
    const done = deed.bound.own({ ...all, outputs: all.outputs.slice(first.length) });
    if (manner.background && !done.failed) return jobOf(run, own, on, plan, done, manner.background);
    return concluded(run, own, plan, state, done);
  };
  await Promise.all([noteIntent(run, own, plan.changes, deed.undo), ...followers.map(({ intend }) => intend())]);
  const outcome = guard ? await guarded(run, own, guard, work) : await work();
  return outcome.status === 'changed' && run.context.options.verify && !plan.repeats ? verified(run, own, on, outcome) : outcome;
}

const windowAfter = (window: number, thrown: number): number =>
  thrown * 2 > window ? Math.max(LEAST_WINDOW, Math.min(FIRST_WINDOW, window >> 1)) : Math.min(FIRST_WINDOW, window);

function jobOf(run: HostRun, own: Prepared, on: Knowledge, plan: Plan, done: Done, background: Background): Promise<Outcome> {
  const jid = done.outputs.at(-1)?.text().trim() ?? '';
  return background.poll === 0 ? Promise.resolve(started(own, plan, jid)) : awaited(run, own, on, plan, jid, background);
}

/** The outcome of a deed that travelled with an earlier one. */
export function carriedOut(run: HostRun, { own, plan, state, bound }: Deed, outputs: readonly Output[]): Outcome {
  bound.commit();
  return concluded(run, own, plan, state, bound.own(doneOf(bound.steps, outputs)));
}

/** The outcome of deeds that were done: the module reads its outputs, the engine the exit codes. */
function concluded(run: HostRun, own: Prepared, plan: Plan, state: unknown, done: Done): Outcome {
  const changed = plan.changes.length > 0;
  const result = resultOf(own.module, own.args, state, plan, done.outputs);
  const said = { ...planned(plan, own.module), ...warned(plan) };
  const isFailed = result['failed'] === true || (done.failed !== undefined && result['failed'] === undefined);
  if (isFailed) {
    const made = madeOf(own.module, plan, done);
    const known = made > 0 ? { ...result, changed: true } : result;
    return { ...failed(stepFault(run, own, plan, done, result, made), known), ...said };
  }
  const isChanged = typeof result['changed'] === 'boolean' ? result['changed'] : changed;
  const message = plan.changes.map(change => change.summary).join('; ');
  const outcome = { ...okay({ ...result, changed: isChanged }, message), ...said };
  return isChanged ? { ...outcome, status: 'changed' } : { ...outcome, diff: [], changes: [] };
}

/** How many changes were made wholly, where one failed. Neighbours in a cluster are made side by side: it need not be the last. */
function madeOf(module: AnyModule, { changes }: Plan, { outputs, failed: bad }: Done): number {
  if (!bad) return 0;
  let next = 0;
  return changes.filter(change => {
    const own = module.apply(change.action).filter(step => !('reconnect' in step));
    const given = outputs.slice(next, (next += own.length));
    return own.length > 0 && given.length === own.length && own.every((step, i) => accepted(step).includes(given[i]?.code ?? -1));
  }).length;
}

function resultOf(module: AnyModule, args: unknown, state: unknown, plan: Plan, outputs: readonly Output[]): Vars {
  return module.result ? { ...plan.result, ...module.result(args, state, outputs) } : plan.result;
}

/** --verify: look again after the deed; a plan that is not empty then is a fault of the module, told as a failure. */
async function verified(run: HostRun, own: Prepared, on: Knowledge, outcome: Outcome): Promise<Outcome> {
  run.observations.take(own.key, own.args);
  const again: Parsed = parse(own, await observe(run, own, on));
  const decision = decide(own.module, own.args, again, []);
  if (decision.is === 'plan' && decision.plan.changes.length === 0 && !decision.plan.refuse) return outcome;
  const left =
    decision.is === 'plan'
      ? (decision.plan.refuse?.why ?? decision.plan.changes.map(change => change.summary).join('; '))
      : 'the answer cannot be read';
  return {
    ...outcome,
    ...failed(
      faultOf(
        own.task,
        run.name,
        `after the change this is still to do: ${left}`,
        `please report it with the output of -vvv: "${own.task.module}" did not reach its state`,
        'E505',
      ),
      outcome.result,
    ),
  };
}
