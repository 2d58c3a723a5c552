// The worker tier on a real kubelet: images of the lab's registry, containers that run, jobs that a drain lets finish.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labHost } from '../lab/index.ts';
import { getObject, hasRealNode, kubectl, play, playBook, type Played, playLab, uniqueName } from './cluster.ts';

const namespace = uniqueName('real');
const base = 31_000 + Math.floor(Math.random() * 800) * 2;
const registry = 'registry.lab.test:5000';
const onReal = {
  node_selector: { 'tsrun.test/node': 'real' },
  tolerations: [{ key: 'tsrun.test/real', operator: 'Exists' }],
};
const vars = {
  ...onReal,
  k8s_namespace: namespace,
  dcompact_node_port: base,
  forwarder_node_port: base + 1,
  images_by_digest: true,
  // Two workers of one CPU are all that a machine of two has room for.
  pod_cpu: 1,
  pod_memory: '128Mi',
  pod_ephemeral: '1Gi',
  hpa_max: 2,
  forwarder_kind: 'nginx',
  forwarder_cpu: '0',
  forwarder_memory: '64Mi',
  termination_grace: 120,
  rollout_timeout: 120,
};

interface Reply {
  readonly status: string;
  readonly addr: string;
}
let address = '';
let digests: Readonly<Record<string, string>> = {};
const tier = (): Promise<Played> => playBook('playbooks/k8s-dcompact.yaml', { vars: { ...vars, ...digests } });
const ask = (port: number, path: string, body?: object): Promise<Response> =>
  fetch(`http://${address}:${port}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(5000),
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const submit = async (job: string, seconds: number): Promise<Reply> =>
  (await (await ask(base, '/dcompact', { job, seconds })).json()) as Reply;
const probe = async (job: string, labour: string): Promise<Reply> =>
  (await (await ask(base + 1, `/probe?labour=${labour}`, { job })).json()) as Reply;

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly podIP: string; readonly containerStatuses: readonly { readonly imageID: string }[] };
}
const workers = async (): Promise<readonly Pod[]> =>
  (JSON.parse(await kubectl('-n', namespace, 'get', 'pods', '-l', 'app=dcompact', '-o', 'json')) as { items: Pod[] }).items;

/** The images go into the registry as someone who deploys would bring them there; the digest is the registry's. */
async function push(archive: string, name: string, tag: string): Promise<string> {
  const node = await labHost('node03');
  const target = `docker://${registry}/${name}:${tag}`;
  const copied = await node.run(
    `skopeo --insecure-policy copy -q --dest-tls-verify=false docker-archive:/opt/programs/${archive} ${target}`,
  );
  if (copied.exitCode !== 0) throw new Error(copied.stderr);
  return (await node.run(`skopeo inspect --tls-verify=false --format '{{.Digest}}' ${target}`)).stdout.trim();
}

