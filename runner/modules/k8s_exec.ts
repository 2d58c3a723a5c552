// A command in a pod, and what it printed. Like `command` it may change anything, so it is always "changed" unless the task says otherwise.
import type { Module } from '../core/types.ts';
import { bodiesOf, question } from './parts/k8s-answers.ts';
import { clusterKinds } from './parts/k8s-args.ts';
import { takes, text } from './parts/kinds.ts';

interface Args {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly command: string | readonly string[];
  readonly stdin?: string;
  readonly timeout: number;
}
interface Action {
  readonly args: Args;
}

/** Words as a shell splits them: quotes hold together, nothing is expanded. */
function wordsOf(command: Args['command']): readonly string[] {
  if (typeof command !== 'string') return command;
  return [...command.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(found => found[0].replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

const shown = (command: Args['command']): string => (typeof command === 'string' ? command : command.join(' '));

export const module: Module<Args, null, Action> = {
  summary: 'Run a command in a pod.',
  collection: 'kubernetes.core',
  args: takes(
    {
      namespace: text('Namespace of the pod.'),
      pod: text('Name of the pod.'),
      container: text('Its container, where it has several.'),
      command: {
        type: ['string', 'array'],
        items: { type: 'string' },
        description: 'The command and its words; no shell expands them.',
      },
      stdin: text('What it reads.'),
      timeout: { type: 'integer', minimum: 1, default: 60, description: 'Seconds that it may take.' },
      ...clusterKinds,
    },
    ['namespace', 'pod', 'command'],
  ),
  returns: {
    type: 'object',
    additionalProperties: false,
    properties: {
      stdout: { type: 'string' },
      stderr: { type: 'string' },
      stdout_lines: { type: 'array', items: { type: 'string' } },
      rc: { type: 'integer' },
      return_code: { type: 'integer' },
      msg: { type: 'string' },
    },
  },
  examples: [
    {
      title: 'What a worker says of itself',
      yaml: 'k8s_exec: { namespace: dcompact, pod: dcompact-0, command: cat /etc/hostname }',
    },
  ],
  differs: ['Fails where the command ends with another code than 0.'],
  probe: () => ({ ask: question(), reads: [], parse: () => null }),
  plan: args => {
    const label = `Pod ${args.namespace}/${args.pod}`;
    const change = {
      summary: `${label}: ${shown(args.command)}`,
      diff: { target: label, before: '', after: `ran: ${shown(args.command)}\n` },
      touches: ['k8s:' as const],
      action: { args },
    };
    return { changes: [change], result: {}, repeats: true };
  },
  opaque: true,
  apply: ({ args: { namespace, pod, container, command, stdin, timeout } }) => [
    {
      run: question({
        verb: 'exec',
        dryRun: false,
        object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace } },
        options: {
          command: wordsOf(command),
          within: timeout,
          ...(container ? { container } : {}),
          ...(stdin === undefined ? {} : { stdin }),
        },
      }),
    },
  ],
  result: (args, _state, outputs) => {
    const [body] = bodiesOf(outputs) as readonly { stdout?: string; stderr?: string; code?: number }[];
    if (body?.code === undefined) return {};
    const { stdout = '', stderr = '', code } = body;
    const failed =
      code === 0 ? {} : { failed: true, msg: `${shown(args.command)} exited ${code}${stderr ? `\n${stderr.trim()}` : ''}` };
    return { stdout, stderr, stdout_lines: stdout.replace(/\n$/, '').split('\n'), rc: code, return_code: code, ...failed };
  },
};
