// The root file systems that all hosts share: built once, kept outside the checkout under the hash of what they are built from.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $, ask, say } from '../command.ts';
import { debianPackages, elPackages, repackedPackages, repositoryPackages } from './packages.ts';

const here = import.meta.dirname;
const partial = '.part';

/** The lower folders of a host's overlay, the upmost first. */
export interface Roots {
  readonly debian: readonly string[];
  readonly el: readonly string[];
}

/** Builds the roots unless the cache has them. */
export async function ensureRoots(cache: string): Promise<Roots> {
  const folder = join(cache, await contentHash());
  if (existsSync(folder)) await utimes(folder, new Date(), new Date());
  else await buildRoots(cache, folder);
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

async function buildRoots(cache: string, folder: string): Promise<void> {
  await removeLeftovers(cache);
  const work = `${folder}${partial}`;
  // mount reads `:` and `,` in its options, and the hooks below are lines of shell.
  if (/[^\w./@+-]/.test(work)) throw new Error(`TSRUN_CACHE may hold only letters, digits and ./@+-_ : ${work}`);
  await mkdir(work, { recursive: true });
  say('building the Debian root (about 60 s, once)');
  await buildDebian(work);
  say('building the EL face on it (about 30 s, once)');
  await buildEl(work);
  // A folder under its final name is whole: whoever finds it may use it.
  await rename(work, folder);
}

// Of builds that were cut short, and of roots that no lab has used for a week.
async function removeLeftovers(cache: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  for (const name of await readdir(cache)) {
    const folder = join(cache, name);
    if (name.endsWith(partial)) await ask`umount ${folder}/merged`;
    const idle = Date.now() - (await stat(folder)).mtimeMs > 7 * 24 * 3600 * 1000 && !mounts.includes(folder);
    if (name.endsWith(partial) || idle) await $`rm -rf --one-file-system ${folder}`;
  }
}

async function buildDebian(work: string): Promise<void> {
  const sources = await debianSources();
  const options = join(work, 'apt.conf');
  // This machine's way to its mirror (proxy, time checks) is the way for the root too.
  await $`apt-config dump | grep ^Acquire:: > ${options}`;
  const download = (names: string, to: string) =>
    `--customize-hook=APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get install -y --download-only --no-install-recommends ${names}` +
    ` && mkdir ${work}/${to} && chmod 755 ${work}/${to} && mv "$1"/var/cache/apt/archives/*.deb ${work}/${to}/`;
  const packages = debianPackages.trim().split(/\s+/).join(',');
  const build = $({ input: sources });
  await build`mmdebstrap --mode=root --variant=minbase --aptopt=${options} --include=${packages} \
    ${download(elPackages, 'el-debs')} ${download(repackedPackages, 'repack')} ${download(repositoryPackages, 'debs')} \
    bookworm ${work}/debian -`;
  await $`mv ${work}/debs ${work}/debian/srv/apt && mv ${work}/repack ${work}/debian/build`;
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
