// Notes of a check run <-> the plan in a file: digests that hold no secret, and where two looks at a host differ. Pure.
import { createHmac, randomBytes, scryptSync } from 'node:crypto';
import type { PlannedHost, PlannedTask } from '../core/saved-plan.ts';
import type { Redactor } from '../core/secret.ts';
import { MASK } from '../core/secret.ts';
import type { Change } from '../core/types.ts';
import { type Fits, type Noted, summaries } from '../plan/approval.ts';

export { type Approval, createGuard, createNotes, type Noted, type Notes } from '../plan/approval.ts';

export const newSalt = (): string => randomBytes(16).toString('hex');

/** A hundredth of a second for each guess: only where a secret is inside. */
const SLOW = { N: 4096, r: 8, p: 1 };

/** Blobs are their sha256, bytes are base64; functions are nothing. */
const plain = (_key: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null || !('sha256' in value && 'open' in value)) return value;
  const { sha256, mode } = value as { sha256: unknown; mode?: unknown };
  return { sha256, mode };
};
const textOf = (value: unknown): string => JSON.stringify(value, plain) ?? '';

/** `h:` is quick, `s:` slow; the first of both says how to make it again. */
function digestOf(text: string, salt: string, isSecret: boolean): string {
  return isSecret
    ? `s:${scryptSync(text, salt, 32, SLOW).toString('hex')}`
    : `h:${createHmac('sha256', salt).update(text).digest('hex')}`;
}

const wholeOf = ({ summary, diff, impact, touches, action }: Change): string =>
  textOf({ summary, diff, impact, touches, action });

/** Whether the changes are those of the plan, to the last byte and in their order. */
export const fitting =
  (salt: string): Fits =>
  ({ changes }, now) =>
    changes.length === now.length &&
    changes.every(({ digest }, i) => digestOf(wholeOf(now[i] as Change), salt, digest.startsWith('s:')) === digest);

export function plannedTask(noted: Noted, salt: string, redactor: Redactor): PlannedTask {
  const { host: _host, pass: _pass, changes, seen, hidden, index: _index, ...rest } = noted;
  const mask = (text: string): string => (redactor.isShort(text) ? MASK : redactor.redact(text));
  const digest = (text: string): string => digestOf(text, salt, hidden || redactor.redact(text) !== text);
  const target = (change: Change): PlannedTask['changes'][number]['diff'] => ({
    target: hidden ? '' : mask(change.diff.target),
    before: hidden ? '' : mask(change.diff.before),
    after: hidden ? '' : mask(change.diff.after),
  });
  return {
    ...rest,
    task: mask(rest.task),
    ...(rest.item === undefined ? {} : { item: hidden ? 'hidden' : mask(rest.item) }),
    changes: changes.map(change => ({
      summary: hidden ? 'hidden by no_log' : mask(change.summary),
      diff: target(change),
      digest: digest(wholeOf(change)),
    })),
    seen: seen === undefined ? '' : digest(textOf(seen)),
  };
}

export interface Moved {
  readonly task: Pick<Noted, 'play' | 'role' | 'task' | 'module' | 'path'>;
  readonly why: string;
}

/** Where a host is not as it was when the plan was made: something else, more, or less would be changed. */
export function movedSince({ tasks }: PlannedHost, now: readonly Noted[], fits: Fits): readonly Moved[] {
  const before = new Map(tasks.map(task => [task.key, task]));
  const after = new Map(now.map(noted => [noted.key, noted]));
  const more = now.flatMap(noted => {
    const plan = before.get(noted.key);
    const why = plan ? differing(plan, noted, fits) : `more than planned would be changed: ${told(noted)}`;
    return why === undefined ? [] : [{ task: noted, why }];
  });
  const less = tasks.filter(task => !after.has(task.key));
  return [...more, ...less.map(task => ({ task, why: `this is not to be done any more: ${summaries(task.changes)}` }))];
}

const told = ({ known, changes }: { known: boolean; changes: readonly { summary: string }[] }): string =>
  known ? summaries(changes) : 'something that is known only in the run';

function differing(plan: PlannedTask, now: Noted, fits: Fits): string | undefined {
  if (plan.known === now.known && fits(plan, now.changes)) return undefined;
  const [was, is] = [told(plan), told(now)];
  return was === is ? `what is there is another than it was: ${is}` : `planned was: ${was}; now it would be: ${is}`;
}
