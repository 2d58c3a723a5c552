// The scripts of completion in real shells; what they ask for is in candidates.test.ts.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../runner/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'tsrun-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'site.yaml'), '- hosts: all\n  tasks:\n    - { name: put it, ping: }\n');
// The program as the scripts call it, by its name.
const program = join(folder, 'tsrun');
const tsx = import.meta.resolve('tsx');
writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' --import '${tsx}' '${main}' "$@"\n`, { mode: 0o755 });
const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
const inFolder = (command: string, ...args: string[]): string[] =>
  execFileSync(command, args, { cwd: folder, env, encoding: 'utf8' }).split('\n').filter(Boolean);

describe('the scripts', () => {
  const shells = (name: string): boolean => ['/bin', '/usr/bin'].some(path => existsSync(join(path, name)));
  const bash = (...words: string[]): string[] => {
    const line = words.map(word => `'${word}'`).join(' ');
    const ask = `eval "$(tsrun completion bash)"; COMP_WORDS=(tsrun ${line}); COMP_CWORD=${words.length}; _tsrun`;
    return inFolder('bash', '-c', `${ask}; printf '%s\\n' "\${COMPREPLY[@]}"`);
  };

  it('bash completes words, values behind "=", and quotes a blank', () => {
    expect(bash('inv')).toEqual(['inventory']);
    expect(bash('lint', '--output', '=', 'sa')).toEqual(['sarif']);
    expect(bash('site.yaml', '-i', 'web01,', '--start-at-task', 'p')).toEqual(['put\\ it']);
  });

  it.skipIf(!shells('fish'))('fish completes words and says what they are', () => {
    const found = inFolder('fish', '--no-config', '-c', 'tsrun completion fish | source; complete -C "tsrun doc k8s_r"');
    expect(found).toEqual([expect.stringMatching(/^k8s_rollout\t./)]);
  });

  it.skipIf(!shells('zsh'))('zsh takes the script', () => {
    const ask = 'autoload -U compinit; compinit -u -D; eval "$(tsrun completion zsh)"; print -r -- $_comps[tsrun]';
    expect(inFolder('zsh', '-f', '-c', ask)).toEqual(['_tsrun']);
  });

  it('another shell is a fault', () => {
    const { stderr } = failing(program, 'completion', 'tcsh');
    expect(stderr).toMatch(/E463.*tcsh/s);
  });
});

function failing(command: string, ...args: string[]): { readonly stderr: string } {
  try {
    execFileSync(command, args, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return error as { readonly stderr: string };
  }
  throw new Error('it did not fail');
}
