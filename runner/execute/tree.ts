// The order of a play on one host: sections, blocks with rescue and always, barriers, run_once. What a task does is task.ts.
import type { Block, Section, Task, TreeNode } from '../core/site.ts';
import { waitsAfter, waitsBefore } from '../plan/barrier.ts';
import { flush } from './handlers.ts';
import type { FlatFrame, Flow, HostRun } from './host-run.ts';
import { runInclude } from './include.ts';
import { runMeta } from './meta.ts';
import { runByOne, runOnce } from './once.ts';
import { keyOf } from './prepare.ts';
import { AFTER } from './rendezvous.ts';
import { isWanted } from './stepping.ts';
import { runTask } from './task.ts';

/** The tasks in the order of success: bodies and always, no rescue. */
export const flatten = (nodes: readonly TreeNode[]): readonly Task[] =>
  nodes.flatMap(node => (node.kind === 'task' ? [node] : [...flatten(node.body), ...flatten(node.always)]));

/** One frame for all sections; handlers are flushed where one ends. */
export function frameOf(first: readonly Task[], sections: readonly Section[]): FlatFrame {
  const tasks: Task[] = [...first];
  const flushes = new Set<number>();
  for (const section of sections) {
    tasks.push(...flatten(section.nodes));
    flushes.add(tasks.length);
  }
  return { tasks, flushes, at: -1 };
}

export async function runSections(run: HostRun, sections: readonly Section[]): Promise<Flow> {
  for (const section of sections) {
    const flow = await runNodes(run, section.nodes);
    const owes = flow === 'go' || (flow === 'failed' && (run.play.forceHandlers || run.context.options.forceHandlers));
    const flushed = owes ? await flush(run) : flow;
    if (flow !== 'go' || flushed !== 'go') return flow === 'go' ? flushed : flow;
  }
  return 'go';
}

export async function runNodes(run: HostRun, nodes: readonly TreeNode[]): Promise<Flow> {
  for (const node of nodes) {
    const flow = node.kind === 'block' ? await runBlock(run, node) : await runStep(run, node);
    if (flow !== 'go') return flow;
  }
  return 'go';
}

async function runBlock(run: HostRun, block: Block): Promise<Flow> {
  const rescues = block.rescue.length > 0 ? 1 : 0;
  run.rescuers += rescues;
  const body = await runNodes(run, block.body);
  run.rescuers -= rescues;
  const rescued = body === 'failed' && rescues ? await runRescue(run, block) : body;
  if (rescued === 'ended' || block.always.length === 0) return rescued;
  const after = await runNodes(run, block.always);
  return after === 'go' ? rescued : after;
}

async function runRescue(run: HostRun, block: Block): Promise<Flow> {
  const { local } = run;
  const { task, outcome } = run.lastFailure ?? {};
  run.local = {
    ...local,
    ansible_failed_task: { name: task?.name ?? '', action: task?.module ?? '' },
    ansible_failed_result: outcome?.result ?? {},
  };
  run.frames.push({ tasks: flatten(block.rescue), at: -1, flushes: new Set(), alone: true });
  const flow = await runNodes(run, block.rescue);
  run.frames.pop();
  run.local = local;
  return flow;
}

/** A task in its place: barriers around it, and the cursor moved to it. */
async function runStep(run: HostRun, task: Task): Promise<Flow> {
  const position = [...run.prefix, task.id];
  const { rendezvous } = run.batch;
  rendezvous.reach(run.name, position);
  moveCursor(run, task);
  // What was done already is told of, whatever comes between.
  if (run.context.signal.aborted && !isDone(run, task)) return 'ended';
  if (isPassedOver(run, task)) return 'go';
  if (waitsBefore(run.play, task)) await run.pause(rendezvous.allAt(position));
  if (run.batch.stop) return run.batch.stop;
  const wanted = await isWanted(run, task);
  if (wanted === 'end') return 'ended';
  const flow = wanted === 'run' ? await runKind(run, task) : 'go';
  if (flow === 'failed' && run.rescuers === 0) noteFailure(run, task);
  if (!waitsAfter(run.play, task) || flow !== 'go') return flow;
  const done = [...position, AFTER];
  rendezvous.reach(run.name, done);
  await run.pause(rendezvous.allAt(done));
  return run.batch.stop ?? flow;
}

const isDone = (run: HostRun, task: Task): boolean => run.ahead.size > 0 && run.ahead.has(keyOf(run, task, 0));

function runKind(run: HostRun, task: Task): Promise<Flow> {
  // Ansible heeds no run_once on a meta.
  if (task.module === 'meta') return runMeta(run, task);
  if (task.module === 'include_tasks' || task.module === 'include_role')
    return task.runOnce ? runByOne(run, task, runInclude) : runInclude(run, task);
  return task.runOnce ? runOnce(run, task) : runTask(run, task);
}

/** The batch is told at once, so that hosts that wait for this one learn of it before they go on. */
function noteFailure(run: HostRun, task: Task): void {
  const { batch, play } = run;
  batch.failed.add(run.name);
  const percent = (batch.failed.size * 100) / batch.hosts.length;
  if (task.anyErrorsFatal || play.anyErrorsFatal || (play.maxFailPercentage !== undefined && percent > play.maxFailPercentage))
    batch.stop = 'ended';
}

function isPassedOver(run: HostRun, task: Task): boolean {
  if (run.endedRole === task.role) return true;
  delete run.endedRole;
  return false;
}

function moveCursor(run: HostRun, task: Task): void {
  const frame = run.frames.at(-1);
  if (!frame) return;
  // Nearly always the next one; a search from the start would make long plays quadratic.
  const next = frame.tasks[frame.at + 1]?.id === task.id ? frame.at + 1 : frame.tasks.findIndex(other => other.id === task.id);
  if (next >= 0) frame.at = next;
}
