import { describe, expect, it } from 'vitest';
import { module as apt } from '../../runner/modules/apt.ts';
import { module as dnf } from '../../runner/modules/dnf.ts';
import { module as packages } from '../../runner/modules/package.ts';
import { rpmSpec } from '../../runner/modules/parts/dnf.ts';
import { compareDebian, compareRpm, globMatches } from '../../runner/modules/parts/package-version.ts';
import { args, at, output, planOf } from '../support/real-sh.ts';

const scriptOf = (plan: ReturnType<typeof planOf>) => (plan.changes[0]?.action as { script: string } | undefined)?.script ?? '';
const summaries = (plan: ReturnType<typeof planOf>) => plan.changes.map(change => change.summary);

describe('versions', () => {
  it.each([
    ['1.0', '1.0', 0],
    ['1.0~rc1', '1.0', -1],
    ['1:0.9', '2.0', 1],
    ['1.2-10', '1.2-9', 1],
    ['1.10', '1.9', 1],
    ['1.0a', '1.0', 1],
    ['1.0+b1', '1.0a', 1],
    ['1.22.1-9+deb12u1', '1.22.1-9', 1],
    ['007', '7', 0],
  ])('dpkg: %s and %s', (a, b, sign) => {
    expect(Math.sign(compareDebian(a, b))).toBe(sign);
    expect(Math.sign(compareDebian(b, a))).toBe(-sign + 0);
  });
  it.each([
    ['1.0', '1.0', 0],
    ['5.14.0-427.el9', '5.14.0-70.el9', 1],
    ['1.0~rc1', '1.0', -1],
    ['1.0^git1', '1.0', 1],
    ['1.0^git1', '1.0.1', -1],
    ['2:1.0', '1:9.0', 1],
    ['1.0', '1.0-5', 0],
    ['10xyz', '10.1xyz', -1],
    ['a', '1', -1],
    ['1.05', '1.5', 0],
    ['1.0', '1.0.0', -1],
  ])('rpm: %s and %s', (a, b, sign) => {
    expect(Math.sign(compareRpm(a, b))).toBe(sign);
    expect(Math.sign(compareRpm(b, a))).toBe(-sign + 0);
  });
  it.each([
    ['1.2*', '1.2.3', true],
    ['1.?', '1.23', false],
    ['[ab]c', 'bc', true],
    ['[!ab]c', 'bc', false],
    ['1.2', '1x2', false],
  ])('glob %s on %s', (pattern, text, fits) => expect(globMatches(pattern, text)).toBe(fits));
});

const row = (name: string, version: string, status = 'installed', provides = '') =>
  `${name}\tamd64\t${status}\t${version}\t${provides}\n`;
const policy = (name: string, candidate: string, ...versions: string[]) =>
  `${name}:\n  Installed: (none)\n  Candidate: ${candidate}\n  Version table:\n${versions.map(version => `     ${version} 500\n        500 http://x\n`).join('')}`;

