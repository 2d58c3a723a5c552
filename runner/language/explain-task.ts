// Why a task runs on a host or is passed over, as far as the files tell: `tsrun explain HOST --task NAME`. Prints nothing.
import { batches } from '../core/batches.ts';
import { didYouMean, fault } from '../core/fault.ts';
import type { Host, Task, Value } from '../core/site.ts';
import { showSpan } from '../core/source.ts';
import type { Fault, Vars } from '../core/types.ts';
import type { Around, Visited } from './check/state.ts';
import { noLocals } from './check/state.ts';
import { type Sight, sightOf } from './check/sight.ts';
import { answer } from './expression.ts';
import { shown } from './explain.ts';
import { explainCondition, type Held, type Mark } from './explain-condition.ts';
import { settle } from './lazy.ts';
import { resolvePattern } from './pattern.ts';
import { isSelected, type Selection } from './tags.ts';
import { expressionsIn } from './value.ts';

export interface TaskQuestion {
  readonly host: Host;
  readonly selection: Selection;
  /** As written, and the hosts that it leaves. */
  readonly limit: string | null;
  readonly within: ReadonlySet<string> | undefined;
}

/** One reason for or against. */
interface Row extends Held {
  readonly about: string;
  /** One item of many: the task runs without it. */
  readonly aside?: true;
}

/** Items of a loop that are shown one by one. */
const mostItems = 10;

export function explainTask(visited: Visited, question: TaskQuestion): readonly string[] {
  const { task, play } = visited;
  const { host } = question;
  const reach = hostRows(visited, question);
  const isThere = reach.every(({ mark }) => mark === 'yes');
  const inside = isThere
    ? [
        ...visited.around.flatMap(one => aroundRows(one, visited, host)),
        ...whenRows(task, visited, host),
        ...whoRows(visited, host),
      ]
    : [];
  const rows = [...reach, ...tagRows(visited, question), ...inside];
  const width = Math.max(...rows.map(({ about }) => about.length));
  const lines = rows.flatMap(({ mark, about, lines: [first = '', ...below] }) => [
    `  ${mark.padEnd(7)}  ${about.padEnd(width)}  ${first}`,
    ...below.map(line => `${' '.repeat(width + 13)}${line}`),
  ]);
  return [
    `"${task.name}" (${showSpan(task.span)}) in play "${play.name}" (${showSpan(play.span)})`,
    ...lines,
    verdict(rows, host),
  ];
}

function verdict(rows: readonly Row[], { name }: Host): string {
  const against = rows.find(({ mark, aside }) => mark === 'no' && !aside);
  const open = rows.filter(({ mark, aside }) => mark === 'perhaps' && !aside);
  if (against) return `why  ${name} does not run it: ${against.about}: ${against.lines[0] ?? ''}`;
  if (open.length === 0) return `why  ${name} runs it: all of the above holds, unless the host fails before`;
  return `why  only a run can tell whether ${name} runs it: ${open.map(({ about, lines }) => `${about}: ${lines[0] ?? ''}`).join('; ')}`;
}

const row = (mark: Mark | boolean, about: string, ...lines: readonly string[]): Row => ({
  mark: typeof mark === 'string' ? mark : mark ? 'yes' : 'no',
  about,
  lines,
});

function hostRows({ play, state }: Visited, { host, limit, within }: TaskQuestion): readonly Row[] {
  const isIn = resolvePattern(play.pattern, state.site.inventory).hosts.includes(host.name);
  const isLimited = within?.has(host.name) ?? true;
  return [
    row(isIn, 'hosts', `"${play.pattern}" ${isIn ? 'has' : 'does not have'} ${host.name}`),
    ...(within ? [row(isLimited, '--limit', `"${limit}" ${isLimited ? 'has' : 'leaves out'} ${host.name}`)] : []),
  ];
}

/** Handlers run whatever their tags are. */
function tagRows({ task, around }: Visited, { selection }: TaskQuestion): readonly Row[] {
  if (around.some(one => 'handlers' in one)) return [];
  const includes = around.flatMap(one => ('include' in one ? [one.include] : []));
  const asked = [
    ...(selection.tags.length > 0 ? [`--tags ${selection.tags.join(',')}`] : []),
    ...(selection.skipTags.length > 0 ? [`--skip-tags ${selection.skipTags.join(',')}`] : []),
  ];
  return [...includes, task]
    .filter(({ tags }) => asked.length > 0 || tags.includes('never'))
    .map(one => {
      const own = one.tags.length === 0 ? 'no tags' : `tags ${one.tags.join(', ')}`;
      const of = one === task ? own : `${own} of "${one.name}"`;
      return row(isSelected(one.tags, selection), 'tags', `${of}, with ${asked.join(' ') || 'no --tags'}`);
    });
}

