// A saved plan for people, like a good pull request: what it comes to, then each change once with the hosts that get it. Pure.
import { unifiedDiff } from '../core/diff.ts';
import type { PlannedChange, PlannedTask, SavedPlan } from '../core/saved-plan.ts';
import type { Impact } from '../core/types.ts';
import { type Color, count, indent, type Paint, visible } from './text.ts';

const ORDER: readonly (Impact | undefined)[] = ['destroys', 'reboot', 'restart', 'reload', 'none', undefined];
const colors: Partial<Record<Impact, Color>> = { destroys: 'red', reboot: 'red', restart: 'yellow', reload: 'yellow' };

/** One change of one task, with all hosts where it is the same. */
interface Folded {
  readonly task: PlannedTask;
  readonly hosts: string[];
}

export function planPage(plan: SavedPlan, paint: Paint): readonly string[] {
  const hosts = Object.entries(plan.hosts);
  const folded = fold(plan);
  const known = folded.filter(({ task }) => task.known);
  const later = folded.filter(({ task }) => !task.known);
  const sorted = ORDER.flatMap(impact => known.filter(one => one.task.impact === impact));
  const broken = hosts.filter(([, { broken }]) => broken !== undefined);
  const still = hosts.filter(([, { tasks, broken }]) => tasks.length === 0 && broken === undefined).map(([host]) => host);
  return [
    `plan of ${plan.made} for ${plan.line.words.map(visible).join(' ')}: ${sumOf(known, hosts.length - still.length - broken.length, paint)}`,
    ...sorted.flatMap(one => ['', ...changeLines(one, paint)]),
    ...(later.length > 0 ? ['', paint('bold', 'known only in the run (each reads what a task before it brings)')] : []),
    ...later.map(({ task, hosts: on }) => `  ${titleOf(task)} on ${list(on)}`),
    ...(still.length > 0 ? ['', `nothing to do on ${list(still)}`] : []),
    ...broken.flatMap(([host, { broken: why }]) => ['', paint('red', `not planned: ${visible(host)}: ${why ?? ''}`)]),
    ...(plan.line.withheld.length > 0 ? ['', `to be given again with -e: ${plan.line.withheld.map(visible).join(', ')}`] : []),
  ];
}

function fold(plan: SavedPlan): readonly Folded[] {
  const found = new Map<string, Folded>();
  for (const [host, { tasks, broken }] of Object.entries(plan.hosts)) {
    if (broken !== undefined) continue;
    for (const task of tasks) {
      const shown = task.changes.map(({ summary, diff }) => ({ summary, diff }));
      const key = JSON.stringify([task.key, task.task, task.known, task.impact, task.impactOf, shown]);
      const folded = found.get(key) ?? { task, hosts: [] };
      folded.hosts.push(host);
      found.set(key, folded);
    }
  }
  return [...found.values()];
}

function sumOf(known: readonly Folded[], hosts: number, paint: Paint): string {
  if (known.length === 0) return 'nothing to do';
  const parts = ORDER.flatMap(impact => {
    const n = known.filter(one => one.task.impact === impact).reduce((sum, one) => sum + one.hosts.length, 0);
    const word = impact ?? 'of unknown impact';
    return n === 0 ? [] : [impact && colors[impact] ? paint(colors[impact], `${n} ${word}`) : `${n} ${word}`];
  });
  const total = known.reduce((sum, one) => sum + one.hosts.length, 0);
  return `${count(total, 'change')} on ${count(hosts, 'host')} (${parts.join(', ')})`;
}

function changeLines({ task, hosts }: Folded, paint: Paint): readonly string[] {
  const { impact } = task;
  const by = task.impactOf === undefined ? '' : `  (notifies "${visible(task.impactOf)}")`;
  const label = impact ?? 'impact not known';
  const head = `${impact && colors[impact] ? paint(colors[impact], label) : label}  ${paint('bold', titleOf(task))}${by}`;
  const foreseen = task.foreseen ? ['  planned on what an earlier change of this plan will bring'] : [];
  return [
    head,
    `  ${paint('dim', visible(task.path))}  ${count(hosts.length, 'host')}: ${list(hosts)}`,
    ...foreseen,
    ...task.changes.flatMap(change => [`  ${visible(change.summary)}`, ...diffOf(change, paint)]),
  ];
}

function diffOf({ diff }: PlannedChange, paint: Paint): readonly string[] {
  if (diff.target === '' || !(diff.before + diff.after).includes('\n')) return [];
  return unifiedDiff(diff.before, diff.after).map(line => {
    const text = indent(visible(line), 4);
    return line.startsWith('+') ? paint('green', text) : line.startsWith('-') ? paint('red', text) : text;
  });
}

function titleOf({ role, task, item, handler }: PlannedTask): string {
  const whole = `${role === null ? '' : `${role} : `}${task}${handler ? ' [handler]' : ''}${item === undefined ? '' : ` (${item})`}`;
  return visible(whole);
}

const MOST = 12;
const list = (hosts: readonly string[]): string =>
  hosts.slice(0, MOST).map(visible).join(', ') + (hosts.length > MOST ? ` and ${hosts.length - MOST} more` : '');
