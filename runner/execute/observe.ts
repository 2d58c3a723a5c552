// Asking: the probe of one task together with those that can be asked early, one round trip for each user.
import type { Knowledge } from '../core/site.ts';
import type { Become, Session } from '../core/types.ts';
import { TimedOut } from '../core/lost.ts';
import type { Observation } from '../plan/wave.ts';
import type { HostRun } from './host-run.ts';
import { lookAhead, MOST_PROBES } from './look.ts';
import { blindAnswer, isBlind, type Prepared } from './prepare.ts';
import { rideOf, userKey } from './ride.ts';
import { clusterOf } from './sessions.ts';

/** A broken site binding at run time: carries the faults to the task that caused it. */
export class BindFailed extends Error {
  readonly faults: readonly import('../core/types.ts').Fault[];
  constructor(faults: readonly import('../core/types.ts').Fault[]) {
    super(faults.map(fault => fault.why).join('; '));
    this.faults = faults;
  }
}

/** The session of the host that does the task: the host itself, or the one it is delegated to. */
export async function sessionOf(run: HostRun, prepared: Prepared, on: Knowledge, how?: 'fresh'): Promise<Session> {
  const where = prepared.delegate === undefined ? on : run.context.memory(prepared.delegate).know();
  const target = run.context.binder.target(prepared.task, where);
  if (target.is === 'fault') throw new BindFailed(target.faults);
  if (target.is === 'unknown') throw new Error(`the connection variables read "${target.name}", which is not known yet`);
  const kind =
    'api' in prepared.probe.ask
      ? { ...target.value, connection: 'kubernetes', options: { ...target.value.options, ...prepared.args } }
      : target.value;
  return run.context.session(kind, how);
}

/** The answer for this task: kept from an earlier wave, or asked now with all that can come along. */
export async function observe(run: HostRun, own: Prepared, on: Knowledge): Promise<Observation> {
  if (isBlind(own)) return { args: own.args, output: blindAnswer, reads: [] };
  const kept = run.observations.take(own.key, own.args);
  if (kept) return kept;
  const session = await sessionOf(run, own, on);
  const others = own.delegate === undefined ? companions(run, own) : [];
  try {
    await askAll(run, session, [own, ...others]);
    run.window = Math.min(run.window * 2, MOST_PROBES);
  } catch (error) {
    if (!(error instanceof TimedOut) || others.length === 0) throw error;
    // One of many hung: from now on each is asked alone, so that the right task is blamed.
    run.cautious = true;
    await askAll(run, session, [own]);
  }
  const answer = run.observations.take(own.key, own.args);
  if (!answer) throw new Error(`no answer was kept for "${own.task.name}"`);
  return answer;
}

/** Tasks behind this one that can be asked on the same way, and were not answered yet. */
export const companions = (run: HostRun, own: Prepared): readonly Prepared[] =>
  lookAhead(run, own.task, own.item).filter(other => !run.observations.has(other.key, other.args) && wayOf(other) === wayOf(own));

/** A host has one shell; a cluster is chosen by the arguments of each task. */
const wayOf = ({ probe, args }: Prepared): string => ('api' in probe.ask ? clusterOf(args) : 'shell');

async function askAll(run: HostRun, session: Session, all: readonly Prepared[]): Promise<void> {
  const timeout = run.context.options.probeTimeout;
  await Promise.all(
    [...groupBy(all, one => userKey(one.as)).values()].map(async group => {
      const ride = rideOf(run, group);
      ride.keep(await session.ask(ride.questions, { timeout, ...(group[0]?.as ? { as: group[0].as } : {}) }));
    }),
  );
}

/** Those who may travel in the same batch as a deed of this user. */
export const sameUser = (as: Become | undefined, all: readonly Prepared[]): readonly Prepared[] =>
  all.filter(other => userKey(other.as) === userKey(as));

/** Node 20 has no Map.groupBy; order is kept. */
function groupBy<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return groups;
}
