// The control groups of a lab: each host has its own, which tells its processes from all others, also after a crash.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The hierarchies that systemd counts in: v2, and on older machines the v1 one of its name.
 * Hosts that shared a group would find each other's units in it.
 */
async function hierarchies(): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map(line => line.split(' '));
  const ours = mounts.filter(
    ([, , type, options]) => type === 'cgroup2' || (type === 'cgroup' && options?.includes('name=systemd')),
  );
  return ours.map(([, folder]) => folder ?? '');
}

/** Makes a group in each hierarchy and answers their folders. */
export async function makeGroups(group: string): Promise<readonly string[]> {
  const folders = (await hierarchies()).map(base => join(base, group));
  for (const folder of folders) {
    await mkdir(join(folder, 'watch'), { recursive: true });
    await mkdir(join(folder, 'machine'), { recursive: true });
    for (const parent of [dirname(folder), folder]) await passControllers(parent);
  }
  return folders;
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
