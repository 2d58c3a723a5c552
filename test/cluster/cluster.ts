// What the tests of the cluster tier share: the lab's real API server, plays against it, and its audit log.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Event, TaskResult } from '../../runner/core/events.ts';
import { clusterPlace, kubectlPath } from '../lab/cluster/cluster.ts';
import { labLayout } from '../lab/layout.ts';
import { scene } from '../support/run-playbook.ts';

const execute = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const layout = labLayout();

/** Undefined in a lab without a cluster: the tests are skipped by name then. */
export const place = await clusterPlace(layout);
export const kubectlFile = place ? await kubectlPath(layout) : '';

const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
/** Whether the cluster has its real node, which runs containers; the others are kwok's. */
export const hasRealNode =
  place !== undefined && (await kubectl('get', 'nodes', '-l', 'tsrun.test/node=real', '-o', `jsonpath=${ready}`)) === 'True';

/** Different for each run, so that runs do not meet. */
export const uniqueName = (word: string): string => `${word}-${randomBytes(3).toString('hex')}`;

export async function kubectl(...words: string[]): Promise<string> {
  const { stdout } = await execute(kubectlFile, ['--kubeconfig', place?.kubeconfig ?? '', ...words], { maxBuffer: 1 << 26 });
  return stdout;
}
export const getObject = async (namespace: string, kind: string, name: string): Promise<Record<string, never>> =>
  JSON.parse(await kubectl('-n', namespace, 'get', kind, name, '-o', 'json', '--show-managed-fields')) as Record<string, never>;

export interface Played {
  readonly code: number;
  readonly events: readonly Event[];
  readonly results: readonly TaskResult[];
  /** Of one task, by its name. */
  result(task: string): TaskResult | undefined;
  /** All events as they would be printed. */
  readonly output: string;
}

interface PlayOptions {
  readonly vars?: object;
  readonly check?: boolean;
  readonly kubeconfig?: string;
}

const host = (address: string, more: object = {}) => ({ ansible_host: address, ...more });
const groups = {
  k8s_control: { hosts: { control: host('127.0.0.1', { ansible_connection: 'local' }) } },
  mytopling: { hosts: { 'instance-1': host('10.6.0.31', { mytopling_instance_name: 'instance-1' }) } },
  k8s_nodes: { hosts: { node01: host('10.6.0.21'), node02: host('10.6.0.22') } },
};

async function playFile(book: string | undefined, text: string, options: PlayOptions): Promise<Played> {
  const { vars = {}, check = false, kubeconfig = place?.kubeconfig ?? '' } = options;
  const all = { children: groups, vars: { domain: 'lab.test', dns_mode: 'hosts', k8s_kubeconfig: kubeconfig, ...vars } };
  const stage = scene({ 'hosts.yaml': stringify({ all }), 'site.yaml': text });
  try {
    const playbooks = [book === undefined ? join(stage.dir, 'site.yaml') : join(checkout, book)];
    const load = { playbooks, inventories: [join(stage.dir, 'hosts.yaml')], cwd: checkout };
    // After each change the task is asked once more: a plan that is not empty then fails it.
    const { code, events, results } = await stage.play({ load, check, diff: true, verify: true });
    const output = events.map(event => JSON.stringify(event)).join('\n');
    return { code, events, results, output, result: task => results.find(one => one.task === task) };
  } finally {
    stage.end();
  }
}

/** A playbook of the checkout on hosts of the lab. */
export async function playLab(book: string, limit: string): Promise<Played> {
  const stage = scene({});
  try {
    const load = { playbooks: [join(checkout, book)], inventories: [join(checkout, 'inventory/lab.yaml')], cwd: checkout, limit };
    const { code, events, results } = await stage.play({ load });
    const output = events.map(event => JSON.stringify(event)).join('\n');
    return { code, events, results, output, result: task => results.find(one => one.task === task) };
  } finally {
    stage.end();
  }
}

/** A playbook of the checkout, against the cluster. */
export const playBook = (book: string, options: PlayOptions = {}): Promise<Played> => playFile(book, '', options);

/** Tasks of one play, for the cluster. */
export const play = (tasks: readonly object[], options: PlayOptions = {}): Promise<Played> =>
  playFile(
    undefined,
    stringify([{ name: 'Cluster', hosts: 'k8s_control', gather_facts: false, tasks }], { lineWidth: 0 }),
    options,
  );

interface Audited {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource?: string; readonly name?: string };
}

/** Writes of tsrun that were no dry run while `work` ran, in one namespace or on its name. */
export async function writesDuring(namespace: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await readFile(place?.audit ?? '', 'utf8')).length;
  await work();
  await sleep(500); // the log is written behind the answer
  const lines = (await readFile(place?.audit ?? '', 'utf8')).slice(before).split('\n').filter(Boolean);
  const writes = lines.flatMap(line => {
    try {
      return [JSON.parse(line) as Audited];
    } catch {
      return [];
    }
  });
  return writes
    .filter(one => one.userAgent === 'tsrun' && one.requestURI.includes(namespace) && !one.requestURI.includes('dryRun=All'))
    .map(one => `${one.verb} ${one.requestURI}`);
}
