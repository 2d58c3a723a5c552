// Tasks that do not run on these hosts, as the files stand: what is written out is checked all the same, values are not.
import type { Task, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import { checkArgs } from './args.ts';
import type { HostClass } from './classes.ts';
import { pathFaults } from './names.ts';
import { partsOf } from './parts.ts';
import { type Sight, sightOf } from './sight.ts';
import type { TaskCheck } from './task.ts';
import { typoFaults } from './typos.ts';

export interface Skipped {
  readonly task: Task;
  readonly group: HostClass;
  readonly check: TaskCheck;
  /** Names whose absence a condition has thought of. */
  readonly guarded: ReadonlySet<string>;
}

export function checkSkipped({ task, group, check, guarded }: Skipped, sight: Sight): void {
  const { state, of, pending } = check;
  const own = [
    ...(task.register ? [task.register] : []),
    ...(task.loop ? [task.loopControl.loopVar, task.loopControl.indexVar ?? ''] : []),
  ];
  const inside = sightOf(state, of.play, task, sight.host.name, sight.on.local, [...pending, ...own.filter(name => name !== '')]);
  if (!inside) return;
  const report = (faults: readonly Fault[]): void => {
    for (const found of faults) state.findings.add(softened(found, task, inside), group.hosts, of.play.hosts);
  };
  const entries = task.args.is === 'map' ? task.args.entries : [];
  const isWritten = ({ value }: { value: Value }): boolean => value.is === 'plain';
  const whole = task.args.is === 'plain' && typeof task.args.value === 'object' ? Object.entries(task.args.value ?? {}) : [];
  const known = new Map([
    ...whole,
    ...entries.filter(isWritten).map(({ key, value }) => [key, (value as { value: unknown }).value] as const),
  ]);
  const waiting = new Set(entries.filter(entry => !isWritten(entry)).map(({ key }) => key));
  checkArgs({ task, known, waiting, group, check }, inside, report);
  const { before, each, after } = partsOf(task);
  const values = [...entries.map(({ value }) => value), ...(task.loop ? [task.loop] : []), ...before, ...each, ...after];
  report(values.flatMap(value => pathFaults(value, inside, guarded)));
  // The conditions behind the one that is false are not evaluated.
  report(task.when.flatMap(condition => typoFaults(condition, inside, guarded)));
}

/** With other variables the task would run, and these might define the name, too: sure is it in a role that declares its inputs. */
function softened(found: Fault, task: Task, { state }: Sight): Fault {
  const declares = task.frame.roleDir !== null && state.work.roles.get(task.frame.roleDir)?.closed === true;
  if (declares || !found.code.startsWith('E3')) return found;
  return { ...found, code: 'W954', severity: 'warning', why: `${found.why}; the task does not run with these files` };
}
