import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnyModule } from '../../runner/core/types.ts';
import { module as aptRepository } from '../../runner/modules/apt_repository.ts';
import { module as cron } from '../../runner/modules/cron.ts';
import { module as filesystem } from '../../runner/modules/filesystem.ts';
import { module as hostname } from '../../runner/modules/hostname.ts';
import { module as modprobe } from '../../runner/modules/modprobe.ts';
import { module as pamLimits } from '../../runner/modules/pam_limits.ts';
import { withJob, withVariable } from '../../runner/modules/parts/crontab.ts';
import { keyFingerprint } from '../../runner/modules/parts/openpgp.ts';
import { module as rpmKey } from '../../runner/modules/rpm_key.ts';
import { module as timezone } from '../../runner/modules/timezone.ts';
import { module as yumRepository } from '../../runner/modules/yum_repository.ts';
import { args, at, output, planOf, play, read } from '../support/real-sh.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsrun-conf-'));
const diff = (plan: ReturnType<typeof planOf>) => plan.changes.map(change => change.diff.after).join('');
const summaries = (plan: ReturnType<typeof planOf>) => plan.changes.map(change => change.summary);
const twice = (module: AnyModule, written: Record<string, unknown>, path: string) => {
  const first = play(module, written);
  const text = read(path);
  return { changes: [first.plan.changes.length, play(module, written).plan.changes.length], text, failed: first.failed };
};

describe('pam_limits', () => {
  const limit = { domain: 'mysql', limit_type: '-', limit_item: 'nofile', value: 65536 };
  it.each([
    ['a new limit comes last', limit, '# c\n* soft core 0\n', '# c\n* soft core 0\nmysql\t-\tnofile\t65536\n'],
    ['a limit that holds stays as it is written', limit, 'mysql  -  nofile 65536 # x\n', null],
    ['another value keeps its comment', limit, 'mysql - nofile 1 # x\n', 'mysql\t-\tnofile\t65536\t# x\n'],
    ['the greater stays', { ...limit, use_max: true }, 'mysql - nofile 99999\n', null],
    ['the smaller stays', { ...limit, use_min: true }, 'mysql - nofile 1024\n', null],
    ['unlimited is the greatest', { ...limit, use_max: true }, 'mysql - nofile unlimited\n', null],
  ])('%s', (_name, written, before, after) => expect(diff(planOf(pamLimits, written, at('file', before)))).toBe(after ?? ''));
  it('a file is written once', () => {
    const dest = join(folder, 'limits.conf');
    expect(twice(pamLimits, { ...limit, dest, comment: 'mine' }, dest)).toMatchObject({
      changes: [1, 0],
      text: 'mysql\t-\tnofile\t65536\t#mine\n',
    });
  });
});

describe('cron', () => {
  it.each([
    ['a job comes last, under its name', 'A=1\n', 'x', '1 * * * * y', 'A=1\n#Ansible: x\n1 * * * * y\n'],
    ['a job changes in its place', '#Ansible: x\nold\n#Ansible: z\nq\n', 'x', 'new', '#Ansible: x\nnew\n#Ansible: z\nq\n'],
    ['a job goes with its name', '#Ansible: x\nold\nB=1\n', 'x', null, 'B=1\n'],
    ['a job without a name gets it', 'a\njob\n', 'x', 'job', 'a\n#Ansible: x\njob\n'],
  ])('%s', (_name, before, name, job, after) => expect(withJob(before, name, job)).toBe(after));
  it.each([
    ['a variable comes first', 'x\n', 'V', 'V="1"', {}, 'V="1"\nx\n'],
    ['a variable changes', 'V=0\nx\n', 'V', 'V="1"', {}, 'V="1"\nx\n'],
    ['behind another', 'A=1\nB=1\n', 'V', 'V="1"', { after: 'A' }, 'A=1\nV="1"\nB=1\n'],
    ['beside none', 'A=1\n', 'V', 'V="1"', { before: 'Z' }, null],
  ])('%s', (_name, before, name, row, place, after) =>
    expect(withVariable(before, name, row, { after: undefined, before: undefined, ...place })).toBe(after),
  );
  it('a file of cron.d holds the user, is written once, and goes when it is empty', () => {
    const cron_file = join(folder, 'jobs');
    const written = { name: 'nightly', cron_file, user: 'root', hour: 3, minute: '0', job: "echo 'a b' > /dev/null" };
    expect(twice(cron, written, cron_file)).toMatchObject({
      changes: [1, 0],
      text: "#Ansible: nightly\n0 3 * * * root echo 'a b' > /dev/null\n",
    });
    expect(play(cron, { name: 'nightly', cron_file, state: 'absent' }).plan.changes[0]?.foretells).toEqual([
      { path: cron_file, is: 'absent' },
    ]);
    expect(play(cron, { name: 'nightly', cron_file, state: 'absent' }).plan.changes).toEqual([]);
  });
  it('a crontab goes by standard input', () => {
    const plan = planOf(
      cron,
      { name: 'x', job: 'y', user: 'app', special_time: 'daily' },
      at('user', 'root\n') + at('crontab', 'yes\n') + at('text', ''),
    );
    expect(cron.apply(plan.changes[0]?.action as never)).toEqual([
      { run: { sh: 'crontab -u app -', stdin: '#Ansible: x\n@daily y\n' } },
    ]);
  });
});

