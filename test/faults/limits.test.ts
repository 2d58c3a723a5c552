// The runner short of what it needs: too few files that it may open.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { type SshScene, sshScene } from '../support/ssh-scene.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = join(import.meta.dirname, '../../runner/main.ts');
const open: SshScene[] = [];
afterAll(async () => void (await Promise.all(open.map(one => one.stop()))));

it('with too few open files some hosts are unreachable for that reason, the others finish, and the next run does the rest', async () => {
  const one = await sshScene({
    'site.yaml': JSON.stringify([
      {
        hosts: 'all',
        gather_facts: false,
        // All connections stand at the same time.
        strategy: 'linear',
        tasks: [
          { name: 'hold', command: 'sleep 1' },
          { name: 'write', copy: { dest: 'SCRATCH/done/{{ inventory_hostname }}', content: 'x' } },
        ],
      },
    ]),
  });
  open.push(one);
  mkdirSync(join(one.dir, 'done'));
  const inventory = JSON.parse(readFileSync(join(one.dir, 'hosts.yaml'), 'utf8')) as { all: { hosts: Record<string, object> } };
  const names = Array.from({ length: 40 }, (_, n) => `h${n + 1}`);
  inventory.all.hosts = Object.fromEntries(names.map(name => [name, {}]));
  writeFileSync(join(one.dir, 'hosts.yaml'), JSON.stringify(inventory));
  const run = (files: number): Promise<{ readonly code: number; readonly out: string }> =>
    new Promise(done => {
      const command = `ulimit -n ${files}; exec "$@"`;
      const words = [process.execPath, '--import', tsx, main, 'site.yaml', '-i', 'hosts.yaml', '--output', 'ndjson'];
      execFile('sh', ['-c', command, 'sh', ...words], { cwd: one.dir, maxBuffer: 1 << 26 }, (error, out, err) =>
        done({ code: error ? Number(error.code) : 0, out: out + err }),
      );
    });
  const few = await run(64);
  expect(few.code, few.out.slice(-2000)).toBe(4);
  expect(few.out).toContain('"code":"E617"');
  const done = readdirSync(join(one.dir, 'done')).length;
  expect([done > 0, done < 40]).toEqual([true, true]);
  expect((await run(400)).code).toBe(0);
  expect(readdirSync(join(one.dir, 'done')).length).toBe(40);
});
