// A link into a folder that is not there leads nowhere: no file of the working folder is taken for its end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withDefaults } from '../../runner/core/schema.ts';
import type { Output, Vars } from '../../runner/core/types.ts';
import { openModules } from '../../runner/modules/index.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tsrun-dangling-'));
  symlinkSync('/nowhere/at/all', join(dir, 'link'));
  writeFileSync(join(dir, 'x'), 'bystander\n');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it.each([
  ['file', { mode: '0600' }],
  ['copy', { content: 'new\n', mode: '0600' }],
  ['stat', {}],
])('%s', async (name, more) => {
  const modules = await openModules([name]);
  const module = modules.get(name);
  if (!module) throw new Error(`no module ${name}`);
  const own = name === 'copy' ? { dest: join(dir, 'link') } : { path: join(dir, 'link') };
  const args = withDefaults(module.args, { ...own, ...more }) as Vars;
  const probe = module.probe(args);
  if (!('sh' in probe.ask)) throw new Error('a script was asked for');
  const done = spawnSync('sh', ['-c', probe.ask.sh], { cwd: dir });
  const output: Output = {
    code: done.status ?? -1,
    stdout: done.stdout,
    stderr: done.stderr,
    text: () => done.stdout.toString('utf8'),
  };
  const plan = module.plan(args, probe.parse(output));
  expect(JSON.stringify(plan)).not.toContain('bystander');
  expect(plan.changes.map(change => change.diff.target)).not.toContain('x');
});
