import { describe, expect, it } from 'vitest';
import type { AnyModule, ApiAnswer, Output, Vars } from '../../runner/core/types.ts';
import { module as k8s } from '../../runner/modules/k8s.ts';
import { module as drain } from '../../runner/modules/k8s_drain.ts';
import { module as rollout } from '../../runner/modules/k8s_rollout.ts';
import { module as scale } from '../../runner/modules/k8s_scale.ts';
import { setId } from '../../runner/modules/parts/k8s-set.ts';
import { yamlText } from '../../runner/modules/parts/k8s-objects.ts';
import { checkedTask } from '../support/laws.ts';

const out = (...answers: readonly (Partial<ApiAnswer> & { status: number })[]): Output => {
  const text = JSON.stringify(answers.map(answer => ({ body: {}, ...answer })));
  return { code: 0, stdout: Buffer.from(text), stderr: Buffer.alloc(0), text: () => text };
};
const okay = (body: unknown) => ({ status: 200, body });
const gone = { status: 404, fault: { code: 'E810', why: 'gone', mend: 'x' } };
const noNamespace = { status: 404, fault: { code: 'E811', why: 'namespaces "a" not found', mend: 'x' } };
const noKind = { status: 404, fault: { code: 'E821', why: 'no kind', mend: 'x' } };

function planOf(module: AnyModule, args: Vars, answers: Output, foretold: readonly string[] = []) {
  const task = checkedTask(module, 'm', args);
  expect(task.faults).toEqual([]);
  const state = module.probe(task.args).parse(answers);
  const facts = foretold.map(object => ({ object }));
  return module.plan(task.args, facts.length > 0 ? module.foresee?.(task.args, state, facts) : state);
}

const map = (data: object, more: object = {}, kind = 'ConfigMap') => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', namespace: 'a', ...more },
  data,
});
const noise = { uid: 'u', resourceVersion: '7', generation: 3, creationTimestamp: 'now' };
const owner = (fields: object) => ({ managedFields: [{ manager: 'tsrun', operation: 'Apply', fieldsV1: fields }] });

