// The programs of the cluster: found (KUBEBUILDER_ASSETS, PATH) if all are there, else built once from Go modules and kept outside the checkout.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { $, ask, say } from '../command.ts';
import { kubernetes, type Program, programs } from './versions.ts';

export type Binaries = Readonly<Record<string, string>>;
const here = import.meta.dirname;

/** The path of each program, or why there is none. */
export async function ensureBinaries(cache: string): Promise<Binaries | { readonly missing: string }> {
  const found = foundOnes();
  if (found) return found;
  const folder = join(cache, `cluster-${await inputsHash()}`);
  if (!existsSync(folder)) {
    const reason = await noGo();
    if (reason) return { missing: reason };
    await build(folder);
  }
  await utimes(folder, new Date(), new Date());
  return Object.fromEntries(programs.map(({ name }) => [name, join(folder, name)]));
}

/** What is cached or found, without a build. */
export async function knownBinaries(cache: string): Promise<Binaries | undefined> {
  const folder = join(cache, `cluster-${await inputsHash()}`);
  if (existsSync(folder)) return Object.fromEntries(programs.map(({ name }) => [name, join(folder, name)]));
  return foundOnes();
}

function foundOnes(): Binaries | undefined {
  const folders = [process.env.KUBEBUILDER_ASSETS ?? '', ...(process.env.PATH ?? '').split(':')].filter(Boolean);
  const pairs = programs.map(({ name }) => [name, folders.map(folder => join(folder, name)).find(path => existsSync(path))]);
  return pairs.every(([, path]) => path !== undefined) ? (Object.fromEntries(pairs) as Binaries) : undefined;
}

async function inputsHash(): Promise<string> {
  const hash = createHash('sha256').update(process.arch);
  for (const file of ['go.mod', 'go.sum', 'versions.ts']) hash.update(await readFile(join(here, file)));
  return hash.digest('hex').slice(0, 16);
}

async function noGo(): Promise<string | undefined> {
  const { exitCode, stdout } = await ask`go env GOVERSION`;
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (exitCode !== 0) return 'there is no Go on PATH to build it with (1.24 or later)';
  return Number(major) > 1 || Number(minor) >= 24 ? undefined : `Go ${stdout.trim()} is too old to build it: 1.24 or later`;
}

async function build(folder: string): Promise<void> {
  const work = `${folder}.part`;
  await mkdir(work, { recursive: true });
  say(`building Kubernetes ${kubernetes} from its Go modules (5 to 15 minutes on two cores, once)`);
  for (const [i, program] of programs.entries()) {
    const start = performance.now();
    await buildOne(program, work);
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`  ${i + 1} of ${programs.length}: ${program.name} (${seconds} s)`);
  }
  // A folder under its final name is whole: whoever finds it may use it.
  await rename(work, folder);
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
