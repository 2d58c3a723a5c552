// include_tasks and include_role: the nodes that take the place of the task on this host, once an item.
import type { Answer, Included, Knowledge, Task } from '../core/site.ts';
import { unanswered } from './attempt.ts';
import type { Flow, HostRun } from './host-run.ts';
import { okay, skipped } from './outcome.ts';
import { conclude } from './task.ts';
import { flatten, runNodes } from './tree.ts';

export async function runInclude(run: HostRun, task: Task): Promise<Flow> {
  const began = run.context.clock.now();
  const on = run.memory.know(run.local);
  const held = run.context.binder.condition(task.when, task, on);
  if (held.is === 'fault') return conclude(run, task, unanswered(run, task, held), began);
  if (held.is === 'known' && !held.value) return conclude(run, task, skipped('the condition is false'), began);
  const items = task.loop ? run.context.binder.loopItems(task, on) : ({ is: 'known', value: [undefined] } as const);
  if (items.is !== 'known') return conclude(run, task, unanswered(run, task, items), began);
  conclude(run, task, okay({ include: task.name }), began);
  const doubt = held.is === 'unknown' ? held.unknown.after : undefined;
  for (const [i, item] of items.value.entries()) {
    const flow = await runItem(run, task, task.loop ? itemVars(task, item, i) : {}, i, doubt);
    if (flow !== 'go') return flow;
  }
  return 'go';
}

const itemVars = ({ loopControl: { loopVar, indexVar } }: Task, item: unknown, i: number) => ({
  [loopVar]: item,
  ...(indexVar ? { [indexVar]: i } : {}),
});

async function runItem(
  run: HostRun,
  task: Task,
  vars: Readonly<Record<string, unknown>>,
  i: number,
  doubt: Task | undefined,
): Promise<Flow> {
  const before = { local: run.local, prefix: run.prefix, because: run.unknownBecause };
  run.local = { ...run.local, ...vars };
  const included = expand(run, task, run.memory.know(run.local));
  if (included.is !== 'known') return conclude(run, task, unanswered(run, task, included), run.context.clock.now());
  adopt(run, included.value);
  run.prefix = [...run.prefix, task.id, i];
  if (doubt) run.unknownBecause = doubt;
  run.frames.push({ tasks: flatten(included.value.nodes), at: -1, flushes: new Set() });
  const flow = await runNodes(run, included.value.nodes);
  run.frames.pop();
  run.local = before.local;
  run.prefix = before.prefix;
  if (!before.because) delete run.unknownBecause;
  return flow;
}

function expand(run: HostRun, task: Task, on: Knowledge): Answer<Included> {
  const args = run.context.binder.wordArgs(task, on);
  return args.is === 'known' ? run.context.binder.include(task, args.value, on) : args;
}

/** A role that was included brings its handlers, once for the batch. */
function adopt(run: HostRun, { handlers }: Included): void {
  const known = new Set(run.batch.handlers.map(handler => handler.id));
  run.batch.handlers.push(...handlers.filter(handler => !known.has(handler.id)));
}
