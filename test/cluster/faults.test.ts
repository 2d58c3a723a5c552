// What goes wrong with a cluster: each error says which object, what the server said, and the mend.
import { createServer, connect, type Socket } from 'node:net';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectl, place, play, uniqueName } from './cluster.ts';

const namespace = uniqueName('faults');
const labels = { app: 'x' };
const deployment = (name: string, image: string, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image }] } },
    ...more,
  },
});
const task = (definition: object, more: object = {}) => ({ name: 'It', k8s: { definition, ...more } });

describe.skipIf(!place)('a cluster that refuses', () => {
  beforeAll(() => kubectl('create', 'namespace', namespace));
  afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

  test('an unknown field is named, and nothing is written', async () => {
    const done = await play([task(deployment('field', 'a:1', { replica: 2 }))]);
    expect(done.code).toBe(2);
    expect(done.output).toMatch(/Deployment \S+\/field.*unknown field \\"spec\.replica\\"|field not declared in schema/);
    expect(done.output).toContain('kubectl explain');
    await expect(kubectl('-n', namespace, 'get', 'deployment', 'field')).rejects.toThrow(/not found/);
  });

  test('a quota that refuses is shown, with its own words', async () => {
    await kubectl('-n', namespace, 'create', 'quota', 'small', '--hard=configmaps=1');
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one-more', namespace } };
    await expect
      .poll(() => kubectl('-n', namespace, 'get', 'quota', 'small', '-o', 'jsonpath={.status.used.configmaps}'))
      .toBe('1');
    const done = await play([task(map)]);
    expect(done.code).toBe(2);
    expect(done.output).toMatch(/exceeded quota: small/);
    expect(done.output).toContain('ResourceQuota');
    await kubectl('-n', namespace, 'delete', 'quota', 'small');
  });

  test('a quota that keeps pods away is shown when the rollout does not end', async () => {
    await kubectl('-n', namespace, 'create', 'quota', 'nopods', '--hard=pods=0');
    await expect.poll(() => kubectl('-n', namespace, 'get', 'quota', 'nopods', '-o', 'jsonpath={.status.hard.pods}')).toBe('0');
    const done = await play([task(deployment('kept', 'a:1'), { wait: true, wait_timeout: 6, wait_sleep: 1 })]);
    expect(done.code).toBe(2);
    expect(done.output).toMatch(/Deployment \S+\/kept: not well after 6 s/);
    expect(done.output).toMatch(/exceeded quota: nopods/);
    await kubectl('-n', namespace, 'delete', 'quota', 'nopods');
  });

  test('an image that never comes is named', async () => {
    const done = await play([
      task(deployment('image', 'registry.lab.test:5000/never:1'), { wait: true, wait_timeout: 6, wait_sleep: 1 }),
    ]);
    expect(done.code).toBe(2);
    expect(done.output).toMatch(/ImagePullBackOff/);
    expect(done.output).toContain('registry.lab.test:5000/never:1');
    expect(done.output).toContain('see that the image is in the registry');
    // It was written all the same, and the run says so.
    expect(done.result('It')?.fault?.mend).toMatch(/; 1 of 1 change was made, it is safe to run again$/);
    expect(done.result('It')?.result).toMatchObject({ failed: true, changed: true });
  });

  test('a field of another manager is named with that manager; force wins it', async () => {
    const map = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'owned', namespace, labels },
      data: { k: value },
    });
    expect((await play([task(map('1'), { server_side_apply: { field_manager: 'someone' } })])).code).toBe(0);
    const done = await play([task(map('2'))]);
    expect(done.code).toBe(2);
    expect(done.output).toMatch(/\.data\.k belongs to \\"someone\\"/);
    expect((await play([task(map('2'), { force: true })])).code).toBe(0);
    expect(await kubectl('-n', namespace, 'get', 'configmap', 'owned', '-o', 'jsonpath={.data.k}')).toBe('2');
  });

  test('a namespace that is not there is said', async () => {
    const done = await play([task({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'nowhere' } })]);
    expect(done.output).toMatch(/namespaces \\"nowhere\\" not found/);
    expect(done.output).toContain('make the namespace first');
  });

  test('a kind that the cluster does not have is said', async () => {
    const done = await play([task({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'x', namespace } })]);
    expect(done.output).toMatch(/no kind \\"Widget\\" in example\.com\/v1/);
  });
});

/** A way to the API server that can be cut. */
async function gate(): Promise<{ readonly kubeconfig: string; cut(): void; readonly requests: () => number }> {
  const open = new Set<Socket>();
  let bursts = 0;
  const server = createServer(socket => {
    const behind = connect(place?.ports.api ?? 0, '127.0.0.1');
    for (const one of [socket, behind]) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => open.delete(one));
    }
    socket.on('data', () => void bursts++);
    socket.pipe(behind).pipe(socket);
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const file = join(await mkdtemp(join(tmpdir(), 'tsrun-gate-')), 'kubeconfig');
  await writeFile(
    file,
    (await readFile(place?.kubeconfig ?? '', 'utf8')).replace(`127.0.0.1:${place?.ports.api}`, `127.0.0.1:${port}`),
  );
  const cut = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { kubeconfig: file, cut, requests: () => bursts };
}

