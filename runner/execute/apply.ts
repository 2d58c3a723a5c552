// Doing: a change's steps on the host, in as few round trips as they allow. It decides nothing; faults carry what ran and what it said.
import type { Knowledge } from '../core/site.ts';
import type { Blob, Output, Session, Step } from '../core/types.ts';
import { sh } from '../core/shell.ts';
import type { HostRun } from './host-run.ts';
import { sessionOf } from './observe.ts';
import type { Prepared } from './prepare.ts';
import { reconnect } from './reconnect.ts';
import { rideOf } from './ride.ts';
import { besideName, stepQuestion, withEnvironment } from './steps.ts';

export interface Done {
  readonly outputs: readonly Output[];
  /** The first step that failed, with its output; the steps after it were not done. */
  readonly failed?: { readonly step: Step; readonly output: Output };
}

export const accepted = (step: Step): readonly number[] => ('run' in step ? (step.accept ?? [0]) : [0]);

/** Runs the steps in order and stops at the first that fails. `riders` are probes that come along with the last batch. */
export async function perform(
  run: HostRun,
  own: Prepared,
  steps: readonly Step[],
  on: Knowledge,
  riders: readonly Prepared[],
  timeout: number,
): Promise<Done> {
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
      const given = await ask(run, session, own, batch, isLast ? riders : [], timeout);
      outputs.push(...given);
      const bad = given.findIndex((output, k) => !accepted(batch[k] as Step).includes(output.code));
      if (bad >= 0) return { outputs, failed: { step: batch[bad] as Step, output: given[bad] as Output } };
      i += batch.length;
    }
  }
  return { outputs };
}

const isBlob = (content: unknown): content is Blob => typeof content === 'object' && content !== null && 'open' in content;

/** Bytes of a file that travels with its batch, and of all such files in one: a folder of small files is one transfer. */
const SMALL = 48 * 1024;
const MOST_BYTES = 2 * 1024 * 1024;

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

async function ask(
  run: HostRun,
  session: Session,
  own: Prepared,
  batch: readonly Step[],
  riders: readonly Prepared[],
  timeout: number,
): Promise<readonly Output[]> {
  const deeds = batch.map(step => withEnvironment(stepQuestion(step, true) ?? { sh: sh`:` }, own.environment));
  const ride = rideOf(run, riders);
  const along = riders.length > 0 ? ride.questions : [];
  const outputs = await session.ask([...deeds, ...along], {
    timeout,
    groups: [...batch.map(() => 1), ...along.map(() => 0)],
    accept: [...batch.map(accepted), ...along.map(() => [])],
    ...(own.as ? { as: own.as } : {}),
  });
  ride.keep(outputs.slice(batch.length));
  return outputs.slice(0, batch.length);
}

const answer = (text: string): Output => ({
  code: 0,
  stdout: new TextEncoder().encode(text),
  stderr: new Uint8Array(),
  text: () => text,
});
