// `npm run bench`: 20 tasks on N loopback hosts: tsrun, Ansible at its best settings, and the bare ssh2 limit, in one run.
// --hosts 1,10  --runs 5  --peers limit,tsrun,ansible  --states first,converged,check. Medians after one warm-up; the table goes to bench/RESULTS.md.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openHosts } from '../bench/hosts.mjs';

const root = dirname(import.meta.dirname);
const workload = join(root, 'bench/workload');
const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1,10' },
    runs: { type: 'string', default: '5' },
    states: { type: 'string', default: 'first,converged,check' },
    peers: { type: 'string', default: 'limit,tsrun,ansible' },
    out: { type: 'string', default: join(root, 'bench/RESULTS.md') },
  },
});

const lacking = [
  ['/usr/sbin/sshd', 'openssh-server'],
  ['/usr/bin/ssh-keygen', 'openssh-client'],
  [join(root, 'dist/main.js'), 'npm run build'],
].filter(([path]) => !existsSync(path));
if (lacking.length > 0) {
  console.error(`the benchmark needs: ${lacking.map(([path, from]) => `${path} (${from})`).join(', ')}`);
  process.exit(1);
}

const states = ['first', 'converged', 'check'];
const peers = {
  limit: {
    title: 'limit (bare ssh2, one script a host)',
    states: ['converged'],
    command: (site, _inventory, count) => [
      process.execPath,
      join(root, 'bench/limit.mjs'),
      site.folder,
      String(site.port),
      String(count),
    ],
  },
  tsrun: {
    title: 'tsrun',
    states,
    command: (_site, inventory, _count, state) => {
      const args = [join(root, 'dist/main.js'), join(workload, 'playbook.yaml'), '-i', inventory, '--output', 'ndjson'];
      return [process.execPath, ...args, ...(state === 'check' ? ['--check'] : [])];
    },
    tripsOf: out => {
      const recap = out.split('\n').find(line => line.startsWith('{"event":"recap"'));
      return recap && Math.max(...Object.values(JSON.parse(recap).hosts).map(host => host.roundTrips));
    },
  },
  ansible: {
    title: 'Ansible (pipelining, ControlPersist, forks 50, no facts)',
    states,
    missing: () =>
      spawnSync('ansible-playbook', ['--version']).error
        ? 'ansible-playbook is not installed (apt-get install ansible)'
        : undefined,
    command: (_site, inventory, _count, state) => [
      'ansible-playbook',
      '-i',
      inventory,
      join(workload, 'ansible.yml'),
      ...(state === 'check' ? ['--check'] : []),
    ],
    env: site => ({
      ANSIBLE_PIPELINING: '1',
      ANSIBLE_FORKS: '50',
      ANSIBLE_SSH_ARGS: '-o ControlMaster=auto -o ControlPersist=60s',
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(site.folder, 'control'),
      ANSIBLE_LOCAL_TEMP: join(site.folder, 'ansible'),
      ANSIBLE_NOCOWS: '1',
    }),
  },
};

/** Every run starts cold: no ssh master of the run before is left. */
async function dropMasters(site) {
  const folder = join(site.folder, 'control');
  for (const socket of await readdir(folder)) {
    spawnSync('ssh', ['-o', `ControlPath=${join(folder, socket)}`, '-O', 'exit', 'x']);
    await rm(join(folder, socket), { force: true });
  }
}

async function once(peer, site, inventory, count, state) {
  if (broken) throw new Error('broken off');
  if (state === 'first') await site.reset(count);
  await dropMasters(site);
  const [program, ...args] = peer.command(site, inventory, count, state);
  const began = performance.now();
  const { code, out, err } = await new Promise(resolve => {
    const child = spawn(program, args, { env: { ...process.env, ...peer.env?.(site) }, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { out: '', err: '' };
    child.stdout.on('data', part => (text.out += part));
    child.stderr.on('data', part => (text.err += part));
    child.on('close', code => resolve({ code, ...text }));
  });
  const wall = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${program} ended with ${code}\n${out.slice(-2000)}\n${err.slice(-2000)}`);
  return { wall, trips: peer.tripsOf?.(out) };
}

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1];

async function measure(site) {
  const rows = [];
  for (const count of values.hosts.split(',').map(Number)) {
    const inventory = await site.inventory(count);
    // The limit checks what a run has left: tsrun converges the hosts first.
    await once(peers.tsrun, site, inventory, count, 'first');
    for (const name of values.peers.split(',')) {
      const peer = peers[name];
      const reason = peer.missing?.();
      if (reason) {
        rows.push({ count, title: peer.title, reason });
        continue;
      }
      for (const state of peer.states.filter(one => values.states.split(',').includes(one))) {
        await once(peer, site, inventory, count, state);
        const runs = [];
        for (let i = 0; i < Number(values.runs); i += 1) runs.push(await once(peer, site, inventory, count, state));
        const row = { count, name, title: peer.title, state, wall: median(runs.map(run => run.wall)), trips: runs.at(-1).trips };
        rows.push(row);
        console.error(`${name} ${state} on ${count}: ${row.wall.toFixed(2)} s`);
      }
    }
  }
  return rows;
}

function table(rows) {
  const of = (count, name, state) => rows.find(row => row.count === count && row.name === name && row.state === state)?.wall;
  const times = (a, b) => (a === undefined || b === undefined ? '' : (a / b).toFixed(1));
  const lines = rows.map(row => {
    if (row.reason) return `| ${row.count} | ${row.title} | | | | | not run: ${row.reason} |`;
    const cells = [row.count, row.title, row.state, row.wall.toFixed(2), times(row.wall, of(row.count, 'limit', row.state))];
    return `| ${[...cells, times(row.wall, of(row.count, 'tsrun', row.state)), row.trips ?? ''].join(' | ')} |`;
  });
  return [
    '| hosts | runner | state | wall s | times the limit | times tsrun | round trips a host |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

const load = loadavg()[0].toFixed(1);
const site = await openHosts();
// A benchmark that is broken off leaves nothing behind either: the run in hand ends, and so does the whole.
let broken = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (broken = true));
try {
  const rows = await measure(site);
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
  const text = `# Benchmark\n\nWritten by \`npm run bench\`. 20 tasks (bench/workload) on loopback hosts of one sshd; controller and hosts share the machine
(${machine}). Wall time of the whole process, ${values.runs === '1' ? 'one run' : `median of ${values.runs}`} after one warm-up; every run is cold (no connection is kept).
"first": all 20 tasks change. "converged": none does. "check": \`--check\` on converged hosts. Round trips are those of the recap.
Load average of the machine before it: ${load}; above 1 other work took its share, and the ratios are worth more than the seconds.\n\n${table(rows)}\n`;
  await writeFile(values.out, text);
  console.log(table(rows));
} finally {
  await dropMasters(site);
  await site.close();
}
