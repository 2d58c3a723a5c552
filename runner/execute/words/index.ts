// The engine's own words: they have no probe and no module. One row a word; meta and include_* steer the tree and are not here.
import type { Knowledge, Task } from '../../core/site.ts';
import type { Vars } from '../../core/types.ts';
import { unanswered } from '../attempt.ts';
import type { HostRun } from '../host-run.ts';
import type { Outcome } from '../outcome.ts';
import { addHost, groupBy } from './hosts.ts';
import { assert, debug, fail } from './say.ts';
import { pause } from './pause.ts';
import { includeVars, setFact } from './vars.ts';

export type Word = (run: HostRun, task: Task, args: Vars, on: Knowledge) => Outcome | Promise<Outcome>;

const WORDS: Readonly<Record<string, Word>> = {
  set_fact: setFact,
  include_vars: includeVars,
  debug,
  assert,
  fail,
  pause,
  add_host: addHost,
  group_by: groupBy,
};

export async function runWord(run: HostRun, task: Task, on: Knowledge): Promise<Outcome> {
  const word = WORDS[task.module];
  if (!word) throw new Error(`the engine has no word "${task.module}"`);
  const args = run.context.binder.wordArgs(task, on);
  if (args.is === 'known') return word(run, task, args.value, on);
  return unanswered(run, task, args);
}
