// One task and item with its conditions: when, until and retries, changed_when, failed_when. Every failure becomes an Outcome,
// but a lost connection, which ends the host.
import type { Answer, Expression, Knowledge, Task } from '../core/site.ts';
import type { Fault, Vars } from '../core/types.ts';
import { BecomeFailed, TimedOut, TransferFailed } from '../core/lost.ts';
import type { HostRun } from './host-run.ts';
import { runItem } from './item.ts';
import { isQuiet, mannerOf, retryOf } from './keywords.ts';
import { digestOf, noteTask } from './ledger.ts';
import { freshRevision } from './memory.ts';
import { BindFailed } from './observe.ts';
import { failed, faultOf, type Outcome, skipped, unknown } from './outcome.ts';
import { prepare } from './prepare.ts';
import { replayed } from './replay.ts';
import { runWord } from './words/index.ts';

/** Everything about one item, from its condition to its outcome. */
export async function attempt(run: HostRun, task: Task, on: Knowledge, item: number): Promise<Outcome> {
  try {
    if (run.unknownBecause) return unknown(run.unknownBecause, 'the condition of what includes it is not known');
    const held = run.context.binder.condition(task.when, task, on);
    if (held.is === 'known' && !held.value) return skipped('the condition is false');
    if (held.is !== 'known') return unanswered(run, task, held);
    const outcome = replayed(run, task, on, item) ?? (await untilGood(run, task, on, item));
    return noted(run, task, item, isQuiet(run, task, on) ? hidden(outcome) : outcome);
  } catch (error) {
    return noted(run, task, item, caught(run, task, error));
  }
}

function noted(run: HostRun, task: Task, item: number, outcome: Outcome): Outcome {
  noteTask(run, task, item, outcome);
  return outcome;
}

export function caught(run: HostRun, task: Task, error: unknown): Outcome {
  if (error instanceof BindFailed) return wrong(run, task, error.faults);
  if (error instanceof BecomeFailed || error instanceof TransferFailed) return failed({ ...error.fault, at: task.span });
  if (error instanceof TimedOut)
    return failed(
      faultOf(
        task,
        run.name,
        `no answer within ${error.seconds} s; what ran on the host was ended`,
        'give it more time with "timeout: SECONDS" on the task',
        'E507',
      ),
    );
  throw error;
}

/** A mistake in what was written that only this host's values show. */
function wrong(run: HostRun, task: Task, faults: readonly Fault[]): Outcome {
  const [first] = faults;
  const why = faults.map(fault => (fault.what ? `${fault.what}: ${fault.why}` : fault.why)).join('\n');
  return failed({
    code: first?.code ?? 'E508',
    what: `${run.name}: "${task.name}" failed`,
    at: first?.at ?? task.span,
    why,
    mend: first?.mend ?? 'mend the expression',
  });
}

export function unanswered(run: HostRun, task: Task, answer: Exclude<Answer<unknown>, { is: 'known' }>): Outcome {
  if (answer.is === 'fault') return wrong(run, task, answer.faults);
  const { after, kind } = answer.unknown;
  if (kind === 'foretold' && !run.context.options.check) return foretoldAlone(run, task, answer.name, after);
  if (kind === 'foretold') return unknown(after, `it reads "${answer.name}", which is known after "${after.name}" has run`);
  return failed(
    faultOf(
      task,
      run.name,
      `"${answer.name}" has no value: "${after.name}" did not set it on this host`,
      `read it as ${answer.name}.?field.orValue(...) or give the task the same condition`,
      'E509',
    ),
  );
}

/** A real run leaves nothing undone because it does not know: `after` has check_mode: true. */
const foretoldAlone = (run: HostRun, task: Task, name: string, after: Task): Outcome =>
  failed(
    faultOf(
      task,
      run.name,
      `it reads "${name}", which is known after "${after.name}" has run, and that runs in check mode alone`,
      `read ${name}.changed, or write check_mode: false at "${after.name}"`,
      'E509',
    ),
  );

async function untilGood(run: HostRun, task: Task, on: Knowledge, item: number): Promise<Outcome> {
  const { tries, delayMs } = retryOf(run, task, on);
  for (let n = 1; ; n++) {
    const outcome = judged(run, task, on, await once(run, task, on, item));
    const attempts = tries > 1 ? { attempts: n } : {};
    const numbered: Outcome = { ...outcome, result: { ...outcome.result, ...attempts } };
    if (outcome.status === 'unknown' || outcome.unknown || isGood(run, task, on, numbered)) return numbered;
    // The last try is not counted as a retry that was left (semantics.md 2.6).
    const spent = { ...outcome, result: { ...outcome.result, attempts: Math.max(1, n - 1) } };
    if (n >= tries || run.context.signal.aborted) return exhausted(run, task, tries > 1 ? spent : numbered, n);
    await run.context.clock.sleep(delayMs, run.context.signal);
  }
}

