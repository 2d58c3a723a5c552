// A real MySQL for the lab, in an archive of the product's shape: built once from Debian sid, kept outside the checkout.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $, say } from '../command.ts';

const here = import.meta.dirname;

/** What the role mytopling is given in the lab. */
export interface MysqlArchive {
  readonly path: string;
  readonly version: string;
  readonly sha256: string;
}

/** Builds the archive unless the cache has it. */
export async function ensureMysql(cache: string): Promise<MysqlArchive> {
  const folder = join(cache, `mysql-${await inputsHash()}`);
  if (!existsSync(folder)) await build(folder);
  await utimes(folder, new Date(), new Date());
  const { version, sha256 } = JSON.parse(await readFile(join(folder, 'archive.json'), 'utf8')) as MysqlArchive;
  return { path: join(folder, `mytopling-${version}.tar.gz`), version, sha256 };
}

async function inputsHash(): Promise<string> {
  const hash = createHash('sha256').update(process.arch);
  for (const file of ['build.ts', 'pack.sh']) hash.update(await readFile(join(here, file)));
  return hash.digest('hex').slice(0, 16);
}

async function build(folder: string): Promise<void> {
  const work = `${folder}.part`;
  // Of a build that was cut short.
  await $`rm -rf --one-file-system ${work}`;
  say('fetching a real MySQL from Debian sid and packing it (about 60 s, once)');
  const conf = await writeApt(join(work, 'apt'));
  const apt = $({ env: { ...process.env, APT_CONFIG: conf } });
  await apt`apt-get -q update`;
  await apt`apt-get -q -y install --download-only mysql-server-core mysql-client-core`;
  const version = (await $`sh ${join(here, 'pack.sh')} ${work}`).stdout.trim();
  const archive = join(work, `mytopling-${version}.tar.gz`);
  const sha256 = (await $`sha256sum ${archive}`).stdout.slice(0, 64);
  await writeFile(join(work, 'archive.json'), JSON.stringify({ version, sha256 }));
  await $`rm -rf --one-file-system ${work}/apt ${work}/tree ${work}/mytopling-${version}`;
  // A folder under its final name is whole: whoever finds it may use it.
  await rename(work, folder);
}

/** An apt that knows sid alone and believes that nothing is installed: it fetches every library too. */
async function writeApt(folder: string): Promise<string> {
  const [state, cached, etc] = ['state', 'cache', 'etc'].map(name => join(folder, name)) as [string, string, string];
  for (const path of [`${state}/lists/partial`, `${cached}/archives/partial`, `${etc}/sources.list.d`, `${etc}/preferences.d`])
    await mkdir(path, { recursive: true });
  await writeFile(join(state, 'status'), '');
  await writeFile(join(etc, 'sources.list'), await sidSources());
  const conf = join(folder, 'apt.conf');
  const settings = {
    'Dir::State': state,
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': cached,
    'Dir::Etc::sourcelist': join(etc, 'sources.list'),
    'Dir::Etc::sourceparts': join(etc, 'sources.list.d'),
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': join(etc, 'preferences.d'),
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
  };
  await writeFile(
    conf,
    Object.entries(settings)
      .map(([key, value]) => `${key} "${value}";\n`)
      .join(''),
  );
  return conf;
}

/** This machine's own sources of bookworm, with the suite replaced: which mirror that is stays its affair. */
async function sidSources(): Promise<string> {
  const format = 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const { stdout } = await $`apt-get indextargets --format ${format} 'Created-By: Packages'`;
  const lines = stdout.split('\n').filter(line => /^deb \S+ bookworm /.test(line));
  if (lines.length === 0)
    throw new Error('apt on this machine has no source for bookworm: the MySQL of the lab comes from its mirror');
  return `${[...new Set(lines.map(line => line.replace(' bookworm ', ' sid ')))].join('\n')}\n`;
}
