import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { module as command } from '../../runner/modules/command.ts';
import { module as raw } from '../../runner/modules/raw.ts';
import { module as shell } from '../../runner/modules/shell.ts';
import { play } from '../support/real-sh.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsrun-command-'));

describe('command, shell and raw', () => {
  it.each([
    ['words are split without a shell', command, { cmd: `printf '%s|' a "b c" d\\ e '$x;y'` }, 'a|b c|d e|$x;y|', 0],
    ['argv needs no quoting', command, { argv: ['printf', '%s', `it's "here"; $(id)`] }, `it's "here"; $(id)`, 0],
    ['a variable stands for its value', command, { cmd: 'echo $NAME ${NAME}x $NOTSET_' }, 'value valuex $NOTSET_', 0],
    ['a builtin is not a program', command, { cmd: 'exit 3' }, '', 127],
    ['the exit code is kept', shell, { cmd: 'echo out; exit 3' }, 'out', 3],
    ['chdir is entered', shell, { cmd: 'pwd', chdir: folder }, folder, 0],
    ['stdin gets its newline', shell, { cmd: 'wc -l', stdin: 'one' }, '1', 0],
    ['stdin may go without a newline', shell, { cmd: 'wc -l', stdin: 'one', stdin_add_newline: false }, '0', 0],
    ['ends can be kept', shell, { cmd: 'echo x', strip_empty_ends: false }, 'x\n', 0],
    ['another shell can be used', shell, { cmd: 'echo ${#BASH_VERSION}x', executable: '/bin/bash' }, /\d+x/, 0],
    ['raw goes as it is', raw, { cmd: 'echo a; echo b' }, 'a\nb\n', 0],
  ])('%s', (_name, module, written, stdout, rc) => {
    const played = play(module, written, { env: { ...process.env, NAME: 'value' } });
    expect(played.result['stdout']).toEqual(stdout instanceof RegExp ? expect.stringMatching(stdout) : stdout);
    expect(played.result['rc']).toBe(rc);
    expect(played.result['failed']).toBe(rc === 0 ? undefined : true);
    expect(played.result['delta']).toMatch(/^\d+:\d\d:\d\d\.\d{6}$/);
  });

  writeFileSync(join(folder, 'a file'), '');
  it.each([
    ['creates that is there keeps it from running', { creates: join(folder, 'a file') }, 0],
    ['creates that is not there lets it run', { creates: join(folder, 'none') }, 1],
    ['creates may be a glob', { creates: join(folder, 'a f*') }, 0],
    ['creates counts from chdir', { creates: 'a file', chdir: folder }, 0],
    ['a glob that matches nothing is not there', { creates: join(folder, 'zz*') }, 1],
    ['removes that is there lets it run', { removes: join(folder, '[a]*') }, 1],
    ['removes that is not there keeps it from running', { removes: `${folder}/it's` }, 0],
    ['the home folder has its short name', { creates: '~/..' }, 0],
  ])('%s', (_name, guards, changes) => {
    for (const sh of [['dash'], ['bash']]) {
      const { plan } = play(command, { cmd: 'true', ...guards }, { check: true, shell: sh });
      expect(plan.changes.length).toBe(changes);
      expect(plan.result['rc']).toBe(changes === 0 ? 0 : undefined);
    }
  });

  it('a lost folder is refused in words', () => {
    expect(play(command, { cmd: 'true', chdir: '/nowhere', creates: 'x' }).failed).toContain('/nowhere');
  });

  it('what an earlier task would make holds a command back in a check run', () => {
    const args = { cmd: 'x', creates: '/a', stdin_add_newline: true, strip_empty_ends: true, expand_argument_vars: true };
    const seen = { entered: true, created: false, removable: null };
    expect(command.foresee?.(args, seen, [{ path: '/a', is: 'file' }])?.created).toBe(true);
    expect(command.foresee?.(args, seen, [])).toBeNull();
  });

  it.each([[{ cmd: ' ' }], [{ cmd: 'a', argv: ['b'] }], [{ cmd: `it's` }]])('bad words are said: %j', written => {
    expect(command.check?.(written as never)).toHaveLength(1);
  });
});
