// Changes that can lock one out: armed on the host before they are made, so that it takes them back by itself, and let stand only when
// a new connection works. What is done on the host is lockout-scripts.ts; which changes these are is lockout-kinds.ts.
import { randomBytes } from 'node:crypto';
import { BecomeFailed, TimedOut, Unreachable } from '../core/lost.ts';
import { sh } from '../core/shell.ts';
import type { Knowledge } from '../core/site.ts';
import type { Become, Change, Fault, Script, Step, Target } from '../core/types.ts';
import { notifiedBy } from './handlers.ts';
import type { Flow, HostRun } from './host-run.ts';
import { keyword } from './keywords.ts';
import { dangerOf, filesOf } from './lockout-kinds.ts';
import { armScript, disarmScript, type Kind, revertScript, standScript } from './lockout-scripts.ts';
import { failed, faultOf, type Outcome } from './outcome.ts';
import type { Prepared } from './prepare.ts';
import { userKey } from './ride.ts';

/** A guard that stands on the host, one for each user that made guarded changes. */
export interface Guard {
  readonly id: string;
  readonly within: number;
  readonly target: Target;
  readonly as?: Become;
  /** Handlers by which its changes come into force. */
  readonly due: Set<number>;
  readonly paths: Set<string>;
}

export interface Armed {
  readonly guard: Guard;
  readonly step: Step;
}

const USUAL_SECONDS = 60;
const PAUSE_MS = 500;
const SETTLE_MS = 1000;

/** What `revert_unless_reached` says: seconds, false, or {within, reload}. */
interface Told {
  readonly within: number;
  readonly reload?: string;
  readonly isTold: boolean;
}

function toldOf(run: HostRun, own: Prepared, on: Knowledge): Told {
  const value = keyword<unknown>(run, own.task, on, own.task.revertUnlessReached, undefined);
  if (typeof value === 'object' && value !== null) {
    const { within, reload } = value as { within?: unknown; reload?: unknown };
    return { within: Number(within ?? USUAL_SECONDS), isTold: true, ...(typeof reload === 'string' ? { reload } : {}) };
  }
  if (value === undefined || value === true) return { within: USUAL_SECONDS, isTold: value === true };
  return { within: Number(value), isTold: true };
}

interface Case {
  readonly target: Target;
  readonly told: Told;
  readonly kinds: readonly Kind[];
  readonly paths: readonly string[];
}

/** Undefined for nearly all. */
function caseOf(run: HostRun, own: Prepared, on: Knowledge, changes: readonly Change[]): Case | undefined {
  if (changes.length === 0 || own.delegate !== undefined || !('sh' in own.probe.ask)) return undefined;
  const standing = run.guards.get(userKey(own.as));
  const target = run.context.binder.target(own.task, on);
  if (target.is !== 'known' || target.value.connection === 'local') return undefined;
  const danger = dangerOf(own.task.module, own.args, changes, target.value.user);
  const told = toldOf(run, own, on);
  if (told.within <= 0) return undefined;
  const isDue = run.inHandler && standing?.due.has(own.task.id) === true;
  const enforces = standing !== undefined && (danger.enforces || isDue);
  if (danger.kinds.length === 0 && !told.isTold && !enforces) return undefined;
  return { target: target.value, told, kinds: danger.kinds, paths: told.isTold ? filesOf(changes) : danger.paths };
}

/** Such a change is done alone. A keyword that cannot be read is told of in its turn. */
export function mayLockOut(run: HostRun, own: Prepared, on: Knowledge, changes: readonly Change[]): boolean {
  try {
    return caseOf(run, own, on, changes) !== undefined;
  } catch {
    return true;
  }
}

export function armed(run: HostRun, own: Prepared, on: Knowledge, changes: readonly Change[]): Armed | undefined {
  const found = caseOf(run, own, on, changes);
  if (!found) return undefined;
  const { told, target, paths, kinds } = found;
  const key = userKey(own.as);
  const guard: Guard = run.guards.get(key) ?? newGuard(told.within, target, own.as);
  run.guards.set(key, guard);
  for (const path of paths) guard.paths.add(path);
  for (const { id } of notifiedBy(run, own.task, on)) guard.due.add(id);
  const { id, within } = guard;
  const reload = told.reload === undefined ? {} : { reload: told.reload };
  return { guard, step: { run: { sh: armScript({ id, within, paths, kinds, ...reload }) } } };
}

const newGuard = (within: number, target: Target, as: Become | undefined): Guard => ({
  ...{ id: randomBytes(6).toString('hex'), within, target, due: new Set<number>(), paths: new Set<string>() },
  ...(as ? { as } : {}),
});