describe('apt', () => {
  const bash = at('installed', row('bash', '5.2'));
  it.each([
    ['what is installed is left alone', { name: 'bash' }, bash, []],
    [
      'what is missing is installed, in one transaction',
      { name: ['bash', 'a', 'b'] },
      bash + at('policy', policy('bash', '5.2', '5.2') + policy('a', '1', '1') + policy('b', '2', '2')),
      ['install a, b'],
    ],
    ['a comma makes a list', { name: 'bash,a' }, bash + at('policy', policy('a', '1', '1')), ['install a']],
    [
      'removed but configured is not installed',
      { name: 'a' },
      at('installed', row('a', '1', 'config-files')) + at('policy', policy('a', '1', '1')),
      ['install a'],
    ],
    [
      'what something installed provides is there',
      { name: 'awk' },
      at('provided', 'installed\tawk, x (= 1)\n') + at('policy', policy('awk', '(none)')),
      [],
    ],
    ['what only others provide is for apt to choose', { name: 'mta' }, at('policy', policy('mta', '(none)')), ['install mta']],
    ['a version that is installed', { name: 'bash=5.*' }, bash + at('policy', policy('bash', '5.2', '5.2')), []],
    ['another version', { name: 'bash=5.1*' }, bash + at('policy', policy('bash', '5.2', '5.2', '5.1-2')), ['install bash']],
    ['a version that is at least so high', { name: 'bash>=5.1' }, bash + at('policy', policy('bash', '5.2', '5.2')), []],
    ['latest that is the latest', { name: 'bash', state: 'latest' }, bash + at('policy', policy('bash', '5.2', '5.2')), []],
    [
      'latest that is not',
      { name: 'bash', state: 'latest' },
      bash + at('policy', policy('bash', '5.3', '5.3')),
      ['install bash'],
    ],
    ['absent', { name: ['bash', 'zz'], state: 'absent' }, bash, ['remove bash']],
    ['absent that is absent', { name: 'zz', state: 'absent' }, '', []],
    [
      'purge takes configuration that is left',
      { name: 'a', state: 'absent', purge: true },
      at('installed', row('a', '1', 'config-files')),
      ['purge a'],
    ],
    ['only_upgrade installs nothing', { name: 'a', only_upgrade: true }, at('policy', policy('a', '1', '1')), []],
    [
      'an upgrade says what it does',
      { upgrade: 'dist' },
      at('simulated', 'Inst bash [5.2] (5.3 Debian:12 [amd64])\nRemv old [1]\n'),
      ['upgrade bash, old'],
    ],
    ['an upgrade of nothing', { upgrade: 'dist' }, at('simulated', ''), []],
    [
      'an upgrade by lists that are not there yet',
      { upgrade: 'dist', update_cache: true },
      at('simulated', '') + at('stamp', '1 99'),
      ['upgrade what the new lists bring'],
    ],
    ['autoremove alone', { autoremove: true }, at('simulated', 'Remv old [1]\n'), ['autoremove old']],
    ['a .deb that is installed', { deb: '/x.deb' }, at('deb', 'Package: bash\nVersion: 5.2\n') + bash, []],
    ['a .deb of a URL by its name', { deb: 'http://x/bash_5.3_amd64.deb' }, bash, ['install bash']],
  ])('%s', (_name, written, answer, wanted) => {
    const plan = planOf(apt, written, answer);
    expect(plan.refuse).toBeUndefined();
    expect(summaries(plan)).toEqual(wanted);
  });

  it('a version goes into the words, quoted', () => {
    const plan = planOf(apt, { name: 'a=1*' }, at('policy', policy('a', '2', '2', '1.5')));
    expect(scriptOf(plan)).toContain('install -- a=1.5');
    expect(scriptOf(plan)).toContain('DPkg::Lock::Timeout=60');
  });
  it('what no repository has is refused, unless the lists are updated first', () => {
    expect(planOf(apt, { name: ['a', 'b'] }, at('policy', policy('a', '1', '1'))).refuse?.why).toContain('has b');
    const later = planOf(apt, { name: 'b', update_cache: true }, `${at('policy', '')}${at('stamp', '100 200')}`);
    expect(later.refuse).toBeUndefined();
    expect(scriptOf(later)).toMatch(/update[\s\S]*install -- b/);
  });
  it('lists that are young enough are not updated', () => {
    const old = planOf(apt, { name: 'bash', cache_valid_time: 50 }, bash + at('stamp', '100 200'));
    const young = planOf(apt, { name: 'bash', cache_valid_time: 500 }, bash + at('stamp', '100 200'));
    expect([old.acts?.length, young.acts?.length]).toEqual([1, 0]);
    expect(old.aside).toBe(true);
    expect([old.changes, young.changes]).toEqual([[], []]);
  });
  it('a dependency that was wished for by name is marked so', () => {
    expect(planOf(apt, { name: 'bash' }, bash + at('auto', 'bash\nzz\n')).acts).toEqual([{ script: 'apt-mark manual bash' }]);
  });
  it('the name of a package is never shell', () => {
    expect(scriptOf(planOf(apt, { name: 'a; rm -rf /' }, at('policy', '') + at('stamp', '')))).toBe('');
    expect(scriptOf(planOf(apt, { name: "x'y", state: 'absent' }, at('installed', row("x'y", '1'))))).toContain(`'x'\\''y'`);
  });
  it('a check run knows the packages and repositories to come', () => {
    const full = args(apt, { name: 'a' }) as never;
    const seen = apt.probe(full).parse(output(`${at('policy', '')}@@\n`));
    expect(apt.plan(full, seen).refuse).toBeDefined();
    const repo = apt.foresee?.(full, seen, [{ path: '/etc/apt/sources.list.d/x.list', is: 'file' }]);
    expect(summaries(apt.plan(full, repo as never))).toEqual(['install a']);
    const come = apt.foresee?.(full, seen, [{ package: 'a', is: 'present' }]);
    expect(apt.plan(full, come as never).changes).toEqual([]);
  });
  it('an answer that ends early is a fault', () => {
    expect(() => apt.probe(args(apt, { name: 'a' }) as never).parse(output('', 255, 'gone'))).toThrow('gone');
  });
  it.each([[{}], [{ name: 'a', deb: '/x' }], [{ deb: '/x', state: 'latest' }]])('bad words are said: %j', written => {
    expect(apt.check?.(args(apt, written) as never)).toHaveLength(1);
  });
});

