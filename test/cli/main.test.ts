// The process itself: signals, a reader that goes away, faults of its own.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, test } from 'vitest';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const main = ['--import', import.meta.resolve('tsx'), join(root, 'runner/main.ts')];
const folders: string[] = [];
afterAll(() => folders.forEach(folder => rmSync(folder, { recursive: true })));

/** The second task is in hand until the file `go` is there. */
const playbook = `
- hosts: all
  tasks:
    - { name: begun, debug: { msg: begun } }
    - { name: held, shell: "while [ ! -e FOLDER/go ]; do sleep 0.05; done" }
    - { name: too late, command: touch FOLDER/too-late }
`;

test.concurrent('a reader that goes away is no fault', async ({ expect }) => {
  const shell = `${process.execPath} ${main.join(' ')} doc | head -1; echo "code $PIPESTATUS"`;
  const { stdout, stderr } = await execute('bash', ['-c', shell]);
  expect(stdout).toMatch(/^Modules.*\ncode 0\n$/);
  expect(stderr).toBe('');
});

test.concurrent('help is written whole into a pipe', async ({ expect }) => {
  const { stdout } = await execute(process.execPath, [...main, '--help']);
  expect(stdout).toMatch(/130 +interrupted\n$/);
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly folder: string;
}

/** Interrupts as often as told while the second task is in hand, then lets the task end. */
async function interrupted(times: number): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-main-'));
  folders.push(folder);
  writeFileSync(join(folder, 'site.yaml'), playbook.replaceAll('FOLDER', folder));
  const child = spawn(process.execPath, [...main, 'site.yaml', '-i', 'here,', '-c', 'local'], { cwd: folder });
  const said = { out: '', err: '' };
  let sent = 0;
  const next = (): void => {
    sent += 1;
    if (sent <= times) child.kill('SIGINT');
    else writeFileSync(join(folder, 'go'), '');
  };
  child.stdout.on('data', part => {
    said.out += part;
    if (sent === 0 && said.out.includes('begun')) next();
  });
  child.stderr.on('data', part => {
    said.err += part;
    if (sent === 1 && said.err.includes('again: at once')) next();
  });
  const code = await new Promise<number | null>(resolve => child.on('close', resolve));
  writeFileSync(join(folder, 'go'), '');
  return { code, ...said, folder };
}

test.concurrent('the first Ctrl-C finishes what is in hand and begins nothing new', async ({ expect }) => {
  const { code, out, err, folder } = await interrupted(1);
  expect([code, err]).toEqual([130, expect.stringContaining('finishing what is in hand')]);
  expect(out).toMatch(/held[^]*here : ok=2/);
  expect(existsSync(join(folder, 'too-late'))).toBe(false);
});

test.concurrent('the second Ctrl-C ends at once', async ({ expect }) => {
  const { code, out } = await interrupted(2);
  expect([code, out]).toEqual([130, expect.not.stringContaining('here : ok=')]);
});
