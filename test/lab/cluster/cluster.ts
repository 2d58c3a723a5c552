// The cluster of the lab as a whole: a real control plane with kwok's nodes, up, down and how it is. Listens on 127.0.0.1 alone.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcesses, removeGroups } from '../cgroup.ts';
import { $, ask, say } from '../command.ts';
import type { Layout } from '../layout.ts';
import { type Binaries, ensureBinaries, knownBinaries } from './binaries.ts';
import { ensureNode } from './node.ts';
import { clusterObjects } from './objects.ts';
import { ensurePki, writeKubeconfig } from './pki.ts';
import { type ClusterPlace, ensureProcess, isRunning, portNames, type ProcessName } from './processes.ts';

export type { ClusterPlace } from './processes.ts';

const folderOf = (layout: Layout): string => join(layout.state, 'cluster');
const portsFile = (layout: Layout): string => join(folderOf(layout), 'ports.json');

function placeOf(layout: Layout, ports: ClusterPlace['ports']): ClusterPlace {
  const folder = folderOf(layout);
  return {
    folder,
    ports,
    pki: join(folder, 'pki'),
    cgroup: `${layout.cgroup}/cluster`,
    kubeconfig: join(folder, 'admin.kubeconfig'),
    audit: join(folder, 'audit.log'),
  };
}

/** The cluster of a lab that has one. */
export async function clusterPlace(layout: Layout): Promise<ClusterPlace | undefined> {
  if (!existsSync(portsFile(layout))) return undefined;
  return placeOf(layout, JSON.parse(await readFile(portsFile(layout), 'utf8')) as ClusterPlace['ports']);
}

/** Raises what of it is not up; undefined, and said why, where this machine cannot have one. */
export async function ensureCluster(layout: Layout, root: string): Promise<ClusterPlace | undefined> {
  const binaries = await ensureBinaries(layout.cache);
  if ('missing' in binaries) {
    say(`no cluster: ${binaries['missing']}`);
    return undefined;
  }
  const place = await ensurePlace(layout);
  await ensurePki(place.pki);
  // In the folder that kwok runs in: its settings name it without a path.
  await copyFile(join(import.meta.dirname, 'pod.log'), join(place.folder, 'pod.log'));
  const server = `https://127.0.0.1:${place.ports.api}`;
  for (const user of ['admin', 'controller-manager', 'scheduler', 'kwok', 'metrics']) {
    await writeKubeconfig(place.pki, user, server, join(place.folder, `${user}.kubeconfig`));
  }
  await ensureProcess(place, binaries, 'etcd');
  const isNew = await ensureProcess(place, binaries, 'kube-apiserver');
  await ready(place, binaries);
  if (isNew)
    await kubectl(
      place,
      binaries,
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      clusterObjects(place.ports.metrics),
    );
  const others: readonly ProcessName[] = ['kube-controller-manager', 'kube-scheduler', 'kwok', 'metrics-server'];
  await Promise.all(others.map(name => ensureProcess(place, binaries, name)));
  await Promise.all([settled(place, binaries), addNode(layout, place, binaries, root)]);
  return place;
}

// Without it the cluster is of use all the same: its tests are skipped by name.
async function addNode(layout: Layout, place: ClusterPlace, binaries: Binaries, root: string): Promise<void> {
  const reason = await ensureNode(layout, place, binaries['kubectl'] as string, root).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  if (reason !== undefined) say(`no real node in the cluster: ${reason}`);
}

async function ensurePlace(layout: Layout): Promise<ClusterPlace> {
  const known = await clusterPlace(layout);
  if (known) return known;
  await mkdir(folderOf(layout), { recursive: true, mode: 0o700 });
  const free = await Promise.all(portNames.map(freePort));
  const ports = Object.fromEntries(portNames.map((name, i) => [name, free[i]])) as ClusterPlace['ports'];
  await writeFile(portsFile(layout), JSON.stringify(ports));
  return placeOf(layout, ports);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function kubectl(place: ClusterPlace, binaries: Binaries, words: readonly string[], input = ''): Promise<string> {
  const { stdout } = await $({ input })`${binaries['kubectl'] as string} --kubeconfig ${place.kubeconfig} ${words}`;
  return stdout;
}

async function ready(place: ClusterPlace, binaries: Binaries): Promise<void> {
  const answers = async (): Promise<boolean> =>
    (await ask`${binaries['kubectl'] as string} --kubeconfig ${place.kubeconfig} get --raw /readyz`).exitCode === 0;
  await until(answers, 90, place, 'kube-apiserver');
}

/** Nodes are ready and the metrics API answers: an autoscaler would see numbers. */
async function settled(place: ClusterPlace, binaries: Binaries): Promise<void> {
  const words = [
    'get',
    'nodes',
    '-l',
    '!tsrun.test/node',
    '-o',
    'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
  ];
  await until(async () => /^True( True)*$/.test(await kubectl(place, binaries, words)), 60, place, 'kwok');
  const api = ['get', 'apiservice', 'v1beta1.metrics.k8s.io', '-o', 'jsonpath={.status.conditions[0].status}'];
  await until(async () => (await kubectl(place, binaries, api)) === 'True', 60, place, 'metrics-server');
}

async function until(holds: () => Promise<boolean>, seconds: number, place: ClusterPlace, name: ProcessName): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds().catch(() => false))) {
    const isOver = Date.now() > end || !(await isRunning(place, name));
    if (isOver) throw new Error(`${name} of the lab's cluster does not come up; see ${join(place.folder, `${name}.log`)}`);
    await sleep(300);
  }
}

export async function removeCluster(layout: Layout): Promise<void> {
  const group = `${layout.cgroup}/cluster`;
  await endProcesses(group);
  await removeGroups(group);
}

/** One word; undefined where this lab has no cluster. */
export async function clusterState(layout: Layout): Promise<string | undefined> {
  const place = await clusterPlace(layout);
  const binaries = await knownBinaries(layout.cache);
  if (!place || !binaries) return undefined;
  const { exitCode } = await ask`${binaries['kubectl'] as string} --kubeconfig ${place.kubeconfig} get --raw /readyz`;
  return exitCode === 0 ? 'running' : 'down';
}

/** The path of the kubectl of the cluster's own version. */
export async function kubectlPath(layout: Layout): Promise<string> {
  const path = (await knownBinaries(layout.cache))?.['kubectl'];
  if (!path || !(await clusterPlace(layout)))
    throw new Error('the lab has no cluster: run `npm run lab -- up`, with Go 1.24 or later on PATH');
  return path;
}
