// debug, assert and fail: words that say something and ask no host.
import type { Expression, Task } from '../../core/site.ts';
import { unanswered } from '../attempt.ts';
import { assertedBy } from '../look.ts';
import { failed, faultOf, okay, type Outcome, skipped } from '../outcome.ts';
import type { Word } from './index.ts';

export const debug: Word = (run, task, args) => {
  const needed = Number(args['verbosity'] ?? 0);
  if (needed > run.context.options.verbosity)
    return skipped('verbosity threshold not met', { skipped_reason: 'Verbosity threshold not met.' });
  if (!('var' in args)) return okay({ msg: args['msg'] ?? 'Hello world!' }, shown(args['msg'] ?? 'Hello world!'));
  const name = varText(task);
  return okay({ [name]: args['var'] }, `${name}: ${shown(args['var'])}`);
};

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

function varText({ args }: Task): string {
  const entry = args.is === 'map' ? args.entries.find(({ key }) => key === 'var') : undefined;
  return entry?.value.is === 'expression' ? entry.value.expression.text : 'var';
}

export const fail: Word = (run, task, args) => {
  const msg = String(args['msg'] ?? 'Failed as requested from task');
  return failed(faultOf(task, run.name, msg, `the playbook says so: see the condition of "${task.name}"`, 'E513'), { msg });
};

export const assert: Word = (run, task, args, on) => {
  for (const condition of assertedBy(task)) {
    const answer = run.context.binder.condition([condition], task, on);
    if (answer.is !== 'known') return unanswered(run, task, answer);
    if (!answer.value) return broken(task, run.name, condition, args['fail_msg']);
  }
  return okay({ msg: args['success_msg'] ?? 'All assertions passed' }, args['quiet'] === true ? '' : textOf(args['success_msg']));
};

const textOf = (message: unknown): string => [message ?? []].flat().map(String).join('\n');

function broken(task: Task, host: string, { text, span }: Expression, message: unknown): Outcome {
  const said = message === undefined ? 'Assertion failed' : textOf(message);
  const mend = message === undefined ? `make this hold: ${text}` : said;
  return failed(
    { ...faultOf(task, host, `${said}\nthis does not hold: ${text}`, mend, 'E514'), at: span },
    { assertion: text, evaluated_to: false, msg: said },
  );
}
