// The process itself: signals, a reader that goes away, faults of its own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const main = ['--import', import.meta.resolve('tsx'), join(root, 'runner/main.ts')];
const folder = mkdtempSync(join(tmpdir(), 'tsrun-main-'));
afterAll(() => rmSync(folder, { recursive: true }));

const task = (command: string): string => `- { name: ${command}, command: ${command} }`;
writeFileSync(
  join(folder, 'slow.yaml'),
  `- hosts: all\n  tasks:\n    - { name: begun, debug: { msg: begun } }\n    ${task('sleep 1')}\n    ${task('touch too-late')}\n`,
);
const slow = ['slow.yaml', '-i', 'here,', '-c', 'local'];

test('a reader that goes away is no fault', () => {
  const shell = `${process.execPath} ${main.join(' ')} doc | head -1; echo "code $PIPESTATUS"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
  expect(stdout).toMatch(/^Modules.*\ncode 0\n$/);
  expect(stderr).toBe('');
});

test('help is written whole into a pipe', () => {
  const { stdout, status } = spawnSync(process.execPath, [...main, '--help'], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toMatch(/130 +interrupted\n$/);
});

async function interrupted(times: number): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [...main, ...slow], { cwd: folder });
  const said = { out: '', err: '' };
  child.stderr.on('data', part => {
    said.err += part;
    if (times > 1 && said.err.includes('again: at once')) child.kill('SIGINT');
  });
  child.stdout.on('data', part => {
    said.out += part;
    if (said.out.includes('begun') && said.err === '') child.kill('SIGINT');
  });
  const code = await new Promise<number | null>(resolve => child.on('close', resolve));
  return { code, ...said };
}

test('the first Ctrl-C finishes what is in hand and begins nothing new', async () => {
  const { code, out, err } = await interrupted(1);
  expect([code, err]).toEqual([130, expect.stringContaining('finishing what is in hand')]);
  expect(out).toContain('here : ok=');
  expect(out).not.toContain('too-late');
});

test('the second Ctrl-C ends at once', async () => {
  const { code, out } = await interrupted(2);
  expect([code, out]).toEqual([130, expect.not.stringContaining('here : ok=')]);
});
