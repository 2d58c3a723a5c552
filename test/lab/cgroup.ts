// The control groups of a lab: each host has its own, which tells its processes from all others, also after a crash.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where systemd counts: v2, and on older machines the v1 one of its name. Hosts that shared a group would find each other's units. */
const countsUnits = (type: string, options: string): boolean => type === 'cgroup2' || options.includes('name=systemd');

async function hierarchies(which: (type: string, options: string) => boolean = () => true): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map(line => line.split(' '));
  const ours = mounts.filter(([, , type = '', options = '']) => type.startsWith('cgroup') && which(type, options));
  return ours.map(([, folder]) => folder ?? '');
}

/** Makes a group where systemd counts, for a host that limits containers in every hierarchy, and answers its folders. */
export async function makeGroups(group: string, limits = false): Promise<readonly string[]> {
  const folders = (await hierarchies(limits ? undefined : countsUnits)).map(base => join(base, group));
  for (const folder of folders) {
    for (const path of [dirname(folder), folder]) await inheritProcessors(path);
    await mkdir(join(folder, 'watch'), { recursive: true });
    await mkdir(join(folder, 'machine'), { recursive: true });
    for (const parent of [dirname(folder), folder]) await passControllers(parent);
  }
  return folders;
}

// In v1 a new group has no processor and no memory node, and takes no process; once told, it passes on what it has.
async function inheritProcessors(folder: string): Promise<void> {
  const base = dirname(folder);
  if (!existsSync(join(base, 'cpuset.cpus')) || existsSync(join(base, 'cgroup.controllers'))) return;
  await mkdir(folder, { recursive: true });
  for (const file of ['cpuset.cpus', 'cpuset.mems']) await writeFile(join(folder, file), await readFile(join(base, file)));
  await writeFile(join(folder, 'cgroup.clone_children'), '1');
}

// In v2 a group has the controllers that its parent passes down; a host without them could not limit its own services.
async function passControllers(folder: string): Promise<void> {
  const names = await readFile(join(folder, 'cgroup.controllers'), 'utf8').catch(() => '');
  for (const name of names.split(/\s+/).filter(Boolean)) {
    await writeFile(join(folder, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined);
  }
}

/** The ids of the processes in a group and below. */
export async function processesOf(group: string): Promise<readonly number[]> {
  const ids = new Set<number>();
  for (const base of await hierarchies()) {
    for (const folder of await foldersBelow(join(base, group))) {
      const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
      for (const id of text.split('\n')) if (Number(id) > 0) ids.add(Number(id));
    }
  }
  return [...ids];
}

async function foldersBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(
    entries.filter(entry => entry.isDirectory()).map(entry => foldersBelow(join(folder, entry.name))),
  );
  // Deepest first, the order in which they can be removed.
  return entries.length === 0 ? [] : [...below.flat(), folder];
}

/** Ends every process of a group: the watch first, or it would start the host again. */
export async function endProcesses(group: string): Promise<void> {
  const ended = new Set<number>();
  for (let tries = 0; tries < 200; tries++) {
    const watch = await processesOf(`${group}/watch`);
    const left = watch.length > 0 ? watch : await processesOf(group);
    // The dead leave their group at once but stay in /proc until init has reaped them.
    if (left.length === 0 && ![...ended].some(id => existsSync(`/proc/${id}`))) return;
    for (const id of left) {
      kill(id);
      ended.add(id);
    }
    await sleep(50);
  }
  const left = await processesOf(group);
  if (left.length > 0) throw new Error(`processes of ${group} do not end: ${left.join(' ')}`);
}

function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It ended by itself since it was listed.
  }
}

/** Removes a group without processes from each hierarchy. */
export async function removeGroups(group: string): Promise<void> {
  for (const base of await hierarchies()) {
    for (const folder of await foldersBelow(join(base, group))) await rmdir(folder).catch(() => undefined);
  }
}
