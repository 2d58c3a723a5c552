// tsrun undo on a real API server: objects that a run made or changed go back, those that have moved since stay.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { commandLine } from '../support/command-line.ts';
import { scene } from '../support/run-playbook.ts';
import { kubectl, place, uniqueName } from './cluster.ts';

const namespace = uniqueName('undo');
const map = (name: string, data: object) => ({
  name: `map ${name}`,
  k8s: { definition: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data } },
});
const site = (...tasks: readonly object[]) => stringify([{ hosts: 'localhost', gather_facts: false, tasks }]);
const found = async (name: string): Promise<string> =>
  kubectl('-n', namespace, 'get', 'configmap', name, '--ignore-not-found', '-o', 'jsonpath={.data}');

describe.skipIf(!place)('the inverse of objects', { concurrent: false }, () => {
  const stage = scene({
    'hosts.yaml': stringify({
      all: { vars: { k8s_kubeconfig: place?.kubeconfig, ansible_connection: 'local' }, hosts: { localhost: {} } },
    }),
    'first.yaml': site(map('old', { a: '1' }), map('moved', { a: '1' }), map('taken', { a: '1' })),
    'second.yaml': site(
      map('old', { a: '2', b: '3' }),
      map('moved', { a: '2' }),
      map('taken', { a: '2' }),
      map('new', { a: '1' }),
    ),
  });
  const tsrun = (...words: string[]) => {
    const argv = [...words, '--state', join(stage.dir, 'state')];
    const env = { PATH: process.env.PATH, HOME: stage.dir };
    return commandLine(argv, { argv, cwd: stage.dir, env, clock: { now: () => Date.now(), sleep: async () => undefined } });
  };
  beforeAll(() => kubectl('create', 'namespace', namespace));
  afterAll(async () => {
    await kubectl('delete', 'namespace', namespace, '--wait=false');
    stage.end();
  });

  test('what was changed is as it was, what was made is gone, what has moved stays', async () => {
    for (const book of ['first.yaml', 'second.yaml']) {
      const done = await tsrun(book, '-i', 'hosts.yaml');
      expect(done.code, done.out + done.err).toBe(0);
    }
    await kubectl('-n', namespace, 'patch', 'configmap', 'moved', '--type=merge', '-p', '{"data":{"c":"mine"}}');
    await kubectl('-n', namespace, 'patch', 'configmap', 'taken', '--type=merge', '-p', '{"data":{"a":"mine"}}');
    const undone = await tsrun('undo', 'last');
    expect(undone.err).toMatch(/W973 .*moved/);
    expect(undone.code, undone.out).toBe(2);
    expect(await found('taken')).toBe('{"a":"mine"}');
    expect([await found('old'), await found('new'), await found('moved')]).toEqual(['{"a":"1"}', '', '{"a":"2","c":"mine"}']);
  });
});
