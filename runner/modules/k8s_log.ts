// The log of a pod, or of the first pod of a workload. It changes nothing.
import type { Module } from '../core/types.ts';
import { answersOf, question, read, refusalOf } from './parts/k8s-answers.ts';
import { clusterKinds } from './parts/k8s-args.ts';
import type { Problem } from './parts/k8s-state.ts';
import { flag, takes, text } from './parts/kinds.ts';

interface Args {
  readonly name: string;
  readonly namespace?: string;
  readonly container?: string;
  readonly since_seconds?: number;
  readonly tail_lines?: number;
  readonly previous: boolean;
}
interface State {
  readonly log: string;
  readonly problem?: Problem;
}

export const module: Module<Args, State, never> = {
  summary: 'Read the log of a pod.',
  collection: 'kubernetes.core',
  args: takes(
    {
      kind: { enum: ['Pod'], default: 'Pod', description: 'Of pods alone.' },
      api_version: { enum: ['v1'], default: 'v1', description: 'Of pods alone.' },
      name: text('Name of the pod.'),
      namespace: text('Its namespace; else the one of the context.'),
      container: text('Its container, where it has several.'),
      since_seconds: { type: 'integer', minimum: 1, description: 'Only what is younger.' },
      tail_lines: { type: 'integer', minimum: 0, description: 'Only the last lines.' },
      previous: flag('The log of the container that ended before this one.', false),
      ...clusterKinds,
    },
    ['name'],
  ),
  returns: {
    type: 'object',
    additionalProperties: false,
    properties: { log: { type: 'string' }, log_lines: { type: 'array', items: { type: 'string' } } },
  },
  examples: [
    {
      title: 'The last lines',
      yaml: 'name: Log\nk8s_log: { name: dcompact-0, namespace: dcompact, tail_lines: 20 }\nregister: log',
    },
  ],
  differs: ['Of pods alone: workloads, label_selectors and all_containers are not there (k8s_info finds the pods).'],
  probe: ({ name, namespace, container, since_seconds, tail_lines, previous }) => ({
    ask: question(
      read(
        'log',
        { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...(namespace ? { namespace } : {}) } },
        {
          ...(container ? { container } : {}),
          ...(since_seconds === undefined ? {} : { sinceSeconds: since_seconds }),
          ...(tail_lines === undefined ? {} : { tailLines: tail_lines }),
          ...(previous ? { previous } : {}),
        },
      ),
    ),
    reads: ['k8s:'],
    parse: out => {
      const [answer] = answersOf(out);
      return answer?.fault ? { log: '', problem: answer.fault } : { log: String(answer?.body ?? '') };
    },
  }),
  plan: (_args, { log, problem }) => {
    const refuse = refusalOf(problem ? [problem] : []);
    const result = { log, log_lines: log === '' ? [] : log.replace(/\n$/, '').split('\n') };
    return refuse ? { changes: [], refuse, result } : { changes: [], result };
  },
  apply: () => [],
};
