// Waits until objects of a cluster are well, have a condition, or are gone. It changes nothing.
import type { Module } from '../core/types.ts';
import { answersOf, bodiesOf, question, read, refusalOf } from './parts/k8s-answers.ts';
import {
  clusterKinds,
  conditionKind,
  namedObject,
  objectKinds,
  type ObjectArgs,
  type WaitArgs,
  waitKinds,
  waitOptions,
} from './parts/k8s-args.ts';
import { footprint, type KubeObject, labelOf } from './parts/k8s-objects.ts';
import type { Problem } from './parts/k8s-state.ts';
import { choice, takes } from './parts/kinds.ts';

interface Args extends ObjectArgs, WaitArgs {
  readonly state: 'present' | 'absent';
}
interface State {
  readonly object: KubeObject | null;
  readonly health: { readonly state: string; readonly reason: string };
  readonly problem?: Problem;
}
interface Action {
  readonly args: Args;
}
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

/** As wanted already: nothing to wait for. */
function isReached(args: Args, { object, health }: State): boolean {
  if (args.state === 'absent') return object === null;
  const { condition } = waitOptions(args);
  if (!condition || !object) return health.state === 'healthy';
  const all = (object['status'] as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
  return all.some(
    one => one.type === condition.type && one.status === condition.status && (condition.reason ?? one.reason) === one.reason,
  );
}

const resultOf = ({ object, health }: State) => ({ resource: object, health: health.state, reason: health.reason });

export const module: Module<Args, State, Action> = {
  summary: 'Wait until an object of a Kubernetes cluster is healthy, has a condition, or is gone.',
  args: takes(
    {
      ...objectKinds('Deployment'),
      state: choice('present: healthy, or with the condition; absent: gone.', ['absent', 'present'], 'present'),
      ...waitKinds(undefined, 120),
      ...conditionKind,
      ...clusterKinds,
    },
    ['name'],
  ),
  returns: {
    type: 'object',
    additionalProperties: false,
    properties: {
      resource: { type: ['object', 'null'], additionalProperties: true },
      health: { type: 'string', description: 'healthy, progressing, degraded or missing.' },
      reason: { type: 'string' },
      msg: { type: 'string' },
    },
  },
  examples: [
    { title: 'Until a rollout is complete', yaml: 'k8s_wait: { name: dcompact, namespace: dcompact, wait_timeout: 300 }' },
    {
      title: 'Until an autoscaler sees numbers',
      yaml: 'k8s_wait: { api_version: autoscaling/v2, kind: HorizontalPodAutoscaler, name: dcompact, namespace: dcompact }',
    },
    {
      title: 'Until a job is done',
      yaml: 'k8s_wait: { api_version: batch/v1, kind: Job, name: import, wait_condition: { type: Complete } }',
    },
  ],
  notes: [
    'Healthy: a rollout that is complete, a claim that is bound, a Service with ready pods behind it, an autoscaler that sees numbers, a Job that is done.',
    'When the time is over, the fault has the reason, the last events, and the last log lines of pods that are not ready.',
  ],
  probe: args => ({
    ask: question(read('health', namedObject(args))),
    reads: [footprint(namedObject(args)), 'k8s:'],
    parse: out => {
      const [answer] = answersOf(out);
      const missing = { state: 'missing', reason: 'it is not there' };
      const isThere = answer?.status === 200;
      const body = (isThere ? answer.body : { object: null, health: missing }) as State;
      const problem = !isThere && answer?.fault && answer.status !== 404 ? answer.fault : undefined;
      return problem ? { ...body, problem } : body;
    },
  }),
  plan: (args, state) => {
    const refuse = refusalOf(state.problem ? [state.problem] : []);
    if (refuse) return { changes: [], refuse, result: {} };
    return { changes: [], acts: isReached(args, state) ? [] : [{ args }], result: resultOf(state) };
  },
  apply: ({ args }) => [{ run: question(read('wait', namedObject(args), waitOptions(args, args.state === 'absent'))) }],
  result: (args, state, outputs) => {
    const [body] = bodiesOf(outputs) as readonly State[];
    const after = body?.health ? { object: body.object, health: body.health } : state;
    return { ...resultOf(after), msg: outputs.length > 0 ? `waited for ${labelOf(namedObject(args))}` : '' };
  },
};
