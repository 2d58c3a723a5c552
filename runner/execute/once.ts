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

/** An include: what it brings is that one host's alone, as with Ansible. */
export async function runByOne(run: HostRun, task: Task, work: (run: HostRun, task: Task) => Promise<Flow>): Promise<Flow> {
  const { leads } = run.batch;
  const key = [...run.prefix, task.id].join('.');
  const chosen = leads.get(key) ?? chosenFor(run, task).name;
  leads.set(key, chosen);
  return chosen === run.name ? work(run, task) : 'go';
}

function chosenFor(run: HostRun, task: Task): HostRun {
  const living = run.batch.hosts.flatMap(name => run.batch.runs.get(name) ?? []);
  return living.find(one => holds(one, task)) ?? living[0] ?? run;
}

async function lead(run: HostRun, task: Task): Promise<Shared> {
  const chosen = chosenFor(run, task);
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
