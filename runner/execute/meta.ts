// The words of `meta`: they steer the run of one host or of all. Each is one row.
import { isError } from '../core/fault.ts';
import type { Task } from '../core/site.ts';
import type { Fault } from '../core/types.ts';
import { unanswered } from './attempt.ts';
import { announce } from './announce.ts';
import { flush } from './handlers.ts';
import type { Flow, HostRun } from './host-run.ts';
import { failed, okay, skipped } from './outcome.ts';
import { conclude } from './task.ts';

type Deed = (run: HostRun, task: Task) => Flow | Promise<Flow>;

const go: Deed = () => 'go';
const stopAll: Deed = run => {
  run.batch.stop = 'ended';
  return 'ended';
};

const DEEDS: Readonly<Record<string, Deed>> = {
  noop: go,
  barrier: go,
  role_complete: go,
  flush_handlers: run => flush(run),
  end_host: () => 'ended',
  end_role: (run, task) => {
    if (task.role !== null) run.endedRole = task.role;
    return 'go';
  },
  end_batch: stopAll,
  end_play: run => {
    run.batch.endsPlay = true;
    return stopAll(run, {} as Task);
  },
  clear_facts: run => {
    run.memory.clearFacts();
    return 'go';
  },
  clear_host_errors: run => {
    run.context.lost.clear();
    return 'go';
  },
  reset_connection: async (run, task): Promise<Flow> => {
    const target = run.context.binder.target(task, run.memory.know());
    if (target.is === 'known') await run.context.session(target.value, 'fresh');
    run.observations.clear();
    return 'go';
  },
};

/** Once for all hosts of the batch: they have come as far, and each would read the same. */
function refreshed(run: HostRun, task: Task): Promise<readonly Fault[]> {
  const { refreshes } = run.batch;
  const key = [...run.prefix, task.id].join('.');
  const known = refreshes.get(key) ?? run.context.refreshInventory();
  refreshes.set(key, known);
  return known;
}

export async function runMeta(run: HostRun, task: Task): Promise<Flow> {
  const on = run.memory.know(run.local);
  const began = run.context.clock.now();
  const held = run.context.binder.condition(task.when, task, on);
  if (held.is !== 'known') return conclude(run, task, unanswered(run, task, held), began);
  if (!held.value) {
    announce(run, task, on, skipped('the condition is false'), { began, ignored: false });
    return 'go';
  }
  const args = run.context.binder.wordArgs(task, on);
  if (args.is !== 'known') return conclude(run, task, unanswered(run, task, args), began);
  const word = String(args.value['free_form'] ?? '');
  if (word === 'refresh_inventory') {
    const wrong = (await refreshed(run, task)).find(isError);
    if (wrong) return conclude(run, task, failed({ ...wrong, at: wrong.at ?? task.span }), began);
  }
  announce(run, task, on, okay({}, word), { began, ignored: false });
  return (DEEDS[word] ?? go)(run, task);
}
