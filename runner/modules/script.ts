// Runs a script of the runner on the host: sent into one folder of the user, run, taken away.
import { lines, raw, sh } from '../core/shell.ts';
import type { Blob, Module, Script, Step } from '../core/types.ts';
import { execution, foreseeGuards, guardKinds, guardProbe, runPlan, runResult, runReturns, runSteps } from './parts/execution.ts';
import type { Guarded, Guards } from './parts/execution.ts';
import { takes, text } from './parts/kinds.ts';
import { expandedWord, splitWords } from './parts/words.ts';

interface Args extends Guards {
  readonly cmd: string;
  readonly executable?: string;
  /** Put there by bind: the file that the first word of cmd names. */
  readonly script?: Blob;
}
interface State extends Guarded {
  /** The home folder of the user, where the script goes. */
  readonly home: string;
}
interface Action {
  readonly folder: string;
  readonly file: string;
  readonly content: Blob;
  readonly run: Script;
}

const guards = (args: Args): Guards => ({ ...args, stdin_add_newline: false, strip_empty_ends: false });
const wordsOf = (args: Args): readonly string[] => splitWords(args.cmd) ?? [];

function deed(args: Args, { home }: State): Action {
  const blob = args.script as Blob;
  const folder = `${home === '' || home === '/' ? '/tmp' : home}/.tsrun-script-${blob.sha256.slice(0, 16)}`;
  const file = `${folder}/${(wordsOf(args)[0] ?? 'script').replace(/^.*\//, '')}`;
  const more = wordsOf(args)
    .slice(1)
    .map(word => raw(expandedWord(word)));
  const program = args.executable === undefined ? [] : (splitWords(args.executable) ?? []);
  return { folder, file, content: blob, run: execution(guards(args), sh`exec ${program} ${file} ${more}`).script };
}

/** The last step exits as the script did not: what it said is in the outputs before. */
const steps = ({ folder, file, content, run }: Action): readonly Step[] => [
  { run: { sh: lines(sh`mkdir -m 0700 ${folder} 2>/dev/null || [ -O ${folder} ]`) } },
  { put: file, content, mode: 0o700 },
  ...runSteps({ script: run }),
  { run: { sh: sh`rm -rf ${folder}` } },
];

export const module: Module<Args, State, Action> = {
  summary: 'Run a script of the runner on the host.',
  collection: 'ansible.builtin',
  freeForm: 'cmd',
  args: takes(
    {
      cmd: text('The path of the script (looked up in files), and its words.', { aliases: ['_raw_params'] }),
      executable: text('The program that reads the script; default: as its first line says.'),
      ...guardKinds,
    },
    ['cmd'],
  ),
  returns: runReturns,
  examples: [{ title: 'Run a script once', yaml: 'script:\n  cmd: setup.sh --fast\n  creates: /etc/app.done' }],
  differs: ['Where `creates` or `removes` says that there is nothing to do, the task is ok; Ansible calls it skipped.'],
  notes: ['The script lies in a folder of the user while it runs. A bare script is not run in a check run.'],
  local: args => [{ arg: 'script', as: 'blob', folder: 'files', path: wordsOf(args)[0] ?? '' }],
  check: args => (wordsOf(args).length > 0 ? [] : [splitWords(args.cmd) ? 'no script is named' : 'a quote is not closed']),
  probe: args => {
    const base = guardProbe(guards(args));
    const ask = 'sh' in base.ask ? base.ask.sh : sh`:`;
    return {
      ask: { sh: lines(sh`echo "home $HOME"`, ask) },
      // The engine does not ask a probe that reads nothing.
      reads: ['host:home', ...base.reads],
      parse: out => {
        const home = /^home (.*)$/m.exec(out.text())?.[1];
        if (home === undefined) throw new Error(`the probe ended early, with exit code ${out.code}`);
        const rest = out.text().replace(/^home .*\n/, '');
        return { ...base.parse({ ...out, text: () => rest }), home };
      },
    };
  },
  plan: (args, seen) => runPlan(guards(args), seen, { cmd: args.cmd, script: sh`:` }, deed(args, seen)),
  opaque: true,
  apply: steps,
  failsByCode: true,
  result: (args, _state, outputs) => (outputs.length === 0 ? {} : runResult(guards(args), args.cmd, outputs, 3)),
  foresee: (args, seen, foretold) => {
    const base = foreseeGuards(guards(args), seen, foretold);
    return base && seen ? { ...base, home: seen.home } : null;
  },
};
