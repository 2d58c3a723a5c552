// Reads objects of a cluster for `register`. It changes nothing.
import type { Module } from '../core/types.ts';
import { answersOf, question, read, refusalOf } from './parts/k8s-answers.ts';
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
import { footprint, type KubeObject, masked } from './parts/k8s-objects.ts';
import type { Problem } from './parts/k8s-state.ts';
import { flag, items, type List, list, takes } from './parts/kinds.ts';

interface Args extends ObjectArgs, WaitArgs {
  readonly label_selectors?: List;
  readonly field_selectors?: List;
  readonly wait: boolean;
  readonly reveal_secrets: boolean;
}
interface State {
  readonly resources: readonly KubeObject[];
  readonly apiFound: boolean;
  readonly problem?: Problem;
  readonly isHealthy: boolean;
}
interface Action {
  readonly args: Args;
}

const selectors = (args: Args) => ({
  labelSelector: items(args.label_selectors).join(','),
  fieldSelector: items(args.field_selectors).join(','),
});

/** One object by its name, or a list. */
function requestOf(args: Args) {
  const object = namedObject(args);
  return args.name === undefined ? read('list', object, selectors(args)) : read('get', object);
}

function readState(args: Args, [answer, health]: ReturnType<typeof answersOf>): State {
  const isHealthy = (health?.body as { health?: { state?: string } } | undefined)?.health?.state === 'healthy';
  if (answer?.fault?.code === 'E821') return { resources: [], apiFound: false, isHealthy };
  if (answer?.status === 404) return { resources: [], apiFound: true, isHealthy };
  if (answer?.fault) return { resources: [], apiFound: true, isHealthy, problem: answer.fault };
  const body = answer?.body as KubeObject & { readonly items?: readonly KubeObject[] };
  return { resources: args.name === undefined ? (body.items ?? []) : [body], apiFound: true, isHealthy };
}

const shown = (args: Args, { resources, apiFound }: State) => ({
  resources: args.reveal_secrets ? resources : resources.map(object => masked(object)),
  api_found: apiFound,
});

export const module: Module<Args, State, Action> = {
  summary: 'Read objects of a Kubernetes cluster.',
  collection: 'kubernetes.core',
  args: takes(
    {
      ...objectKinds(),
      label_selectors: list('Only objects with these labels, as `app=dcompact`.'),
      field_selectors: list('Only objects with these fields, as `status.phase=Running`.'),
      ...waitKinds(false, 120),
      ...conditionKind,
      reveal_secrets: flag('Give the values of Secrets. Keep them out of what is printed with no_log.', false),
      ...clusterKinds,
    },
    ['kind'],
  ),
  returns: {
    type: 'object',
    additionalProperties: false,
    properties: {
      resources: { type: 'array', items: { type: 'object', additionalProperties: true } },
      api_found: { type: 'boolean', description: 'Whether the server has the kind.' },
    },
  },
  examples: [
    { title: 'The nodes', yaml: 'name: Nodes\nk8s_info: { kind: Node }\nregister: nodes' },
    {
      title: 'One object',
      yaml: 'name: It\nk8s_info: { api_version: apps/v1, kind: Deployment, name: dcompact, namespace: dcompact }\nregister: it',
    },
  ],
  differs: [
    'Values of Secrets are masked unless `reveal_secrets: true`.',
    'Without a namespace, a list is of all namespaces.',
    'wait needs a name.',
  ],
  check: args => (args.wait && args.name === undefined ? ['"wait" needs "name"'] : []),
  probe: args => ({
    ask: question(requestOf(args), ...(args.wait ? [read('health', namedObject(args))] : [])),
    reads: [args.name === undefined ? 'k8s:' : footprint(namedObject(args)), 'k8s:CustomResourceDefinition.'],
    parse: out => readState(args, answersOf(out)),
  }),
  plan: (args, state) => {
    const refuse = refusalOf(state.problem ? [state.problem] : []);
    if (refuse) return { changes: [], refuse, result: {} };
    return {
      changes: [],
      acts: args.wait && (!state.isHealthy || args.wait_condition) ? [{ args }] : [],
      result: shown(args, state),
    };
  },
  apply: ({ args }) => [{ run: question(read('wait', namedObject(args), waitOptions(args))) }],
  result: (args, state, outputs) => {
    const [answer] = outputs[0] ? answersOf(outputs[0]) : [];
    const found = (answer?.body as { object?: KubeObject } | undefined)?.object;
    return shown(args, found ? { ...state, resources: [found] } : state);
  },
};
