// The table at the end of a run: a line a host in Ansible's words, so that scripts which read it go on working. Pure.
import type { Recap, Tally } from '../core/events.ts';
import { type Color, count, type Paint, seconds, visible } from './text.ts';

const usual = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored'] as const;
type Column = (typeof usual)[number] | 'unknown';
const colors: Partial<Record<Column, Color>> = {
  ok: 'green',
  changed: 'yellow',
  unreachable: 'red',
  failed: 'red',
  unknown: 'magenta',
};

export function recapLines(hosts: Readonly<Record<string, Tally>>, paint: Paint): readonly string[] {
  const rows = Object.entries(hosts).sort(([a], [b]) => (a < b ? -1 : 1));
  const columns: readonly Column[] = rows.some(([, tally]) => tally.unknown > 0) ? [...usual, 'unknown'] : usual;
  const nameWidth = Math.max(0, ...rows.map(([name]) => visible(name).length));
  const widths = new Map(columns.map(column => [column, Math.max(...rows.map(([, tally]) => cell(tally, column).length))]));
  const tripWidth = Math.max(0, ...rows.map(([, tally]) => trips(tally).length));
  return rows.map(([name, tally]) => {
    const cells = columns.map(column => {
      const text = cell(tally, column);
      const color = tally[column] > 0 ? colors[column] : undefined;
      return (color ? paint(color, text) : text) + ' '.repeat((widths.get(column) ?? 0) - text.length);
    });
    const tail = [trips(tally).padStart(tripWidth), seconds(tally.seconds)];
    return `${paint(hostColor(tally), visible(name).padEnd(nameWidth))} : ${[...cells, ...tail].join('  ')}`;
  });
}

const cell = (tally: Tally, column: Column): string => `${column}=${tally[column]}`;
const trips = (tally: Tally): string => count(tally.roundTrips, 'round trip');

function hostColor(tally: Tally): 'red' | 'yellow' | 'green' {
  if (tally.failed > 0 || tally.unreachable > 0) return 'red';
  return tally.changed > 0 || tally.unknown > 0 ? 'yellow' : 'green';
}

/** One sentence over all hosts. `halfway`: how many tasks failed after they may have changed something. */
export function summary(hosts: Readonly<Record<string, Tally>>, check: boolean, halfway = 0): string {
  const all = Object.values(hosts);
  const of = (key: keyof Tally): number => all.reduce((sum, tally) => sum + tally[key], 0);
  const changed = of('changed');
  const nothing = check ? 'nothing would change' : 'nothing changed';
  const parts = [
    count(all.length, 'host'),
    ...(changed === 0 && halfway > 0
      ? []
      : [changed === 0 ? nothing : `${count(changed, 'task')} ${check ? 'would change' : 'changed'}`]),
    ...(halfway > 0 ? [`${count(halfway, 'failed task')} may have changed something`] : []),
    ...(['unknown', 'failed', 'unreachable'] as const).flatMap(key => (of(key) > 0 ? [`${of(key)} ${key}`] : [])),
  ];
  return parts.join(', ');
}

const IMPACTS = ['reload', 'restart', 'reboot', 'destroys'] as const;

/** "impact: 3 restart, 1 reboot"; nothing where nothing is interrupted. */
export function impactLines(impact: Recap['impact'], check: boolean): readonly string[] {
  const parts = IMPACTS.flatMap(label => (impact[label] ? [`${impact[label]} ${label}`] : []));
  return parts.length === 0 ? [] : [`impact${check ? ' (of a real run)' : ''}: ${parts.join(', ')}`];
}
