// The rollout of a workload: restarted, paused, resumed or taken back to an older version.
import type { Change, Module, Plan } from '../core/types.ts';
import { stateImpact } from './parts/impact.ts';
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
import { footprint, type KubeObject, labelOf, yamlText } from './parts/k8s-objects.ts';
import type { Problem } from './parts/k8s-state.ts';
import { choice, takes } from './parts/kinds.ts';

interface Args extends ObjectArgs, WaitArgs {
  readonly state: 'restarted' | 'paused' | 'resumed' | 'undone' | 'complete';
  readonly to_revision: number;
  readonly wait: boolean;
}
interface State {
  readonly live: KubeObject | null;
  readonly health: string;
  readonly versions: readonly KubeObject[];
  readonly problem?: Problem;
}
interface Action {
  readonly args: Args;
  readonly patch?: object;
  readonly does: 'restart' | 'patch' | 'wait';
}

const REVISION = 'deployment.kubernetes.io/revision';
const revisionOf = (object: KubeObject | null): number => Number(object?.metadata.annotations?.[REVISION] ?? 0);
const specOf = (object: KubeObject | null): Readonly<Record<string, unknown>> =>
  (object?.['spec'] ?? {}) as Record<string, unknown>;

const change = (args: Args, what: string, before: string, after: string, action: Omit<Action, 'args'>): Change<Action> => {
  const object = namedObject(args);
  return {
    summary: `${labelOf(object)}: ${what}`,
    diff: { target: labelOf(object), before, after },
    touches: [footprint(object), 'k8s:'],
    ...(action.does === 'restart' ? { impact: 'restart' as const } : {}),
    action: { args, ...action },
  };
};

function changesOf(args: Args, state: State): readonly Change<Action>[] | string {
  const isPaused = specOf(state.live)['paused'] === true;
  const pause = (to: boolean): Change<Action> =>
    change(args, `paused ${isPaused} -> ${to}`, `paused: ${isPaused}\n`, `paused: ${to}\n`, {
      does: 'patch',
      patch: { spec: { paused: to } },
    });
  if (args.state === 'restarted')
    return [change(args, 'pods are replaced one after the other', '', 'restartedAt: now\n', { does: 'restart' })];
  if (args.state === 'paused') return isPaused ? [] : [pause(true)];
  if (args.state === 'resumed') return isPaused ? [pause(false)] : [];
  return args.state === 'undone' ? undo(args, state) : [];
}

/** The pod template of an older ReplicaSet, as `kubectl rollout undo` takes it. */
function undo(args: Args, { live, versions }: State): readonly Change<Action>[] | string {
  const now = revisionOf(live);
  const known = versions.filter(one => revisionOf(one) > 0).sort((a, b) => revisionOf(b) - revisionOf(a));
  const found =
    args.to_revision > 0 ? known.find(one => revisionOf(one) === args.to_revision) : known.find(one => revisionOf(one) < now);
  if (!found) return `there is no older version to go back to: the revisions are ${known.map(revisionOf).join(', ') || 'none'}`;
  if (revisionOf(found) === now) return [];
  const template = specOf(found)['template'] as { metadata?: { labels?: Readonly<Record<string, string>> } };
  const { 'pod-template-hash': _, ...labels } = template.metadata?.labels ?? {};
  const clean = { ...template, metadata: { ...template.metadata, labels } };
  const [before, after] = [yamlText(specOf(live)['template']), yamlText(clean)];
  const patch = [{ op: 'replace', path: '/spec/template', value: clean }];
  return [
    change(args, `revision ${now} -> that of ${revisionOf(found)}`, before, `${after}# of revision ${revisionOf(found)}\n`, {
      does: 'patch',
      patch,
    }),
  ];
}

function plan(args: Args, state: State): Plan<Action> {
  const refuse = refusalOf(state.problem ? [state.problem] : []);
  if (refuse) return { changes: [], refuse, result: {} };
  const changes = changesOf(args, state);
  const result = { revision: revisionOf(state.live) };
  if (typeof changes === 'string')
    return { changes: [], refuse: { code: 'E818', why: changes, mend: 'kubectl rollout history shows them' }, result };
  const waits = args.wait && args.state !== 'paused' && (changes.length > 0 || state.health !== 'healthy');
  const acts = waits ? [{ args, does: 'wait' as const }] : [];
  return { changes, acts, result, ...(args.state === 'restarted' || args.state === 'undone' ? { repeats: true } : {}) };
}

export const module: Module<Args, State, Action> = {
  summary: 'Restart, pause, resume or take back the rollout of a workload, and wait until it is complete.',
  args: takes(
    {
      ...objectKinds('Deployment'),
      state: choice(
        'What happens to it; complete only waits.',
        ['complete', 'paused', 'restarted', 'resumed', 'undone'],
        'complete',
      ),
      to_revision: { type: 'integer', minimum: 0, default: 0, description: 'undone: which version; 0 is the one before.' },
      ...waitKinds(true, 300),
      ...clusterKinds,
    },
    ['name'],
  ),
  returns: {
    type: 'object',
    additionalProperties: false,
    properties: { revision: { type: 'integer', description: 'Before the task.' } },
  },
  examples: [
    { title: 'New pods, one after the other', yaml: 'k8s_rollout: { name: dcompact, namespace: dcompact, state: restarted }' },
    { title: 'Back to the version before', yaml: 'k8s_rollout: { name: dcompact, namespace: dcompact, state: undone }' },
  ],
  notes: [
    'undone is of Deployments alone.',
    'restarted and undone change something each time: guard them with "when", or make them handlers.',
  ],
  probe: args => ({
    ask: question(
      read('health', namedObject(args)),
      ...(args.state === 'undone'
        ? [
            read(
              'list',
              { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: args.namespace ? { namespace: args.namespace } : {} },
              { own: true },
            ),
          ]
        : []),
    ),
    reads: [footprint(namedObject(args)), 'k8s:'],
    parse: out => {
      const [health, sets] = answersOf(out);
      const { object, health: well } = (health?.body ?? {}) as { object?: KubeObject | null; health?: { state: string } };
      const missing = {
        code: 'E810',
        why: `${labelOf(namedObject(args))} is not there`,
        mend: 'see that the name, the namespace and the kind are right',
      };
      const problem = health?.fault ?? (object ? undefined : missing);
      const items = (sets?.body as { items?: readonly KubeObject[] } | undefined)?.items ?? [];
      const owned = items.filter(one =>
        (one.metadata['ownerReferences'] as readonly { name?: string }[] | undefined)?.some(owner => owner.name === args.name),
      );
      return { live: object ?? null, health: well?.state ?? 'missing', versions: owned, ...(problem ? { problem } : {}) };
    },
  }),
  plan,
  impact: ({ state }) => stateImpact(state),
  apply: ({ args, does, patch }) => {
    const object = namedObject(args);
    if (does === 'wait') return [{ run: question(read('wait', object, waitOptions(args))) }];
    if (does === 'restart') return [{ run: question({ verb: 'restart', dryRun: false, object }) }];
    return [
      {
        run: question({
          verb: 'patch',
          dryRun: false,
          object,
          options: { patch, type: Array.isArray(patch) ? 'json' : 'merge' },
        }),
      },
    ];
  },
};
