import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blobOf } from '../support/laws.ts';
import { type Case, inScratch } from '../support/module-cases.ts';

const tree = { 'in/top/a': 'A\n', 'in/top/sub/b': 'B\n', 'out/': '' };

function pack(one: Case, name: string): void {
  const words = name.endsWith('.zip') ? ['zip', '-qr', `../${name}`, 'top'] : ['tar', '-caf', `../${name}`, 'top'];
  spawnSync(words[0] ?? '', words.slice(1), { cwd: `${one.root}/in` });
}

describe('unarchive', () => {
  it.each(['x.tar', 'x.tar.gz', 'x.tar.bz2', 'x.tar.xz', 'x.zip'])(
    '%s is unpacked once, and again where something differs',
    name =>
      inScratch('unarchive', tree, async one => {
        pack(one, name);
        const args = { src: `@/${name}`, dest: '@/out', remote_src: true };
        expect((await one.play(args)).changed).toBe(true);
        expect([one.read('out/top/sub/b'), one.look(args).changes]).toEqual(['B\n', []]);
        writeFileSync(`${one.root}/out/top/a`, 'other');
        rmSync(`${one.root}/out/top/sub/b`);
        expect((await one.play(args)).changed).toBe(true);
        expect([one.read('out/top/a'), one.look(args).changes]).toEqual(['A\n', []]);
      }),
  );

  it('an archive of the runner is sent once; a receipt tells of what came out of it', () =>
    inScratch('unarchive', tree, async one => {
      pack(one, 'x.tar.gz');
      const args = { src: blobOf('x.tar.gz', readFileSync(`${one.root}/x.tar.gz`)), dest: '@/out', list_files: true };
      expect((await one.play(args)).result).toMatchObject({ changed: true });
      expect(one.look(args)).toMatchObject({ changes: [], result: { files: expect.arrayContaining(['top/a']) } });
      utimesSync(`${one.root}/out/top/a`, 1, 1);
      expect((await one.play(args)).changed).toBe(true);
      expect(one.look(args).changes).toEqual([]);
    }));

  it.each([
    ['exclude', { exclude: ['top/sub'] }, ['top/a'], ['top/sub/b']],
    ['include', { include: ['top/a'] }, ['top/a'], ['top/sub/b']],
    ['a folder left out of each name', { extra_opts: ['--strip-components=1'] }, ['a', 'sub/b'], ['top']],
  ])('%s', (_title, more, there, gone) =>
    inScratch('unarchive', tree, async one => {
      pack(one, 'x.tar');
      await one.play({ src: '@/x.tar', dest: '@/out', remote_src: true, ...more });
      expect([
        there.every(name => existsSync(`${one.root}/out/${name}`)),
        gone.some(name => existsSync(`${one.root}/out/${name}`)),
      ]).toEqual([true, false]);
    }),
  );

  it('mode is for all that comes out', () =>
    inScratch('unarchive', tree, async one => {
      pack(one, 'x.tar');
      const args = { src: '@/x.tar', dest: '@/out', remote_src: true, mode: 'u=rwX,go=' };
      await one.play(args);
      expect([
        statSync(`${one.root}/out/top/a`).mode & 0o777,
        statSync(`${one.root}/out/top`).mode & 0o777,
        one.look(args).changes,
      ]).toEqual([0o600, 0o700, []]);
    }));

  it.each([
    ['a dest that is not there', { src: '@/x.tar', dest: '@/none', remote_src: true }, /not a folder/],
    ['a source that is not there', { src: '@/y.tar', dest: '@/out', remote_src: true }, /not on the host/],
  ])('refuses %s', (_title, args, why) =>
    inScratch('unarchive', tree, async one => {
      pack(one, 'x.tar');
      expect((await one.play(args)).failed).toMatch(why);
    }),
  );

  it('names that lead out of the folder are refused, and nothing is unpacked', () =>
    inScratch('unarchive', { ...tree, evil: 'x' }, async one => {
      spawnSync('tar', ['-cPf', `${one.root}/x.tar`, '../evil'], { cwd: `${one.root}/in` });
      const { failed } = await one.play({ src: '@/x.tar', dest: '@/out', remote_src: true });
      expect(failed).toMatch(/leads out of/);
    }));

  it('foresees a folder that will be made, and creates', () =>
    inScratch('unarchive', tree, one => {
      pack(one, 'x.tar');
      const args = { src: '@/x.tar', dest: '@/new', remote_src: true, creates: '@/new/top' };
      expect(one.foresee(args, [{ path: '@/new', is: 'directory', mode: 0o755 }])?.changes).toHaveLength(1);
      expect(one.foresee(args, [{ path: '@/new/top', is: 'directory' }])?.changes).toEqual([]);
    }));
});
