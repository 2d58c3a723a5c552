// What a run of the workload costs in counts, against an ssh server in this process: round trips, bytes, processes on the host; and
// whether that is within the budget that is committed. No time is measured.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Scene, scene } from '../test/support/run-playbook.ts';
import { newKey, type SshServer, startSshServer } from '../test/support/ssh-server.ts';

/** Counts of one host; programs and processes only where strace is there and may trace. */
export interface Counts {
  readonly roundTrips: number;
  readonly bytesSent: number;
  /** What the host's commands wrote; with the protocol's own it would vary with how it falls into packets. */
  readonly bytesAnswered: number;
  readonly processes?: number;
  readonly programs?: number;
}
/** By run, as `first, 10 hosts`. */
export type Budget = Readonly<Record<string, Counts>>;

const workload = join(import.meta.dirname, 'workload');
export const budgetFile = join(import.meta.dirname, 'budget.json');
export const readBudget = (): Budget => JSON.parse(readFileSync(budgetFile, 'utf8')) as Budget;

/** Numbers of bytes and processes depend a little on keys and on the shell; a wait is a wait. */
const slack: Readonly<Record<keyof Counts, number>> = {
  roundTrips: 1,
  bytesSent: 1.03,
  bytesAnswered: 1.03,
  processes: 1.03,
  programs: 1.03,
};
const words: Readonly<Record<keyof Counts, string>> = {
  roundTrips: 'round trips a host',
  bytesSent: 'bytes sent to a host',
  bytesAnswered: 'bytes answered by a host',
  processes: 'processes started on a host',
  programs: 'programs executed on a host',
};
const LOW = 0.9;

/** What rose, each with by how much and how to accept it; and what is so much lower that the budget should follow. */
export function compare(seen: Budget, budget: Budget): { readonly risen: readonly string[]; readonly lower: readonly string[] } {
  const risen: string[] = [];
  const lower: string[] = [];
  for (const [run, counts] of Object.entries(seen)) {
    for (const name of Object.keys(counts) as (keyof Counts)[]) {
      const [now, held] = [counts[name] ?? 0, budget[run]?.[name]];
      const what = `${run}: ${words[name]}: ${now}`;
      if (held === undefined) risen.push(`${what}, which has no budget; accept it with: npm run bench -- --quick --accept`);
      else if (now > held * slack[name]) {
        const by = `${now - held} more (${Math.round((now / held - 1) * 100)} %) than the budget of ${held}`;
        risen.push(`${what}, ${by}; if that is worth it, accept it with: npm run bench -- --quick --accept`);
      } else if (now < held * LOW) lower.push(`${what}, the budget is ${held}: lower it with: npm run bench -- --quick --accept`);
    }
  }
  return { risen, lower };
}

/** Tracing works in most containers, and not in all. */
export const canTrace = (): boolean => spawnSync('strace', ['-f', 'true'], { stdio: 'ignore' }).status === 0;

interface Place {
  readonly dir: string;
  readonly traces: string;
  readonly server: SshServer;
}

