// run_once: the first host that meets the condition does it, all others take its result (semantics.md 1).
import type { Task } from '../core/site.ts';
import { PlanMoved, Unreachable } from '../core/lost.ts';
import type { Flow, HostRun } from './host-run.ts';
import { failed, faultOf, type Outcome } from './outcome.ts';
import { conclude, outcomeOf } from './task.ts';

interface Shared {
  readonly outcome: Outcome;
  readonly host: string;
}

export async function runOnce(run: HostRun, task: Task): Promise<Flow> {
  const { once } = run.batch;
  const key = [...run.prefix, task.id].join('.');
  const began = run.context.clock.now();
  const shared = once.get(key) ?? lead(run, task);
  once.set(key, shared);
  const { outcome, host } = await run.pause(shared);
  return conclude(run, task, outcome, began, host === run.name);
}

async function lead(run: HostRun, task: Task): Promise<Shared> {
  const living = run.batch.hosts.flatMap(name => run.batch.runs.get(name) ?? []);
  const chosen = living.find(one => holds(one, task)) ?? living[0] ?? run;
  try {
    return { outcome: await outcomeOf(chosen, task), host: chosen.name };
  } catch (error) {
    if (error instanceof PlanMoved) {
      run.context.moved.add(chosen.name);
      return { outcome: failed(error.fault), host: chosen.name };
    }
    if (!(error instanceof Unreachable)) throw error;
    const fault = faultOf(
      task,
      chosen.name,
      `the host that was to run it once is unreachable: ${error.fault.why}`,
      error.fault.mend,
      'E512',
    );
    return { outcome: failed(fault), host: chosen.name };
  }
}

function holds(run: HostRun, task: Task): boolean {
  const answer = run.context.binder.condition(task.when, task, run.memory.know(run.local));
  return answer.is === 'known' && answer.value;
}
