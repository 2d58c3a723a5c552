// --step: each task is asked about once for all hosts of a batch, before it. It runs nothing.
import type { RunRequest } from '../core/request.ts';
import type { Task } from '../core/site.ts';
import type { Fault } from '../core/types.ts';
import { fault } from '../core/fault.ts';
import type { HostRun } from './host-run.ts';

export interface Stepping {
  /** end: nobody answers. */
  readonly ask: (key: string, title: string) => Promise<'run' | 'pass' | 'end'>;
  /** Why the run ended here: nobody was there to be asked (5), or the person broke it off (130). */
  readonly ended: () => 5 | 130 | undefined;
}

const noTerminal: Fault = fault('E468', {
  what: '--step without a terminal',
  why: 'each task must be asked about, and stdin is no terminal',
  mend: 'leave --step out, or run it at a terminal',
});

export function createStepping(ask: RunRequest['ask'], tell: (found: Fault) => void): Stepping {
  const answers = new Map<string, Promise<'run' | 'pass' | 'end'>>();
  let last: Promise<unknown> = Promise.resolve();
  let goesOn = false;
  let wasAnswered = false;
  let ended: 5 | 130 | undefined;
  const question = async (title: string): Promise<'run' | 'pass' | 'end'> => {
    if (ended) return 'end';
    if (goesOn) return 'run';
    const said = await ask({ prompt: `Perform task: ${title} (N)o/(y)es/(c)ontinue: `, hidden: false });
    if (said === null) {
      ended = wasAnswered ? 130 : 5;
      if (!wasAnswered) tell(noTerminal);
      return 'end';
    }
    wasAnswered = true;
    goesOn = /^c/i.test(said.trim());
    return goesOn || /^y/i.test(said.trim()) ? 'run' : 'pass';
  };
  return {
    ended: () => ended,
    ask(key, title) {
      // Two questions cannot share a terminal.
      const answer = answers.get(key) ?? last.then(() => question(title));
      answers.set(key, answer);
      last = answer;
      return answer;
    },
  };
}

/** Whether the task is to be done; `ended` where the run ends here. */
export async function isWanted(run: HostRun, task: Task): Promise<'run' | 'pass' | 'end'> {
  const { stepping } = run.context;
  if (!stepping || (task.isWord && task.module === 'meta')) return 'run';
  const key = [run.play.id, run.batch.hosts.join(), ...run.prefix, task.id].join('.');
  const role = task.role === null ? '' : `${task.role} : `;
  const said = await run.pause(stepping.ask(key, `${role}${task.name}`));
  if (said === 'end') run.batch.stop = 'ended';
  return said;
}
