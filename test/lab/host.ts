// One host: its root on the shared one, what is its own in there, and its boot.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { openSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcesses, makeGroups, processesOf, removeGroups } from './cgroup.ts';
import { $, ask } from './command.ts';
import { ensureDisk, removeDisk } from './disk.ts';
import type { HostPlace } from './hosts.ts';
import { clientFiles, hostKey } from './keys.ts';
import type { Layout } from './layout.ts';

/** Boots the host unless it runs; what it wrote before is kept. */
export async function ensureHost(layout: Layout, place: HostPlace, lower: readonly string[], password: string): Promise<boolean> {
  if ((await processesOf(`${place.cgroup}/watch`)).length > 0) return false;
  await endProcesses(place.cgroup);
  await ensureRoot(layout, place, lower, password);
  const disk = place.host.disk ? [`--bind=${await ensureDisk(place)}:/dev/vdb`] : [];
  await boot(place, [...disk, ...(place.host.node ? await nodeFolders(place) : [])]);
  return true;
}

async function ensureRoot(layout: Layout, place: HostPlace, lower: readonly string[], password: string): Promise<void> {
  const mark = join(place.folder, 'made-on');
  const madeOn = await readFile(mark, 'utf8').catch(() => '');
  const mounted = (await ask`mountpoint -q ${place.root}`).exitCode === 0;
  if (mounted && madeOn) return;
  if (mounted) await $`umount ${place.root}`;
  // A host survives a reboot of this machine, but not the change of its shared root; what a cut `up` left is made anew.
  const shared = lower.join(':');
  const kept = madeOn === shared;
  if (!kept) await $`rm -rf --one-file-system ${place.folder}`;
  const upper = join(place.folder, 'upper');
  const work = join(place.folder, 'work');
  for (const folder of [upper, work, place.root]) await mkdir(folder, { recursive: true });
  await $`mount -t overlay tsrun-lab -o lowerdir=${shared},upperdir=${upper},workdir=${work} ${place.root}`;
  if (!kept) await personalise(layout, place, password);
  await writeFile(mark, shared);
}

async function personalise(layout: Layout, place: HostPlace, password: string): Promise<void> {
  const { name, sudo } = place.host;
  const at = (path: string): string => join(place.root, path);
  await writeFile(at('etc/hostname'), `${name}\n`);
  await writeFile(at('etc/machine-id'), `${createHash('md5').update(place.machine).digest('hex')}\n`);
  const hostKeyFile = 'etc/ssh/ssh_host_ed25519_key';
  await copyFile(hostKey(layout, place), at(hostKeyFile));
  await copyFile(`${hostKey(layout, place)}.pub`, at(`${hostKeyFile}.pub`));
  const authorized = await readFile(`${clientFiles(layout).key}.pub`);
  for (const home of ['root', 'home/ops']) {
    await mkdir(at(`${home}/.ssh`), { recursive: true, mode: 0o700 });
    await writeFile(at(`${home}/.ssh/authorized_keys`), authorized, { mode: 0o600 });
  }
  await $`chroot ${place.root} chown -R ops: /home/ops/.ssh`;
  const free = sudo === 'free';
  await writeFile(at('etc/sudoers.d/ops'), `ops ALL=(ALL) ${free ? 'NOPASSWD: ' : ''}ALL\n`, { mode: 0o440 });
  await writeFile(at('etc/doas.conf'), `permit ${free ? 'nopass ' : ''}ops\n`, { mode: 0o400 });
  // One password for ops (sudo, doas) and root (su), where one is asked for.
  if (!free) await $({ input: `ops:${password}\nroot:${password}\n` })`chroot ${place.root} chpasswd`;
}

/** What a node keeps beside its root: the kernel stacks no overlay on an overlay, and the programs come when they are built. */
async function nodeFolders(place: HostPlace): Promise<readonly string[]> {
  const folders = { programs: '/opt/programs', containerd: '/var/lib/containerd', kubelet: '/var/lib/kubelet' };
  for (const name of Object.keys(folders)) await mkdir(join(place.folder, name), { recursive: true });
  const binds = Object.entries(folders).map(([name, path]) => `--bind=${join(place.folder, name)}:${path}`);
  // runc gives each container a session keyring, which nspawn's filter else refuses.
  return [...binds, '--system-call-filter=@keyring'];
}

async function boot(place: HostPlace, more: readonly string[]): Promise<void> {
  const groups = await makeGroups(place.cgroup, place.host.node);
  const nspawn = ['systemd-nspawn', '--quiet', '--boot', `--directory=${place.root}`, `--machine=${place.machine}`];
  const own = [`--hostname=${place.host.name}`, `--network-namespace-path=/run/netns/${place.netns}`, '--capability=all'];
  const alone = ['--keep-unit', '--register=no', '--link-journal=no', '--resolv-conf=off', '--timezone=off', '--console=pipe'];
  const log = openSync(place.log, 'a');
  const watch = spawn('sh', [join(import.meta.dirname, 'watch.sh'), ...groups, '--', ...nspawn, ...own, ...alone, ...more], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    // The host's own network settings may be written (/proc/sys/net), nothing else of this machine's kernel.
    env: { PATH: process.env.PATH, SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' },
  });
  watch.unref();
}

/** Ends the host and gives back all that it holds; its files go with the state folder. */
export async function removeHost(place: HostPlace): Promise<void> {
  await endProcesses(place.cgroup);
  await removeGroups(place.cgroup);
  const root = await stat(place.root).catch(() => undefined);
  // What nspawn itself removes at a clean end.
  if (root) await rm(`/run/systemd/nspawn/locks/inode-${root.dev}:${root.ino}`, { force: true });
  await rm(`/run/systemd/nspawn/propagate/${place.machine}`, { recursive: true, force: true });
  while ((await ask`mountpoint -q ${place.root}`).exitCode === 0) await $`umount ${place.root}`;
  await removeDisk(place);
}
