// The connection after a reboot, or a fresh one: tries until the host answers again, by its boot id where it rebooted.
import { sh } from '../core/shell.ts';
import { Unreachable } from '../core/lost.ts';
import type { Knowledge } from '../core/site.ts';
import type { Session, Step } from '../core/types.ts';
import type { HostRun } from './host-run.ts';
import { sessionOf } from './observe.ts';
import type { Prepared } from './prepare.ts';

type Reconnect = Extract<Step, { reconnect: 'reboot' | 'fresh' }>;
const PAUSE_MS = 1000;

export async function reconnect(run: HostRun, own: Prepared, on: Knowledge, step: Reconnect, old: Session): Promise<Session> {
  const { clock, signal } = run.context;
  const until = clock.now() + step.within * 1000;
  await old.close().catch(() => undefined);
  let last = 'no answer';
  while (clock.now() < until && !signal.aborted) {
    const session = await attempt(run, own, on);
    if (session instanceof Error) last = session.message;
    else if (step.reconnect === 'fresh' || (await bootId(session)) !== step.bootId) return session;
    else last = 'it has not gone down yet';
    await clock.sleep(PAUSE_MS, signal);
  }
  throw new Unreachable({
    code: 'E520',
    what: `${run.name}: not back`,
    at: own.task.span,
    why: `no new connection within ${step.within} s; the last try said: ${last}`,
    mend: 'look at the console of the host; a longer time-out is an argument of the task',
  });
}

const attempt = (run: HostRun, own: Prepared, on: Knowledge): Promise<Session | Error> =>
  sessionOf(run, own, on, 'fresh').catch((error: Error) => error);

async function bootId(session: Session): Promise<string> {
  const [output] = await session.ask([{ sh: sh`cat /proc/sys/kernel/random/boot_id` }], { timeout: 10 }).catch(() => []);
  return output?.text().trim() ?? '';
}
