// Walks one play in the order of a run: what each task reads must be there by then, and what it sets is there after it.
import type { Handler, Included, Play, Task, TreeNode } from '../../core/site.ts';
import type { UsedRole } from '../grammar/work.ts';
import { type PlayHosts, playHosts } from './classes.ts';
import { checkInputs } from './inputs.ts';
import { checkDelegate, checkNotify } from './notify.ts';
import { type Around, assign, enterPlay, type State } from './state.ts';
import { checkTask } from './task.ts';

export interface Walk {
  readonly state: State;
  readonly of: PlayHosts;
  readonly handlers: Handler[];
  readonly uses: UsedRole[];
  readonly tasks: Task[];
  readonly around: Around[];
}

export function checkPlay(play: Play, state: State): Walk {
  const of = playHosts(play);
  enterPlay(state, play);
  const scope = state.work.scopes.get(play.id);
  const walk: Walk = {
    state,
    of,
    handlers: [...play.handlers],
    uses: state.work.roleUses.filter(use => use.scope === scope),
    tasks: [],
    around: [],
  };
  for (const { nodes } of play.sections) walkNodes(nodes, walk, []);
  // What the tasks set is there when handlers run; a list that grows while it is walked: handlers may include handlers.
  // Where the tasks that notify are left out, no handler runs: what they would have set for it is not missed.
  const mayRun = !state.filtered || walk.tasks.some(task => task.notify.length > 0);
  walk.around.push({ handlers: true });
  if (mayRun) for (const handler of walk.handlers) walkNodes([handler], walk, []);
  walk.around.pop();
  for (const task of walk.tasks) checkNotify(task, walk);
  for (const use of walk.uses) checkInputs(use, walk);
  if (play.gatherFacts ?? of.needsFacts) learnFacts(play.hosts, state);
  return walk;
}

function walkNodes(nodes: readonly TreeNode[], walk: Walk, pending: readonly string[]): void {
  for (const node of nodes) {
    if (node.kind === 'task') walkTask(node, walk, pending);
    else {
      walkNodes(node.body, walk, pending);
      walkAround({ rescue: node }, node.rescue, walk, pending);
      walkNodes(node.always, walk, pending);
    }
  }
}

function walkAround(around: Around, nodes: readonly TreeNode[], walk: Walk, pending: readonly string[]): void {
  walk.around.push(around);
  walkNodes(nodes, walk, pending);
  walk.around.pop();
}

function walkTask(task: Task, walk: Walk, pending: readonly string[]): void {
  const { state, of } = walk;
  walk.tasks.push(task);
  state.visit?.({ task, play: of.play, around: [...walk.around], pending, state });
  checkTask(task, { state, of, pending });
  checkDelegate(task, state);
  learn(task, walk);
  const brought = state.work.brought.get(task);
  if (brought?.vars) learnVars(brought.vars, state);
  if (brought && task.module !== 'include_vars') {
    const scope = state.work.broughtScopes.get(task);
    walk.uses.push(...state.work.roleUses.filter(use => use.scope === scope));
    walk.handlers.push(...brought.handlers);
    const { loopVar, indexVar } = task.loopControl;
    const names = task.loop ? [...pending, loopVar, ...(indexVar ? [indexVar] : [])] : pending;
    walkAround({ include: task }, brought.nodes, walk, names);
  } else if (!brought && task.module.startsWith('include_')) state.open = true;
}

function learn(task: Task, { state, of }: Walk): void {
  // Whose facts they are, only the run knows.
  const hosts = task.delegateFacts && task.delegateTo ? [...state.site.inventory.hosts.keys()] : of.play.hosts;
  if (task.register) assign(state, task.register, task, hosts);
  if (task.module === 'set_fact' && task.args.is === 'map') {
    for (const { key } of task.args.entries) if (key !== 'cacheable') assign(state, key, task, hosts);
  }
  if (task.module === 'setup' || task.module.endsWith('_facts')) learnFacts(hosts, state);
}

function learnFacts(hosts: readonly string[], state: State): void {
  for (const host of hosts) state.facts.add(host);
  state.revision += 1;
}

function learnVars(vars: NonNullable<Included['vars']>, state: State): void {
  for (const [name, value] of vars) state.included.set(name, value);
  state.revision += 1;
}
