// From wanted and seen objects to changes in the order in which a cluster can take them. Pure.
import type { ApiRequest, Change, Plan, Vars } from '../../core/types.ts';
import { refusalOf, read } from './k8s-answers.ts';
import { waitOptions } from './k8s-args.ts';
import { manifestFaults } from './k8s-manifests.ts';
import {
  differences,
  footprint,
  holdsData,
  keyOf,
  type KubeObject,
  LAST_PHASE,
  labelOf,
  masked,
  ownedBy,
  phaseOf,
  withoutNoise,
  yamlText,
} from './k8s-objects.ts';
import { foreignSet, isMember, parentOf, sameParent } from './k8s-set.ts';
import {
  type ApplyArgs,
  applyRequest,
  bringsOf,
  isAwaited,
  managerOf,
  type Seen,
  type State,
  type Wanted,
  wantedOf,
} from './k8s-state.ts';

export interface Deed {
  readonly requests: readonly ApiRequest[];
  readonly phase: number;
}
export interface Action {
  readonly deeds: readonly Deed[];
}
const PRUNE_PHASE = LAST_PHASE + 2;
const WAIT_PHASE = LAST_PHASE + 1;

type ObjectChange = Change<Action>;

export function planApply(args: ApplyArgs, state: State): Plan<Action> {
  const wanted = wantedOf(args);
  const refuse = refusalFor(args, wanted, state);
  if (refuse) return { changes: [], refuse, result: {} };
  if (args.state === 'absent') return planDelete(args, wanted.objects, state);
  const left = leftovers(wanted, state);
  const applied = wanted.objects.flatMap((object, i) => objectChange(args, object, state.objects[i] as Seen));
  const set = setChanges(args, wanted, state, left);
  const pruned = args.prune ? left.map(object => deletion(object, args, PRUNE_PHASE, 'no longer in the set')) : [];
  const changes = [...inOrder([...set.first, ...applied]), ...withWaits(args, wanted, pruned), ...set.last];
  const isWell = changes.length === 0 && state.objects.every(seen => seen.isHealthy !== false);
  const acts = args.wait && !isWell && pruned.length === 0 ? [{ deeds: waits(args, wanted.objects) }] : [];
  return { changes, acts, result: resultOf(wanted.objects, state, left), warnings: warningsOf(args, left) };
}

function refusalFor(args: ApplyArgs, { objects, set }: Wanted, state: State): Plan['refuse'] {
  const faults = manifestFaults(objects);
  if (faults.length > 0)
    return { code: 'E818', why: faults.join('\n'), mend: 'give each object apiVersion, kind and metadata.name' };
  const coming = new Set([...objects.flatMap(bringsOf), ...state.foretold]);
  const problems = state.objects.flatMap(({ problem }, i) => {
    const object = objects[i] as KubeObject;
    if (!problem || isAwaited(object, problem, coming)) return [];
    // What a cluster has no kind for is not there.
    return args.state === 'absent' && problem.code === 'E821' ? [] : [problem];
  });
  const foreign = set ? foreignSet(state.parent) : undefined;
  const taken = foreign
    ? [{ code: 'E818', why: `the set "${args.apply_set}" is kept by ${foreign}`, mend: 'choose another name for apply_set' }]
    : [];
  return refusalOf([...problems, ...(state.setProblem ? [state.setProblem] : []), ...taken]);
}

const inOrder = (changes: readonly ObjectChange[]): readonly ObjectChange[] =>
  [...changes].sort((a, b) => (a.action.deeds[0]?.phase ?? 0) - (b.action.deeds[0]?.phase ?? 0));

function objectChange(args: ApplyArgs, object: KubeObject, { live, next }: Seen): readonly ObjectChange[] {
  const before = live ? withoutNoise(live) : null;
  const after = withoutNoise(next ?? object);
  const found = before ? differences(before, after) : ['absent -> present'];
  const manager = managerOf(args);
  const owns = live && next && args.state === 'present' && ownedBy(live, manager) !== ownedBy(next, manager);
  if (found.length === 0 && !owns) return [];
  const summary = found.length === 0 ? `its fields are taken over or given up by ${manager}` : summed(object, found);
  const established = object.kind === 'CustomResourceDefinition' ? [read('wait', object, { within: 60, every: 1 })] : [];
  const restarts =
    before !== null &&
    'template' in (spec(before) ?? {}) &&
    differences(spec(before)?.['template'], spec(after)?.['template']).length > 0;
  return [
    {
      summary: `${labelOf(object)}: ${summary}`,
      diff: diffOf(object, before, after, owns ? [ownership(live, manager), ownership(next, manager)] : ['', '']),
      touches: [
        footprint(object),
        ...(object.kind === 'CustomResourceDefinition' ? (['k8s:CustomResourceDefinition.'] as const) : []),
      ],
      ...(before === null ? { foretells: bringsOf(object).map(name => ({ object: name })) } : {}),
      ...(restarts ? { impact: 'restart' as const } : {}),
      action: { deeds: [{ requests: [applyRequest(args, object, false), ...established], phase: phaseOf(object) }] },
    },
  ];
}

const spec = (object: KubeObject): Readonly<Record<string, unknown>> | undefined =>
  object['spec'] as Record<string, unknown> | undefined;
const ownership = (object: KubeObject, manager: string): string =>
  `# fields of ${manager}: ${ownedBy(object, manager) || 'none'}\n`;