describe('k8s', () => {
  it.each<[string, Vars, Output, readonly string[]]>([
    [
      'what is not there is created',
      { definition: map({ k: '1' }) },
      out(gone, okay(map({ k: '1' }, noise))),
      ['ConfigMap a/x: absent -> present'],
    ],
    ['what is the same stays', { definition: map({ k: '1' }) }, out(okay(map({ k: '1' }, noise)), okay(map({ k: '1' }))), []],
    [
      'a difference is named by its path',
      { definition: map({ k: '2' }) },
      out(okay(map({ k: '1' })), okay(map({ k: '2' }))),
      ['ConfigMap a/x: data.k: 1 -> 2'],
    ],
    [
      'a value of a Secret is not named',
      { definition: map({ k: 'b' }, {}, 'Secret') },
      out(okay(map({ k: 'topsecret' }, {}, 'Secret')), okay(map({ k: 'othersecret' }, {}, 'Secret'))),
      ['Secret a/x: data.k: ****** -> ******'],
    ],
    [
      'fields that another manager had are taken over',
      { definition: map({ k: '1' }) },
      out(okay(map({ k: '1' })), okay(map({ k: '1' }, owner({ 'f:data': {} })))),
      ['ConfigMap a/x: its fields are taken over or given up by tsrun'],
    ],
    ['what is gone stays gone', { definition: map({}), state: 'absent' }, out(gone), []],
    ['what has no kind is gone', { definition: map({}), state: 'absent' }, out(noKind), []],
    [
      'what is there is deleted',
      { definition: map({}), state: 'absent' },
      out(okay(map({}))),
      ['ConfigMap a/x: present -> absent (state: absent)'],
    ],
  ])('%s', (_name, args, answers, summaries) => {
    const plan = planOf(k8s, args, answers);
    expect(plan.refuse).toBeUndefined();
    expect(plan.changes.map(change => change.summary)).toEqual(summaries);
  });

  it('a diff has neither noise nor the values of a Secret', () => {
    const [live, next] = ['topsecret', 'othersecret'].map(k => okay(map({ k }, noise, 'Secret'))) as [never, never];
    const [change] = planOf(k8s, { definition: map({ k: 'b' }, {}, 'Secret') }, out(live, next)).changes;
    expect(change?.diff.before).not.toMatch(/topsecret|uid|resourceVersion|generation/);
    expect(change?.diff.after).not.toMatch(/othersecret/);
    expect(change?.diff.before).not.toBe(change?.diff.after);
  });

  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
  it('what a namespace of the same task will hold is created without a dry run, behind it', () => {
    const plan = planOf(k8s, { definition: [map({ k: '1' }), namespace] }, out(gone, noNamespace, gone, okay(namespace)));
    expect(plan.refuse).toBeUndefined();
    expect(plan.changes.map(change => change.summary)).toEqual([
      'Namespace a: absent -> present',
      'ConfigMap a/x: absent -> present',
    ]);
  });

  it('a namespace that nothing makes is refused', () => {
    expect(planOf(k8s, { definition: map({}) }, out(gone, noNamespace)).refuse?.code).toBe('E811');
  });

  it('a namespace that a task before would make is foretold', () => {
    const plan = planOf(k8s, { definition: map({ k: '1' }) }, out(gone, noNamespace), ['Namespace//a']);
    expect(plan.changes).toHaveLength(1);
  });

  it.each([
    ['a Namespace', { kind: 'Namespace', name: 'a', state: 'absent' }, okay(namespace)],
    [
      'a claim',
      { kind: 'PersistentVolumeClaim', name: 'x', namespace: 'a', state: 'absent' },
      okay(map({}, {}, 'PersistentVolumeClaim')),
    ],
  ])('deleting %s destroys data', (_name, args, live) => {
    expect(planOf(k8s, args, out(live)).changes[0]?.impact).toBe('destroys');
  });

  const set = { definition: map({ k: '1' }), namespace: 'a', apply_set: 's' };
  const member = map({}, { name: 'old' });
  const parent = (kinds: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 's',
      namespace: 'a',
      labels: { 'applyset.kubernetes.io/id': setId('s', 'a') },
      annotations: { 'applyset.kubernetes.io/contains-group-kinds': kinds, 'applyset.kubernetes.io/tooling': 'tsrun/v1' },
    },
  });
  const labelled = map({ k: '1' }, { labels: { 'applyset.kubernetes.io/part-of': setId('s', 'a') } });
  const answers = (kinds = 'ConfigMap', members: readonly object[] = [member, labelled]) =>
    out(okay(labelled), okay(labelled), okay({ parent: parent(kinds), members }));

  it('what the set no longer has is named, and stays', () => {
    const plan = planOf(k8s, set, answers());
    expect(plan.changes).toEqual([]);
    expect(plan.result['prunable']).toEqual(['ConfigMap a/old']);
    expect(plan.warnings?.join()).toMatch(/ConfigMap a\/old/);
  });

  it('with prune it goes, and with it what does not belong to the set stays', () => {
    const plan = planOf(k8s, { ...set, prune: true }, answers());
    expect(plan.changes.map(change => change.summary)).toEqual(['ConfigMap a/old: present -> absent (no longer in the set)']);
  });

  it('the parent forgets a kind after its last member went', () => {
    const secret = map({}, { name: 'old' }, 'Secret');
    const plan = planOf(k8s, { ...set, prune: true }, answers('ConfigMap,Secret', [secret, labelled]));
    expect(plan.changes.map(change => change.summary)).toEqual([
      'Secret a/old: present -> absent (no longer in the set)',
      'ConfigMap a/s: the kinds of the set',
    ]);
  });

  it('the set of another tool is left alone', () => {
    const foreign = parent('ConfigMap');
    foreign.metadata.annotations['applyset.kubernetes.io/tooling'] = 'kubectl/v1.34';
    const plan = planOf(k8s, set, out(okay(labelled), okay(labelled), okay({ parent: foreign, members: [] })));
    expect(plan.refuse?.why).toMatch(/kubectl/);
  });

  it('the id of a set is that of the KEP', () => {
    expect(setId('s', 'a')).toMatch(/^applyset-[\w-]{43}-v1$/);
  });

  it('objects are applied by rank, and waited for behind them', () => {
    const service = { ...map({}, {}, 'Service'), spec: {} };
    const both = [{ ...map({}, {}, 'Deployment'), apiVersion: 'apps/v1' }, service, map({})];
    const task = checkedTask(k8s, 'k8s', { definition: both, wait: true });
    const missing = { status: 200, body: { object: null, health: { state: 'missing', reason: '' } } };
    const state = k8s.probe(task.args as never).parse(out(...both.flatMap(one => [gone, okay(one), missing])));
    const plan = k8s.plan(task.args as never, state);
    const steps = [...plan.changes.map(change => change.action), ...(plan.acts ?? [])].flatMap(action => k8s.apply(action));
    const requests = steps.flatMap(step => ('run' in step && 'api' in step.run ? step.run.api : []));
    const asked = requests.map(({ verb, object }) => [verb, (object as { kind: string }).kind]);
    expect(asked.slice(0, 3)).toEqual([
      ['apply', 'ConfigMap'],
      ['apply', 'Service'],
      ['apply', 'Deployment'],
    ]);
    expect(asked.slice(3).map(([verb]) => verb)).toEqual(['wait', 'wait', 'wait']);
  });

  it.each([
    ['two sources', { definition: map({}), src: 'x' }],
    ['no object', { kind: 'ConfigMap' }],
    ['prune without a set', { definition: map({}), prune: true }],
  ])('%s is a fault', (_name, args) => {
    expect(checkedTask(k8s, 'k8s', args).faults).toHaveLength(1);
  });
});