describe('yum_repository', () => {
  it('a repository is written as configparser does, once, and others stay', () => {
    const path = join(folder, 'x.repo');
    writeFileSync(path, '# mine\n[other]\nname=Other\nenabled=1\n');
    const written = {
      name: 'base',
      file: 'x',
      reposdir: folder,
      description: 'Base',
      baseurl: ['http://a', 'http://b'],
      gpgcheck: false,
      enabled: true,
    };
    expect(twice(yumRepository, written, path)).toMatchObject({
      changes: [1, 0],
      text: '# mine\n[other]\nname=Other\nenabled=1\n\n[base]\nbaseurl = http://a\n\thttp://b\nenabled = 1\ngpgcheck = 0\nname = Base\n\n',
    });
    expect(play(yumRepository, { name: 'base', file: 'x', reposdir: folder, state: 'absent' }).plan.changes).toHaveLength(1);
    expect(read(path)).toContain('[other]');
    expect(play(yumRepository, { name: 'other', file: 'x', reposdir: folder, state: 'absent' }).plan.changes).toHaveLength(1);
  });
  it('spaces around the equal sign are no difference', () => {
    const plan = planOf(
      yumRepository,
      { name: 'b', description: 'B', baseurl: 'http://a' },
      at('file', '[b]\nname=B\nbaseurl=http://a\n'),
    );
    expect(plan.changes).toEqual([]);
  });
});

describe('apt_repository', () => {
  const repo = 'deb [signed-by=/k.asc] https://u:p@deb.example.com/debian bookworm main';
  const files = (text: string) => at('apt', 'yes\n') + at('files', text);
  it.each([
    [
      'a new one gets a file by its address',
      repo,
      files('=/etc/apt/sources.list\n deb x y z\n'),
      '/etc/apt/sources.list.d/deb_example_com_debian.list',
    ],
    ['spaces do not count', repo, files(`=/etc/apt/sources.list\n deb  ${repo.slice(4)} # mine\n`), undefined],
    [
      'a disabled one is enabled where it is',
      repo,
      files(`=/etc/apt/sources.list.d/a.list\n # ${repo}\n`),
      '/etc/apt/sources.list.d/a.list',
    ],
  ])('%s', (_name, line, answer, path) => {
    const plan = planOf(aptRepository, { repo: line }, answer);
    expect((plan.changes[0]?.action as { files: { path: string }[] } | undefined)?.files[0]?.path).toBe(path);
  });
  it('absent takes it out of all files, and an empty file away', () => {
    const plan = planOf(
      aptRepository,
      { repo, state: 'absent' },
      files(`=/etc/apt/sources.list\n # c\n ${repo}\n=/etc/apt/sources.list.d/a.list\n ${repo}\n`),
    );
    expect(plan.changes[0]?.action).toMatchObject({ files: [{ after: '# c\n' }, { after: null }] });
  });
  it('lists that cannot be had put the sources back', () => {
    const plan = planOf(aptRepository, { repo }, files(''));
    expect(JSON.stringify(aptRepository.apply(plan.changes[0]?.action as never))).toContain(
      'rm -f /etc/apt/sources.list.d/deb_example_com_debian.list',
    );
  });
});

