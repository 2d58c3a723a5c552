// Runs a program without a shell. Splits and quotes its words; asks only the guards.
import { raw, sh } from '../core/shell.ts';
import type { Module, Script } from '../core/types.ts';
import {
  execution,
  foreseeGuards,
  guardKinds,
  guardProbe,
  runPlan,
  runResult,
  runReturns,
  runSteps,
  streamKinds,
} from './parts/execution.ts';
import type { Execution, Guarded, Guards } from './parts/execution.ts';
import { commandImpact } from './parts/impact.ts';
import { flag, takes, text } from './parts/kinds.ts';
import { expandedWord, splitWords } from './parts/words.ts';

interface Args extends Guards {
  readonly cmd?: string;
  readonly argv?: readonly (string | number)[];
  readonly executable?: string;
  readonly expand_argument_vars: boolean;
}

const wordsOf = (args: Args): readonly string[] => args.argv?.map(String) ?? splitWords(args.cmd ?? '') ?? [];

/** `exec` looks for a program alone: a word is never taken for a builtin, and one process fewer is started. */
const scriptOf = (words: readonly string[], expand: boolean): Script =>
  expand ? sh`exec ${words.map(word => raw(expandedWord(word)))}` : sh`exec ${words}`;

export const module: Module<Args, Guarded, Execution> = {
  summary: 'Run a program on the host, without a shell.',
  collection: 'ansible.builtin',
  freeForm: 'cmd',
  args: takes({
    cmd: text('The command line. Its words are split by the rules of shlex; `$NAME` and `~` stand for their values.', {
      aliases: ['_raw_params'],
    }),
    argv: { type: 'array', items: { type: ['string', 'number'] }, minItems: 1, description: 'The command as a list of words.' },
    expand_argument_vars: flag('Whether `$NAME` and `~` stand for their values; false for words that come from elsewhere.', true),
    executable: text('Not used (the shell module takes it).'),
    ...guardKinds,
    ...streamKinds,
  }),
  returns: runReturns,
  examples: [
    {
      title: 'Ask for the version of the kernel',
      yaml: 'name: Kernel\ncommand: uname -r\nregister: kernel\nchanged_when: false',
    },
    {
      title: 'Make a database once',
      yaml: 'name: First initialisation\ncommand:\n  argv: [/usr/sbin/mysqld, --initialize-insecure]\n  creates: /var/lib/mysql/mysql',
    },
  ],
  differs: [
    "A program that is not there gives rc 127, the shell's code, where Ansible gives 2.",
    'With `poll: 0` and a guard that holds, the job has ended and nothing is changed; Ansible calls every start of a job a change.',
  ],
  notes: ['A bare command is not run in a check run; with `creates` or `removes` its guard is asked.'],
  check(args) {
    const blank = (args.cmd ?? '').trim() === '';
    if (blank && !args.argv) return ['no command given: write the words of the command, or "argv"'];
    if (!blank && args.argv) return ['only one of "cmd" and "argv" may be given'];
    return args.argv || splitWords(args.cmd ?? '') ? [] : ['a quote is not closed in the command'];
  },
  probe: guardProbe,
  plan: (args, seen) => {
    const words = wordsOf(args);
    const script = scriptOf(words, args.expand_argument_vars);
    const plan = runPlan(args, seen, { cmd: words, script }, execution(args, script));
    return args.executable === undefined
      ? plan
      : { ...plan, warnings: ['"executable" is not used by "command": the "shell" module takes it'] };
  },
  opaque: true,
  impact: args => commandImpact(wordsOf(args).join(' ')),
  apply: runSteps,
  failsByCode: true,
  result: (args, _state, outputs) => (outputs.length === 0 ? {} : runResult(args, wordsOf(args), outputs)),
  foresee: foreseeGuards,
};