/** Does the deed, then sees whether a new connection works: only then does it stand. */
export async function guarded(run: HostRun, own: Prepared, { guard }: Armed, deed: () => Promise<Outcome>): Promise<Outcome> {
  let lost: unknown;
  const outcome = await deed().catch((error: unknown) => {
    if (!(error instanceof Unreachable || error instanceof TimedOut || error instanceof BecomeFailed)) throw error;
    lost = error;
    return undefined;
  });
  const why = lost instanceof Error ? `the connection was lost over it: ${lost.message}` : await unreached(run, guard);
  if (outcome && why === undefined) {
    const code = await tell(run, guard, standScript(guard.id));
    if (code === 0) return outcome;
    return takenBack(run, own, guard, outcome, 'a new connection worked, but too late');
  }
  const code = await tell(run, guard, revertScript(guard.id));
  if (code === undefined && (await unreached(run, guard, guard.within + USUAL_SECONDS)) !== undefined)
    throw lost instanceof Unreachable ? lost : new Unreachable(silent(run, guard, why ?? ''));
  return takenBack(run, own, guard, outcome, why ?? '');
}

function takenBack(run: HostRun, own: Prepared, guard: Guard, outcome: Outcome | undefined, why: string): Outcome {
  run.guards.delete(userKey(guard.as));
  run.observations.clear();
  const files = [...guard.paths].join(', ') || 'what it had changed';
  const first = outcome?.status === 'failed' ? `${outcome.message}\n` : '';
  const fault = faultOf(
    own.task,
    run.name,
    `${first}${why}\nthe host has taken back ${files}, and its services run with that again`,
    'mend the change; "revert_unless_reached: false" on the task does it without this net',
    'E532',
  );
  return failed(fault, outcome?.result);
}

const silent = (run: HostRun, guard: Guard, why: string): Fault => ({
  code: 'E532',
  what: `${run.name}: no way to it after a change`,
  why,
  mend: `the host takes the change back by itself ${guard.within} s after it was made; if it stays away, look at its console`,
});

/** Why no new connection works; it is tried for a third of the time, so that there is some left to take it back at once. A new login, and the step to the user. */
async function unreached(run: HostRun, guard: Guard, seconds = Math.max(3, guard.within / 3)): Promise<string | undefined> {
  const { clock, signal } = run.context;
  const until = clock.now() + seconds * 1000;
  // A service may take a moment to follow; what it still let in before says nothing.
  await clock.sleep(SETTLE_MS, signal);
  for (;;) {
    const error = await run.context
      .trial(guard.target, async session => {
        const [answer] = await session.ask([{ sh: sh`:` }], { timeout: seconds, ...(guard.as ? { as: guard.as } : {}) });
        return answer?.code === 0 ? undefined : 'it gives no shell';
      })
      .catch((found: Error) => found.message);
    if (error === undefined) return undefined;
    if (clock.now() >= until || signal.aborted) return `no new connection works: ${error}`;
    await clock.sleep(PAUSE_MS, signal);
  }
}

/** The exit code of a script on the connection of the run, else on a new one; undefined where none works. */
async function tell(run: HostRun, guard: Guard, script: Script): Promise<number | undefined> {
  const options = { timeout: USUAL_SECONDS + guard.within, ...(guard.as ? { as: guard.as } : {}) };
  for (const how of [undefined, 'fresh'] as const) {
    const session = await run.context.session(guard.target, how).catch(() => undefined);
    const answers = await session?.ask([{ sh: script }], options).catch(() => undefined);
    if (answers?.[0]) return answers[0].code;
  }
  return undefined;
}

/** The play is over on this host: what was confirmed stays. What waits for a handler that did not run is left to the host. */
export async function dismiss(run: HostRun, flow: Flow): Promise<void> {
  for (const [key, guard] of run.guards) {
    run.guards.delete(key);
    const isOpen = flow !== 'go' && [...guard.due].some(id => run.notified.has(id));
    const code = isOpen ? undefined : await tell(run, guard, disarmScript(guard.id));
    if (code === 0) continue;
    run.context.tally(run.name).failed += flow === 'go' ? 1 : 0;
    run.context.warn(left(run, guard, isOpen));
  }
}

const left = ({ name }: HostRun, guard: Guard, isOpen: boolean): Fault => ({
  code: 'W934',
  severity: 'warning',
  what: `${name}: ${[...guard.paths].join(', ') || 'a guarded change'} does not stay`,
  why: isOpen
    ? `the play ended before the handler that brings it into force; the host takes it back in ${guard.within} s`
    : 'that it works could not be confirmed, so the host has taken it back or will',
  mend: 'run the playbook again when the failure is mended',
});