/** The login shell of the hosts: sh under strace, a file a session. */
function tracingShell(dir: string): string {
  const path = join(dir, 'shell');
  const calls = 'trace=fork,vfork,clone,clone3,execve';
  writeFileSync(path, `#!/bin/sh\nexec strace -f -qq -e signal=none -e ${calls} -o "${dir}/traces/$$" sh "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Processes and programs of all sessions since the last call. The shell itself is a process, strace and its start are not. */
function readTraces({ traces }: Place): { readonly processes: number; readonly programs: number } {
  const files = readdirSync(traces).map(name => join(traces, name));
  const lines = files.flatMap(file => readFileSync(file, 'utf8').split('\n'));
  for (const file of files) rmSync(file);
  const started = lines.filter(
    line => /\b(clone3?|v?fork)(\(| resumed>).* = [1-9]\d*$/.test(line) && !line.includes('CLONE_THREAD'),
  );
  const executed = lines.filter(line => /\bexecve(\(| resumed>).* = 0$/.test(line));
  return { processes: files.length + started.length, programs: executed.length };
}

const names = (hosts: number): readonly string[] => Array.from({ length: hosts }, (_, n) => `h${String(n + 1).padStart(2, '0')}`);

/** The workload's own files, and an inventory whose hosts are folders of this machine. */
function workloadScene({ dir, server }: Place, hosts: number): Scene {
  const files = readdirSync(workload, { recursive: true, encoding: 'utf8' }).filter(path =>
    /^(files|templates)\/|^vars.yaml$/.test(path),
  );
  const vars = {
    ansible_host: '127.0.0.1',
    ansible_port: server.port,
    ansible_user: 'worker',
    ansible_ssh_private_key_file: join(dir, 'id'),
    ansible_ssh_common_args: `-o UserKnownHostsFile=${join(dir, 'known_hosts')} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes`,
    root_dir: `${dir}/{{ inventory_hostname }}`,
    tsrun_lock: `${dir}/{{ inventory_hostname }}.lock`,
  };
  const list = Object.fromEntries(names(hosts).map(name => [name, {}]));
  return scene({
    ...Object.fromEntries(files.map(path => [path, readFileSync(join(workload, path), 'utf8')])),
    'site.yaml': readFileSync(join(workload, 'playbook.yaml'), 'utf8'),
    'hosts.yaml': JSON.stringify({ all: { vars, children: { site: { hosts: list } } } }),
  });
}

function freshHosts(dir: string, hosts: number): void {
  for (const name of names(hosts)) {
    rmSync(join(dir, name), { recursive: true, force: true });
    mkdirSync(join(dir, name, 'etc'), { recursive: true });
    writeFileSync(join(dir, name, 'etc/sshd_config'), '#Port 22\n#PermitRootLogin prohibit-password\nX11Forwarding yes\n');
    writeFileSync(join(dir, name, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
    writeFileSync(join(dir, name, 'etc/sysctl.conf'), '# kernel settings\nnet.ipv4.ip_forward = 1\n');
  }
}

async function countRun(one: Scene, place: Place, check: boolean): Promise<Counts> {
  const before = place.server.seen.output;
  const played = await one.play({ check });
  if (played.code !== 0) throw new Error(`a run of the workload ended with ${played.code}: ${JSON.stringify(played.recap)}`);
  const tallies = Object.values(played.recap);
  const most = (pick: (tally: (typeof tallies)[number]) => number): number => Math.max(...tallies.map(pick));
  const counts = {
    roundTrips: most(tally => tally.roundTrips),
    bytesSent: most(tally => tally.bytesSent),
    bytesAnswered: Math.ceil((place.server.seen.output - before) / tallies.length),
  };
  if (readdirSync(place.traces).length === 0) return counts;
  const { processes, programs } = readTraces(place);
  return { ...counts, processes: Math.ceil(processes / tallies.length), programs: Math.ceil(programs / tallies.length) };
}

/** First, converged and check runs at 1 and 10 hosts. */
export async function countAll(): Promise<Budget> {
  // Not the system's folder for such things: a path's length is part of the bytes.
  const dir = mkdtempSync('/tmp/tsrun-budget-');
  mkdirSync(join(dir, 'traces'));
  const key = newKey();
  writeFileSync(join(dir, 'id'), key.private, { mode: 0o600 });
  const login = canTrace() ? { login: tracingShell(dir) } : {};
  const server = await startSshServer({ users: { worker: { keys: [key.public] } }, ...login });
  writeFileSync(join(dir, 'known_hosts'), `${server.known}\n`);
  const place = { dir, traces: join(dir, 'traces'), server };
  const seen: Record<string, Counts> = {};
  try {
    for (const hosts of [1, 10]) {
      const one = workloadScene(place, hosts);
      freshHosts(dir, hosts);
      for (const state of ['first', 'converged', 'check'])
        seen[`${state}, ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`] = await countRun(one, place, state === 'check');
      one.end();
    }
  } finally {
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  }
  return seen;
}