function summed(object: KubeObject, found: readonly string[]): string {
  const shown = object.kind === 'Secret' ? found.map(one => one.replace(/: .*/, ': ****** -> ******')) : found;
  return shown.length > 3 ? `${shown.slice(0, 3).join(', ')} and ${shown.length - 3} more` : shown.join(', ');
}

function diffOf(
  object: KubeObject,
  before: KubeObject | null,
  after: KubeObject,
  [ownBefore, ownAfter]: readonly [string, string],
) {
  const wasText = before ? yamlText(masked(before)) : '';
  return { target: labelOf(object), before: wasText + ownBefore, after: yamlText(masked(after, before ?? undefined)) + ownAfter };
}

function deletion(object: KubeObject, args: ApplyArgs, phase: number, why: string): ObjectChange {
  const { propagationPolicy, gracePeriodSeconds } = args.delete_options ?? {};
  const options = {
    ...(propagationPolicy ? { propagationPolicy } : {}),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(object.metadata['uid'] ? { uid: object.metadata['uid'] } : {}),
    ...(args.wait ? { within: args.wait_timeout } : {}),
  };
  const { apiVersion, kind, metadata } = object;
  const named = {
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}) },
  };
  return {
    summary: `${labelOf(object)}: present -> absent (${why})`,
    diff: { target: labelOf(object), before: yamlText(masked(withoutNoise(object))), after: '' },
    touches: [footprint(object), ...(kind === 'Namespace' ? (['k8s:'] as const) : [])],
    ...(holdsData(object) ? { impact: 'destroys' as const } : {}),
    action: { deeds: [{ requests: [{ verb: 'delete', dryRun: false, object: named, options }], phase }] },
  };
}

function planDelete(args: ApplyArgs, objects: readonly KubeObject[], state: State): Plan<Action> {
  const there = objects.flatMap((object, i) => {
    const live = state.objects[i]?.live;
    return live && !live.metadata['deletionTimestamp']
      ? [{ object: { ...live, apiVersion: object.apiVersion, kind: object.kind }, phase: phaseOf(object) }]
      : [];
  });
  const changes = there
    .sort((a, b) => b.phase - a.phase)
    .map(({ object, phase }) => deletion(object, args, LAST_PHASE - phase, 'state: absent'));
  return { changes, result: resultOf(objects, state, []) };
}

/** What carries the set's label and is not wanted any more. */
function leftovers({ objects, set }: Wanted, { members, objects: seen }: State): readonly KubeObject[] {
  if (!set) return [];
  // The server knows the namespace that a definition leaves to the context.
  const keys = new Set(
    objects.flatMap((object, i) => [object, seen[i]?.live, seen[i]?.next].flatMap(one => (one ? [keyOf(one)] : []))),
  );
  return members.filter(member => isMember(member) && !keys.has(keyOf(member)) && !member.metadata['deletionTimestamp']);
}

/** The parent names all kinds before they are made, and forgets kinds after they are gone. */
function setChanges(args: ApplyArgs, { objects, set }: Wanted, { parent: live }: State, left: readonly KubeObject[]) {
  if (!set || args.apply_set === undefined) return { first: [], last: [] };
  const home = set.parent.metadata.namespace ?? '';
  const during = parentOf(args.apply_set, home, [...objects, ...left]);
  const first = sameParent(live, during) ? [] : [parentChange(args, live, during, 0.5)];
  const isSmaller = args.prune && !sameParent(during, set.parent);
  return { first, last: isSmaller ? [parentChange(args, during, set.parent, PRUNE_PHASE + 1)] : [] };
}

function parentChange(args: ApplyArgs, live: KubeObject | null, parent: KubeObject, phase: number): ObjectChange {
  const [before, after] = [live ? yamlText(withoutNoise(live)) : '', yamlText(parent)];
  return {
    summary: `${labelOf(parent)}: ${live ? 'the kinds of the set' : 'absent -> present'}`,
    diff: { target: labelOf(parent), before, after },
    touches: [footprint(parent)],
    action: { deeds: [{ requests: [applyRequest({ ...args, force: true }, parent, false)], phase }] },
  };
}

const waits = (args: ApplyArgs, objects: readonly KubeObject[]): readonly Deed[] =>
  objects.map(object => ({ requests: [read('wait', object, waitOptions(args))], phase: WAIT_PHASE }));

/** What replaces the old must be well before the old goes. */
function withWaits(args: ApplyArgs, { objects }: Wanted, pruned: readonly ObjectChange[]): readonly ObjectChange[] {
  const [first, ...rest] = pruned;
  if (!first || !args.wait) return pruned;
  return [{ ...first, action: { deeds: [...waits(args, objects), ...first.action.deeds] } }, ...rest];
}

const warningsOf = (args: ApplyArgs, left: readonly KubeObject[]): readonly string[] =>
  args.prune || left.length === 0
    ? []
    : [`no longer in the set "${args.apply_set}": ${left.map(labelOf).join(', ')}; "prune: true" removes them`];

function resultOf(objects: readonly KubeObject[], { objects: seen }: State, left: readonly KubeObject[]): Vars {
  const shown = objects.map((object, i) => masked(shortened(seen[i]?.next ?? seen[i]?.live ?? object)));
  return { result: shown.length === 1 ? shown[0] : { results: shown }, prunable: left.map(labelOf) };
}

export function shortened(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
