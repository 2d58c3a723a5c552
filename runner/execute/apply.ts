// Doing: a change's steps on the host, in as few round trips as they allow. It decides nothing; faults carry what ran and what it said.
import type { Knowledge } from '../core/site.ts';
import type { Blob, Output, Session, Step } from '../core/types.ts';
import { sh } from '../core/shell.ts';
import type { Follower } from './convoy.ts';
import type { HostRun } from './host-run.ts';
import { sessionOf } from './observe.ts';
import { parted, unsent } from './parted.ts';
import type { Prepared } from './prepare.ts';
import { reconnect } from './reconnect.ts';
import { rideOf } from './ride.ts';
import { besideName, isBlob, MOST_BYTES, SMALL, stepQuestion, withEnvironment } from './steps.ts';

export interface Done {
  readonly outputs: readonly Output[];
  /** The first step that failed, with its output; the steps after it were not done. */
  readonly failed?: { readonly step: Step; readonly output: Output };
}

export const accepted = (step: Step): readonly number[] => ('run' in step ? (step.accept ?? [0]) : [0]);

/** Runs the steps in order and stops at the first that fails. `riders` are probes that come along with the last batch,
 *  `followers` deeds of later tasks, done in order where all before them went well. */
export async function perform(
  run: HostRun,
  own: Prepared,
  steps: readonly Step[],
  on: Knowledge,
  riders: readonly Prepared[],
  timeout: number,
  followers: readonly Follower[] = [],
): Promise<Done> {
  const waiting = new Set(followers);
  try {
    return await inTurn(run, { own, steps, on, riders, timeout, waiting });
  } finally {
    for (const one of waiting) one.resolve(unsent);
  }
}

interface Work {
  readonly own: Prepared;
  readonly steps: readonly Step[];
  readonly on: Knowledge;
  readonly riders: readonly Prepared[];
  readonly timeout: number;
  /** Followers that no batch has taken along yet. */
  readonly waiting: Set<Follower>;
}

async function inTurn(run: HostRun, { own, steps, on, riders, timeout, waiting }: Work): Promise<Done> {
  const outputs: Output[] = [];
  let session = await sessionOf(run, own, on);
  for (let i = 0; i < steps.length; ) {
    const step = steps[i] as Step;
    if ('reconnect' in step) {
      session = await reconnect(run, own, on, step, session);
      i += 1;
    } else if ('get' in step) {
      const sha256 = await session.get(step.get, step.into, own.as ? { as: own.as } : {});
      outputs.push(answer(sha256));
      i += 1;
    } else {
      const batch = await upload(session, own, steps, i);
      const isLast = i + batch.length >= steps.length;
      const followers = isLast && outputs.every(({ code }) => code === 0) ? [...waiting] : [];
      for (const one of followers) waiting.delete(one);
      const given = await ask(run, session, { own, batch, riders: isLast ? riders : [], followers, timeout });
      outputs.push(...given);
      const { failed } = doneOf(batch, given);
      if (failed) return { outputs, failed };
      i += batch.length;
    }
  }
  return { outputs };
}

/** The first step that was not accepted says that it failed. */
export function doneOf(steps: readonly Step[], outputs: readonly Output[]): Done {
  const bad = outputs.findIndex((output, k) => !accepted(steps[k] as Step).includes(output.code));
  return bad < 0 ? { outputs } : { outputs, failed: { step: steps[bad] as Step, output: outputs[bad] as Output } };
}

/** The steps from `start` that can be asked in one batch; large contents are streamed to the host first. */
async function upload(session: Session, own: Prepared, steps: readonly Step[], start: number): Promise<readonly Step[]> {
  const batch: Step[] = [];
  let bytes = 0;
  for (const step of steps.slice(start)) {
    if ('reconnect' in step || 'get' in step) break;
    const blob = 'put' in step && isBlob(step.content) ? step.content : undefined;
    const isSmall = blob !== undefined && blob.size <= SMALL;
    // What a step before it makes (a folder) must be there: a streamed file begins a batch of its own.
    if (blob && batch.length > 0 && (!isSmall || bytes + blob.size > MOST_BYTES)) break;
    if (blob && !isSmall && 'put' in step) await stream(session, own, step);
    batch.push(blob && isSmall ? { ...step, content: await bytesOf(blob) } : step);
    bytes += blob?.size ?? 0;
  }
  return batch;
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of blob.open()) parts.push(part);
  return Buffer.concat(parts);
}

async function stream(session: Session, own: Prepared, step: Extract<Step, { put: string }>): Promise<void> {
  const options = own.as ? { as: own.as } : {};
  const beside = besideName(step.put);
  await session.ask([{ sh: sh`rm -f -- ${beside}` }], { timeout: 60, ...options });
  await session.put(step.content as Blob, beside, options);
}

interface Batch {
  readonly own: Prepared;
  readonly batch: readonly Step[];
  readonly riders: readonly Prepared[];
  readonly followers: readonly Follower[];
  readonly timeout: number;
}

/** Resolves when the own answers are there, at the latest when all are. */
async function ask(
  run: HostRun,
  session: Session,
  { own, batch, riders, followers, timeout }: Batch,
): Promise<readonly Output[]> {
  const parties = [{ own, steps: batch }, ...(await Promise.all(followers.map(withBytes)))];
  const deeds = parties.flatMap((party, i) => party.steps.map(step => ({ step, group: i + 1, ...party })));
  const ride = rideOf(run, riders);
  const along = riders.length > 0 ? ride.questions : [];
  const questions = deeds.map(one => withEnvironment(stepQuestion(one.step, true) ?? { sh: sh`:` }, one.own.environment));
  const [first, ...others] = parted(
    parties.map(({ steps }) => steps.length),
    async onAnswer => {
      const outputs = await session.ask([...questions, ...along], {
        timeout,
        groups: [...deeds.map(({ group }) => group), ...along.map(() => 0)],
        accept: [...deeds.map(({ step }) => accepted(step)), ...along.map(() => [])],
        ...(followers.length > 0 ? { chained: true, onAnswer } : {}),
        ...(own.as ? { as: own.as } : {}),
      });
      ride.keep(outputs.slice(deeds.length));
      return outputs;
    },
  );
  followers.forEach((one, i) => void others[i]?.then(one.resolve, one.reject));
  return (await first) ?? [];
}

const withBytes = async ({ own, steps }: Follower): Promise<{ readonly own: Prepared; readonly steps: readonly Step[] }> => ({
  own,
  steps: await Promise.all(
    steps.map(async step => ('put' in step && isBlob(step.content) ? { ...step, content: await bytesOf(step.content) } : step)),
  ),
});

const answer = (text: string): Output => ({
  code: 0,
  stdout: new TextEncoder().encode(text),
  stderr: new Uint8Array(),
  text: () => text,
});
