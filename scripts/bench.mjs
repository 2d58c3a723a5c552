// `npm run bench`: tsrun, its peers and the limit side by side on loopback hosts; bench/RESULTS.md says what is measured and how.
// Without flags the standard list, about 12 minutes on a quiet machine of two cores; --full has every cell, in hours.
//   --hosts 1,10 --tasks 20,100 --delay 0,20 --peers tsrun,limit --states first,converged,check   the product of these
//   --runs 5   runs of what is quick    --patience 16   seconds for the runs of a cell    --cap 150   seconds for a run
//   --out FOLDER   where results.json, RESULTS.md and RESULTS.svg stand; results gather there by cell    --fresh   forgets what was there
//   --quick [--accept]   counts only, against bench/budget.json
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const root = dirname(import.meta.dirname);
const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    hosts: text,
    tasks: text,
    delay: text,
    peers: text,
    states: text,
    runs: { type: 'string', default: '5' },
    patience: text,
    cap: text,
    out: { type: 'string', default: join(root, 'bench') },
    fresh: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    accept: { type: 'boolean', default: false },
  },
});

if (values.quick) {
  const args = ['--import', 'tsx', join(root, 'bench/quick.ts'), ...(values.accept ? ['--accept'] : [])];
  process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1);
}

const lacking = [
  ['/usr/sbin/sshd', 'openssh-server'],
  ['/usr/bin/ssh-keygen', 'openssh-client'],
  ['/usr/bin/time', 'time'],
  [join(root, 'dist/main.js'), 'npm run build'],
].filter(([path]) => !existsSync(path));
if (lacking.length > 0) {
  console.error(`the benchmark needs: ${lacking.map(([path, from]) => `${path} (${from})`).join(', ')}`);
  process.exit(1);
}

const { openHosts } = await import('../bench/hosts.mjs');
const { planOf } = await import('../bench/plan.mjs');
const { plotOf } = await import('../bench/plot.mjs');
const { reportOf } = await import('../bench/report.mjs');
const { keyOf, measureJob, openSession } = await import('../bench/session.mjs');
const { measureStart } = await import('../bench/start.mjs');

const at = name => join(values.out, name);
const machine = `Machine: ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}.`;
await mkdir(values.out, { recursive: true });
const before =
  existsSync(at('results.json')) && !values.fresh ? JSON.parse(await readFile(at('results.json'), 'utf8')) : { rows: [] };
if (before.rows.length > 0 && before.machine !== machine) console.error('the results of another machine are left out');
const rows = new Map(before.machine === machine ? before.rows.map(row => [keyOf(row), row]) : []);

const told = row => row.problem ?? `${row.wall.toFixed(2)} s (n=${row.n})`;
function keep(row) {
  // A peer that could not be had is had now, or the other way round.
  for (const [key, old] of rows)
    if (old.peer === row.peer && old.hosts === row.hosts && (old.state === '-') !== (row.state === '-')) rows.delete(key);
  rows.set(keyOf(row), { ...row, when: new Date().toISOString().slice(0, 16) });
  writeFileSync(at('results.json'), `${JSON.stringify({ machine, rows: [...rows.values()] }, undefined, 2)}\n`);
  const apart = row.delay > 0 ? `, ${row.delay} ms` : '';
  console.error(`${row.peer} ${row.state} ${row.hosts} hosts, ${row.tasks} tasks${apart}: ${told(row)}`);
}

// A benchmark that is broken off leaves nothing behind: the run in hand is ended, what was measured is written.
const broken = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => broken.abort(new Error('broken off')));
const site = await openHosts();
const slow = values.full ? { patience: 60, cap: 900 } : { patience: 16, cap: 150 };
const session = openSession(site, {
  runs: Number(values.runs),
  patience: Number(values.patience ?? slow.patience),
  cap: Number(values.cap ?? slow.cap),
  signal: broken.signal,
});
const began = performance.now();
try {
  for (const job of planOf(values)) {
    if (job.start) await measureStart(session, keep);
    else await measureJob(session, job, keep, () => [...rows.values()]);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  session.close();
  await site.close();
  const list = [...rows.values()];
  await writeFile(at('RESULTS.md'), reportOf(list, machine));
  await writeFile(at('RESULTS.svg'), plotOf(list));
  console.error(`${Math.round((performance.now() - began) / 1000)} s; ${at('RESULTS.md')}`);
}
