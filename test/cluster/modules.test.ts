// The other modules of a cluster on a real API server: read, wait, scale, roll out, drain, run a command.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectl, place, play, uniqueName } from './cluster.ts';

const namespace = uniqueName('modules');
const deployment = (image = 'a:1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x', namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image }] } },
  },
});
const at = { name: 'x', namespace };
const field = (path: string): Promise<string> => kubectl('-n', namespace, 'get', 'deployment', 'x', '-o', `jsonpath=${path}`);

describe.skipIf(!place)('modules of a cluster', { concurrent: false }, () => {
  beforeAll(() => kubectl('create', 'namespace', namespace));
  afterAll(async () => {
    await kubectl('uncordon', 'worker-6');
    await kubectl('delete', 'namespace', namespace, '--wait=false');
  });

  test('tasks of one cluster are asked together, and each sees what those before it made', async () => {
    const maps = [1, 2, 3, 4].map(n => ({
      name: `Map ${n}`,
      k8s: {
        definition: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `m${n}`, namespace }, data: { n: String(n) } },
      },
    }));
    const info = { name: 'Read', k8s_info: { kind: 'ConfigMap', namespace, name: 'm4' }, register: 'found' };
    const tell = { name: 'Tell', debug: { msg: '{{ found.resources[0].data.n }}' } };
    const done = await play([...maps, info, tell]);
    expect(done.code, done.output).toBe(0);
    expect(done.results.filter(one => one.changed).map(one => one.task)).toEqual(['Map 1', 'Map 2', 'Map 3', 'Map 4']);
    expect(done.result('Tell')?.message ?? JSON.stringify(done.result('Tell'))).toContain('4');
    const again = await play([...maps, info, tell]);
    expect(again.results.filter(one => one.changed)).toEqual([]);
    const recap = again.events.find(event => event.event === 'recap');
    expect(recap?.hosts['control']?.roundTrips).toBeLessThanOrEqual(4);
  });

  test('a rollout is waited for, and read', async () => {
    const done = await play([
      { name: 'Up', k8s: { definition: deployment(), wait: true, wait_timeout: 60, wait_sleep: 1 } },
      { name: 'Well', k8s_wait: at },
      { name: 'Condition', k8s_wait: { ...at, wait_condition: { type: 'Available' } } },
      { name: 'Never', k8s_wait: { ...at, name: 'y', state: 'absent' } },
    ]);
    expect(done.code, done.output).toBe(0);
    expect(done.results.map(one => one.changed)).toEqual([true, false, false, false]);
  });

  test('scale changes the number once', async () => {
    const scale = { name: 'Scale', k8s_scale: { ...at, replicas: 3, wait_timeout: 60, wait_sleep: 1 } };
    expect((await play([scale])).result('Scale')?.changed).toBe(true);
    expect((await play([scale])).result('Scale')?.changed).toBe(false);
    expect(await field('{.status.readyReplicas}')).toBe('3');
  });

  test('a rollout is restarted and taken back', async () => {
    const next = { name: 'Next', k8s: { definition: deployment('a:2'), wait: true, wait_sleep: 1, force: true } };
    const restart = { name: 'Restart', k8s_rollout: { ...at, state: 'restarted', wait_sleep: 1 } };
    const back = { name: 'Back', k8s_rollout: { ...at, state: 'undone', to_revision: 1, wait_sleep: 1 } };
    const done = await play([next, restart, back]);
    expect(done.code, done.output).toBe(0);
    expect(await field('{.spec.template.spec.containers[0].image}')).toBe('a:1');
  });

  test('a node is drained within its budget and put back', async () => {
    await kubectl(
      '-n',
      namespace,
      'patch',
      'deployment',
      'x',
      '--type=merge',
      '-p',
      '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":"worker-6"}}}}}',
    );
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment', 'x', '--timeout=60s');
    const selector = '--field-selector=spec.nodeName=worker-6';
    const here = async () =>
      (await kubectl('-n', namespace, 'get', 'pods', selector, '-o', 'name')).split('\n').filter(Boolean).length;
    expect(await here()).toBeGreaterThan(0);
    const options = { delete_emptydir_data: true, ignore_daemonsets: true, wait_timeout: 60 };
    const drain = { name: 'Drain', k8s_drain: { name: 'worker-6', delete_options: options } };
    const done = await play([drain, { name: 'Again', k8s_drain: { name: 'worker-6', delete_options: options } }]);
    expect(done.result('Drain')?.changed, done.output).toBe(true);
    expect(done.result('Again')?.changed, done.output).toBe(false);
    expect(await kubectl('get', 'node', 'worker-6', '-o', 'jsonpath={.spec.unschedulable}')).toBe('true');
    const back = await play([{ name: 'Back', k8s_drain: { name: 'worker-6', state: 'uncordon' } }]);
    expect(back.result('Back')?.changed, back.output).toBe(true);
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment', 'x', '--timeout=60s');
  });

  test('a command in a pod, and a log', async () => {
    const pod = (await kubectl('-n', namespace, 'get', 'pods', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    const exec = (command: string, name: string) => ({
      name,
      k8s_exec: { namespace, pod, command },
      register: 'said',
      ignore_errors: true,
    });
    const done = await play([
      exec('echo "a b" c', 'Echo'),
      { name: 'It said so', assert: { that: "said.stdout == 'a b c\\n' && said.rc == 0" } },
      exec('sh -c "echo no >&2; exit 3"', 'Exit'),
      { name: 'And failed', assert: { that: 'said.rc == 3 && said.failed' } },
      { name: 'Log', k8s_log: { namespace, name: pod, tail_lines: 5 }, register: 'log' },
      { name: 'It has lines', assert: { that: 'size(log.log_lines) > 0 && log.log_lines[0].contains("worker of the lab")' } },
    ]);
    expect(done.code, done.output).toBe(0);
  });

  test('two hundred objects are looked at within seconds', async () => {
    const definition = Array.from({ length: 200 }, (_, n) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `many-${n}`, namespace },
      data: { n: String(n) },
    }));
    const many = { name: 'Many', k8s: { definition } };
    expect((await play([many])).code).toBe(0);
    const again = await play([many]);
    expect(again.result('Many')?.changed).toBe(false);
    expect(again.result('Many')?.seconds).toBeGreaterThan(0);
  });
});
