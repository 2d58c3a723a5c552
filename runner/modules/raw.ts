// Sends shell text to the host as it is, with no guards and nothing around it.
import { asWritten, sh } from '../core/shell.ts';
import type { Module, Script } from '../core/types.ts';
import { runPlan, runResult, runReturns, runSteps } from './parts/execution.ts';
import type { Execution, Guarded, Guards } from './parts/execution.ts';
import { commandImpact } from './parts/impact.ts';
import { takes, text } from './parts/kinds.ts';

interface Args {
  readonly cmd: string;
  readonly executable?: string;
}

const guards: Guards = { stdin_add_newline: false, strip_empty_ends: false };
const scriptOf = ({ cmd, executable }: Args): Script =>
  executable === undefined ? asWritten(cmd) : sh`exec ${executable} -c ${cmd}`;

export const module: Module<Args, Guarded, Execution> = {
  summary: 'Run shell text on the host as it is, by the shell of the session.',
  collection: 'ansible.builtin',
  freeForm: 'cmd',
  args: takes(
    { cmd: text('The shell text.', { aliases: ['_raw_params'] }), executable: text('Another shell, an absolute path.') },
    ['cmd'],
  ),
  returns: runReturns,
  examples: [
    { title: 'Ask a host with nothing installed', yaml: 'raw: cat /etc/os-release\nregister: release\nchanged_when: false' },
  ],
  notes: ['Nothing on the host is needed but its shell. `shell` is the better choice where guards are wanted.'],
  check: ({ cmd }) => (cmd.trim() === '' ? ['no command given'] : []),
  probe: () => ({ ask: { sh: sh`:` }, reads: [], parse: () => ({ entered: true, created: null, removable: null }) }),
  plan: (args, seen) => runPlan(guards, seen, { cmd: args.cmd, script: scriptOf(args) }, { script: scriptOf(args) }),
  opaque: true,
  impact: ({ cmd }) => commandImpact(cmd),
  apply: runSteps,
  failsByCode: true,
  result: (args, _state, outputs) => (outputs.length === 0 ? {} : runResult(guards, args.cmd, outputs)),
};
