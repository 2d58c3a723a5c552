// The scripts that write files, run by a real sh in a scratch folder: whole or not at all, with the right mode and owner.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sh } from '../../runner/core/shell.ts';
import type { Step } from '../../runner/core/types.ts';
import { besideName, stepQuestion, withEnvironment } from '../../runner/execute/steps.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tsrun-steps-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const shells = ['dash', 'bash', 'busybox'].filter(
  shell => spawnSync(shell, shell === 'busybox' ? ['true'] : ['-c', ':']).status === 0,
);

function run(shell: string, step: Step, umask = '022'): { code: number | null; stdout: string; stderr: string } {
  const question = stepQuestion(step);
  if (!question || !('sh' in question)) throw new Error('not one question');
  const args = shell === 'busybox' ? ['sh', '-c'] : ['-c'];
  const done = spawnSync(shell, [...args, `umask ${umask}; ${question.sh}`], { input: question.stdin ?? '', encoding: 'utf8' });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}
const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe.each(shells)('put with %s', shell => {
  it('writes any bytes to any name and leaves nothing beside it', () => {
    const path = join(root, `na'me $(x) "y"\n\\z`);
    expect(run(shell, { put: path, content: 'a\n\nb', mode: 0o640 })).toMatchObject({ code: 0, stderr: '' });
    expect([readFileSync(path, 'utf8'), mode(path)]).toEqual(['a\n\nb', '640']);
    expect(readdirSync(root)).toHaveLength(1);
  });
  it('keeps the mode of the file that it replaces', () => {
    const path = join(root, 'f');
    writeFileSync(path, 'old');
    chmodSync(path, 0o751);
    run(shell, { put: path, content: 'new' });
    expect([readFileSync(path, 'utf8'), mode(path)]).toEqual(['new', '751']);
  });
  it.each([
    ['022', '644'],
    ['077', '600'],
    ['002', '664'],
  ])('gives a new file what umask %s leaves: %s', (umask, expected) => {
    run(shell, { put: join(root, 'f'), content: 'x' }, umask);
    expect(mode(join(root, 'f'))).toBe(expected);
  });
  it('a refusal of validate keeps the old file, says why and leaves nothing', () => {
    const path = join(root, 'f');
    writeFileSync(path, 'old');
    const done = run(shell, { put: path, content: 'bad', validate: 'grep -q good %s || { echo no good line; false; }' });
    expect(done.code).toBe(65);
    expect(done.stderr).toContain('no good line');
    expect([readFileSync(path, 'utf8'), readdirSync(root)]).toEqual(['old', ['f']]);
  });
  it('validate sees the new content before it is in place', () => {
    const path = join(root, 'f');
    expect(run(shell, { put: path, content: 'good', validate: 'grep -q good %s' }).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('good');
  });
  it('backup keeps the old content beside it and says where', () => {
    const path = join(root, 'f');
    writeFileSync(path, 'old');
    const { stdout } = run(shell, { put: path, content: 'new', backup: true });
    expect(stdout).toMatch(/f\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$/);
    expect(readFileSync(stdout, 'utf8')).toBe('old');
  });
  it('a link that stands where the new file is written is not followed', () => {
    const path = join(root, 'f');
    const prey = join(root, 'prey');
    writeFileSync(prey, 'prey');
    symlinkSync(prey, besideName(path));
    expect(run(shell, { put: path, content: 'new' }).code).toBe(0);
    expect([readFileSync(prey, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['prey', 'new']);
  });
  it('in place keeps the file itself', () => {
    const path = join(root, 'f');
    writeFileSync(path, 'old');
    const inode = statSync(path).ino;
    run(shell, { put: path, content: 'new', inPlace: true });
    expect([readFileSync(path, 'utf8'), statSync(path).ino]).toEqual(['new', inode]);
  });
  it('a folder that is missing is an error and makes nothing', () => {
    expect(run(shell, { put: join(root, 'no/f'), content: 'x' }).code).not.toBe(0);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe.each(shells)('until with %s', shell => {
  it('ends as soon as its script succeeds', () => {
    const flag = join(root, 'flag');
    const done = run(shell, { until: sh`[ -e ${flag} ] || { : >${flag}; false; }`, every: 0.01, within: 5, what: 'the flag' });
    expect(done.code).toBe(0);
    expect(existsSync(flag)).toBe(true);
  });
  it('answers 124 when the time is over', () => {
    expect(run(shell, { until: sh`false`, every: 0.01, within: 0, what: 'never' }).code).toBe(124);
  });
});

it('environment reaches the script with any value', () => {
  const question = withEnvironment({ sh: sh`printf '%s' "$GREETING"` }, { GREETING: `it's $HOME` });
  if (!('sh' in question)) throw new Error('a script was asked for');
  expect(execFileSync('sh', ['-c', question.sh], { encoding: 'utf8' })).toBe(`it's $HOME`);
});
