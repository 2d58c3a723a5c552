// One task of a play, for each class of hosts: conditions, loop, values and arguments, as far as the files tell.
import { didYouMean, fault } from '../../core/fault.ts';
import type { Answer, Expression, Task, Value } from '../../core/site.ts';
import type { Fault, Vars } from '../../core/types.ts';
import { answer, run } from '../expression.ts';
import { factNames, factOf } from '../facts.ts';
import { settle } from '../lazy.ts';
import { expressionsIn } from '../value.ts';
import { acrossOf } from './across.ts';
import { type ArgsChecks, checkArgs } from './args.ts';
import { classesOf, groundOf, type HostClass, type PlayHosts } from './classes.ts';
import { type Closure, closureOf, referencesIn } from './closure.ts';
import { inventoryFault, noFacts, pathFaults, withOthers } from './names.ts';
import { allOf, partsOf } from './parts.ts';
import { type Sight, sightOf } from './sight.ts';
import { checkSkipped } from './skipped.ts';
import { noLocals, type State } from './state.ts';
import { typoFaults } from './typos.ts';

export interface TaskCheck {
  readonly state: State;
  readonly of: PlayHosts;
  /** Names that includes around the task give: their loop variables. */
  readonly pending: readonly string[];
}

/** Items of a loop that are looked at one by one; the rest is alike. */
const mostItems = 20;

export function checkTask(task: Task, check: TaskCheck): void {
  const { state, of } = check;
  const own = task.loop ? [task.loopControl.loopVar, task.loopControl.indexVar ?? 'ansible_loop_var'] : [];
  const pending = new Set([...check.pending, ...own, ...(task.register ? [task.register] : [])]);
  const closure = closureOf(allOf(task), groundOf(of, state, task.layers, pending));
  noteReads(task, closure, of, state);
  for (const group of classesOf(closure, of, state)) {
    if (state.budget <= 0 && group.hosts !== of.play.hosts && group.host !== of.play.hosts[0]) continue;
    checkClass(task, group, check);
  }
}

/** What the run must know of the reads of a task: facts to gather, other hosts to wait for. */
export function noteReads(task: Task, closure: Closure, of: PlayHosts, state: State): void {
  for (const name of [...closure.names, ...closure.acrossHosts]) state.read.add(name);
  const across = acrossOf(closure, state);
  if (across.waits) (task as { readsOtherHosts?: boolean }).readsOtherHosts = true;
  of.needsFacts ||= closure.facts || across.facts;
  of.readsFacts ||= across.facts;
}

interface ClassCheck {
  readonly task: Task;
  readonly group: HostClass;
  readonly check: TaskCheck;
  readonly guarded: ReadonlySet<string>;
}

function checkClass(task: Task, group: HostClass, check: TaskCheck): void {
  const { state, of, pending } = check;
  const one: ClassCheck = { task, group, check, guarded: guardsOf(task) };
  const sight = sightOf(state, of.play, task, group.host, noLocals, pending);
  if (!sight) return;
  state.budget -= 1;
  // The item stands in conditions too, so with a loop they are judged for each item.
  if (!task.loop) return void (checkItem(one, sight) || checkSkipped(one, sight));
  for (const value of partsOf(task).before) valueOf(value, one, sight);
  const items = valueOf(task.loop, one, sight);
  if (items.is === 'known' && !Array.isArray(items.value)) return report(one, [noList(task, items.value)]);
  const { loopVar, indexVar } = task.loopControl;
  if (items.is !== 'known') {
    const names = [...pending, loopVar, ...(indexVar ? [indexVar] : [])];
    const blind = sightOf(state, of.play, task, group.host, noLocals, names);
    return void (blind && (checkItem(one, blind) || checkSkipped(one, blind)));
  }
  let ran = false;
  for (const [i, item] of (items.value as readonly unknown[]).slice(0, mostItems).entries()) {
    const local: Vars = { [loopVar]: item, ...(indexVar ? { [indexVar]: i } : {}) };
    const inside = sightOf(state, of.play, task, group.host, local, pending);
    if (inside && checkItem(one, inside)) ran = true;
    state.budget -= 1;
  }
  if (!ran) checkSkipped(one, sight);
}

function noList(task: Task, found: unknown): Fault {
  const kind = found === null ? 'empty' : typeof found === 'object' ? 'a map' : `the ${typeof found} ${JSON.stringify(found)}`;
  const mend = kind === 'a map' ? 'write dict2items(...) around it' : 'write a list';
  return fault('E316', { what: 'the loop is no list', at: task.loop?.span, why: `it is ${kind}`, mend });
}

/** False where the conditions do not hold. */
function checkItem(one: ClassCheck, sight: Sight): boolean {
  const { task } = one;
  for (const condition of task.when) if (!holds(condition, one, sight)) return false;
  for (const value of partsOf(task).each) valueOf(value, one, sight);
  const args = argsOf(one, sight);
  checkArgs(args, sight, found => report(one, found));
  const { register } = task;
  const after = register
    ? sightOf(sight.state, sight.play, task, sight.host.name, sight.on.local, [
        ...one.check.pending,
        register,
        ...unknownItem(one, sight),
      ])
    : sight;
  // The name is the result of this very task, or of this item, whatever task had it before.
  const itself = after && (register ? { ...after, itself: register } : after);
  if (itself) for (const expression of partsOf(task).after) truthOf(expression, one, itself);
  return true;
}

