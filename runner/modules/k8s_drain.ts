// A node taken out of service and back: cordoned, its pods evicted within what their budgets allow. Pods of DaemonSets stay.
import type { ApiRequest, Change, Module, Plan } from '../core/types.ts';
import { answersOf, question, read, refusalOf } from './parts/k8s-answers.ts';
import { clusterKinds } from './parts/k8s-args.ts';
import type { KubeObject } from './parts/k8s-objects.ts';
import type { Problem } from './parts/k8s-state.ts';
import { choice, takes, text } from './parts/kinds.ts';

interface Args {
  readonly name: string;
  readonly state: 'cordon' | 'uncordon' | 'drain';
  readonly delete_options: {
    readonly force: boolean;
    readonly ignore_daemonsets: boolean;
    readonly delete_emptydir_data: boolean;
    readonly disable_eviction: boolean;
    readonly terminate_grace_period?: number;
    readonly wait_timeout: number;
  };
}
interface State {
  readonly node: KubeObject | null;
  readonly pods: readonly KubeObject[];
  readonly problem?: Problem;
}
interface Action {
  readonly request: ApiRequest;
  readonly phase: number;
}
interface Spec {
  readonly unschedulable?: boolean;
  readonly volumes?: readonly { readonly name: string; readonly emptyDir?: object }[];
}

const nodeObject = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
const owners = (pod: KubeObject): readonly { readonly kind: string; readonly controller?: boolean }[] =>
  (pod.metadata['ownerReferences'] ?? []) as readonly { kind: string }[];
const labelOf = ({ metadata }: KubeObject): string => `Pod ${metadata.namespace}/${metadata.name}`;

/** A pod that a node keeps: of a DaemonSet, static, or ended already. */
const stays = (pod: KubeObject): boolean =>
  owners(pod).some(owner => owner.kind === 'DaemonSet' || owner.kind === 'Node') ||
  ['Succeeded', 'Failed'].includes(String((pod['status'] as { phase?: string } | undefined)?.phase));

/** Why a pod may not leave without being told to. */
function hindrance(pod: KubeObject, { force, delete_emptydir_data }: Args['delete_options']): string | undefined {
  if (owners(pod).length === 0 && !force)
    return `${labelOf(pod)} has no controller: nothing would start it again ("force: true" lets it go)`;
  const spec = (pod['spec'] ?? {}) as Spec;
  const local = (spec.volumes ?? []).filter(volume => volume.emptyDir !== undefined);
  if (local.length > 0 && !delete_emptydir_data)
    return `${labelOf(pod)} keeps data in ${local.map(volume => volume.name).join(', ')} ("delete_emptydir_data: true" lets it go)`;
  return undefined;
}

function cordonChange({ name, state }: Args, isCordoned: boolean): readonly Change<Action>[] {
  const wanted = state !== 'uncordon';
  if (wanted === isCordoned) return [];
  return [
    {
      summary: `Node ${name}: unschedulable ${isCordoned} -> ${wanted}`,
      diff: { target: `Node ${name}`, before: `unschedulable: ${isCordoned}\n`, after: `unschedulable: ${wanted}\n` },
      touches: [`k8s:Node//${name}`],
      action: {
        request: {
          verb: 'patch',
          dryRun: false,
          object: nodeObject(name),
          options: { patch: { spec: { unschedulable: wanted } } },
        },
        phase: 0,
      },
    },
  ];
}

function eviction(pod: KubeObject, options: Args['delete_options'], name: string): Change<Action> {
  const { terminate_grace_period: grace, wait_timeout: within, disable_eviction } = options;
  const given = {
    within: within > 0 ? within : 120,
    wait: within > 0,
    uid: pod.metadata['uid'],
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(disable_eviction ? { force_delete: true } : {}),
  };
  const { name: podName, namespace } = pod.metadata;
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: podName, namespace } };
  return {
    summary: `${labelOf(pod)}: evicted from ${name}`,
    diff: { target: labelOf(pod), before: `node: ${name}\n`, after: '' },
    touches: [`k8s:Node//${name}`, 'k8s:'],
    impact: 'restart',
    action: { request: { verb: 'evict', dryRun: false, object, options: given }, phase: 1 },
  };
}

