import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { module } from '../../runner/modules/mount.ts';
import { entryOf, withEntry, withoutEntry } from '../../runner/modules/parts/fstab.ts';
import { args, at, output, planOf, play, read } from '../support/real-sh.ts';

const entry = { src: '/dev/sdb', path: '/data', fstype: 'ext4', opts: 'defaults', dump: '0', passno: '0' };
const root = '21 1 8:1 / / rw - ext4 /dev/sda1 rw\n';
const data = '40 21 8:16 / /data rw - ext4 /dev/sdb rw\n';
const bind = '41 21 8:16 /nfs/a\\040b /srv/nfs rw - ext4 /dev/sdb rw\n';
const line = '/dev/sdb /data ext4 defaults 0 0\n';
const answer = (mounts: string, fstab: string | null, folder = 'yes', source = '') =>
  at('mounts', mounts) +
  at('folder', `${folder}\n`) +
  (source ? at('source', source) : '') +
  (fstab === null ? '' : at('fstab', fstab));
const wanted = { path: '/data', src: '/dev/sdb', fstype: 'ext4', state: 'mounted' };
const bound = { path: '/srv/nfs', src: '/data/nfs/a b', fstype: 'none', opts: 'bind', state: 'mounted' };
const boundLine = '/data/nfs/a\\040b /srv/nfs none bind 0 0\n';

describe('fstab', () => {
  it.each([
    ['a new line comes last', '# c\n\nproc /proc proc defaults 0 0', `# c\n\nproc /proc proc defaults 0 0\n${line}`],
    ['a line that fits stays as it is written', '/dev/sdb\t/data  ext4 defaults 0 0\n', '/dev/sdb\t/data  ext4 defaults 0 0\n'],
    ['missing fields are 0', '/dev/sdb /data ext4 defaults\n', '/dev/sdb /data ext4 defaults\n'],
    ['a line that differs is replaced in its place', 'UUID=x /data/ xfs noatime 0 2\n# end\n', `${line}# end\n`],
    ['a comment is no entry', `#${line}`, `#${line}${line}`],
    ['a line of three fields stays', 'a /data b\n', `a /data b\n${line}`],
  ])('%s', (_name, before, after) => expect(withEntry(before, entry)).toBe(after));
  it('spaces and backslashes are escaped and read again', () => {
    const odd = { ...entry, path: '/a b\\c&d', src: '/x y' };
    const text = withEntry('', odd);
    expect(text).toBe('/x\\040y /a\\040b\\134c\\046d ext4 defaults 0 0\n');
    expect(entryOf(text, '/a b\\c&d')).toEqual(odd);
    expect(withoutEntry(text, '/a b\\c&d', undefined)).toBe('');
  });
  it('swap entries are told apart by their source', () => {
    const swap = '/dev/a none swap sw 0 0\n/dev/b none swap sw 0 0\n';
    expect(withoutEntry(swap, 'none', '/dev/a')).toBe('/dev/b none swap sw 0 0\n');
  });
});

