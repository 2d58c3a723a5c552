// Runs shell text on the host. Asks only the guards.
import { sh } from '../core/shell.ts';
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
import { takes, text } from './parts/kinds.ts';

interface Args extends Guards {
  readonly cmd: string;
  readonly executable?: string;
}

/** A shell of its own, so that `set`, `exit` and options of the session do not leak in or out. */
const scriptOf = ({ cmd, executable }: Args): Script => sh`exec ${executable ?? '/bin/sh'} -c ${cmd}`;

export const module: Module<Args, Guarded, Execution> = {
  summary: 'Run shell text on the host.',
  collection: 'ansible.builtin',
  freeForm: 'cmd',
  args: takes(
    {
      cmd: text('The shell text.', { aliases: ['_raw_params'] }),
      executable: text('The shell, an absolute path; default /bin/sh.'),
      ...guardKinds,
      ...streamKinds,
    },
    ['cmd'],
  ),
  returns: runReturns,
  examples: [
    {
      title: 'Count the open files',
      yaml: 'name: Open files\nshell: ls /proc/*/fd 2>/dev/null | wc -l\nregister: open\nchanged_when: false',
    },
    {
      title: 'Make a key once',
      yaml: 'shell:\n  cmd: umask 077 && head -c 32 /dev/urandom > /etc/app.key\n  creates: /etc/app.key',
    },
  ],
  notes: ['A bare command is not run in a check run; with `creates` or `removes` its guard is asked.'],
  check: ({ cmd }) => (cmd.trim() === '' ? ['no command given'] : []),
  probe: guardProbe,
  plan: (args, seen) => runPlan(args, seen, { cmd: args.cmd, script: scriptOf(args) }, execution(args, scriptOf(args))),
  opaque: true,
  impact: ({ cmd }) => commandImpact(cmd ?? ''),
  apply: runSteps,
  failsByCode: true,
  result: (args, _state, outputs) => (outputs.length === 0 ? {} : runResult(args, args.cmd, outputs)),
  foresee: foreseeGuards,
};
