import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../runner/core/types.ts';
import { resolveMode } from '../../runner/modules/parts/mode.ts';
import { parseTime } from '../../runner/modules/parts/times.ts';
import { inScratch } from '../support/module-cases.ts';

const tree = { f: 'one\n', 'd/a': 'A', 'd/sub/b': 'B', 'e/': '', lf: '-> f', ld: '-> d', dang: '-> gone' };

describe('file', () => {
  it.each([
    ['0644', 0o600, false, 0o644],
    ['02755', 0o755, true, 0o2755],
    ['u+x,g-r', 0o644, false, 0o704],
    ['a+X', 0o644, false, 0o644],
    ['a+X', 0o744, false, 0o755],
    ['a+X', 0o644, true, 0o755],
    ['=r', 0o777, false, 0o444],
    ['+w', 0o444, false, 0o644],
    ['o=u', 0o640, false, 0o646],
    ['u=rwx,go=', 0o777, false, 0o700],
    ['g+s,o+t', 0o755, true, 0o3755],
    ['x', 0o644, false, undefined],
  ])('mode %s on %o (folder: %s) is %o', (word, mode, isFolder, wanted) =>
    expect(resolveMode(word, { mode, isFolder, umask: 0o22 })).toBe(wanted),
  );

  it.each([
    [
      'a folder with those above it',
      { path: '@/n/m', state: 'directory', mode: '0750' },
      ['@/n/m: absent -> directory, mode 0750, with 1 above it'],
    ],
    ['a folder that is there', { path: '@/d', state: 'directory' }, []],
    ['a link to a folder is a folder', { path: '@/ld', state: 'directory' }, []],
    ['no state means what is there', { path: '@/f', mode: '0600' }, ['@/f: mode 0644 -> 0600']],
    ['absent and absent', { path: '@/none', state: 'absent' }, []],
    ['a folder goes with all in it', { path: '@/d', state: 'absent' }, ['@/d: directory with all in it -> absent']],
    ['a link goes, not its target', { path: '@/ld', state: 'absent' }, ['@/ld: link -> absent']],
    ['a link elsewhere', { path: '@/lf', src: 'd', state: 'link' }, ['@/lf: link to f -> link to d']],
    ['an empty folder becomes a link', { path: '@/e', src: 'f', state: 'link', force: true }, ['@/e: directory -> link to f']],
    ['a hard link into a folder', { path: '@/d', src: '@/f', state: 'hard' }, ['@/d/f: absent -> hard link to @/f']],
    [
      'rights below a folder',
      { path: '@/d', state: 'directory', recurse: true, mode: 'u=rwX,go=' },
      ['@/d: mode 0755 -> 0700', '@/d/: 3 below -> mode u=rwX,go='],
    ],
  ])('%s', (_title, args, changes) =>
    inScratch('file', tree, async one => {
      expect((await one.play(args)).changes).toEqual(changes);
      expect(await one.play(args)).toMatchObject({ changed: false, changes: [] });
    }),
  );

  it.each([
    ['a file that is not there', { path: '@/none', state: 'file' }, /is absent, not a file/],
    ['a file where a folder shall be', { path: '@/f', state: 'directory' }, /there already/],
    ['a link to nothing', { path: '@/l2', src: '@/none', state: 'link' }, /not there/],
    ['a full folder in place of a link', { path: '@/d', src: 'f', state: 'link', force: true }, /not empty/],
    ['a touch through a link to nothing', { path: '@/dang', state: 'touch' }, /leads to nothing/],
    ['an owner that nobody knows', { path: '@/f', owner: 'nosuchuser' }, /no user "nosuchuser"/],
    ['a folder below a file', { path: '@/f/x', state: 'directory' }, /no folder/],
  ])('refuses %s', (_title, args, why) =>
    inScratch('file', tree, async one => expect((await one.play(args)).failed).toMatch(why)),
  );

  it('any byte but NUL may stand in a name', () =>
    inScratch('file', {}, async one => {
      const path = `@/ -x"'$(y)\n\\\`é*\n`;
      await one.play({ path, state: 'touch', mode: '0600' });
      await one.play({ path: '@/l', src: `-> \n'`, state: 'link', force: true });
      expect(statSync(path.replace('@', one.root)).mode & 0o777).toBe(0o600);
      expect(readlinkSync(`${one.root}/l`)).toBe(`-> \n'`);
      expect((await one.play({ path: '@/l', src: `-> \n'`, state: 'link', force: true })).changed).toBe(false);
    }));

  it('says in its result what is then there', () =>
    inScratch('file', tree, async one => {
      const { uid } = lstatSync(`${one.root}/f`);
      expect((await one.play({ path: '@/f', mode: '0640' })).result).toMatchObject({ mode: '0640', uid, state: 'file', size: 4 });
    }));

  it('times are preserved, set and compared', () =>
    inScratch('file', tree, async one => {
      const args = { path: '@/f', state: 'touch', modification_time: '202001021030.05', access_time: 'preserve' };
      expect((await one.play(args)).changed).toBe(true);
      expect(new Date(statSync(`${one.root}/f`).mtimeMs).getSeconds()).toBe(5);
      expect((await one.play(args)).changed).toBe(false);
      expect(one.look({ ...args, modification_time: 'now' }).repeats).toBe(true);
    }));

  it.each([
    ['2020-01-02', '%Y-%m-%d', '202001020000.00'],
    ['10:30', '%H:%M', '190001011030.00'],
    ['x', '%Y', undefined],
    ['1', '%j', undefined],
  ])('the time %s in the format %s', (text, format, touch) => expect(parseTime(text, format)?.touch).toBe(touch));

  const below: readonly (readonly [string, readonly Fact[], object, number | null])[] = [
    [
      'a link into a folder that will be made',
      [{ path: '@/x', is: 'directory', mode: 0o755 }],
      { path: '@/x/l', src: '@/f', state: 'link' },
      1,
    ],
    ['a file that will be there', [{ path: '@/x', is: 'file', mode: 0o644 }], { path: '@/x', state: 'file', mode: '0644' }, 0],
    [
      'the mode of a file that will be there',
      [{ path: '@/x', is: 'file', mode: 0o644 }],
      { path: '@/x', state: 'file', mode: '0600' },
      1,
    ],
    ['a file that will be gone', [{ path: '@/f', is: 'absent' }], { path: '@/f', state: 'absent' }, 0],
    ['a file in a folder that will be gone', [{ path: '@/d', is: 'absent' }], { path: '@/d/a', state: 'absent' }, 0],
    ['an owner who will be made', [{ user: 'newuser' }], { path: '@/f', owner: 'newuser' }, 1],
    ['a mode that nobody knows', [{ path: '@/x', is: 'file' }], { path: '@/x', state: 'file', mode: '0600' }, null],
    ['something else', [{ path: '@/other', is: 'file' }], { path: '@/f', state: 'file' }, null],
  ];
  it.each(below)('foresees %s', (_title, facts, args, changes) =>
    inScratch('file', tree, one => {
      const plan = one.foresee(args as never, facts);
      expect(plan?.refuse).toBeUndefined();
      expect(plan?.changes.length ?? null).toBe(changes);
    }),
  );
});
