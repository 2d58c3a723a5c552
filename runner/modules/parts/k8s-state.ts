// What a task asks of the cluster about its objects, and the answers as state: live, as it would be, well or not. Pure.
import type { ApiAnswer, ApiRequest, Fact, Footprint, Output } from '../../core/types.ts';
import { answersOf, read } from './k8s-answers.ts';
import type { WaitArgs } from './k8s-args.ts';
import { groupOf, footprint, type KubeObject, namespaceFootprint } from './k8s-objects.ts';
import { labelled, parentOf, setId } from './k8s-set.ts';
import { manifestsOf, type SourceArgs } from './k8s-manifests.ts';

export interface ApplyArgs extends SourceArgs, WaitArgs {
  readonly state: 'present' | 'absent' | 'patched';
  readonly force: boolean;
  readonly server_side_apply?: { readonly field_manager?: string; readonly force_conflicts?: boolean };
  readonly validate?: { readonly fail_on_error?: boolean };
  readonly wait: boolean;
  readonly apply_set?: string;
  readonly prune: boolean;
  readonly delete_options?: { readonly propagationPolicy?: string; readonly gracePeriodSeconds?: number };
}
export type Problem = NonNullable<ApiAnswer['fault']>;
export interface Seen {
  readonly live: KubeObject | null;
  /** As the server says that it would be. */
  readonly next: KubeObject | null;
  readonly problem?: Problem;
  readonly isHealthy?: boolean;
}
export interface State {
  readonly objects: readonly Seen[];
  readonly parent: KubeObject | null;
  readonly members: readonly KubeObject[];
  readonly setProblem?: Problem;
  /** Check runs: what an earlier task would have made. */
  readonly foretold: readonly string[];
}

export const MANAGER = 'tsrun';
export const managerOf = (args: ApplyArgs): string => args.server_side_apply?.field_manager ?? MANAGER;

/** Where a set's parent stands: beside its members. */
const homeOf = (args: ApplyArgs, objects: readonly KubeObject[]): string =>
  args.namespace ?? objects.find(object => object.metadata.namespace)?.metadata.namespace ?? 'default';

export interface Wanted {
  readonly objects: readonly KubeObject[];
  readonly set?: { readonly id: string; readonly parent: KubeObject };
}

export function wantedOf(args: ApplyArgs): Wanted {
  const objects = manifestsOf(args);
  if (args.apply_set === undefined || args.state !== 'present') return { objects };
  const home = homeOf(args, objects);
  const id = setId(args.apply_set, home);
  return { objects: objects.map(object => labelled(object, id)), set: { id, parent: parentOf(args.apply_set, home, objects) } };
}

export const applyRequest = (args: ApplyArgs, object: KubeObject, dryRun: boolean): ApiRequest => {
  const force = args.force || args.server_side_apply?.force_conflicts === true;
  const options = {
    ...(force ? { force } : {}),
    manager: managerOf(args),
    ...(args.validate?.fail_on_error === false ? { validation: 'Warn' } : {}),
  };
  return args.state === 'patched' ? { verb: 'patch', dryRun, object } : { verb: 'apply', dryRun, object, options };
};

const isWhole = (object: KubeObject): boolean => object.kind !== '' && Boolean(object.metadata.name);

/** Per object: get, dry run (not to delete), health (to wait). Last: the members of the set. */
export function stateRequests(args: ApplyArgs): readonly ApiRequest[] {
  const { objects, set } = wantedOf(args);
  const asked = objects
    .filter(isWhole)
    .flatMap(object => [
      read('get', object),
      ...(args.state === 'absent' ? [] : [applyRequest(args, object, true)]),
      ...(args.wait && args.state !== 'absent' ? [read('health', object)] : []),
    ]);
  return [...asked, ...(set ? [read('members', set.parent, { id: set.id })] : [])];
}

export function stateReads(args: ApplyArgs): readonly Footprint[] {
  const { objects, set } = wantedOf(args);
  const all = [...objects, ...(set ? [set.parent] : [])];
  const namespaces = all.flatMap(object => object.metadata.namespace ?? []).map(namespaceFootprint);
  return [...new Set([...all.map(footprint), ...namespaces, 'k8s:CustomResourceDefinition.' as const])];
}

export function readState(args: ApplyArgs, out: Output): State {
  const { objects, set } = wantedOf(args);
  const answers = [...answersOf(out)];
  const seen = objects.map(object => (isWhole(object) ? readObject(args, answers) : { live: null, next: null }));
  const last = set ? answers.shift() : undefined;
  const { parent = null, members = [] } = (last?.fault ? {} : (last?.body ?? {})) as Partial<State>;
  return { objects: seen, parent, members, foretold: [], ...(last?.fault ? { setProblem: last.fault } : {}) };
}

function readObject(args: ApplyArgs, answers: ApiAnswer[]): Seen {
  const live = answers.shift();
  const next = args.state === 'absent' ? undefined : answers.shift();
  const health = args.wait && args.state !== 'absent' ? answers.shift() : undefined;
  // A kind or an object that is not there is no problem where nothing shall be.
  const ofLive = live?.fault && live.status !== 404 ? live.fault : undefined;
  const problem = ofLive ?? next?.fault;
  const state = (health?.body as { health?: { state?: string } } | undefined)?.health?.state;
  return {
    live: live?.status === 200 ? (live.body as KubeObject) : null,
    next: next && !next.fault ? (next.body as KubeObject) : null,
    ...(problem ? { problem } : {}),
    ...(health ? { isHealthy: state === 'healthy' } : {}),
  };
}

/** The kind that a CustomResourceDefinition brings, as `Widget.example.com`. */
export function broughtKind(object: KubeObject): string | undefined {
  if (object.kind !== 'CustomResourceDefinition') return undefined;
  const { group, names } = (object['spec'] ?? {}) as { group?: string; names?: { kind?: string } };
  return `${names?.kind}.${group}`;
}

/** Namespaces and kinds that will be there, as facts name them. */
export const bringsOf = (object: KubeObject): readonly string[] => {
  if (object.kind === 'Namespace') return [`Namespace//${object.metadata.name}`];
  const kind = broughtKind(object);
  return kind === undefined ? [] : [`kind:${kind}`];
};

/** True where the server's refusal only says that something is not there yet that will be. */
export function isAwaited(object: KubeObject, problem: Problem, coming: ReadonlySet<string>): boolean {
  if (problem.code === 'E811') return coming.has(`Namespace//${object.metadata.namespace}`);
  return problem.code === 'E821' && coming.has(`kind:${object.kind}.${groupOf(object)}`);
}

export const foretoldOf = (facts: readonly Fact[]): readonly string[] =>
  facts.flatMap(fact => ('object' in fact ? [fact.object] : []));
