// What the tests of the databases share: tsrun as a process, commands on the hosts, instances that are fresh. Holds no test.
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Event } from '../../runner/core/events.ts';
import { labHost } from './index.ts';

const execute = promisify(execFile);
export const checkout = resolve(import.meta.dirname, '../..');
const main = join(checkout, 'dist/main.js');
const lab = 'inventory/lab.yaml';

/** The bundle starts in a third of the time of the sources, and these tests start it dozens of times. */
export const build = () => execute('node', ['scripts/build.mjs'], { cwd: checkout });

export interface Played {
  readonly code: number;
  readonly text: string;
}

export async function play(playbook: string, ...flags: readonly string[]): Promise<Played> {
  const inventory = flags.includes('-i') ? [] : ['-i', lab];
  const books = playbook.split(' ').map(name => `playbooks/${name}.yaml`);
  return execute('node', [main, ...books, ...inventory, ...flags], { cwd: checkout, maxBuffer: 1 << 26 }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );
}

/** A command on a host, by root; fails the test where it fails. */
export async function on(host: string, command: string, input = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await (await labHost(host)).run(command, 'root', input);
  if (exitCode !== 0) throw new Error(`${host}: ${command}\n${stdout}${stderr}`);
  return stdout;
}

export const socket = (instance: string): string => `/run/mytopling-${instance}/mysql.sock`;
/** Statements by root on an instance; the answer without headers. */
export const sql = (host: string, statements: string, instance = host): Promise<string> =>
  on(
    host,
    `MYSQL_PWD=lab-root-password /mnt/mynfs/opt/bin/mysql --no-defaults -uroot -N -S ${socket(instance)} -e ${JSON.stringify(statements)}`,
  );

/** As if there had never been an instance of that name: what a test made, a test may remove. */
export const forget = (host: string, ...instances: readonly string[]): Promise<string> =>
  on(
    host,
    [
      'cd /',
      ...instances.flatMap(name => [
        `systemctl disable -q --now mytopling@${name} 2>/dev/null || true`,
        `rm -rf /etc/mytopling/${name} /mnt/mynfs/*/${name}/* /mnt/mynfs/*/${name}/.[a-z]* /mnt/mynfs/datadir/.tsrun-*-${name}*`,
      ]),
    ].join('\n'),
  );

/** One run that is killed by SIGKILL a moment after its next change; undefined where it came to its end before. */
export async function cutShort(playbook: string, moment: number): Promise<{ readonly task: string } | Played> {
  const words = [main, `playbooks/${playbook}.yaml`, '-i', lab, '--output', 'ndjson'];
  const child = spawn('node', words, { cwd: checkout, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<number>(done => void child.once('close', code => done(code ?? 137)));
  const failures: string[] = [];
  let task: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line of a killed process may be cut.
    if (!line.endsWith('}')) continue;
    const event = JSON.parse(line) as Event;
    if (event.event !== 'task_result' && event.event !== 'handler_result') continue;
    if (event.failed && !event.ignored) failures.push(`${event.host}: ${event.task}: ${event.message}`);
    if (!event.changed || task !== undefined) continue;
    task = `${event.host}: ${event.task}`;
    setTimeout(() => child.kill('SIGKILL'), moment);
  }
  const code = await ended;
  return task !== undefined && code === 137 ? { task } : { code, text: failures.join('\n') };
}
