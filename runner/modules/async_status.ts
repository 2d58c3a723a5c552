// Asks how a job of an asynchronous task is. A job is a folder of the user: ~/.tsrun_async/JID/{cmd,pid,stdout,stderr,rc}.
import { lines, sh } from '../core/shell.ts';
import type { Module, Plan, Vars } from '../core/types.ts';
import { splitLines } from './parts/execution.ts';
import { choice, gives, takes, text } from './parts/kinds.ts';
import { fileSection, plain, readSections, framed } from './parts/sections.ts';
import type { Sections } from './parts/sections.ts';

interface Args {
  readonly jid: string;
  readonly mode: 'status' | 'cleanup';
}
interface Job {
  readonly found: boolean;
  readonly alive: boolean;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly cmd: string;
}

const folder = (jid: string) => `.tsrun_async/${jid}`;

const readJob = (sections: Sections): Job => ({
  found: sections.has('job'),
  alive: sections.has('alive'),
  code: sections.has('rc') ? Number(plain(sections, 'rc')) : null,
  stdout: sections.get('stdout') ?? '',
  stderr: sections.get('stderr') ?? '',
  cmd: plain(sections, 'cmd'),
});

function plan({ jid, mode }: Args, job: Job): Plan<{ readonly jid: string }> {
  const base: Vars = { ansible_job_id: jid, results_file: `~/${folder(jid)}` };
  if (mode === 'cleanup')
    return { changes: [], acts: job.found ? [{ jid }] : [], result: { ...base, erased: `~/${folder(jid)}` } };
  const state = { ...base, started: 1, finished: job.code === null ? 0 : 1 };
  const refused = (why: string, mend: string, result: Vars): Plan<{ readonly jid: string }> => ({
    changes: [],
    result,
    refuse: { why, mend },
  });
  if (!job.found)
    return refused('could not find job', 'the name of the job is in the register of its task: ansible_job_id', {
      ...state,
      finished: 1,
    });
  if (job.code === null && !job.alive)
    return refused('the job is gone without an end: it was killed, or the host rebooted', 'start it again', {
      ...state,
      finished: 1,
    });
  if (job.code === null) return { changes: [], result: { ...state, stdout: '', stderr: '', stdout_lines: [], stderr_lines: [] } };
  const [stdout, stderr] = [job.stdout, job.stderr].map(one => one.replace(/[\r\n]+$/, '')) as [string, string];
  const result = {
    ...state,
    rc: job.code,
    cmd: job.cmd,
    stdout,
    stderr,
    stdout_lines: splitLines(stdout),
    stderr_lines: splitLines(stderr),
  };
  return job.code === 0
    ? { changes: [], result }
    : refused(`non-zero return code ${job.code}: ${stderr || stdout}`, 'look at what the job said', {
        ...result,
        msg: 'non-zero return code',
      });
}

export const module: Module<Args, Job, { readonly jid: string }> = {
  summary: 'Ask how an asynchronous job is.',
  collection: 'ansible.builtin',
  args: takes(
    {
      jid: text('The name of the job: ansible_job_id of its task.'),
      mode: choice('status asks; cleanup forgets it.', ['status', 'cleanup'], 'status'),
    },
    ['jid'],
  ),
  returns: gives({
    ansible_job_id: { type: 'string' },
    started: { type: 'integer' },
    finished: { type: 'integer', description: '1 when it is done.' },
    results_file: { type: 'string' },
    erased: { type: 'string' },
    rc: { type: 'integer' },
    cmd: { type: 'string' },
    msg: { type: 'string' },
    stdout: { type: 'string' },
    stderr: { type: 'string' },
    stdout_lines: { type: 'array', items: { type: 'string' } },
    stderr_lines: { type: 'array', items: { type: 'string' } },
  }),
  examples: [
    {
      title: 'Until it is done',
      yaml: 'async_status: { jid: "482910.3321" }\nregister: state\nuntil: state.finished == 1\nretries: 60',
    },
  ],
  check: ({ jid }) => (/^[\w.-]+$/.test(jid) && !jid.startsWith('.') ? [] : [`"${jid}" is no name of a job`]),
  probe: ({ jid }) => ({
    ask: framed(
      lines(
        sh`if cd "$HOME" && cd ${folder(jid)} 2>/dev/null; then echo @job`,
        sh`if [ -r pid ] && read -r p < pid && kill -0 "$p" 2>/dev/null; then echo @alive; fi`,
        ...['rc', 'cmd', 'stdout', 'stderr'].map(name => fileSection(name, name)),
        sh`fi`,
      ),
    ),
    reads: ['*'],
    parse: out => readJob(readSections(out, true)),
  }),
  plan,
  apply: ({ jid }) => [{ run: { sh: sh`cd "$HOME" && rm -rf ${folder(jid)}` } }],
};
