// tsrun undo RUN: the inverse of a run as a playbook, done by the engine like any other. It decides nothing about hosts.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fault } from '../core/fault.ts';
import type { Event, Reporter } from '../core/events.ts';
import type { StartRecord } from '../core/journal.ts';
import type { Fault } from '../core/types.ts';
import { keepPlaybook, lookUp, type RunSeen, runsIn } from '../run-runs.ts';
import { type Inverse, inverseOf } from '../run-undo.ts';
import { complain } from './complain.ts';
import type { CommandLine } from './parse.ts';
import { again } from './resume.ts';
import { runLine } from './run.ts';
import { withSettings } from './settings.ts';
import { stateFolder } from './state.ts';
import type { World } from './world.ts';

/** Flags of the run that chose what it did: its inverse is of all that it did. */
const NOT_AGAIN: ReadonlySet<string> = new Set([
  ...['tags', 'skip-tags', 'start-at-task', 'limit', 'check', 'diff', 'step', 'resume', 'output', 'fail-on-change', 'plan'],
  ...['module', 'args', 'verify', 'list-hosts', 'list-tasks', 'list-tags', 'syntax-check'],
]);

export async function undoVerb(written: CommandLine, world: World): Promise<number> {
  const { line } = withSettings({ ...written, words: [] }, world, new Map());
  const [named, ...more] = written.words;
  const state = stateFolder(line, world);
  if (named === undefined || more.length > 0 || state === undefined) return complain(written, world, [misuse]);
  const found = lookUp(state, named === 'last' ? lastDeed(state) : named, hostname());
  const { start, run, records, end } = found;
  if (!start || !run || !records) return complain(written, world, found.fault ? [found.fault] : [unreadable(named)]);
  if (end === 'runs') return complain(written, world, [goesOn(start)]);
  return undo(written, world, found as RunSeen, start, inverseOf(run, records));
}

/** An undo is not undone: the run before it is meant. */
function lastDeed(state: string): string {
  for (const { run, start } of runsIn(state, hostname())) if (start?.argv[0] !== 'undo') return run;
  return 'last';
}

async function undo(written: CommandLine, world: World, seen: RunSeen, start: StartRecord, inverse: Inverse): Promise<number> {
  const path = join(seen.folder, 'undo.yaml');
  const write = (plays: Inverse['plays']): Fault | undefined => keepPlaybook(path, plays);
  const kept = write(inverse.plays);
  if (kept) return complain(written, world, [kept]);
  const past = again({ ...written, words: [] }, world, start, start.run);
  const given = new Map([...past.line.given].filter(([name]) => !NOT_AGAIN.has(name) || written.given.has(name)));
  // From the settings, or from a saved plan.
  if (!given.has('inventory') && start.inventories.length > 0) given.set('inventory', start.inventories);
  const line: CommandLine = { ...past.line, verb: 'run', words: [path], given, faults: written.faults };
  const there = { ...world, cwd: start.cwd };
  const moved = await movedObjects(line, there, start, inverse);
  if (moved.length > 0)
    write(inverse.plays.map(play => ({ ...play, tasks: play.tasks.filter(({ name }) => !moved.includes(name)) })));
  const left = leftAlone();
  const findings = [...withoutInverse(inverse.none), ...movedSince(moved)];
  const code = await runLine(line, there, { varsBeside: start.playbooks, findings, reporters: [left] });
  return code === 0 && left.count() + moved.length > 0 ? 2 : code;
}

/** Objects of a cluster are compared by a check run: what it sees before the inverse is what the run has left. */
async function movedObjects(
  line: CommandLine,
  world: World,
  { playbooks }: StartRecord,
  { left }: Inverse,
): Promise<readonly string[]> {
  if (left.size === 0) return [];
  const moved = new Set<string>();
  const plain = (text: string): string => text.replaceAll(/^#.*\n?/gm, '').trim();
  const on = (event: Event): void => {
    if (event.event !== 'task_result') return;
    const [diff] = event.diff;
    const wanted = left.get(event.task);
    if (wanted !== undefined && diff && 'before' in diff && plain(diff.before) !== plain(wanted)) moved.add(event.task);
  };
  await runLine(line, world, { varsBeside: playbooks, isRehearsal: true, reporters: [{ on }] });
  return [...moved];
}

const movedSince = (names: readonly string[]): readonly Fault[] =>
  names.map(name =>
    fault('W973', {
      what: `"${name}" is not done`,
      why: 'the object has changed since the run',
      mend: 'it is left as it is: look at it, and mend it by hand or by a playbook',
    }),
  );

/** Counts what was left as it is, because it has moved since the run. */
function leftAlone(): Reporter & { count(): number } {
  let n = 0;
  const on = (event: Event): void => {
    if (event.event === 'task_result' && event.failed) n += 1;
  };
  return { on, count: () => n };
}

const MOST = 50;

function withoutInverse(none: readonly string[]): readonly Fault[] {
  if (none.length === 0) return [];
  const rest = none.length > MOST ? [`and ${none.length - MOST} more`] : [];
  return [
    fault('W972', {
      what: none.length === 1 ? 'one change has no inverse' : `${none.length} changes have no inverse`,
      why: [...none.slice(0, MOST), ...rest].join('\n'),
      mend: 'what they did stays; undo it by hand or by a playbook where it must not',
    }),
  ];
}

const misuse = fault('E463', {
  what: 'tsrun undo takes one run',
  why: 'it undoes what that run has changed',
  mend: 'tsrun undo RUN --check; "tsrun runs" lists those that are kept',
});

const unreadable = (named: string): Fault =>
  fault('E470', {
    what: `the journal of "${named}" cannot be read`,
    why: 'its first record is not there',
    mend: '"tsrun runs" lists others',
  });

const goesOn = ({ run, who }: StartRecord): Fault =>
  fault('E471', { what: `run ${run.slice(0, 8)} has not ended`, why: `${who} runs it`, mend: 'wait for its end' });