function plan(args: Args, { node, pods, problem }: State): Plan<Action> {
  const refuse = refusalOf(problem ? [problem] : []);
  if (refuse) return { changes: [], refuse, result: {} };
  const isCordoned = ((node?.['spec'] ?? {}) as Spec).unschedulable === true;
  const leaving = args.state === 'drain' ? pods.filter(pod => !stays(pod)) : [];
  const daemons = args.state === 'drain' ? pods.filter(pod => owners(pod).some(owner => owner.kind === 'DaemonSet')) : [];
  const hindrances = leaving.flatMap(pod => hindrance(pod, args.delete_options) ?? []);
  const kept =
    daemons.length > 0 && !args.delete_options.ignore_daemonsets
      ? [`pods of DaemonSets stay: ${daemons.map(labelOf).join(', ')} ("ignore_daemonsets: true" accepts it)`]
      : [];
  const why = [...hindrances, ...kept];
  if (why.length > 0)
    return {
      changes: [],
      refuse: { code: 'E832', why: why.join('\n'), mend: 'say it in delete_options, if that is meant' },
      result: {},
    };
  return {
    changes: [...cordonChange(args, isCordoned), ...leaving.map(pod => eviction(pod, args.delete_options, args.name))],
    result: {},
  };
}

const flag = (description: string) => ({ type: 'boolean', default: false, description });

export const module: Module<Args, State, Action> = {
  summary: 'Cordon a node, evict its pods within their budgets, or put it back into service.',
  collection: 'kubernetes.core',
  args: takes(
    {
      name: text('Name of the node.'),
      state: choice('What happens to it.', ['cordon', 'drain', 'uncordon'], 'drain'),
      delete_options: {
        type: 'object',
        additionalProperties: false,
        default: {
          force: false,
          ignore_daemonsets: false,
          delete_emptydir_data: false,
          disable_eviction: false,
          wait_timeout: 300,
        },
        properties: {
          force: flag('Also pods that nothing starts again.'),
          ignore_daemonsets: flag('Pods of DaemonSets may stay.'),
          delete_emptydir_data: flag('Also pods with data in an emptyDir.'),
          disable_eviction: flag('Delete instead of evict: budgets do not count.'),
          terminate_grace_period: { type: 'integer', minimum: 0, description: 'Seconds that a pod has to end.' },
          wait_timeout: {
            type: 'integer',
            minimum: 0,
            default: 300,
            description: 'Seconds to wait for a pod to go; 0 does not wait.',
          },
          wait_sleep: { type: 'integer', minimum: 1, description: 'Accepted: it is looked at often.' },
        },
        description: 'How pods go.',
      },
      ...clusterKinds,
    },
    ['name'],
  ),
  returns: { type: 'object', additionalProperties: false, properties: {} },
  examples: [
    {
      title: 'Before a reboot',
      yaml: 'k8s_drain: { name: node01, delete_options: { ignore_daemonsets: true, delete_emptydir_data: true } }',
    },
    { title: 'And after it', yaml: 'k8s_drain: { name: node01, state: uncordon }' },
  ],
  differs: ['pod_selectors is not there; wait_timeout is 300 by default, 0 does not wait.'],
  probe: ({ name }) => ({
    ask: question(
      read('get', nodeObject(name)),
      read('list', { apiVersion: 'v1', kind: 'Pod', metadata: {} }, { fieldSelector: `spec.nodeName=${name}` }),
    ),
    reads: [`k8s:Node//${name}`, 'k8s:'],
    parse: out => {
      const [node, pods] = answersOf(out);
      const problem = node?.fault ?? pods?.fault;
      const items = pods?.fault ? [] : ((pods?.body as { items?: readonly KubeObject[] })?.items ?? []);
      return { node: node?.fault ? null : (node?.body as KubeObject), pods: items, ...(problem ? { problem } : {}) };
    },
  }),
  plan,
  apply: ({ request, phase }) => [{ run: { api: [request], phase } }],
};