describe('k8s_scale', () => {
  const live = (replicas: number) =>
    okay({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec: { replicas } });
  const scalers = (name: string) =>
    okay({ items: [{ metadata: { name: 'hpa' }, spec: { scaleTargetRef: { kind: 'Deployment', name } } }] });
  it.each([
    ['another number', { replicas: 3 }, live(2), ['Deployment x: replicas 2 -> 3'], 0],
    ['the same number', { replicas: 2 }, live(2), [], 0],
    ['only from a number that it does not have', { replicas: 3, current_replicas: 1 }, live(2), [], 1],
  ])('%s', (_name, more, answer, summaries, warned) => {
    const plan = planOf(scale, { name: 'x', ...more }, out(answer, scalers(warned > 0 ? 'x' : 'y')));
    expect(plan.changes.map(change => change.summary)).toEqual(summaries);
    expect(plan.warnings ?? []).toHaveLength(warned);
  });
});

describe('k8s_drain', () => {
  const node = (unschedulable?: boolean) =>
    okay({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: unschedulable ? { unschedulable } : {} });
  const pod = (kind: string, spec: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: kind.toLowerCase(), namespace: 'a', ...(kind ? { ownerReferences: [{ kind }] } : {}) },
    spec,
    status: { phase: 'Running' },
  });
  const items = (...pods: readonly object[]) => okay({ items: pods });
  it.each<[string, Vars, Output, readonly string[] | RegExp]>([
    ['cordon', { state: 'cordon' }, out(node(), items()), ['Node n: unschedulable false -> true']],
    ['uncordon', { state: 'uncordon' }, out(node(true), items()), ['Node n: unschedulable true -> false']],
    ['pods leave', {}, out(node(true), items(pod('ReplicaSet'))), ['Pod a/replicaset: evicted from n']],
    ['a pod of a DaemonSet must be accepted', {}, out(node(), items(pod('DaemonSet'))), /DaemonSets stay/],
    ['and then stays', { delete_options: { ignore_daemonsets: true } }, out(node(true), items(pod('DaemonSet'))), []],
    [
      'a pod with data stays',
      {},
      out(node(), items(pod('ReplicaSet', { volumes: [{ name: 'v', emptyDir: {} }] }))),
      /keeps data in v/,
    ],
    ['a pod that nothing starts again stays', {}, out(node(), items(pod(''))), /no controller/],
  ])('%s', (_name, more, answers, wanted) => {
    const plan = planOf(drain, { name: 'n', ...more }, answers);
    if (wanted instanceof RegExp) expect(plan.refuse?.why).toMatch(wanted);
    else expect(plan.changes.map(change => change.summary)).toEqual(wanted);
  });
});

describe('k8s_rollout', () => {
  const version = (revision: number, image: string) => ({
    metadata: {
      name: `x-${revision}`,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [{ name: 'x' }],
    },
    spec: { template: { metadata: { labels: { app: 'x', 'pod-template-hash': 'h' } }, spec: { image } } },
  });
  const live = (paused = false) =>
    okay({
      object: {
        ...version(3, 'c'),
        metadata: { name: 'x', annotations: { 'deployment.kubernetes.io/revision': '3' } },
        spec: { paused, template: { spec: { image: 'c' } } },
      },
      health: { state: 'healthy' },
    });
  const versions = okay({ items: [version(1, 'a'), version(2, 'b'), version(3, 'c')] });
  it.each<[string, Vars, Output, readonly string[] | RegExp]>([
    ['the version before', { state: 'undone' }, out(live(), versions), ['Deployment x: revision 3 -> that of 2']],
    ['a named version', { state: 'undone', to_revision: 1 }, out(live(), versions), ['Deployment x: revision 3 -> that of 1']],
    ['a version that is not kept', { state: 'undone', to_revision: 9 }, out(live(), versions), /the revisions are 3, 2, 1/],
    ['a pause', { state: 'paused' }, out(live()), ['Deployment x: paused false -> true']],
    ['a pause that is there', { state: 'paused' }, out(live(true)), []],
  ])('%s', (_name, more, answers, wanted) => {
    const plan = planOf(rollout, { name: 'x', ...more }, answers);
    if (wanted instanceof RegExp) expect(plan.refuse?.why).toMatch(wanted);
    else expect(plan.changes.map(change => change.summary)).toEqual(wanted);
  });
});

it.each([
  [{ b: 1, a: 'x' }, 'a: x\nb: 1\n'],
  [{ a: [], b: {} }, 'a: []\nb: {}\n'],
  [{ a: [{ b: 1, c: 'yes' }] }, 'a:\n- b: 1\n  c: "yes"\n'],
  [{ a: 'x\ny\n' }, 'a: |\n  x\n  y\n'],
  [{ a: '5', b: null }, 'a: "5"\nb: null\n'],
])('%j as YAML for a diff', (value, text) => expect(yamlText(value)).toBe(text));
