// The root file systems that all hosts share: built once, kept outside the checkout under the hash of what they are built from.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $, ask, say } from '../command.ts';
import { debianPackages, elPackages, repositoryPackages } from './packages.ts';

const here = import.meta.dirname;

/** The lower folders of a host's overlay, the upmost first. */
export interface Roots {
  readonly debian: readonly string[];
  readonly el: readonly string[];
}

/** Builds the roots unless the cache has them. */
export async function ensureRoots(cache: string): Promise<Roots> {
  const folder = join(cache, await contentHash());
  const found = await ask`test -d ${folder}`;
  if (found.exitCode !== 0) await buildRoots(folder);
  const debian = join(folder, 'debian');
  return { debian: [debian], el: [join(folder, 'el'), debian] };
}

async function contentHash(): Promise<string> {
  const hash = createHash('sha256').update(process.arch);
  const names = await readdir(here, { recursive: true, withFileTypes: true });
  const files = names.filter(name => name.isFile()).map(name => join(name.parentPath, name.name));
  for (const file of files.sort()) hash.update(file.slice(here.length)).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

async function buildRoots(folder: string): Promise<void> {
  const work = `${folder}.part`;
  await $`umount ${work}/merged || true`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  say('building the Debian root (about 60 s, once)');
  await buildDebian(work);
  say('building the EL face on it (about 30 s, once)');
  await buildEl(work);
  // A folder under its final name is whole: whoever finds it may use it.
  await rename(work, folder);
}

async function buildDebian(work: string): Promise<void> {
  const sources = await debianSources();
  const options = join(work, 'apt.conf');
  // This machine's way to its mirror (proxy, time checks) is the way for the root too.
  await $`apt-config dump | grep ^Acquire:: > ${options}`;
  const download = (names: readonly string[], to: string) =>
    `--customize-hook=APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get install -y --download-only --no-install-recommends ${names.join(' ')}` +
    ` && mkdir ${work}/${to} && mv "$1"/var/cache/apt/archives/*.deb ${work}/${to}/`;
  await $({ input: sources })`mmdebstrap --mode=root --variant=minbase --aptopt=${options} --include=${debianPackages.join(',')} \
    ${download(elPackages, 'el-debs')} ${download(repositoryPackages, 'debs')} \
    bookworm ${work}/debian -`;
  await $`mkdir -p ${work}/debian/srv/apt && mv ${work}/debs/*.deb ${work}/debian/srv/apt/ && rmdir ${work}/debs`;
  await $`cp -a --no-preserve=ownership ${here}/debian/. ${work}/debian/`;
  await runInside(`${work}/debian`, 'debian.sh');
}

/** The lines of sources.list for bookworm as this machine has them; which mirror that is stays this machine's affair. */
async function debianSources(): Promise<string> {
  const format = 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const { stdout } = await $`apt-get indextargets --format ${format} 'Created-By: Packages'`;
  const lines = stdout.split('\n').filter(line => /^deb \S+ bookworm/.test(line));
  if (lines.length === 0) throw new Error('apt on this machine has no source for bookworm: the lab is built from Debian 12');
  return `${lines.join('\n')}\n`;
}

async function buildEl(work: string): Promise<void> {
  const merged = join(work, 'merged');
  await $`mkdir ${work}/el ${work}/overlay ${merged}`;
  await $`mount -t overlay overlay -o lowerdir=${work}/debian,upperdir=${work}/el,workdir=${work}/overlay ${merged}`;
  try {
    await $`mkdir ${merged}/build && mv ${work}/el-debs/*.deb ${merged}/build/`;
    await $`cp -a --no-preserve=ownership ${here}/el/. ${merged}/`;
    await writeFile(join(merged, 'build/rpms'), await readFile(join(here, 'rpms')));
    await runInside(merged, 'el.sh');
  } finally {
    await $`umount ${merged}`;
  }
  await $`rm -r ${work}/el-debs ${work}/overlay ${merged} ${work}/apt.conf`;
}

async function runInside(root: string, script: string): Promise<void> {
  const inside = $({ input: await readFile(join(here, script)) });
  // With /proc of its own, which the packages' scripts want, and without a process that outlives the script.
  await inside`unshare --mount --pid --fork --kill-child --root=${root} --mount-proc sh -es`;
}
