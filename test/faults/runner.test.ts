// The runner itself is stopped in the middle, as a process: by SIGINT, SIGTERM, SIGKILL, or its reader goes away. The next run mends all.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../runner/core/events.ts';
import { type SshScene, sshScene } from '../support/ssh-scene.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = join(import.meta.dirname, '../../runner/main.ts');
const open: SshScene[] = [];
afterAll(async () => void (await Promise.all(open.map(one => one.stop()))));

let tests = 0;
const handler = (): string => `serve ${process.pid} ${tests}`;
const playbook = (): string =>
  JSON.stringify([
    {
      hosts: 'h1',
      gather_facts: false,
      tasks: [
        { name: 'conf', copy: { dest: 'SCRATCH/conf', content: 'port 2\n' }, notify: handler() },
        { name: 'wait', shell: 'touch SCRATCH/now; sleep 2', args: { creates: 'SCRATCH/now' } },
        { name: 'last', copy: { dest: 'SCRATCH/last', content: 'new\n' } },
      ],
      handlers: [{ name: handler(), shell: 'cat SCRATCH/conf >SCRATCH/served' }],
    },
  ]);

interface Started {
  readonly child: ChildProcess;
  /** All lines of stdout, once the process has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly lines: readonly string[] }>;
}

function start(one: SshScene): Started {
  const words = ['--import', tsx, main, 'site.yaml', '-i', 'hosts.yaml', '--output', 'ndjson'];
  const child = spawn(process.execPath, words, { cwd: one.dir, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, lines: said.split('\n').filter(Boolean) }));
  return { child, ended };
}

const isThere = (name: string): boolean => existsSync(join(one.dir, name));
const text = (name: string): string => readFileSync(join(one.dir, name), 'utf8');
async function until(name: string, ended: Started['ended']): Promise<void> {
  const life = { over: false };
  void ended.then(() => void (life.over = true));
  while (!life.over && !isThere(name)) await new Promise(done => setTimeout(done, 25));
  expect(isThere(name)).toBe(true);
}

/** The next run, once the shell that was left alone has come to its end and let go of the lock. */
async function mended(): Promise<void> {
  await one.settled();
  const again = await one.play();
  expect(again.results.filter(result => result.failed)).toEqual([]);
  expect(again.code).toBe(0);
  expect([text('conf'), text('served'), text('last')]).toEqual(['port 2\n', 'port 2\n', 'new\n']);
  const idle = await one.play({ failOnChange: true });
  expect(idle.code).toBe(0);
}

let one: SshScene;
beforeEach(async () => {
  tests += 1;
  one = await sshScene({ 'site.yaml': playbook() });
  open.push(one);
});

describe('a runner that is stopped in the middle', { timeout: 60_000 }, () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s: it ends with 130 and a recap, and starts nothing more', async signal => {
    const { child, ended } = start(one);
    await until('now', ended);
    child.kill(signal);
    const { code, lines } = await ended;
    expect(code).toBe(130);
    const events = lines.map(line => JSON.parse(line) as Event);
    expect(events.slice(-2)).toMatchObject([{ event: 'recap' }, { event: 'run_end', exitCode: 130 }]);
    expect(isThere('last')).toBe(false);
    await mended();
  });

  it('SIGKILL: the next run does the rest and the handler that was owed', async () => {
    const { child, ended } = start(one);
    await until('now', ended);
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    expect(isThere('last') || isThere('served')).toBe(false);
    await mended();
  });
});

describe('a runner whose reader goes away', { timeout: 60_000 }, () => {
  it('goes on to the end of the run', async () => {
    const { child, ended } = start(one);
    await until('now', ended);
    child.stdout?.destroy();
    expect((await ended).code).toBe(0);
    expect([text('served'), text('last')]).toEqual(['port 2\n', 'new\n']);
  });
});