describe('mount', () => {
  it.each([
    ['what is mounted and written is left alone', wanted, answer(root + data, line), []],
    ['what is neither is mounted, then written', wanted, answer(root, ''), ['mount', 'fstab']],
    ['what is only written is mounted', wanted, answer(root, line), ['mount']],
    ['what is only mounted is written and mounted anew', wanted, answer(root + data, ''), ['remount', 'fstab']],
    ['other options are mounted anew', { ...wanted, opts: 'ro' }, answer(root + data, line), ['remount', 'fstab']],
    ['another source takes the place', { ...wanted, src: '/dev/sdc' }, answer(root + data, line), ['replace', 'fstab']],
    [
      'a link to the device is the device',
      { ...wanted, src: 'UUID=1', opts: 'ro' },
      answer(root + data, line, 'yes', '/dev/sdb\n8 10\n'),
      ['remount', 'fstab'],
    ],
    ['a bind mount is quiet the second time', bound, answer(root + data + bind, boundLine, 'yes', '/data/nfs/a b\n\n'), []],
    [
      'a bind mount of another folder',
      { ...bound, src: '/data/other' },
      answer(root + data + bind, boundLine, 'yes', '/data/other\n\n'),
      ['replace', 'fstab'],
    ],
    ['present only writes', { ...wanted, state: 'present' }, answer(root, ''), ['fstab']],
    ['unmounted only unmounts', { path: '/data/', state: 'unmounted' }, answer(root + data, line), ['unmount']],
    ['unmounted that is', { path: '/data', state: 'unmounted' }, answer(root, line), []],
    ['absent does both', { path: '/data', state: 'absent' }, answer(root + data, line), ['unmount', 'fstab']],
    ['absent without a line, as Ansible has it', { path: '/data', state: 'absent' }, answer(root + data, ''), []],
    ['absent_from_fstab leaves the mount', { path: '/data', state: 'absent_from_fstab' }, answer(root + data, line), ['fstab']],
    ['remounted is done each time', { path: '/data', state: 'remounted' }, answer(root + data, line), ['again']],
    ['ephemeral leaves fstab', { ...wanted, state: 'ephemeral' }, answer(root, ''), ['mount']],
    [
      'boot: false is noauto',
      { ...wanted, state: 'present', opts: 'rw', boot: false },
      answer(root, '/dev/sdb /data ext4 rw,noauto 0 0\n'),
      [],
    ],
  ])('%s', (_name, written, seen, deeds) => {
    const plan = planOf(module, written, seen);
    expect(plan.refuse).toBeUndefined();
    expect(plan.changes.map(change => (change.action as { do: string }).do)).toEqual(deeds);
  });

  it('nothing is unmounted by force', () => {
    for (const state of ['absent', 'unmounted']) {
      const plan = planOf(module, { path: '/data', state }, answer(root + data, line));
      const text = JSON.stringify(plan.changes.flatMap(change => module.apply(change.action as never)));
      expect(text).toContain('umount /data');
      expect(text).not.toMatch(/umount -/);
    }
  });
  it('an ephemeral mount over another source is refused', () => {
    expect(planOf(module, { ...wanted, src: '/dev/sdc', state: 'ephemeral' }, answer(root + data, '')).refuse?.why).toContain(
      'not /dev/sdc',
    );
  });
  it('another source under a right fstab gets a warning', () => {
    const plan = planOf(module, wanted, answer(root + data.replace('/dev/sdb', '/dev/sdx').replace('8:16', '8:99'), line));
    expect([plan.changes, plan.warnings?.length]).toEqual([[], 1]);
  });
  it('a check run knows the fstab and the mounts to come', () => {
    const full = args(module, wanted) as never;
    const seen = module.probe(full).parse(output(`${answer(root, '')}@@\n`));
    const then = module.foresee?.(full, seen, [
      { mount: '/data', source: '/dev/sdb' },
      { path: '/etc/fstab', is: 'file', content: line },
    ]);
    expect(module.plan(full, then as never).changes).toEqual([]);
  });
  it.each([[{ path: '/x', state: 'mounted' }], [{ path: '/x', state: 'present', src: '/y' }]])(
    'bad words are said: %j',
    written => {
      expect(module.check?.(args(module, written) as never)).toHaveLength(1);
    },
  );

  it('on a real shell a line is written once and taken out again', () => {
    const fstab = join(mkdtempSync(join(tmpdir(), 'tsrun-mount-')), 'fstab');
    const path = join(tmpdir(), "it's no mount");
    for (const shell of [['dash'], ['bash']]) {
      writeFileSync(fstab, '# mine\nproc /proc proc defaults 0 0');
      const written = { path, src: '/nowhere', fstype: 'ext4', state: 'present', fstab };
      expect(play(module, written, { shell }).plan.changes).toHaveLength(1);
      expect(play(module, written, { shell }).plan.changes).toEqual([]);
      expect(play(module, { path, state: 'absent_from_fstab', fstab }, { shell }).plan.changes).toHaveLength(1);
      expect(read(fstab)).toBe('# mine\nproc /proc proc defaults 0 0\n');
      expect(existsSync(path)).toBe(false);
    }
  });
});
