import { spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Case, inScratch } from '../support/module-cases.ts';

const git = (one: Case, ...words: readonly string[]): string =>
  spawnSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...words], {
    cwd: `${one.root}/app.git`,
    encoding: 'utf8',
  }).stdout.trim();

describe('git', () => {
  it('clones, follows the branch, switches to a tag and back', () =>
    inScratch('git', {}, async one => {
      const args = { repo: '@/app.git', dest: '@/w' };
      const first = git(one, 'rev-parse', 'HEAD');
      git(one, 'tag', '-am', 'x', 'v1');
      expect((await one.play(args)).result).toMatchObject({ before: null, after: first });
      expect(one.look(args).changes).toEqual([]);
      git(one, 'commit', '-q', '--allow-empty', '-m', 'two');
      const second = git(one, 'rev-parse', 'HEAD');
      expect((await one.play(args)).result).toMatchObject({ before: first, after: second });
      expect((await one.play({ ...args, version: 'v1' })).result).toMatchObject({ after: first });
      expect((await one.play({ ...args, version: second })).result).toMatchObject({ after: second });
    }));

  it('local modifications are lost by force alone', () =>
    inScratch('git', {}, async one => {
      const args = { repo: '@/app.git', dest: '@/w', depth: 1 };
      await one.play(args);
      writeFileSync(`${one.root}/w/readme`, 'mine');
      expect((await one.play(args)).failed).toMatch(/local modifications/);
      expect((await one.play({ ...args, force: true })).changed).toBe(true);
      expect(one.read('w/readme')).toBe('x\n');
    }));

  it.each([
    ['a version that is not there', { dest: '@/w', version: 'nope' }, /no branch or tag "nope"/],
    ['a folder that holds something else', { dest: '@/etc' }, /no repository/],
    ['a repository that is not there', { repo: '@/none.git', dest: '@/w' }, /does not/],
  ])('refuses %s', (_title, args, why) =>
    inScratch('git', {}, async one => {
      expect((await one.play({ repo: '@/app.git', ...args })).failed).toMatch(why);
      expect(existsSync(`${one.root}/w`)).toBe(false);
    }),
  );
});

describe('known_hosts and authorized_key', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIENDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0ND';
  it.each([
    ['a new host', 'a ssh-rsa X\n', {}, `a ssh-rsa X\nh ${key}\n`],
    ['another key of the host', 'h ssh-ed25519 OLD\n', {}, `h ${key}\n`],
    ['the same key', `h ${key}\n`, {}, `h ${key}\n`],
    ['a host that goes', 'h ssh-rsa X\nhh ssh-rsa Y\n', { state: 'absent', key: undefined }, 'hh ssh-rsa Y\n'],
    ['a revoked key stays', '@revoked h ssh-ed25519 OLD\n', {}, `@revoked h ssh-ed25519 OLD\nh ${key}\n`],
  ])('known_hosts: %s', (_title, before, more, after) =>
    inScratch('known_hosts', { k: before }, async one => {
      await one.play({ path: '@/k', name: 'h', key: `h ${key}`, ...more });
      expect(one.read('k')).toBe(after);
    }),
  );

  it('a hashed host is found again', () =>
    inScratch('known_hosts', {}, async one => {
      const args = { path: '@/k', name: 'Host', key: `host ${key}`, hash_host: true };
      expect((await one.play(args)).changed).toBe(true);
      expect([one.read('k').startsWith('|1|'), (await one.play(args)).changed]).toEqual([true, false]);
      expect((await one.play({ path: '@/k', name: 'host', state: 'absent' })).changed).toBe(true);
    }));

  it.each([
    ['a new key', `${key} me\n`, { key: 'ssh-rsa AAA you' }, `${key} me\nssh-rsa AAA you\n`],
    ['options', `${key} me\n`, { key: `${key} me`, key_options: 'no-pty' }, `no-pty ${key} me\n`],
    ['no other', 'ssh-rsa AAA x\n', { key: `${key} me`, exclusive: true }, `${key} me\n`],
    ['gone', `${key} me\nssh-rsa AAA x\n`, { key, state: 'absent' }, 'ssh-rsa AAA x\n'],
    ['a comment line stays', `# mine\n`, { key: `${key} me` }, `# mine\n${key} me\n`],
  ])('authorized_key: %s', (_title, before, args, after) =>
    inScratch('authorized_key', { 's/k': before }, async one => {
      const user = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim();
      await one.play({ user, path: '@/s/k', ...args });
      expect([one.read('s/k'), statSync(`${one.root}/s`).mode & 0o777, statSync(`${one.root}/s/k`).mode & 0o777]).toEqual([
        after,
        0o700,
        0o600,
      ]);
      expect((await one.play({ user, path: '@/s/k', ...args })).changed).toBe(false);
    }),
  );
});