describe.skipIf(!hasRealNode)('the worker tier on a real node', { concurrent: false }, () => {
  beforeAll(async () => {
    const [node, store] = await Promise.all([labHost('node03'), labHost('registry')]);
    address = node.address;
    const named = `grep -q registry.lab.test /etc/hosts || echo '${store.address} registry.lab.test registry' >>/etc/hosts`;
    await node.run(named);
    const trusted = await playLab('playbooks/registry.yaml', 'registry:node03');
    if (trusted.code !== 0) throw new Error(trusted.output);
    digests = {
      dcompact_digest: await push('worker.tar', 'topling/dcompact-community', 'v0.0.1'),
      forwarder_digest: await push('forwarder.tar', 'topling/forward-nginx', 'v0.0.1'),
    };
  });
  afterAll(async () => {
    await kubectl('delete', 'namespace', namespace, '--wait=false').catch(() => undefined);
  });

  test('containerd pulls the images from the registry that the role made it trust, and the tier becomes healthy', async () => {
    const done = await tier();
    expect(done.code, done.output).toBe(0);
    await expect.poll(() => workers(), { timeout: 60_000 }).toHaveLength(2);
    await kubectl('-n', namespace, 'rollout', 'status', 'deployment', 'dcompact-deployment', '--timeout=60s');
    const pods = await workers();
    expect(pods.map(pod => pod.spec.nodeName)).toEqual(['node03', 'node03']);
    for (const pod of pods)
      expect(pod.status.containerStatuses[0]?.imageID).toBe(
        `${registry}/topling/dcompact-community@${digests['dcompact_digest']}`,
      );
  });

  test('/stat is answered through the NodePort by every worker, which knows its address and its CPUs', async () => {
    const expected = (await workers()).map(pod => `${pod.status.podIP}:8000`).sort();
    const seen = new Set<string>();
    const look = async (): Promise<readonly string[]> => {
      const { Vars } = (await (await ask(base, '/stat?html=0')).json()) as {
        Vars: { MAX_PARALLEL: number; ADVERTISE_ADDR: string };
      };
      expect(Vars.MAX_PARALLEL).toBe(1);
      return [...seen.add(Vars.ADVERTISE_ADDR)].sort();
    };
    await expect.poll(look, { timeout: 30_000, interval: 50 }).toEqual(expected);
  });

  test('the forwarder leads a probe to the one worker that has the job, and nowhere else', async () => {
    const { status, addr } = await submit('probed', 3);
    expect(status).toBe('ok');
    expect(await probe('probed', addr)).toEqual({ status: 'ok', addr });
    const other = (await workers()).map(pod => `${pod.status.podIP}:8000`).find(one => one !== addr) ?? '';
    expect(await probe('probed', other)).toEqual({ status: 'NotFound', addr: other });
    expect((await ask(base + 1, `/probe?labour=${address}:10250`)).status).toBe(403);
  });

  test('the autoscaler sees what the kubelet measured', async () => {
    const field = '{.status.currentMetrics[0].resource.current.averageUtilization}';
    const seen = () => kubectl('-n', namespace, 'get', 'hpa', 'dcompact-hpa', '-o', `jsonpath=${field}`);
    await expect.poll(seen, { timeout: 90_000, interval: 1000 }).toMatch(/^\d+$/);
  });

  test('a command runs in a worker, which knows the instances by name, and its log is read', async () => {
    const [pod] = await workers();
    const name = pod?.metadata.name;
    const done = await play([
      { name: 'Exec', k8s_exec: { namespace, pod: name, command: 'getent hosts instance-1.lab.test' }, register: 'said' },
      { name: 'It knows', assert: { that: "said.stdout.startsWith('10.6.0.31')" } },
      { name: 'Log', k8s_log: { namespace, name }, register: 'log' },
      { name: 'It says', assert: { that: "log.log_lines[0].startsWith('a worker of 1 compactions, known as ')" } },
    ]);
    expect(done.code, done.output).toBe(0);
  });

  test('a second run changes nothing and restarts nothing', async () => {
    const before = (await workers()).map(pod => pod.metadata.uid).sort();
    const again = await tier();
    expect(again.code, again.output).toBe(0);
    expect(again.results.filter(one => one.changed)).toEqual([]);
    expect((await workers()).map(pod => pod.metadata.uid).sort()).toEqual(before);
  });

  test('a worker that is deleted finishes its job before it goes, and answers for it until then', async () => {
    const { status, addr } = await submit('drained', 20);
    expect(status).toBe('ok');
    const pod = (await workers()).find(one => `${one.status.podIP}:8000` === addr)?.metadata.name ?? '';
    const log = kubectl('-n', namespace, 'logs', '-f', pod);
    await kubectl('-n', namespace, 'delete', 'pod', pod, '--wait=false');
    const { metadata } = (await getObject(namespace, 'pod', pod)) as unknown as { metadata: { deletionTimestamp?: string } };
    expect(metadata.deletionTimestamp).toBeDefined();
    expect(await probe('drained', addr)).toEqual({ status: 'ok', addr });
    expect(await log).toContain('finished drained');
    await kubectl('-n', namespace, 'wait', '--for=delete', `pod/${pod}`, '--timeout=120s');
  });

  test('an image that the registry does not have is named with the words of the registry', async () => {
    const template = {
      metadata: { labels: { app: 'never' } },
      spec: {
        nodeSelector: onReal.node_selector,
        tolerations: onReal.tolerations,
        containers: [{ name: 'c', image: `${registry}/topling/never:1` }],
      },
    };
    const definition = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'never', namespace },
      spec: { replicas: 1, selector: { matchLabels: { app: 'never' } }, template },
    };
    const done = await play([{ name: 'It', k8s: { definition, wait: true, wait_timeout: 8, wait_sleep: 1 } }]);
    expect(done.code).toBe(2);
    expect(done.output).toMatch(/(ErrImagePull|ImagePullBackOff)/);
    expect(done.output).toContain(`${registry}/topling/never:1`);
    expect(done.output).toContain('not found');
  });
});
