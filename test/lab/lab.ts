// The lab as a whole: up, down, and what it says of itself. Every step of `up` may have been done before.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeAddresses } from './addresses.ts';
import { processesOf, removeGroups } from './cgroup.ts';
import { clusterPlace, clusterState, ensureCluster, removeCluster } from './cluster/cluster.ts';
import { $, say } from './command.ts';
import { ensureHost, removeHost } from './host.ts';
import { ensureLabImages } from './images/build.ts';
import type { HostPlace } from './hosts.ts';
import { placesOf } from './hosts.ts';
import { ensureKeys } from './keys.ts';
import { labLayout } from './layout.ts';
import { withLock } from './lock.ts';
import { ensureMysql } from './mysql/build.ts';
import { addressOf, ensureBridge, ensureNetwork, removeNetwork, subnetOf } from './network.ts';
import { ensureRoots } from './root/build.ts';
import { askHost } from './ssh.ts';
import { installTools } from './tools.ts';

/** How one host is; `watch` is the process that keeps it running. */
export interface HostStatus {
  readonly name: string;
  readonly address: string;
  readonly state: string;
  readonly watch: number | undefined;
}

/** Raises what of the lab is not up, and waits until every host runs. */
export async function labUp(): Promise<readonly HostStatus[]> {
  const layout = labLayout();
  await installTools();
  await withLock(layout.cache, raise);
  const status = await Promise.all(placesOf(layout).map(waitForHost));
  const sick = status.filter(host => host.state !== 'running');
  if (sick.length > 0) throw new Error(`not running: ${sick.map(host => `${host.name} (${host.state})`).join(', ')}`);
  return status;
}

async function raise(): Promise<void> {
  const layout = labLayout();
  const places = placesOf(layout);
  const roots = await ensureRoots(layout.cache);
  await mkdir(layout.state, { recursive: true, mode: 0o700 });
  const password = await ensurePassword(join(layout.state, 'password'));
  const subnet = await ensureBridge(layout);
  const addresses = new Map(places.map(place => [place, addressOf(subnet, place)]));
  await ensureKeys(layout, addresses);
  const booted = await Promise.all(
    places.map(async place => {
      await ensureNetwork(layout, place, subnet);
      return ensureHost(layout, place, roots[place.host.face], password);
    }),
  );
  // Behind the hosts: a first build of it takes minutes, and they are of use without it.
  const cluster = await ensureCluster(layout, roots.debian[0] as string);
  const mysql = await ensureMysql(layout.cache).catch((error: unknown) => {
    say(`no MySQL for the role mytopling: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  const images = await ensureLabImages(join(layout.state, 'images'));
  await writeAddresses(layout, addresses, password, { kubeconfig: cluster?.kubeconfig, mysql, images });
  const names = places.filter((_, index) => booted[index]).map(place => place.host.name);
  if (names.length > 0) say(`booting ${names.join(', ')}`);
}

async function ensurePassword(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known) return known;
  const made = randomBytes(12).toString('base64url');
  await writeFile(file, made, { mode: 0o600 });
  return made;
}

/** Takes everything away that `up` made, also after an `up` that failed halfway; the cached roots stay. */
export async function labDown(): Promise<void> {
  const layout = labLayout();
  await withLock(layout.cache, async () => {
    const places = placesOf(layout);
    await Promise.all([removeCluster(layout), ...places.map(removeHost)]);
    await removeGroups(layout.cgroup);
    await removeNetwork(layout, places);
    await rm(layout.addresses, { force: true });
    // Not into a mount, should one be left in there: it would be the shared root, or a disk in use.
    await $`rm -rf --one-file-system ${layout.state}`;
    // The last lab of this machine takes their folder with it.
    await rmdir(dirname(layout.state)).catch(() => undefined);
  });
}

/** What every host says of itself. */
export async function labStatus(): Promise<readonly HostStatus[]> {
  return Promise.all(placesOf(labLayout()).map(statusOf));
}

/** How the cluster is and where; undefined in a lab without one. */
export async function clusterStatus(): Promise<HostStatus | undefined> {
  const layout = labLayout();
  const place = await clusterPlace(layout);
  const state = await clusterState(layout);
  if (!place || state === undefined) return undefined;
  const [watch] = await processesOf(`${place.cgroup}/kube-apiserver`);
  return { name: 'cluster', address: `127.0.0.1:${place.ports.api}`, state, watch };
}

async function statusOf(place: HostPlace): Promise<HostStatus> {
  const layout = labLayout();
  const subnet = await subnetOf(layout);
  const [watch] = await processesOf(`${place.cgroup}/watch`);
  const address = subnet ? addressOf(subnet, place) : '-';
  const base = { name: place.host.name, address, watch };
  if (watch === undefined) return { ...base, state: 'down' };
  const answer = await askHost(layout, `root@${address}`, 'systemctl is-system-running');
  return { ...base, state: answer.stdout.trim() || 'silent' };
}

async function waitForHost(place: HostPlace): Promise<HostStatus> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const status = await statusOf(place);
    const settled = ['running', 'degraded', 'down'].includes(status.state);
    if (settled || Date.now() > deadline) return status;
    await sleep(200);
  }
}