describe.skipIf(!place)('a cluster that cannot be reached', () => {
  test('an API server that goes away in the middle ends the host, with its address', async () => {
    const way = await gate();
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'default' } };
    const waiting = { name: 'Wait', k8s_wait: { name: 'never-there', namespace: 'default', wait_timeout: 60, wait_sleep: 1 } };
    const timer = setInterval(() => {
      if (way.requests() > 25) {
        clearInterval(timer);
        way.cut();
      }
    }, 50);
    const done = await play([task(map), waiting], { kubeconfig: way.kubeconfig });
    clearInterval(timer);
    expect(done.code, done.output).toBe(4);
    expect(done.result('It')?.failed).toBe(false);
    expect(done.events.some(event => event.event === 'host_unreachable')).toBe(true);
    expect(done.output).toMatch(/the API server https:\/\/127\.0\.0\.1:\d+ does not answer/);
    await kubectl('-n', 'default', 'delete', 'configmap', 'x');
  });

  test('an API server that goes away between two writes: the object in hand is named, what was written stays, and a run again ends it', async () => {
    const way = await gate();
    const home = uniqueName('torn');
    await kubectl('create', 'namespace', home);
    const definition = Array.from({ length: 300 }, (_, n) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `many-${n}`, namespace: home },
    }));
    const many = { name: 'Many', k8s: { definition } };
    const isWritten = async (): Promise<boolean> =>
      (await readFile(place?.audit ?? '', 'utf8'))
        .split('\n')
        .some(line => line.includes(`${home}/configmaps/many-`) && !line.includes('dryRun=All'));
    const over = new AbortController();
    const cutting = (async () => {
      while (!over.signal.aborted && !(await isWritten())) await new Promise(done => setTimeout(done, 20));
      way.cut();
    })();
    const torn = await play([many], { kubeconfig: way.kubeconfig });
    over.abort();
    await cutting;
    expect(torn.code, torn.output).toBe(4);
    expect(torn.output).toMatch(/it was asked: (PATCH|GET) \/api\/v1\/namespaces\/torn-\w+\/configmaps\/many-\d+/);
    expect(torn.output).toContain('what was written before stays, run again when it answers');
    const names = async () => (await kubectl('-n', home, 'get', 'configmaps', '-o', 'name')).match(/many-/g)?.length ?? 0;
    const [some, again] = [await names(), await play([many])];
    expect([some > 0, some < 300, again.code, await names()]).toEqual([true, true, 0, 300]);
    await kubectl('delete', 'namespace', home, '--wait=false');
  });

  const config = (user: object, cluster: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: `https://127.0.0.1:${place?.ports.api}`, 'insecure-skip-tls-verify': true, ...cluster } },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
  test.each<[string, object, RegExp]>([
    ['a token that is wrong', { kubeconfig: config({ token: 'nonsense' }) }, /E805|does not accept the credentials/],
    ['a server that is not there', { kubeconfig: config({}, { server: 'https://127.0.0.1:1' }) }, /nothing listens there/],
    [
      'a certificate that nobody signed',
      { kubeconfig: config({ token: 'x' }, { 'insecure-skip-tls-verify': false }) },
      /is not trusted/,
    ],
    [
      'a plug-in that fails',
      { kubeconfig: config({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'false' } }) },
      /plug-in \\"false\\"/,
    ],
    [
      'a plug-in that is not there',
      { kubeconfig: config({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin' } }) },
      /plug-in \\"no-such-plugin\\"/,
    ],
    ['a context that is not there', { kubeconfig: config({}), context: 'other' }, /no context \\"other\\"/],
    ['a kubeconfig that is not there', { kubeconfig: '/nowhere/config' }, /\/nowhere\/config is not there/],
  ])('%s', async (_name, args, why) => {
    const done = await play([{ name: 'It', k8s_info: { kind: 'Node', ...args } }]);
    expect(done.code, done.output).toBe(4);
    expect(done.output).toMatch(why);
  });

  test('a plug-in that gives a token is asked, and the server knows who it is', async () => {
    const account = uniqueName('login');
    await kubectl('-n', 'default', 'create', 'serviceaccount', account);
    await kubectl('create', 'clusterrolebinding', account, '--clusterrole=view', `--serviceaccount=default:${account}`);
    const token = (await kubectl('-n', 'default', 'create', 'token', account)).trim();
    const credential = JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token },
    });
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', `test -n "$KUBERNETES_EXEC_INFO" && echo '${credential}'`],
    };
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'default' } };
    const read = { name: 'Read', k8s_info: { kind: 'ConfigMap', namespace: 'default', kubeconfig: config({ exec }) } };
    const done = await play([read, { name: 'Write', k8s: { definition: map, kubeconfig: config({ exec }) } }]);
    await kubectl('delete', 'clusterrolebinding', account);
    await kubectl('-n', 'default', 'delete', 'serviceaccount', account);
    expect(done.result('Read')?.status, done.output).toBe('ok');
    expect(done.result('Write')?.failed).toBe(true);
    expect(done.output).toMatch(/E816|may not|cannot patch/);
  });
});
