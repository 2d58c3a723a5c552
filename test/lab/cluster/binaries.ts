// The programs of the cluster: found (KUBEBUILDER_ASSETS, PATH) if all are there, else built once from Go modules and kept outside the checkout.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { $, ask, say } from '../command.ts';
import { kubernetes, type Program, programs } from './versions.ts';

export type Binaries = Readonly<Record<string, string>>;
const here = import.meta.dirname;

/** The path of each program, or why there is none. */
export async function ensureBinaries(
  cache: string,
  wanted: readonly Program[] = programs,
): Promise<Binaries | { readonly missing: string }> {
  const found = foundOnes(wanted);
  if (found) return found;
  const paths = await cachedPaths(cache, wanted);
  const absent = wanted.filter(({ name }) => !existsSync(paths[name] as string));
  if (absent.length > 0) {
    const reason = await noGo();
    if (reason) return { missing: reason };
    await build(absent, paths);
  }
  for (const path of Object.values(paths)) await utimes(dirname(path), new Date(), new Date());
  return paths;
}

/** What is cached or found, without a build. */
export async function knownBinaries(cache: string): Promise<Binaries | undefined> {
  const paths = await cachedPaths(cache, programs);
  return Object.values(paths).every(path => existsSync(path)) ? paths : foundOnes(programs);
}

function foundOnes(wanted: readonly Program[]): Binaries | undefined {
  const folders = [process.env.KUBEBUILDER_ASSETS ?? '', ...(process.env.PATH ?? '').split(':')].filter(Boolean);
  const pairs = wanted.map(({ name }) => [name, folders.map(folder => join(folder, name)).find(path => existsSync(path))]);
  return pairs.every(([, path]) => path !== undefined) ? (Object.fromEntries(pairs) as Binaries) : undefined;
}

/** Each program has a folder of its own, under the hash of what it is built from: a new one builds nothing else anew. */
async function cachedPaths(cache: string, wanted: readonly Program[]): Promise<Binaries> {
  const pinned = await readFile(join(here, 'go.mod'), 'utf8');
  const modules = pinned.replace(/^tool \([^)]*\)$/m, '');
  const paths = wanted.map(({ name, source, version }) => {
    const inputs = [process.arch, kubernetes, source, version ?? modules];
    const hash = createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 16);
    return [name, join(cache, `${name}-${hash}`, name)];
  });
  return Object.fromEntries(paths) as Binaries;
}

async function noGo(): Promise<string | undefined> {
  const { exitCode, stdout } = await ask`go env GOVERSION`;
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (exitCode !== 0) return 'there is no Go on PATH to build it with (1.24 or later)';
  return Number(major) > 1 || Number(minor) >= 24 ? undefined : `Go ${stdout.trim()} is too old to build it: 1.24 or later`;
}

async function build(absent: readonly Program[], paths: Binaries): Promise<void> {
  say(`building ${absent.length} programs of Kubernetes ${kubernetes} from Go modules (all: 5 to 15 minutes on two cores, once)`);
  for (const [i, program] of absent.entries()) {
    const start = performance.now();
    const folder = dirname(paths[program.name] as string);
    await mkdir(`${folder}.part`, { recursive: true });
    await buildOne(program, `${folder}.part`);
    // A folder under its final name is whole: whoever finds it may use it.
    await rename(`${folder}.part`, folder);
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`  ${i + 1} of ${absent.length}: ${program.name} (${seconds} s)`);
  }
}

async function buildOne({ name, source, version }: Program, folder: string): Promise<void> {
  const stamp = 'k8s.io/component-base/version';
  const [major, minor] = kubernetes.split('.');
  const stamps = `-X ${stamp}.gitVersion=v${kubernetes} -X ${stamp}.gitMajor=${major} -X ${stamp}.gitMinor=${minor}`;
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOBIN: folder };
  const go = $({ env, cwd: here });
  if (version) await go`cd / && nice go install -trimpath -ldflags ${'-s -w'} ${`${source}@${version}`}`;
  else await go`nice go build -trimpath -ldflags ${`-s -w ${stamps}`} -o ${join(folder, name)} ${source}`;
}
