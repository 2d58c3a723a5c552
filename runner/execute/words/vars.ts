// set_fact and include_vars: what they bring into the host's memory.
import type { Vars } from '../../core/types.ts';
import { unanswered } from '../attempt.ts';
import { memoryFor } from '../delegate.ts';
import { okay } from '../outcome.ts';
import type { Word } from './index.ts';

export const setFact: Word = (run, task, args, on) => {
  const { cacheable: _, ...facts } = args as Vars & { cacheable?: boolean };
  const names = Object.keys(facts);
  const memory = memoryFor(run, task, on);
  for (const name of names) memory.assign(name, facts[name]);
  return okay({ ansible_facts: facts }, names.join(', '));
};

export const includeVars: Word = (run, task, args, on) => {
  const included = run.context.binder.include(task, args, on);
  if (included.is !== 'known') return unanswered(run, task, included);
  const vars = included.value.vars ?? new Map();
  run.memory.include(vars);
  return okay({ ansible_included_var_files: [String(args['file'] ?? args['dir'] ?? '')] }, [...vars.keys()].join(', '));
};
