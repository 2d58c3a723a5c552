// The number of replicas of a workload, by its scale subresource. An autoscaler that owns the number is named, not fought.
import type { Module, Plan } from '../core/types.ts';
import { answersOf, question, read, refusalOf } from './parts/k8s-answers.ts';
import {
  clusterKinds,
  namedObject,
  objectKinds,
  type ObjectArgs,
  type WaitArgs,
  waitKinds,
  waitOptions,
} from './parts/k8s-args.ts';
import { footprint, type KubeObject, labelOf } from './parts/k8s-objects.ts';
import type { Problem } from './parts/k8s-state.ts';
import { takes } from './parts/kinds.ts';

interface Args extends ObjectArgs, WaitArgs {
  readonly replicas: number;
  readonly current_replicas?: number;
  readonly wait: boolean;
}
interface State {
  readonly live: KubeObject | null;
  readonly scalers: readonly KubeObject[];
  readonly problem?: Problem;
}
interface Action {
  readonly args: Args;
  readonly does: 'scale' | 'wait';
}
interface Target {
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
}

const replicasOf = ({ live }: State): number => (live?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;

function plan(args: Args, state: State): Plan<Action> {
  const refuse = refusalOf(state.problem ? [state.problem] : []);
  if (refuse) return { changes: [], refuse, result: {} };
  const label = labelOf(namedObject(args));
  const now = replicasOf(state);
  const result = { replicas: args.replicas };
  const owner = state.scalers.find(({ spec }) => {
    const target = (spec as Target | undefined)?.scaleTargetRef;
    return target?.kind === args.kind && target?.name === args.name;
  });
  const warnings = owner ? [`the autoscaler ${owner.metadata.name} owns this number and will set its own`] : [];
  const isOther = args.current_replicas !== undefined && args.current_replicas !== now;
  if (now === args.replicas || isOther)
    return { changes: [], result: { replicas: now }, warnings: now === args.replicas ? [] : warnings };
  const change = {
    summary: `${label}: replicas ${now} -> ${args.replicas}`,
    diff: { target: label, before: `replicas: ${now}\n`, after: `replicas: ${args.replicas}\n` },
    touches: [footprint(namedObject(args))],
    action: { args, does: 'scale' as const },
  };
  return { changes: [change], acts: args.wait ? [{ args, does: 'wait' }] : [], result, warnings };
}

export const module: Module<Args, State, Action> = {
  summary: 'Set the number of replicas of a Deployment, StatefulSet or ReplicaSet.',
  collection: 'kubernetes.core',
  args: takes(
    {
      ...objectKinds('Deployment'),
      replicas: { type: 'integer', minimum: 0, description: 'How many there shall be.' },
      current_replicas: { type: 'integer', minimum: 0, description: 'Only where there are this many now.' },
      ...waitKinds(true, 20),
      ...clusterKinds,
    },
    ['name', 'replicas'],
  ),
  returns: { type: 'object', additionalProperties: false, properties: { replicas: { type: 'integer' } } },
  examples: [{ title: 'Two forwarders', yaml: 'k8s_scale: { name: forwarder, namespace: dcompact, replicas: 2 }' }],
  differs: ['resource_version, label_selectors and Jobs are not there; `result` is `replicas`.'],
  probe: args => ({
    ask: question(
      read('get', namedObject(args)),
      read(
        'list',
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: args.namespace ? { namespace: args.namespace } : {},
        },
        { own: true },
      ),
    ),
    reads: [footprint(namedObject(args)), 'k8s:HorizontalPodAutoscaler.autoscaling/'],
    parse: out => {
      const [live, scalers] = answersOf(out);
      return {
        live: live?.fault ? null : (live?.body as KubeObject),
        scalers: scalers?.fault ? [] : ((scalers?.body as { items?: readonly KubeObject[] })?.items ?? []),
        ...(live?.fault ? { problem: live.fault } : {}),
      };
    },
  }),
  plan,
  apply: ({ args, does }) => [
    {
      run:
        does === 'wait'
          ? question(read('wait', namedObject(args), waitOptions(args)))
          : question({ verb: 'scale', dryRun: false, object: namedObject(args), options: { replicas: args.replicas } }),
    },
  ],
};
