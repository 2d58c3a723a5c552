// The command line of the lab: one table of verbs; each answers its exit code.
import { spawnSync } from 'node:child_process';
import { clusterPlace, kubectlPath } from './cluster/cluster.ts';
import { clusterStatus, type HostStatus, labDown, labHost, labStatus, labUp } from './index.ts';
import { labLayout } from './layout.ts';
import { openShell } from './ssh.ts';

const verbs: Readonly<Record<string, (words: readonly string[]) => Promise<number>>> = {
  up: async () => {
    const start = performance.now();
    printTable(await withCluster(await labUp()));
    process.stderr.write(`lab: up after ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
    return 0;
  },
  down: async () => {
    await labDown();
    return 0;
  },
  status: async () => {
    const status = await withCluster(await labStatus());
    printTable(status);
    return status.every(host => host.state === 'running') ? 0 : 1;
  },
  ssh: async ([name = '', ...command]) => {
    const { address } = await labHost(name);
    return openShell(labLayout(), `root@${address}`, command);
  },
  kubeconfig: async () => {
    process.stdout.write(`${await kubeconfig()}\n`);
    return 0;
  },
  kubectl: async words => {
    const path = await kubectlPath(labLayout());
    if (words[0] === '--path') {
      process.stdout.write(`${path}\n`);
      return 0;
    }
    return spawnSync(path, ['--kubeconfig', await kubeconfig(), ...words], { stdio: 'inherit' }).status ?? 1;
  },
};

const withCluster = async (hosts: readonly HostStatus[]): Promise<readonly HostStatus[]> => {
  const cluster = await clusterStatus();
  return cluster ? [...hosts, cluster] : hosts;
};

async function kubeconfig(): Promise<string> {
  const place = await clusterPlace(labLayout());
  if (!place) throw new Error('the lab has no cluster: run `npm run lab -- up`, with Go 1.24 or later on PATH');
  return place.kubeconfig;
}

function printTable(status: readonly HostStatus[]): void {
  const width = Math.max(...status.map(host => host.name.length));
  for (const host of status) {
    process.stdout.write(
      `${host.name.padEnd(width)}  ${host.address.padEnd(15)}  ${host.state.padEnd(8)}  ${host.watch ?? '-'}\n`,
    );
  }
}

function fail(text: string): number {
  process.stderr.write(`lab: ${text}\n`);
  return 1;
}

async function main([verb = '', ...words]: readonly string[]): Promise<number> {
  const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (!run) return fail(`usage: npm run lab -- ${Object.keys(verbs).join('|')}`);
  try {
    return await run(words);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

process.exitCode = await main(process.argv.slice(2));