function aroundRows(one: Around, visited: Visited, host: Host): readonly Row[] {
  if ('handlers' in one) return [row('perhaps', 'handler', 'it runs where a task that notifies it changes something')];
  if ('rescue' in one)
    return [row('perhaps', 'rescue', `it runs where the block before it fails (${showSpan(one.rescue.span)})`)];
  const { include } = one;
  const rows = whenRows(include, visited, host);
  return rows.map(found => ({ ...found, about: `include "${include.name}"` }));
}

/** Each condition alone; with a loop over known items, each item. */
function whenRows(task: Task, visited: Visited, host: Host): readonly Row[] {
  const see = (local: Vars, pending: readonly string[]): Sight | undefined =>
    sightOf(visited.state, visited.play, task, host.name, local, [...visited.pending, ...pending]);
  const before = see(noLocals, []);
  if (!before) return [];
  const names = [task.loopControl.loopVar, task.loopControl.indexVar ?? ''];
  const ofItem = task.when.filter(({ references }) => task.loop && references.some(({ path }) => names.includes(path[0] ?? '')));
  const plain = task.when.filter(condition => !ofItem.includes(condition));
  const rows = plain.map(condition => ({ about: 'when', ...explainCondition(condition, before) }));
  return task.loop ? [...rows, ...loopRows(task, task.loop, before, ofItem, see)] : rows;
}

type See = (local: Vars, pending: readonly string[]) => Sight | undefined;

function loopRows(task: Task, loop: Value, before: Sight, conditions: Task['when'], see: See): readonly Row[] {
  const { loopVar, indexVar } = task.loopControl;
  const items = answer(() => settle(before.scope.evaluate(loop)));
  if (items.is !== 'known' || !Array.isArray(items.value)) {
    const text = expressionsIn(loop).map(one => one.text.trim());
    const blind = see(noLocals, [loopVar, ...(indexVar ? [indexVar] : [])]);
    const rows = blind ? conditions.map(condition => ({ about: 'when', ...explainCondition(condition, blind) })) : [];
    return [row('perhaps', 'loop', `its items are known in the run: ${text.join(', ')}`), ...rows];
  }
  const all = items.value as readonly unknown[];
  const counted = row(all.length > 0, 'loop', `${all.length} items`);
  const each = all.slice(0, mostItems).flatMap((item, i): Row[] => {
    const sight = see({ [loopVar]: item, ...(indexVar ? { [indexVar]: i } : {}) }, []);
    const found = sight ? conditions.map(condition => explainCondition(condition, sight)) : [];
    return found.map(held => ({ ...held, about: `item ${shown(item)}` }));
  });
  return conditions.length === 0 ? [counted] : [counted, ...someOf(each)];
}

/** One item that runs is enough. */
const someOf = (each: readonly Row[]): readonly Row[] =>
  each.every(({ mark }) => mark === 'no') ? each : each.map(one => ({ ...one, aside: true }));

function whoRows({ task, play }: Visited, host: Host): readonly Row[] {
  const all = batches(play.hosts, play.serial);
  const at = all.findIndex(names => names.includes(host.name));
  const first = all[at]?.[0];
  return [
    ...(play.serial.length > 0 ? [row(true, 'serial', `batch ${at + 1} of ${all.length}: ${(all[at] ?? []).join(', ')}`)] : []),
    ...(task.runOnce && first !== host.name
      ? [row('perhaps', 'run_once', `${first} does it for all, unless its condition does not hold there`)]
      : []),
  ];
}

/** Tasks of a name (a glob, `role : name`), or the one that stands at FILE:LINE. */
export function tasksCalled(wanted: string, all: readonly Visited[]): readonly Visited[] {
  const [, file, line] = /^(.+):(\d+)$/.exec(wanted) ?? [];
  const named = all.filter(({ task }) => task.name === wanted || `${task.role} : ${task.name}` === wanted);
  if (named.length > 0 || file === undefined) return named;
  const inFile = all.filter(({ task }) => task.span.file === file && task.span.line <= Number(line));
  const nearest = Math.max(...inFile.map(({ task }) => task.span.line));
  return inFile.filter(({ task }) => task.span.line === nearest);
}

export function noTask(wanted: string, all: readonly Visited[]): Fault {
  const near = didYouMean(
    wanted,
    all.map(({ task }) => task.name),
  );
  return fault('E451', {
    what: `no task is called "${wanted}"`,
    why: 'a task is named by its name, or by FILE:LINE',
    mend: near ? `did you mean "${near}"?` : 'tsrun PLAYBOOK --list-tasks shows the names',
  });
}

/** Tasks before it, in its play, that may end the play for the host. */
export function endsBefore({ task, play }: Visited, all: readonly Visited[]): readonly string[] {
  const before = all.slice(
    0,
    all.findIndex(one => one.task === task && one.play === play),
  );
  return before
    .filter(one => one.play === play && one.task.module === 'meta' && /"end_\w+"/.test(JSON.stringify(one.task.args)))
    .map(one => `note  "${one.task.name}" (${showSpan(one.task.span)}) before it may end the play for the host`);
}
