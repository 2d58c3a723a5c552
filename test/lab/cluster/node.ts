// The real node of the cluster: a kubelet, containerd and kube-proxy on one host of the lab, beside kwok's nodes. Where it can't be had, it says why.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { $, ask, say } from '../command.ts';
import { type HostPlace, placesOf } from '../hosts.ts';
import type { Layout } from '../layout.ts';
import { addressOf, subnetOf } from '../network.ts';
import { askHost } from '../ssh.ts';
import { type Binaries, ensureBinaries } from './binaries.ts';
import { ensureImages } from './images.ts';
import { writeKubeconfig } from './pki.ts';
import { type ClusterPlace, ensureProcess } from './processes.ts';
import { nodePrograms } from './versions.ts';

const files = join(import.meta.dirname, 'node');

/** Raises the node unless it runs; `root` is the Debian that its images are made from. A reason where there is none. */
export async function ensureNode(
  layout: Layout,
  place: ClusterPlace,
  kubectl: string,
  root: string,
): Promise<string | undefined> {
  const host = placesOf(layout).find(one => one.host.node);
  const subnet = await subnetOf(layout);
  if (!host || !subnet) return 'no host of the lab is one';
  await allowWatches();
  const programs = await ensureBinaries(layout.cache, nodePrograms);
  if ('missing' in programs) return programs['missing'];
  const images = await ensureImages(layout.cache, root);
  // The API server listens on this machine alone; the node comes in over the lab's bridge.
  const way = `${subnet}.1:${place.ports.api}`;
  await ensureProcess(place, {}, 'way-in', way);
  const isChanged = await configure(place, host, `https://${way}`, programs, images);
  const login = `root@${addressOf(subnet, host)}`;
  const words = ['get', 'node', host.host.name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
  // The cluster believes a kubelet for a while after its last word.
  const lives = async (): Promise<boolean> =>
    (await askHost(layout, login, 'curl -sf http://127.0.0.1:10248/healthz')).exitCode === 0;
  const ready = async (): Promise<boolean> =>
    (await lives()) && (await ask`${kubectl} --kubeconfig ${place.kubeconfig} ${words}`).stdout === 'True';
  if (!isChanged && (await ready())) return undefined;
  // A machine that cannot carry it does not wait for it at each `up`.
  const mark = join(host.folder, 'not-ready');
  if (!isChanged && existsSync(mark)) return (await readFile(mark, 'utf8')).trim();
  await rm(mark, { force: true });
  await untilTrue(async () => (await askHost(layout, login, 'true')).exitCode === 0, 30);
  const started = await askHost(layout, login, 'systemctl daemon-reload && systemctl restart containerd kubelet kube-proxy');
  if (started.exitCode !== 0) return `its services do not start: ${started.stderr.trim()}`;
  if (await untilTrue(ready, 90)) return undefined;
  const last = 'journalctl -u kubelet -o cat -n 200 | grep -E "^E|command failed" | tail -n 3; systemctl stop kubelet kube-proxy';
  const reason = `it did not become Ready, and is tried again after a \`down\`: ${(await askHost(layout, login, last)).stdout.trim()}`;
  await writeFile(mark, reason);
  return reason;
}

/** A kubelet and containerd watch files; the kernel's usual bound, over all hosts of all labs, is soon reached. It is only ever raised. */
async function allowWatches(): Promise<void> {
  const file = '/proc/sys/fs/inotify/max_user_instances';
  const [least, now] = [1024, Number(await readFile(file, 'utf8').catch(() => '1024'))];
  if (now >= least) return;
  const written = await writeFile(file, String(least)).then(
    () => true,
    () => false,
  );
  if (written) say(`raised fs.inotify.max_user_instances of this machine: ${now} -> ${least}`);
}

async function untilTrue(holds: () => Promise<boolean>, seconds: number): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) return false;
    await sleep(300);
  }
  return true;
}

/** Programs and images, where the host sees them: linked, or copied where the cache is on another disk. */
async function placeFiles(host: HostPlace, programs: Binaries, images: string): Promise<void> {
  const archives = (await readdir(images)).map(name => join(images, name));
  for (const from of [...Object.values(programs), ...archives]) {
    const to = join(host.folder, 'programs', basename(from));
    await rm(to, { force: true });
    await link(from, to).catch(() => copyFile(from, to));
  }
}

/** Writes the node's settings into its root and brings it its programs; whether anything is new. */
async function configure(
  place: ClusterPlace,
  host: HostPlace,
  server: string,
  programs: Binaries,
  images: string,
): Promise<boolean> {
  const folder = join(host.root, 'etc/kubernetes');
  const names = (await readdir(files, { recursive: true, withFileTypes: true })).filter(one => one.isFile());
  const hash = createHash('sha256').update([server, images, ...Object.values(programs)].join('\n'));
  for (const one of names) hash.update(await readFile(join(one.parentPath, one.name)));
  const stamp = hash.digest('hex');
  if ((await readFile(join(folder, 'stamp'), 'utf8').catch(() => '')) === stamp) return false;
  await placeFiles(host, programs, images);
  await cp(files, host.root, { recursive: true });
  await mkdir(folder, { recursive: true });
  await copyFile(join(place.pki, 'ca.crt'), join(folder, 'ca.crt'));
  for (const user of ['kubelet', 'kube-proxy'])
    await writeKubeconfig(place.pki, user === 'kubelet' ? 'node' : user, server, join(folder, `${user}.kubeconfig`), 'localhost');
  await $`systemctl --root=${host.root} enable containerd kubelet kube-proxy`.quiet();
  await writeFile(join(folder, 'stamp'), stamp);
  return true;
}
