// A tree of files as data: plants it in a folder, and tells what is in a folder in a form that two programs' work can be compared in.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A text is a file (a folder where the path ends with a slash); else what is written out. */
export type Leaf =
  | string
  | {
      readonly content?: string;
      readonly base64?: string;
      readonly mode?: string;
      readonly link?: string;
      readonly dir?: boolean;
      readonly owner?: number;
      readonly group?: number;
      /** Seconds since 1970. */
      readonly mtime?: number;
      /** An archive of this tree, packed as the name of the file says: .tar, .tar.gz, .tar.xz, .zip. */
      readonly archive?: Planted;
      /** A git repository of two commits: the first has the tag v1, beside the second is the branch side. */
      readonly repository?: boolean;
    };
export type Planted = Readonly<Record<string, Leaf>>;

const setMode = (path: string, mode: string | undefined, otherwise: number): void =>
  chmodSync(path, mode === undefined ? otherwise : Number.parseInt(mode, 8));

function plantOne(root: string, path: string, leaf: Exclude<Leaf, string>): void {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  if (leaf.link !== undefined) return symlinkSync(leaf.link.replaceAll('/scratch', root), full);
  if (leaf.archive) return pack(full, leaf.archive);
  if (leaf.repository) return plantRepository(full);
  if (leaf.dir || path.endsWith('/')) mkdirSync(full, { recursive: true });
  else
    writeFileSync(
      full,
      leaf.base64 === undefined ? (leaf.content ?? '').replaceAll('/scratch', root) : Buffer.from(leaf.base64, 'base64'),
    );
  if (leaf.owner !== undefined || leaf.group !== undefined) chownSync(full, leaf.owner ?? 0, leaf.group ?? 0);
  setMode(full, leaf.mode, leaf.dir || path.endsWith('/') ? 0o755 : 0o644);
  if (leaf.mtime !== undefined) utimesSync(full, leaf.mtime, leaf.mtime);
}

const TIME = 1_600_000_000;

function pack(path: string, tree: Planted): void {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-pack-'));
  chmodSync(folder, 0o755);
  plant(folder, tree);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!lstatSync(join(folder, name)).isSymbolicLink()) utimesSync(join(folder, name), TIME, TIME);
  }
  const names = readdirSync(folder).sort();
  if (path.endsWith('.zip'))
    execFileSync('zip', ['-q', '-y', '-r', '-X', path, ...names], { cwd: folder, env: { ...process.env, TZ: 'UTC' } });
  else
    execFileSync('tar', ['-a', '-cf', path, '--owner=0', '--group=0', '--sort=name', `--mtime=@${TIME}`, ...names], {
      cwd: folder,
    });
  rmSync(folder, { recursive: true });
}

function plantRepository(path: string): void {
  const when = '2020-01-02T03:04:05Z';
  const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
  const env = { ...process.env, ...who, GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when, GIT_CONFIG_GLOBAL: '/dev/null' };
  const git = (...args: readonly string[]): void => void execFileSync('git', ['-C', path, ...args], { env, stdio: 'ignore' });
  const commit = (text: string): void => {
    writeFileSync(join(path, 'file'), text);
    git('add', '-A');
    git('commit', '-m', text);
  };
  mkdirSync(path, { recursive: true });
  git('init', '-b', 'main');
  commit('one\n');
  git('tag', 'v1');
  git('checkout', '-b', 'side');
  commit('aside\n');
  git('checkout', 'main');
  commit('two\n');
}

export function plant(root: string, planted: Planted): void {
  mkdirSync(root, { recursive: true });
  for (const [path, leaf] of Object.entries(planted)) plantOne(root, path, typeof leaf === 'string' ? { content: leaf } : leaf);
}

/** Names that hold the time or chance of a run. */
const steady = (name: string): string =>
  name.replace(/\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~/, '.BACKUP~').replace(/^(ansible\.)[a-z0-9_]{6,}(tmp)?/i, '$1RANDOM$2');

/** Path -> type, mode, owner and content of everything below `root`, with the root's own path written as /scratch. */
export function snapshot(root: string, options: { readonly times?: boolean } = {}): Readonly<Record<string, string>> {
  const seen: Record<string, string> = {};
  const walk = (path: string): void => {
    for (const name of readdirSync(join(root, path))) {
      const below = path === '' ? name : `${path}/${name}`;
      const full = join(root, below);
      const stat = lstatSync(full);
      const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
      const about = `${stat.uid}:${stat.gid}${options.times && !stat.isDirectory() ? ` ${Math.floor(stat.mtimeMs / 1000)}` : ''}`;
      const key = below.split('/').map(steady).join('/');
      if (stat.isSymbolicLink()) seen[key] = `link ${about} ${readlinkSync(full).replaceAll(root, '/scratch')}`;
      else if (stat.isDirectory()) seen[key] = `dir ${mode} ${about}`;
      else if (stat.isFile())
        seen[key] = `file ${mode} ${about}${stat.nlink > 1 ? ' hard' : ''}\n${textOf(full).replaceAll(root, '/scratch')}`;
      else seen[key] = `other ${mode} ${about}`;
      // What git keeps for itself holds times and the order of its work.
      if (stat.isDirectory() && name !== '.git') walk(below);
    }
  };
  walk('');
  return Object.fromEntries(Object.entries(seen).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textOf(path: string): string {
  const bytes = readFileSync(path);
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : `base64 ${bytes.toString('base64')}`;
}