const unknownItem = ({ task }: ClassCheck, { on }: Sight): readonly string[] =>
  task.loop && on.unknown.has(task.loopControl.loopVar) ? [task.loopControl.loopVar] : [];

/** False where it is known that the task does not run on these hosts; a condition with a mistake hides no other. */
function holds(condition: Expression, one: ClassCheck, sight: Sight): boolean {
  const held = truthOf(condition, one, sight);
  return held.is !== 'known' || held.value === true;
}

function truthOf(condition: Expression, one: ClassCheck, sight: Sight): Answer<unknown> {
  const held = evaluated(condition, () => run(condition, sight.scope), one, sight);
  if (held.is !== 'known' || typeof held.value === 'boolean') return held;
  const mend = 'compare it: write x != "", x > 0 or size(x) > 0; bool(x) for a text such as "yes"';
  report(one, [
    fault('E310', {
      what: 'a condition that is not true or false',
      at: condition.span,
      why: `it is ${JSON.stringify(held.value)}`,
      mend,
    }),
  ]);
  return { is: 'fault', faults: [] };
}

const valueOf = (value: Value, one: ClassCheck, sight: Sight): Answer<unknown> =>
  evaluated(value, () => settle(sight.scope.evaluate(value)), one, sight);

/** What waits for a task has its paths checked instead. */
function evaluated(from: Value | Expression, work: () => unknown, one: ClassCheck, sight: Sight): Answer<unknown> {
  if ('is' in from && from.is === 'plain') return { is: 'known', value: from.value };
  const found = answer(work);
  if (found.is === 'unknown') report(one, pathFaults(from, sight, one.guarded));
  if (found.is === 'known') report(one, typoFaults(from, sight, one.guarded));
  if (found.is === 'fault') reportFaults(found.faults, from, one, sight);
  return found;
}

/** The first mistake ends an evaluation: the other expressions of the value are asked one by one. */
function reportFaults(first: readonly Fault[], from: Value | Expression, one: ClassCheck, sight: Sight): void {
  const each = 'is' in from ? expressionsIn(from).flatMap(expression => expressionFaults(expression, one, sight)) : [];
  // The names of hosts and groups are said better.
  const named = referencesIn(from).flatMap(reference => inventoryFault(reference, sight.state));
  const isNamed = ({ at }: Fault): boolean => named.some(known => known.at?.line === at?.line && known.at?.col === at?.col);
  const all = withOthers([...first, ...each], from, sight, one.guarded);
  const faults = [...named, ...all.filter(found => !isNamed(found)).map(asFact)];
  const maybe = [...(sight.state.open ? ['E350'] : []), ...(readsGrowing(from, sight.state) ? ['E307', 'E411'] : [])];
  report(
    one,
    faults.filter(({ code, what }) => !maybe.includes(code) && !(code === 'E350' && comes(what, sight.state))),
  );
}

const comes = (what: string, { toCome }: State): boolean => toCome.has(/^"(\w+)"/.exec(what)?.[1] ?? '');

/** Hosts and groups that a task before this one may make. */
const readsGrowing = (from: Value | Expression, { work }: State): boolean =>
  work.addsHosts && referencesIn(from).some(({ path }) => path[0] === 'hostvars' || path[0] === 'groups');

function expressionFaults(expression: Expression, one: ClassCheck, sight: Sight): readonly Fault[] {
  const found = answer(() => run(expression, sight.scope));
  if (found.is === 'unknown') return pathFaults(expression, sight, one.guarded);
  return found.is === 'fault' ? found.faults : [];
}

/** A fact that nothing gathered is more than a name that nothing defines. */
function asFact(found: Fault): Fault {
  const name = found.code === 'E350' ? /^"(\w+)"/.exec(found.what)?.[1] : undefined;
  if (name === undefined || !found.at) return found;
  if (factOf(name) !== undefined) return noFacts(found.at);
  const near = name.startsWith('ansible_') ? didYouMean(name.slice('ansible_'.length), factNames) : undefined;
  return near ? { ...found, mend: `did you mean "ansible_${near}"?` } : found;
}

function argsOf(one: ClassCheck, sight: Sight): ArgsChecks {
  const { args } = one.task;
  const known = new Map<string, unknown>();
  const waiting = new Set<string>();
  const entries = args.is === 'map' ? args.entries : [];
  for (const { key, value } of entries) {
    const found = valueOf(value, one, sight);
    if (found.is === 'known') known.set(key, found.value);
    else waiting.add(key);
  }
  if (args.is === 'plain' && typeof args.value === 'object')
    for (const [key, value] of Object.entries(args.value ?? {})) known.set(key, value);
  return { task: one.task, known, waiting, group: one.group, check: one.check };
}

/** Names that a condition of the task asks for in a way that may be missing. */
function guardsOf(task: Task): ReadonlySet<string> {
  return new Set(
    task.when.flatMap(({ references }) => references.filter(({ optional }) => optional).map(({ path }) => path[0] as string)),
  );
}

function report({ group, check }: ClassCheck, faults: readonly Fault[]): void {
  for (const found of faults) check.state.findings.add(found, group.hosts, check.of.play.hosts);
}
