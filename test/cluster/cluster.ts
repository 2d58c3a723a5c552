// What the tests of the cluster tier share: the lab's real API server, plays against it, and its audit log.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Event, TaskResult } from '../../runner/core/events.ts';
import { clusterPlace, kubectlPath } from '../lab/cluster/cluster.ts';
import { labLayout } from '../lab/layout.ts';

const execute = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const layout = labLayout();

/** Undefined in a lab without a cluster: the tests are skipped by name then. */
export const place = await clusterPlace(layout);
const kubectlFile = place ? await kubectlPath(layout) : '';

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
  /** Of one task, by its name. */
  result(task: string): TaskResult | undefined;
  readonly results: readonly TaskResult[];
  readonly output: string;
}

interface PlayOptions {
  readonly vars?: object;
  readonly flags?: readonly string[];
  readonly kubeconfig?: string;
}

/** A playbook of the checkout, against the cluster. */
export async function playBook(
  book: string,
  { vars = {}, flags = [], kubeconfig = place?.kubeconfig ?? '' }: PlayOptions = {},
): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'tsrun-cluster-'));
  const host = (address: string, more: object = {}) => ({ ansible_host: address, ...more });
  const children = {
    k8s_control: { hosts: { control: host('127.0.0.1', { ansible_connection: 'local' }) } },
    mytopling: { hosts: { 'instance-1': host('10.6.0.31', { mytopling_instance_name: 'instance-1' }) } },
    k8s_nodes: { hosts: { node01: host('10.6.0.21') } },
  };
  const all = { children, vars: { domain: 'lab.test', dns_mode: 'hosts', k8s_kubeconfig: kubeconfig, ...vars } };
  const inventory = join(folder, 'inventory.yaml');
  await writeFile(inventory, stringify({ all }));
  const words = ['--import', 'tsx', join(checkout, 'runner/main.ts'), book, '-i', inventory, '--output', 'ndjson', ...flags];
  const done = await execute('node', words, { cwd: checkout, maxBuffer: 1 << 28 }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  const events = done.stdout
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Event);
  const results = events.filter((event): event is TaskResult => event.event === 'task_result');
  return {
    code: done.code,
    events,
    results,
    result: task => results.find(one => one.task === task),
    output: done.stdout + done.stderr,
  };
}

/** Tasks of one play, for the cluster. */
export async function play(tasks: readonly object[], options: PlayOptions = {}): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), 'tsrun-cluster-'));
  const book = join(folder, 'play.yaml');
  await writeFile(book, stringify([{ name: 'Cluster', hosts: 'k8s_control', gather_facts: false, tasks }], { lineWidth: 0 }));
  return playBook(book, options);
}

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
