// The role k8s-dcompact on a real control plane: a check that writes nothing, a run, a run that changes nothing, an autoscaler that scales.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getObject, kubectl, place, playBook, type Played, uniqueName, writesDuring } from './cluster.ts';

const namespace = uniqueName('tier');
const base = 31_000 + Math.floor(Math.random() * 800) * 2;
const vars = {
  k8s_namespace: namespace,
  dcompact_node_port: base,
  forwarder_node_port: base + 1,
  pod_cpu: 2,
  pod_memory: '1Gi',
  hpa_max: 6,
  rollout_timeout: 90,
  hpa_scale_up: { stabilization_seconds: 0, pods: 4, period: 5 },
  hpa_scale_down: { stabilization_seconds: 5, pods: 4, period: 5 },
};
const tier = (more: object = {}, check = false): Promise<Played> =>
  playBook('playbooks/k8s-dcompact.yaml', { vars: { ...vars, ...more }, check });
const field = (path: string, kind = 'deployment', name = 'dcompact-deployment'): Promise<string> =>
  kubectl('-n', namespace, 'get', kind, name, '-o', `jsonpath=${path}`);
const load = (cpu: string) => kubectl('annotate', 'nodes', '--all', '--overwrite', `tsrun.test/cpu.${namespace}${cpu}`);
const pods = async (): Promise<readonly string[]> =>
  (await kubectl('-n', namespace, 'get', 'pods', '-l', 'app=dcompact', '-o', 'jsonpath={.items[*].metadata.uid}'))
    .split(' ')
    .filter(Boolean);

describe.skipIf(!place)('the worker tier', { concurrent: false }, () => {
  let first: Played;
  beforeAll(async () => {
    first = await tier({}, true);
  });
  afterAll(async () => {
    await load('-').catch(() => undefined);
    await kubectl('delete', 'namespace', namespace, '--wait=false').catch(() => undefined);
  });

  test('a check of a virgin cluster lists all objects and writes nothing', async () => {
    expect(first.code, first.output).toBe(0);
    const targets = first.result('The worker tier')?.diff.map(one => one.target) ?? [];
    expect(targets).toHaveLength(10);
    await expect(kubectl('get', 'namespace', namespace)).rejects.toThrow(/not found/);
  });

  test('a run brings it up, and the autoscaler sees numbers', async () => {
    const done = await tier();
    expect(done.code, done.output).toBe(0);
    expect(done.result('The worker tier')?.diff.map(one => one.target)).toEqual(
      first.result('The worker tier')?.diff.map(one => one.target),
    );
    expect(await field('{.status.readyReplicas}', 'deployment', 'forward-nginx')).toBe('2');
    await expect
      .poll(() => field('{.status.currentMetrics[0].resource.current.averageUtilization}', 'hpa', 'dcompact-hpa'), {
        timeout: 60_000,
      })
      .toMatch(/^\d+$/);
    await expect.poll(() => field('{.status.readyReplicas}'), { timeout: 60_000 }).toBe('2');
  });

  test('a second run writes nothing', async () => {
    const versions = (): Promise<string> =>
      kubectl(
        '-n',
        namespace,
        'get',
        'configmap,service,networkpolicy,pdb',
        '-o',
        'jsonpath={.items[*].metadata.resourceVersion}',
      );
    const before = [await versions(), await field('{.metadata.generation}'), await pods()];
    let again: Played | undefined;
    const writes = await writesDuring(namespace, async () => (again = await tier()));
    expect(again?.code, again?.output).toBe(0);
    expect(again?.results.filter(one => one.changed)).toEqual([]);
    expect(writes).toEqual([]);
    expect([(await versions()).split(' ').length, await field('{.metadata.generation}'), await pods()]).toEqual([
      before[0]?.toString().split(' ').length,
      before[1],
      before[2],
    ]);
  });

  test('a check with a change writes nothing', async () => {
    let checked: Played | undefined;
    const writes = await writesDuring(namespace, async () => (checked = await tier({ pod_memory: '2Gi' }, true)));
    expect(checked?.result('The worker tier')?.message).toMatch(/Deployment .*memory: 1Gi -> 2Gi/);
    expect(writes).toEqual([]);
  });

  test('load scales it up, and another run neither resets the number nor restarts a pod', async () => {
    await load('=8');
    await expect.poll(async () => Number(await field('{.status.readyReplicas}')), { timeout: 90_000 }).toBe(6);
    const before = await pods();
    const again = await tier();
    expect(again.code, again.output).toBe(0);
    expect(again.results.filter(one => one.changed)).toEqual([]);
    expect(await field('{.spec.replicas}')).toBe('6');
    expect(await pods()).toEqual(before);
  });

  test('less load scales it down after the window', async () => {
    await load('=50m');
    await expect.poll(async () => Number(await field('{.spec.replicas}')), { timeout: 90_000 }).toBe(2);
  });

  test('the number of replicas belongs to the autoscaler', async () => {
    const { metadata } = (await getObject(namespace, 'deployment', 'dcompact-deployment')) as unknown as {
      metadata: { managedFields: { manager: string; fieldsV1: object }[] };
    };
    const own = metadata.managedFields.find(one => one.manager === 'tsrun');
    expect(own).toBeDefined();
    expect(JSON.stringify(own?.fieldsV1)).not.toContain('f:replicas');
  });

  test('what the role no longer has is removed', async () => {
    const pruned = await tier({ network_policy: false });
    expect(pruned.code, pruned.output).toBe(0);
    expect(pruned.result('The worker tier')?.message).toMatch(/NetworkPolicy .*present -> absent \(no longer in the set\)/);
    await expect(kubectl('-n', namespace, 'get', 'networkpolicy', 'dcompact')).rejects.toThrow(/not found/);
    const again = await tier({ network_policy: false });
    expect(again.results.filter(one => one.changed)).toEqual([]);
  });

  test('the enterprise edition with static volumes comes up too, without SYS_ADMIN, and a second run changes nothing', async () => {
    const enterprise = { edition: 'enterprise', mount_mode: 'static', network_policy: false };
    const done = await tier(enterprise);
    expect(done.code, done.output).toBe(0);
    expect(await field('{.spec.template.spec.volumes[*].nfs.path}')).toBe('/mnt/mynfs/datadir/instance-1');
    expect(await field('{.spec.template.spec.containers[0].securityContext.capabilities.add}')).toBe('');
    expect(await field('{.status.unavailableReplicas}{.status.updatedReplicas}')).toMatch(/^\d$/);
    const again = await tier(enterprise);
    expect(again.results.filter(one => one.changed)).toEqual([]);
  });

  test('a pod that no node has room for is refused before anything is applied', async () => {
    const done = await tier({ pod_cpu: 500, k8s_namespace: `${namespace}-big` });
    expect(done.code).toBe(2);
    expect(done.output).toMatch(/no node has room for a pod of 500 CPU/);
    await expect(kubectl('get', 'namespace', `${namespace}-big`)).rejects.toThrow(/not found/);
  });
});
