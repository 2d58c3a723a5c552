// One run of a peer as a process: wall time, processor time and memory of all that it starts, and its end, by force if need be.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const read = path => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
const TICKS = 100;

const processes = () => readdirSync('/proc').filter(name => /^\d+$/.test(name));
/** Fields of /proc/PID/stat by their number in proc(5); the name of a program may hold blanks. */
const statOf = pid => [
  '',
  pid,
  '',
  ...read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' '),
];

/** A process and all below it. */
function treeOf(pid) {
  const below = new Map();
  for (const one of processes()) {
    const parent = statOf(one)[4];
    below.set(parent, [...(below.get(parent) ?? []), one]);
  }
  const walk = one => [one, ...(below.get(one) ?? []).flatMap(walk)];
  return walk(String(pid));
}

/** MB of a tree. Shared pages count once: forked workers would look bigger than they are by plain RSS. */
const memoryOf = pid =>
  treeOf(pid).reduce((sum, one) => sum + Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${one}/smaps_rollup`))?.[1] ?? 0), 0) / 1024;

/** ssh masters leave the tree, and write over their environment; their title names their socket. */
const mastersOf = control => processes().filter(pid => read(`/proc/${pid}/cmdline`).includes(control));

const cpuOf = pid => {
  const stat = statOf(pid);
  return (Number(stat[14]) + Number(stat[15])) / TICKS || 0;
};

const kill = (pids, signal) => {
  for (const pid of pids) {
    try {
      process.kill(Number(pid), signal);
    } catch {
      // It has ended meanwhile.
    }
  }
};

/** Every run starts cold: what the one before has left open is counted, then ended. */
export async function endMasters(control) {
  const masters = mastersOf(control);
  const cpu = masters.reduce((sum, pid) => sum + cpuOf(pid), 0);
  kill(masters, 'SIGTERM');
  for (let tries = 0; tries < 50 && mastersOf(control).length > 0; tries += 1)
    await new Promise(resolve => setTimeout(resolve, 20));
  kill(mastersOf(control), 'SIGKILL');
  for (const name of readdirSync(control)) rmSync(join(control, name), { force: true });
  return cpu;
}

/** { wall, cpu, largest, memory, code, out, err, stopped }. `cap`: seconds after which it is ended; `signal` ends it too. */
export async function runOnce({ program, args, env, cwd }, { folder, control, cap, signal }) {
  const tally = join(folder, 'time');
  const began = performance.timeOrigin + performance.now();
  const child = spawn('/usr/bin/time', ['-q', '-o', tally, '-f', '%U %S %M', program, ...args], {
    env: { ...process.env, ...env },
    ...(cwd ? { cwd } : {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', part => (text.out += part));
  child.stderr.on('data', part => (text.err += part));
  let memory = 0;
  let stopped = false;
  const sampler = setInterval(() => (memory = Math.max(memory, memoryOf(child.pid))), 1000);
  const stop = () => {
    stopped = true;
    const tree = treeOf(child.pid);
    kill(tree, 'SIGTERM');
    // A number is not another process's within seconds.
    setTimeout(() => kill(tree, 'SIGKILL'), 3000).unref();
  };
  const timer = setTimeout(stop, cap * 1000);
  signal.addEventListener('abort', stop);
  const closed = new Promise(resolve => child.on('close', resolve));
  const code = await new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject));
  const wall = (performance.timeOrigin + performance.now() - began) / 1000;
  clearInterval(sampler);
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  // A master may hold the pipes open, so it is the exit that counts.
  const left = await endMasters(control);
  await Promise.race([closed, new Promise(resolve => setTimeout(resolve, 2000))]);
  const [user, system, largest] = read(tally).trim().split('\n').at(-1).split(' ').map(Number);
  const biggest = largest / 1024 || 0;
  return { began, wall, cpu: user + system + left, largest: biggest, memory: Math.max(memory, biggest), code, ...text, stopped };
}