describe('rpm_key', () => {
  // An ed25519 key made for this test; gpg says the same of it.
  const key = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEYAAAABYJKwYBBAHaRw8BAQdAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka
GxwdHh8=
-----END PGP PUBLIC KEY BLOCK-----
`;
  const print = keyFingerprint(Buffer.from(key)) ?? '';
  const id = print.slice(-8).toLowerCase();
  it('the fingerprint is of forty digits, armoured or not', () => {
    expect(print).toBe('A8D47E615706702F2B2C300B25C6FB396287D7AF');
    expect(keyFingerprint(Buffer.from(key.split('\n').slice(2, 4).join(''), 'base64'))).toBe(print);
    expect(keyFingerprint(Buffer.from('no key'))).toBeNull();
  });
  it.each([
    ['a key that rpm has', {}, `${id}\n=\n${key}`, []],
    ['a key that it lacks', {}, `00000000\n=\n${key}`, [`rpm key gpg-pubkey-${id}: absent -> trusted`]],
    ['absent', { state: 'absent' }, `${id}\n=\n${key}`, [`rpm key gpg-pubkey-${id}: trusted -> absent`]],
    [
      'absent by its id',
      { key: `0x${id.toUpperCase()}`, state: 'absent' },
      `${id}\n=\n`,
      [`rpm key gpg-pubkey-${id}: trusted -> absent`],
    ],
  ])('%s', (_name, more, answer, wanted) => expect(summaries(planOf(rpmKey, { key: '/k', ...more }, answer))).toEqual(wanted));
  it('a key of another fingerprint is refused', () => {
    expect(planOf(rpmKey, { key: '/k', fingerprint: 'AA BB' }, `=\n${key}`).refuse?.why).toContain('not AABB');
  });
});

describe('filesystem', () => {
  const hasTools = play(filesystem, { dev: folder, state: 'absent' }, { check: true }).plan.refuse === undefined;
  it.runIf(hasTools)('a blank image is made, grown and never made again', () => {
    const dev = join(folder, "disk's image");
    writeFileSync(dev, '');
    truncateSync(dev, 4 << 20);
    const written = { dev, fstype: 'ext4', opts: '-L data' };
    expect(play(filesystem, written)).toMatchObject({ plan: { changes: [{ summary: `${dev}: blank -> ext4` }] } });
    expect(play(filesystem, written).plan.changes).toEqual([]);
    expect(play(filesystem, { dev, fstype: 'xfs' }).failed).toContain('is not blank: it has ext4');
    truncateSync(dev, 12 << 20);
    expect(play(filesystem, { ...written, resizefs: true }).plan.changes).toHaveLength(1);
    expect(play(filesystem, { ...written, resizefs: true }).plan.changes).toEqual([]);
    expect(play(filesystem, { dev, fstype: 'swap', force: true }, { check: true }).plan.changes[0]?.impact).toBe('destroys');
  });
  const blkid = (text: string, mounted = '', uses = '') => at('blkid', text) + at('mounted', `${mounted}\n`) + at('uses', uses);
  it.each([
    ['what is mounted', { force: true }, blkid('TYPE=ext4\n', '/data'), /mounted at \/data/],
    ['what is held', { force: true }, blkid('TYPE=LVM2_member\n', '', 'dm-0\n'), /held by dm-0/],
    ['a partition table', {}, blkid('PTTYPE=gpt\n'), /gpt partition table/],
    ['what has partitions', {}, blkid('', '', 'partition\n'), /partitions/],
  ])('%s is never formatted', (_name, more, answer, why) => {
    const plan = planOf(filesystem, { dev: '/dev/x', fstype: 'xfs', ...more }, answer);
    expect([plan.changes, plan.refuse?.why]).toEqual([[], expect.stringMatching(why)]);
  });
  it('wiping says what it destroys', () => {
    expect(planOf(filesystem, { dev: '/dev/x', state: 'absent' }, blkid('TYPE=ext4\n')).changes[0]?.impact).toBe('destroys');
    expect(planOf(filesystem, { dev: '/dev/x', state: 'absent' }, blkid('')).changes).toEqual([]);
  });
  it('a device that is not there', () => {
    expect(planOf(filesystem, { dev: '/dev/x', fstype: 'xfs' }, '', 4).refuse?.why).toContain('no device');
  });
});

describe('modprobe', () => {
  const answer = (loaded: string, loads = '', options = '') =>
    at('loaded', `${loaded}\n`) + at('loads', loads) + at('options', options);
  it.each([
    ['what is loaded stays', {}, answer('loaded yes'), []],
    ['what is built in is there', {}, answer('builtin yes'), []],
    ['what is not is loaded', {}, answer('no yes'), ['br: not loaded -> loaded']],
    ['absent unloads', { state: 'absent' }, answer('loaded yes'), ['br: loaded -> not loaded']],
    [
      'persistent writes both',
      { persistent: 'present', params: 'a=1 b=2' },
      answer('loaded yes'),
      ['/etc/modules-load.d/br.conf: br is loaded at boot', '/etc/modprobe.d/br.conf: options a=1 b=2'],
    ],
    [
      'persistent that is',
      { persistent: 'present', params: 'a=1' },
      answer('loaded yes', '=/etc/modules-load.d/x.conf\n br\n', '=/etc/modprobe.d/br.conf\n options br a=1\n'),
      [],
    ],
    [
      'persistent absent makes comments',
      { persistent: 'absent' },
      answer('loaded yes', '=/etc/modules-load.d/x.conf\n br\n'),
      ['/etc/modules-load.d/x.conf: br -> a comment'],
    ],
  ])('%s', (_name, more, seen, wanted) => expect(summaries(planOf(modprobe, { name: 'br', ...more }, seen))).toEqual(wanted));
  it('a module that the kernel lacks is refused, but not where a package will bring it', () => {
    const full = args(modprobe, { name: 'br' }) as never;
    const seen = modprobe.probe(full).parse(output(`${answer('no no')}@@\n`));
    expect(modprobe.plan(full, seen).refuse?.why).toContain('no module br');
    expect(modprobe.plan(full, modprobe.foresee?.(full, seen, [{ package: 'k', is: 'present' }]) as never).changes).toHaveLength(
      1,
    );
  });
});

describe('hostname and timezone', () => {
  it.each([
    ['a name that is', hostname, { name: 'a' }, at('current', 'a\n') + at('saved', 'a\n'), []],
    [
      'a name that differs',
      hostname,
      { name: 'b' },
      at('current', 'a\n') + at('saved', 'a\n'),
      ['/etc/hostname: a -> b', 'host name: a -> b'],
    ],
    ['a zone that is', timezone, { name: 'Etc/UTC' }, at('zone', '/usr/share/zoneinfo/Etc/UTC\n') + at('known', 'yes\n'), []],
    [
      'a zone that differs',
      timezone,
      { name: 'Asia/Shanghai' },
      at('zone', '/usr/share/zoneinfo/Etc/UTC\n') + at('known', 'yes\n'),
      ['time zone: Etc/UTC -> Asia/Shanghai'],
    ],
    [
      'the hardware clock',
      timezone,
      { hwclock: 'local' },
      at('zone', '\n') + at('known', 'yes\n') + at('adjtime', '0.0 1 0\n1\nUTC\n'),
      ['hardware clock: UTC -> local'],
    ],
  ])('%s', (_name, module, written, answer, wanted) =>
    expect(summaries(planOf(module as AnyModule, written, answer))).toEqual(wanted),
  );
  it('a zone that the host lacks is refused', () => {
    expect(planOf(timezone, { name: 'No/Where' }, at('zone', '\n') + at('known', 'no\n')).refuse?.why).toContain('No/Where');
  });
});
