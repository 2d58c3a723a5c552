// The runner is killed while a host is at a task, and the run is gone on with: what the journal has as done is done once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { keptRuns, readJournal } from '../../runner/execute/journal-read.ts';
import { type SshScene, sshScene } from '../support/ssh-scene.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = join(import.meta.dirname, '../../runner/main.ts');
const open: SshScene[] = [];
afterAll(async () => void (await Promise.all(open.map(one => one.stop()))));

const TASKS = 6;
const numbers = Array.from({ length: TASKS }, (_, n) => n);
/** Each register is read by the next task, so that they go one by one and the kill meets one of them. */
const tasks = numbers.map(n => ({
  name: `deed ${n}`,
  shell: `echo ${n}{{ ${n === 0 ? "''" : `r${n - 1}.stdout`} }} >>SCRATCH/log; sleep 0.3; echo`,
  register: `r${n}`,
  notify: 'serve',
}));
const site = [{ hosts: 'h1', gather_facts: false, tasks, handlers: [{ name: 'serve', shell: 'cp SCRATCH/log SCRATCH/served' }] }];

it.each([0, 2, 5])('killed at deed %i, it goes on to the same end', async victim => {
  const one = await sshScene({ 'site.yaml': JSON.stringify(site) });
  open.push(one);
  const state = join(one.dir, 'state');
  const log = (): readonly string[] =>
    existsSync(join(one.dir, 'log')) ? readFileSync(join(one.dir, 'log'), 'utf8').split('\n').filter(Boolean) : [];
  const words = ['--import', tsx, main, 'site.yaml', '-i', 'hosts.yaml', '--state', state];
  const child = spawn(process.execPath, words, { cwd: one.dir, stdio: 'ignore' });
  const life = { over: false };
  const ended = once(child, 'close').then(() => void (life.over = true));
  while (!life.over && !log().includes(String(victim))) await new Promise(done => setTimeout(done, 10));
  child.kill('SIGKILL');
  await ended;
  const [killed] = keptRuns(state);
  const recorded = readJournal(killed ?? { folder: '' }).flatMap(record => (record.rec === 'task' ? [record.task] : []));
  const journal = { state, argv: [], pid: 0, tsrun: '0' };
  const goOn = () => one.play({ journal, resume: killed?.run ?? '' });
  let played = await goOn();
  // The shell that was left alone holds the lock to the end of its command.
  while (played.code === 8) played = await goOn();
  expect(played.code).toBe(0);
  for (const n of numbers) {
    const times = log().filter(line => line === String(n)).length;
    expect([n, times], log().join(' ')).toEqual([n, n === victim && !recorded.includes(`deed ${n}`) ? 2 : 1]);
  }
  expect(readFileSync(join(one.dir, 'served'), 'utf8')).toBe(readFileSync(join(one.dir, 'log'), 'utf8'));
});
