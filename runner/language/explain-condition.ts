// One condition on one host at one place: whether it holds as far as the files tell, and the values that it reads, with their places.
import type { Expression, Knowledge, Reference, Task } from '../core/site.ts';
import { showSpan } from '../core/source.ts';
import { answer, run } from './expression.ts';
import { explainVariable, shown } from './explain.ts';
import { factOf, isFactMap } from './facts.ts';
import { settle } from './lazy.ts';
import { magicNames } from './magic.ts';
import { truth } from './program.ts';
import { Pending } from './signals.ts';
import type { Sight } from './check/sight.ts';

/** no: the task does not run for it; perhaps: only a run can tell. */
export type Mark = 'yes' | 'no' | 'perhaps';
export interface Held {
  readonly mark: Mark;
  readonly lines: readonly string[];
}

export function explainCondition(condition: Expression, sight: Sight): Held {
  const held = answer(() => truth(run(condition, sight.scope)));
  const mark: Mark = held.is === 'known' ? (held.value ? 'yes' : 'no') : 'perhaps';
  const reads = new Map(condition.references.map(reference => [reference.path.join('.'), reference]));
  const values = [...reads].map(([path, reference]) => `${path} ${valueOf(reference, sight)}`);
  const wrong = held.is === 'fault' ? held.faults.map(({ what, why }) => `${what}: ${why}`) : [];
  return {
    mark,
    lines: [`${condition.text.trim()} (${showSpan(condition.span)})`, ...[...values, ...wrong].map(line => `  ${line}`)],
  };
}

function valueOf(reference: Reference, { scope, on, host, place, state }: Sight): string {
  const [name = ''] = reference.path;
  const from = placeOf(name);
  const found = answer(() => settle(follow(scope.get(name), reference.path.slice(1))));
  if (found.is === 'known') return found.value === undefined ? 'has no value here' : `= ${shown(found.value)}${from}`;
  return found.is === 'unknown' ? waits(name, on, place) : `cannot be read${from}`;

  function placeOf(name: string): string {
    if (magicNames.has(name)) return '';
    const [winner] = explainVariable(host, name, [...place.layers, state.site.extra]).candidates;
    return winner ? `, ${winner.from} (${showSpan(winner.at)})` : '';
  }
}

/** As far as maps lead; below a list the whole is shown. */
function follow(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (value instanceof Pending) return value;
  if (key === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.hasOwn(value, key) ? follow((value as Record<string, unknown>)[key], rest) : undefined;
}

/** What a run must do first. */
function waits(name: string, on: Knowledge, place: Task): string {
  const after = (on.unknown.get(name) ?? on.unknown.get('ansible_facts'))?.after;
  if (isFactMap(name) || (factOf(name) !== undefined && !on.unknown.has(name))) return 'is a fact of the host: known in the run';
  if (!after || after.id === place.id) return 'is known in the run alone';
  return `is known once "${after.name}" (${showSpan(after.span)}) has run`;
}
