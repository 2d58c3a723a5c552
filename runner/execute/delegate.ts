// delegate_facts: whose memory takes the facts of a task. Asks no host.
import type { Knowledge, Task } from '../core/site.ts';
import type { Vars } from '../core/types.ts';
import type { HostRun } from './host-run.ts';
import type { Memory } from './memory.ts';
import type { Outcome } from './outcome.ts';

/** The host that the task is delegated to, where it says `delegate_facts`; else its own. */
export function memoryFor(run: HostRun, task: Task, on: Knowledge): Memory {
  if (!task.delegateFacts || !task.delegateTo) return run.memory;
  const name = run.context.binder.value(task.delegateTo, task, on);
  return name.is === 'known' ? run.context.memory(String(name.value)) : run.memory;
}

/** What a module found out; set_fact has put its own where it belongs. */
export function learnFacts(run: HostRun, task: Task, on: Knowledge, outcome: Outcome): void {
  if (task.isWord) return;
  const facts = outcome.result['ansible_facts'];
  const memory = memoryFor(run, task, on);
  if (facts && typeof facts === 'object') memory.addFacts(facts as Vars);
  else if (task.module === 'setup' && outcome.unknown) memory.doubt('ansible_facts', outcome.unknown);
}
