// `node bench/cluster.mjs`: 200 objects on the lab's API server by tsrun and by kubectl, side by side; the table goes to bench/CLUSTER.md.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const COUNT = 200;
const RUNS = 3;
const root = dirname(import.meta.dirname);
const lab = (...words) => spawnSync(process.execPath, [join(root, 'scripts/lab.mjs'), ...words], { encoding: 'utf8' });
const kubeconfig = lab('kubeconfig').stdout.trim();
if (!kubeconfig || !existsSync(join(root, 'dist/main.js'))) {
  console.error('this needs a lab with a cluster (npm run lab -- up) and dist/ (npm run build)');
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'tsrun-bench-'));
const at = name => join(folder, name);
const namespace = 'tsrun-bench';
const objects = Array.from({ length: COUNT }, (_, n) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `bench-${n}`, namespace },
  data: { n: String(n) },
}));
writeFileSync(at('all.yaml'), objects.map(object => JSON.stringify(object)).join('\n---\n'));
writeFileSync(
  at('hosts.yaml'),
  JSON.stringify({ all: { hosts: { c: { ansible_connection: 'local', k8s_kubeconfig: kubeconfig } } } }),
);
const task = { name: 'All', k8s: { src: at('all.yaml') } };
writeFileSync(at('play.yaml'), JSON.stringify([{ hosts: 'c', gather_facts: false, tasks: [task] }]));

const tsrun = (...more) => [process.execPath, join(root, 'dist/main.js'), at('play.yaml'), '-i', at('hosts.yaml'), ...more];
const server = ['--server-side', '--field-manager=tsrun', '-f', at('all.yaml')];
const kubectl = lab('kubectl', '--path').stdout.trim();
const kube = (...words) => [kubectl, '--kubeconfig', kubeconfig, ...words];

function seconds([program, ...args]) {
  const start = performance.now();
  const { status, stderr, stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stderr}\n${stdout}`);
  return (performance.now() - start) / 1000;
}

const fresh = () => {
  spawnSync(kubectl, kube('delete', 'namespace', namespace, '--ignore-not-found').slice(1));
  spawnSync(kubectl, kube('create', 'namespace', namespace).slice(1));
};
const rows = [
  ['tsrun, first run', tsrun(), fresh],
  ['kubectl apply --server-side, first run', kube('apply', ...server), fresh],
  ['tsrun, second run (a look, no write)', tsrun()],
  ['tsrun --check', tsrun('--check')],
  ['kubectl diff --server-side', kube('diff', ...server)],
  ['kubectl apply --server-side again (writes)', kube('apply', ...server)],
];
try {
  const lines = rows.map(([name, command, before]) => {
    const times = Array.from({ length: RUNS }, () => {
      before?.();
      return seconds(command);
    }).sort((a, b) => a - b);
    return `| ${String(name)} | ${(times[Math.floor(RUNS / 2)] ?? 0).toFixed(2)} |`;
  });
  const head = `# Benchmark of a cluster

Written by \`node bench/cluster.mjs\`: ${COUNT} ConfigMaps on the lab's API server, on the same machine (${cpus().length} x ${cpus()[0]?.model ?? '?'}, Node
${process.versions.node}). Wall time of the whole process, the median of ${RUNS}. Load average of the machine before it: ${loadavg()[0].toFixed(1)};
above 1 other work took its share.

| what | wall s |
|---|---|
`;
  writeFileSync(join(root, 'bench/CLUSTER.md'), `${head}${lines.join('\n')}\n`);
  console.log(lines.join('\n'));
} finally {
  spawnSync(kubectl, kube('delete', 'namespace', namespace, '--wait=false').slice(1));
  rmSync(folder, { recursive: true, force: true });
}