function isGood(run: HostRun, task: Task, on: Knowledge, outcome: Outcome): boolean {
  if (!task.until) return !(task.retries && outcome.status === 'failed');
  return truth(run, task, with_(task, on, outcome.result), task.until);
}

function exhausted(run: HostRun, task: Task, outcome: Outcome, attempts: number): Outcome {
  if (!task.until || outcome.status === 'failed') return outcome;
  const text = task.until.map(condition => condition.text).join(' and ');
  return {
    ...outcome,
    ...failed(
      faultOf(
        task,
        run.name,
        `after ${attempts} attempts this did not hold: ${text}`,
        'raise "retries" or "delay", or look at the result with -vvv',
        'E510',
      ),
      outcome.result,
    ),
  };
}

async function once(run: HostRun, task: Task, on: Knowledge, item: number): Promise<Outcome> {
  if (task.isWord) return runWord(run, task, on);
  const prepared = prepare(run, task, on, item);
  if (prepared.is !== 'known') return unanswered(run, task, prepared);
  const { delegate } = prepared.value;
  const digest = digestOf(run, prepared.value);
  const outcome = await runItem(run, prepared.value, on, mannerOf(run, task, on));
  return { ...outcome, digest, ...(delegate ? { delegate } : {}) };
}

/** The result under the task's register name, for the conditions of the task itself. */
const with_ = (task: Task, on: Knowledge, result: Vars): Knowledge =>
  task.register ? { ...on, local: { ...on.local, [task.register]: result }, revision: freshRevision() } : on;

/** changed_when and failed_when have the last word on a task that ran. */
function judged(run: HostRun, task: Task, on: Knowledge, outcome: Outcome): Outcome {
  if (outcome.status === 'skipped' || outcome.status === 'unknown' || outcome.unknown) return outcome;
  const after = with_(task, on, outcome.result);
  let judgedOutcome = outcome;
  if (task.failedWhen) judgedOutcome = failedBy(run, task, outcome, truth(run, task, after, task.failedWhen));
  if (task.changedWhen && judgedOutcome.status !== 'failed')
    judgedOutcome = changedBy(judgedOutcome, truth(run, task, after, task.changedWhen));
  return judgedOutcome;
}

function failedBy(run: HostRun, task: Task, outcome: Outcome, isFailed: boolean): Outcome {
  const { result } = outcome;
  if (!isFailed) {
    const changed = result['changed'] === true || (outcome.status === 'failed' && outcome.changes.length > 0);
    const { fault: _, ...rest } = outcome;
    return {
      ...rest,
      status: changed ? 'changed' : 'ok',
      result: { ...result, failed: false, changed, failed_when_result: false },
    };
  }
  const why = `failed_when holds: ${task.failedWhen?.map(condition => condition.text).join(' and ')}`;
  const fault = outcome.fault ?? faultOf(task, run.name, why, 'look at the result with -vvv', 'E511');
  return { ...outcome, ...failed(fault, { ...result, failed_when_result: true }), diff: outcome.diff, changes: outcome.changes };
}

const changedBy = (outcome: Outcome, changed: boolean): Outcome => ({
  ...outcome,
  status: changed ? 'changed' : 'ok',
  diff: changed ? outcome.diff : [],
  changes: changed ? outcome.changes : [],
  result: { ...outcome.result, changed },
});

function truth(run: HostRun, task: Task, on: Knowledge, conditions: readonly Expression[]): boolean {
  const answer = run.context.binder.condition(conditions, task, on);
  if (answer.is === 'fault') throw new BindFailed(answer.faults);
  return answer.is === 'known' && answer.value;
}

/** no_log: nothing of it is shown, only that it was done and how it ended. */
function hidden(outcome: Outcome): Outcome {
  const censored = 'the output is hidden by no_log';
  const fault = outcome.fault ? { ...outcome.fault, why: censored } : undefined;
  return {
    ...outcome,
    message: outcome.status === 'ok' ? '' : censored,
    diff: [],
    changes: [],
    hidden: true,
    ...(fault ? { fault } : {}),
  };
}