describe('dnf', () => {
  const bash = at('named', 'bash\t(none):4.4.20-4.el8\tx86_64\n');
  it.each([
    ['foo', { kind: 'name', name: 'foo', evr: '' }],
    ['foo.x86_64', { kind: 'name', name: 'foo', arch: 'x86_64' }],
    ['foo-bar-1.2-3.el9.noarch', { kind: 'name', name: 'foo-bar', evr: '1.2-3.el9', arch: 'noarch' }],
    ['foo-1:2.0', { name: 'foo', evr: '1:2.0' }],
    ['foo >= 1.2', { kind: 'relation', name: 'foo', cmp: '>=', evr: '1.2' }],
    ['@Development Tools', { kind: 'group', name: 'Development Tools' }],
    ['/tmp/foo-1.0-1.noarch.rpm', { kind: 'file', name: 'foo', evr: '1.0-1' }],
    ['https://x/foo-1.0-1.noarch.rpm', { kind: 'file', name: 'foo' }],
    ['foo*', { kind: 'glob' }],
  ])('%s is read', (written, wanted) => expect(rpmSpec(written)).toMatchObject(wanted));

  it.each([
    ['what is installed is left alone', { name: 'bash' }, bash, []],
    ['what is missing is installed', { name: ['bash', 'a'] }, bash, ['install a']],
    ['what something provides is there', { name: '/usr/bin/vi' }, at('provided', '/usr/bin/vi\n'), []],
    ['the version that is installed', { name: 'bash-4.4.20' }, bash, []],
    ['a newer one than wished for stays', { name: 'bash-4.2' }, bash, []],
    ['a newer one goes where that is allowed', { name: 'bash-4.2', allow_downgrade: true }, bash, ['install bash-4.2']],
    ['an older one is replaced', { name: 'bash-5.0' }, bash, ['install bash-5.0']],
    ['a relation that holds', { name: 'bash >= 4.0' }, bash, []],
    ['a relation that does not', { name: 'bash >= 5.0' }, bash, ['install bash >= 5.0']],
    ['a name that ends like a version', { name: 'java-11-openjdk' }, at('named', 'java-11-openjdk\t1:11-1\tx86_64\n'), []],
    ['a group that is installed', { name: '@tools' }, at('groups', 'Installed Groups:\n   Build Tools (tools)\n'), []],
    ['a group that is not', { name: '@tools' }, at('groups', ''), ['install @tools']],
    [
      'latest with an upgrade',
      { name: 'bash', state: 'latest' },
      bash + at('upgrades', '\nbash.x86_64    4.5-1.el8    baseos\n'),
      ['install bash'],
    ],
    ['latest without one', { name: 'bash', state: 'latest' }, bash + at('upgrades', ''), []],
    [
      'all to the latest',
      { name: '*', state: 'latest' },
      at('upgrades', 'a.noarch  2-1  base\nb.x86_64  3-1  base\n'),
      ['install a, b'],
    ],
    ['update_only installs nothing', { name: 'a', state: 'latest', update_only: true }, at('upgrades', ''), []],
    ['absent', { name: ['bash', 'zz'], state: 'absent' }, bash, ['remove bash']],
    ['removed is absent', { name: 'zz', state: 'removed' }, '', []],
    ['a glob that matches', { name: 'ba*' }, at('globbed', 'bash\t0:4-1\tx86_64\n'), []],
    ['autoremove alone', { autoremove: true }, at('unneeded', 'old\n'), ['autoremove old']],
  ])('%s', (_name, written, answer, wanted) => expect(summaries(planOf(dnf, written, answer))).toEqual(wanted));

  it('one transaction, with what was asked for', () => {
    const script = scriptOf(planOf(dnf, { name: ['a', 'b'], enablerepo: 'x,y', nobest: true, disable_gpg_check: true }, ''));
    expect(script).toContain('d install a b');
    expect(script).toMatch(/--enablerepo=x --enablerepo=y/);
    expect(script).toMatch(/--nogpgcheck/);
  });
  it('the holder of a lock is named', () => {
    expect(scriptOf(planOf(dnf, { name: 'a' }, ''))).toContain('is held by process');
  });
  it('what was done is listed', () => {
    const said = output('Installed:\n  a-1-1.noarch    b-2-1.x86_64   \n\nComplete!\n');
    expect(dnf.result?.({} as never, {} as never, [said])['results']).toEqual([
      'Installed: a-1-1.noarch',
      'Installed: b-2-1.x86_64',
    ]);
  });
});

describe('package', () => {
  it.each([
    ['apt', at('manager', 'apt') + at('installed', row('bash', '5.2')), { name: 'bash' }, []],
    ['dnf', `${at('manager', 'dnf')}${at('named', '')}`, { name: 'a' }, ['install a']],
    ['apk', at('manager', 'apk') + at('small', 'a\n'), { name: ['a', 'b'] }, ['install b']],
    ['zypper', at('manager', 'zypper') + at('small', 'a\n'), { name: 'a', state: 'absent' }, ['remove a']],
  ])('by %s', (_name, answer, written, wanted) => expect(summaries(planOf(packages, written, answer))).toEqual(wanted));
  it('a host without a package manager is refused', () => {
    expect(planOf(packages, { name: 'a' }, at('manager', 'none')).refuse?.why).toContain('none of apt');
  });
});
