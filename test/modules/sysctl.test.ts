import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withKey } from '../../runner/modules/parts/sysctl-file.ts';
import { module } from '../../runner/modules/sysctl.ts';
import { planOf, play, read } from '../support/real-sh.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsrun-sysctl-'));
const answer = (live: string | null, file: string | null, writable = 'yes') =>
  (live === null ? '' : `@live\n\t${live}\n\n@writable\n\t${writable}\n\n`) +
  (file === null ? '' : `@file\n${file.replace(/^(?=.)/gm, '\t')}\n`);

describe('sysctl', () => {
  it.each([
    ['a missing file gets the line', '', 'a.b', '1', 'a.b=1\n'],
    ['the line keeps its place', '# c\na.b = 2\nx=1\n', 'a.b', '1', '# c\na.b=1\nx=1\n'],
    ['other lines stay as they are', '  y = 3\n;z=1\n', 'a.b', '1', '  y = 3\n;z=1\na.b=1\n'],
    ['later lines of the key go', 'a.b=3\nx=1\na.b=4\n', 'a.b', '1', 'a.b=1\nx=1\n'],
    ['null takes the key out', 'a.b=3\nx=1\n', 'a.b', null, 'x=1\n'],
    ['a line that lacks its newline gets it', 'x=1', 'a.b', '1', 'x=1\na.b=1\n'],
    ['a comment is no key', '#a.b=3\n', 'a.b', '1', '#a.b=3\na.b=1\n'],
  ])('%s', (_name, file, key, value, wanted) => expect(withKey(file, key, value)).toBe(wanted));

  it.each([
    ['nothing to do', { value: 1 }, '1', 'k.x=1\n', []],
    [
      'the spaces between words do not count',
      { value: '4096 87380  6291456' },
      '4096\t87380\t6291456',
      'k.x = 4096  87380 6291456\n',
      [],
    ],
    ['the file changes and is loaded', { value: 2 }, '1', 'k.x=1\n', ['/etc/sysctl.conf: k.x 1 -> 2']],
    ['only the kernel differs', { value: 1 }, '0', 'k.x=1\n', ['k.x: 0 -> 1']],
    ['sysctl_set comes first', { value: 2, sysctl_set: true }, '1', '', ['k.x: 1 -> 2', '/etc/sysctl.conf: k.x unset -> 2']],
    ['without reload the kernel is not asked', { value: 1, reload: false }, '0', 'k.x=1\n', []],
    ['yes is 1', { value: true }, '1', 'k.x=1\n', []],
    ['absent takes the line out', { state: 'absent' }, '1', 'k.x=1\n', ['/etc/sysctl.conf: k.x 1 -> unset']],
    ['absent that is absent', { state: 'absent' }, '1', 'y=1\n', []],
    ['ignoreerrors lets an unknown key be', { value: 1, ignoreerrors: true }, null, 'k.x=1\n', []],
  ])('%s', (_name, more, live, file, summaries) => {
    const plan = planOf(module, { name: 'k.x', ...more }, answer(live, file));
    expect(plan.refuse).toBeUndefined();
    expect(plan.changes.map(change => change.summary)).toEqual(summaries);
  });

  it.each([
    ['an unknown key is refused', null, 'yes', /no parameter/],
    ['a read-only key is refused', '0', 'no', /cannot be written/],
  ])('%s', (_name, live, writable, why) => {
    const plan = planOf(module, { name: 'k.x', value: 1 }, answer(live, null, writable));
    expect(plan.refuse?.why).toMatch(why);
    expect(plan.changes).toEqual([]);
  });

  it('a read-only key that is right already is no fault', () => {
    expect(planOf(module, { name: 'k.x', value: 1 }, answer('1', 'k.x=1\n', 'no')).refuse).toBeUndefined();
  });

  it('a key that a kernel module will bring is a change in a check run', () => {
    const args = {
      name: 'k.x',
      value: 1,
      sysctl_set: true,
      reload: true,
      state: 'present',
      ignoreerrors: false,
      sysctl_file: '/f',
    } as const;
    const state = module.foresee?.(args, { live: null, writable: false, file: 'k.x=1\n' }, []);
    expect(module.plan(args, state ?? { live: null, writable: false, file: null }).changes).toHaveLength(1);
  });

  it('a file is written once on a real shell, and the second run is quiet', () => {
    const file = join(folder, 'x.conf');
    writeFileSync(file, '# mine\nother = 1\n');
    const live = read('/proc/sys/kernel/pid_max').trim();
    const written = { name: 'kernel.pid_max', value: live, sysctl_file: file, reload: false };
    for (const shell of [['dash'], ['bash']]) {
      writeFileSync(file, '# mine\nother = 1\n');
      expect(play(module, written, { shell }).plan.changes).toHaveLength(1);
      expect(read(file)).toBe(`# mine\nother = 1\nkernel.pid_max=${live}\n`);
      expect(play(module, written, { shell }).plan.changes).toEqual([]);
    }
  });
});
