// Objects of a Kubernetes cluster, by server-side apply: there, gone, well, and what is no longer wanted. Plans by the server's own dry run.
import type { Module, Output, Vars } from '../core/types.ts';
import { bodiesOf, question } from './parts/k8s-answers.ts';
import { clusterKinds, conditionKind, objectKinds, waitKinds } from './parts/k8s-args.ts';
import { localManifests } from './parts/k8s-manifests.ts';
import { type KubeObject, keyOf, masked } from './parts/k8s-objects.ts';
import { type Action, planApply, shortened } from './parts/k8s-plan.ts';
import { type ApplyArgs, foretoldOf, readState, type State, stateReads, stateRequests, wantedOf } from './parts/k8s-state.ts';
import { choice, flag, takes, text } from './parts/kinds.ts';

const templateKind = {
  type: ['string', 'object'],
  properties: { path: { type: 'string' } },
};

/** The objects as the server has them after the deed. */
function resultAfter(args: ApplyArgs, planned: Vars, outputs: readonly Output[]): Vars {
  const made = new Map<string, KubeObject>();
  for (const body of bodiesOf(outputs)) {
    const found = (body as { object?: unknown })?.object ?? body;
    const object = found as Partial<KubeObject> | null;
    if (object?.kind && object.metadata && object.apiVersion) made.set(keyOf(object as KubeObject), object as KubeObject);
  }
  const { objects } = wantedOf(args);
  const after = objects.map(object => made.get(keyOf(object)));
  if (after.some(object => object === undefined) || args.state === 'absent') return planned;
  const shown = (after as KubeObject[]).map(object => masked(shortened(object)));
  return { ...planned, result: shown.length === 1 ? shown[0] : { results: shown } };
}

export const module: Module<ApplyArgs, State, Action> = {
  summary: 'Apply objects to a Kubernetes cluster, wait until they are well, and remove what is no longer wanted.',
  collection: 'kubernetes.core',
  args: takes({
    state: choice('Whether they are there; patched only merges into what is there.', ['absent', 'patched', 'present'], 'present'),
    definition: {
      type: ['object', 'array', 'string'],
      description: 'The object, a list of them, or YAML with several documents.',
      aliases: ['inline', 'resource_definition'],
    },
    src: text('A YAML file of the runner.'),
    template: {
      type: ['string', 'object', 'array'],
      properties: { path: { type: 'string' } },
      items: templateKind,
      description: 'A template of the runner that renders to YAML, or several.',
    },
    ...objectKinds(),
    force: flag('Take over fields that belong to another manager.', false),
    apply: flag('Accepted: objects are always applied by the server.'),
    server_side_apply: {
      type: 'object',
      additionalProperties: false,
      properties: { field_manager: { type: 'string', default: 'tsrun' }, force_conflicts: { type: 'boolean' } },
      description: 'The name under which fields are owned, and whether conflicts are won.',
    },
    validate: {
      type: 'object',
      additionalProperties: false,
      properties: { fail_on_error: { type: 'boolean' }, strict: { type: 'boolean' }, version: { type: 'string' } },
      description: 'fail_on_error false: unknown fields are dropped by the server instead of refused.',
    },
    ...waitKinds(false, 120),
    ...conditionKind,
    apply_set: text('Name of the set that these objects are; a ConfigMap of this name keeps its books (KEP-3659).'),
    prune: flag('Remove what the set had before and these objects do not name.', false),
    delete_options: {
      type: 'object',
      additionalProperties: false,
      properties: {
        propagationPolicy: { enum: ['Foreground', 'Background', 'Orphan'] },
        gracePeriodSeconds: { type: 'integer', minimum: 0 },
      },
      description: 'How they are deleted; Foreground without it.',
    },
    ...clusterKinds,
  }),
  returns: {
    type: 'object',
    additionalProperties: false,
    properties: {
      result: { description: 'The object; {results: [..]} of several. Values of Secrets are masked.' },
      prunable: {
        type: 'array',
        items: { type: 'string' },
        description: 'What the set had before and these objects do not name.',
      },
    },
  },
  examples: [
    { title: 'A namespace', yaml: 'k8s: { name: dcompact, api_version: v1, kind: Namespace, state: present }' },
    {
      title: 'Templates as one set: healthy before the task ends, and what is no longer in them is removed',
      yaml: 'k8s:\n  template: [namespace.yaml.hbs, workers.yaml.hbs]\n  namespace: dcompact\n  apply_set: dcompact\n  prune: true\n  wait: true\n  wait_timeout: 300',
    },
    {
      title: 'An object written in place',
      yaml: 'k8s:\n  definition:\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: { name: settings, namespace: dcompact }\n    data: { level: "3" }',
    },
    { title: 'Gone', yaml: 'k8s: { state: absent, api_version: v1, kind: ConfigMap, name: settings, namespace: dcompact }' },
  ],
  differs: [
    'Always server-side apply under the field manager "tsrun"; `apply`, `merge_type` and a replace by `force` are not there: `force` wins conflicts.',
    'In a check run the server itself says what would be (dryRun=All), with its defaults and admission.',
    'wait looks at health (rollout complete, endpoints, bound, scaling active), also where nothing changed.',
    'An unknown field is refused, as by kubectl; validate.fail_on_error: false lets it pass.',
    'generate_name, append_hash, label_selectors and delete_all are not there; a URL in `src` is not read.',
    'Deleting a Namespace, a PersistentVolume(Claim) or a CustomResourceDefinition destroys data: it needs --allow.',
  ],
  notes: [
    'Runs on the runner, for the host of the task: no ssh. The cluster is the one of `kubeconfig` or k8s_kubeconfig, and `context` or k8s_context.',
    'Order: namespaces and CRDs, accounts and settings, services, workloads, autoscalers and budgets, all others. What is of one rank travels together.',
    'Namespaces and what holds data are never pruned.',
  ],
  check(args) {
    const sources = [args.definition, args.src, args.template].filter(source => source !== undefined);
    const faults: string[] = [];
    if (sources.length > 1) faults.push('"definition", "src" and "template" cannot stand together');
    if (sources.length === 0 && (args.kind === undefined || args.name === undefined))
      faults.push('name the object by "definition", "src" or "template", or by "kind" and "name"');
    if (args.prune && args.apply_set === undefined)
      faults.push('"prune" needs "apply_set": else nobody knows what was there before');
    return faults;
  },
  local: localManifests,
  probe: args => ({
    ask: question(...stateRequests(args)),
    reads: stateReads(args),
    parse: out => readState(args, out),
  }),
  plan: planApply,
  apply: ({ deeds }) => deeds.map(({ requests, phase }) => ({ run: { api: requests, phase } })),
  result: (args, state, outputs) => resultAfter(args, planApply(args, state).result, outputs),
  foresee(args, seen, foretold) {
    if (!seen) return null;
    const coming = foretoldOf(foretold);
    return coming.length > 0 ? { ...seen, foretold: coming } : null;
  },
};
