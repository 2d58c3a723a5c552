import { createServer } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AnyModule } from '../../runner/core/types.ts';
import { module as alternatives } from '../../runner/modules/alternatives.ts';
import { module as asyncStatus } from '../../runner/modules/async_status.ts';
import { module as firewalld } from '../../runner/modules/firewalld.ts';
import { module as grubDefault } from '../../runner/modules/grub_default.ts';
import { module as packageFacts } from '../../runner/modules/package_facts.ts';
import { distribution } from '../../runner/modules/parts/facts-system.ts';
import { network } from '../../runner/modules/parts/facts-network.ts';
import { readSections } from '../../runner/modules/parts/sections.ts';
import { module as ping } from '../../runner/modules/ping.ts';
import { module as reboot } from '../../runner/modules/reboot.ts';
import { module as script } from '../../runner/modules/script.ts';
import { module as seboolean } from '../../runner/modules/seboolean.ts';
import { module as sefcontext } from '../../runner/modules/sefcontext.ts';
import { module as selinux } from '../../runner/modules/selinux.ts';
import { module as serviceFacts } from '../../runner/modules/service_facts.ts';
import { module as setup } from '../../runner/modules/setup.ts';
import { module as waitFor } from '../../runner/modules/wait_for.ts';
import { module as waitForConnection } from '../../runner/modules/wait_for_connection.ts';
import { args, ask, at, output, planOf, play } from '../support/real-sh.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsrun-host-'));
afterAll(() => rmSync(folder, { recursive: true }));
const summaries = (plan: ReturnType<typeof planOf>) => plan.changes.map(change => change.summary);
const facts = (text: string) => readSections(output(`${text}@@\n`));

describe('setup', () => {
  it.each([
    [
      'Debian',
      'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
      at('debian_version', '12.5\n'),
      ['Debian', '12.5', '12', 'bookworm', 'Debian'],
    ],
    [
      'Ubuntu',
      'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n',
      at('debian_version', 'bookworm/sid\n'),
      ['Ubuntu', '22.04', '22', 'jammy', 'Debian'],
    ],
    ['RHEL', 'ID="rhel"\nVERSION_ID="8.6"\nVERSION="8.6 (Ootpa)"\n', '', ['RedHat', '8.6', '8', 'Ootpa', 'RedHat']],
    [
      'CentOS 7',
      'ID="centos"\nVERSION_ID="7"\nVERSION="7 (Core)"\n',
      at('redhat_release', 'CentOS Linux release 7.9.2009 (Core)\n'),
      ['CentOS', '7.9', '7', 'Core', 'RedHat'],
    ],
    [
      'Rocky',
      'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\n',
      '',
      ['Rocky', '9.3', '9', 'NA', 'RedHat'],
    ],
    ['a kin of RHEL', 'NAME="Foo Linux"\nID=foo\nID_LIKE="rhel fedora"\nVERSION_ID=3\n', '', ['Foo', '3', '3', 'NA', 'RedHat']],
    ['Alpine', 'ID=alpine\nVERSION_ID=3.19.1\n', '', ['Alpine', '3.19.1', '3', 'NA', 'Alpine']],
  ])('%s has the names that Ansible gives it', (_name, os, more, wanted) => {
    const found = distribution(facts(at('os', os) + more));
    const names = ['distribution', 'distribution_version', 'distribution_major_version', 'distribution_release', 'os_family'];
    expect(names.map(name => found[name])).toEqual(wanted);
  });

  it('interfaces and the default route are read', () => {
    const found = network(
      facts(
        `${at('net:eth0', 'yes\n')}${at('net:eth0:address', 'aa:bb\n')}${at('net:eth0:mtu', '1500\n')}${at('net:eth0:type', '1\n')}${at('net:eth0:operstate', 'up\n')}` +
          at(
            'addresses',
            '2: eth0    inet 10.1.2.3/20 brd 10.1.15.255 scope global eth0\\       valid_lft\n2: eth0    inet6 fe80::1/64 scope link \\ x\n',
          ) +
          at('route4', '8.8.8.8 via 10.1.0.1 dev eth0 src 10.1.2.3 uid 0 \n    cache\n'),
      ),
    );
    expect(found).toMatchObject({
      interfaces: ['eth0'],
      all_ipv4_addresses: ['10.1.2.3'],
      default_ipv4: {
        address: '10.1.2.3',
        gateway: '10.1.0.1',
        interface: 'eth0',
        netmask: '255.255.240.0',
        network: '10.1.0.0',
        prefix: '20',
        macaddress: 'aa:bb',
      },
      eth0: {
        active: true,
        mtu: 1500,
        type: 'ether',
        ipv4: { broadcast: '10.1.15.255' },
        ipv6: [{ address: 'fe80::1', scope: 'link' }],
      },
    });
  });

  it('this machine answers alike in every shell, with all the facts', () => {
    const stable = [
      'distribution',
      'architecture',
      'hostname',
      'processor_vcpus',
      'memtotal_mb',
      'user_id',
      'pkg_mgr',
      'interfaces',
    ];
    const seen = [['dash'], ['bash']].map(
      shell => play(setup, {}, { check: true, shell }).plan.result['ansible_facts'] as Record<string, unknown>,
    );
    const wanted =
      'os_family distribution distribution_version distribution_major_version kernel architecture hostname fqdn nodename processor_vcpus memtotal_mb swaptotal_mb default_ipv4 all_ipv4_addresses interfaces mounts devices pkg_mgr service_mgr selinux virtualization_type date_time env user_id';
    for (const name of wanted.split(' ')) expect(seen[0], name).toHaveProperty(name);
    for (const name of stable) expect(seen[1]?.[name], name).toEqual(seen[0]?.[name]);
    expect(seen[0]?.['env']).toMatchObject({ PATH: process.env['PATH'] });
  });
  it('a subset and a filter leave the others out', () => {
    const found = play(setup, { gather_subset: ['!all'], filter: 'ansible_dist*' }, { check: true }).plan.result[
      'ansible_facts'
    ] as object;
    expect(Object.keys(found)).toContain('distribution');
    expect(Object.keys(found)).not.toContain('kernel');
  });
  it('a fact of the host is read, JSON or ini', () => {
    writeFileSync(join(folder, 'a.fact'), '{"x": 1}');
    writeFileSync(join(folder, 'b.fact'), '[main]\nKey = v\n');
    const found = play(setup, { gather_subset: 'min', fact_path: folder }, { check: true }).plan.result[
      'ansible_facts'
    ] as Record<string, unknown>;
    expect(found['local']).toEqual({ a: { x: 1 }, b: { main: { key: 'v' } } });
  });
});

describe('wait_for', () => {
  it('a file, a text in it and its groups', () => {
    const path = join(folder, "it's a log");
    writeFileSync(path, 'start\nserver ready on 80\n');
    const found = play(waitFor, { path, search_regex: 'ready on (?P<port>\\d+)', timeout: 2 });
    expect(found.result).toMatchObject({ match_groups: ['80'], match_groupdict: { port: '80' }, path });
    expect(play(waitFor, { path, state: 'absent', timeout: 2 }).failed).toBeDefined();
    expect(play(waitFor, { path: `${path}.no`, state: 'absent', timeout: 2 }).failed).toBeUndefined();
  });
  it('a port that listens, and one that does not, by bash and without it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    // The server lives in this process: the kernel takes the connection while the shell runs.
    expect(play(waitFor, { port, timeout: 2 }).failed).toBeUndefined();
    expect(play(waitFor, { port, timeout: 2, state: 'stopped' }).failed).toBeDefined();
    await new Promise(resolve => server.close(resolve));
    expect(play(waitFor, { port, timeout: 2, state: 'stopped' }).failed).toBeUndefined();
    expect(play(waitFor, { port, timeout: 2, state: 'drained' }).failed).toBeUndefined();
  });
  it.each([[{ port: 1, path: '/x' }], [{ state: 'drained' }], [{ path: '/x', search_regex: '(' }]])(
    'bad words are said: %j',
    written => {
      expect(waitFor.check?.(args(waitFor, written) as never)).toHaveLength(1);
    },
  );
});

describe('reboot, ping, wait_for_connection, script', () => {
  it('a reboot goes by the boot id, cut off from the session', () => {
    const plan = planOf(reboot, { msg: "it's time", reboot_timeout: 30, test_command: 'id' }, 'abc\n');
    const steps = reboot.apply(plan.changes[0]?.action as never);
    expect(plan).toMatchObject({ repeats: true, changes: [{ impact: 'reboot', touches: ['*'] }] });
    expect(JSON.stringify(steps)).toContain("'it'\\\\''s time'");
    expect(steps[1]).toEqual({ reconnect: 'reboot', within: 30, bootId: 'abc' });
    expect(steps.some(step => 'until' in step && step.until === 'id')).toBe(true);
    expect(reboot.result?.({} as never, 'abc', [output('100\n'), output('', 0), output('160\n')])).toEqual({
      rebooted: true,
      elapsed: 60,
    });
  });
  it('without a boot id there is no reboot', () => {
    expect(() => planOf(reboot, {}, '', 1)).toThrow('boot id');
  });
  it('ping says pong, or what it was given', () => {
    expect(play(ping, {}).result).toEqual({ ping: 'pong' });
    expect(play(ping, { data: `"it's"\n` }).result).toEqual({ ping: `"it's"\n` });
    expect(() => play(ping, { data: 'crash' })).toThrow('boom');
  });
  it('a new connection is asked for', () => {
    const { acts } = planOf(waitForConnection, { delay: 2, timeout: 9 }, '');
    expect(waitForConnection.apply(acts?.[0] as never)[1]).toEqual({ reconnect: 'fresh', within: 9 });
  });
  it('a script is put, run and taken away', () => {
    const blob = { path: '/x', sha256: 'f'.repeat(64), size: 1, mode: 0o644 };
    const full = { ...args(script, { cmd: "sub/run.sh 'a b'" }), script: blob } as never;
    expect(script.local?.(full)).toEqual([{ arg: 'script', as: 'blob', folder: 'files', path: 'sub/run.sh' }]);
    const plan = script.plan(full, script.probe(full).parse(output('home /home/me\n')));
    const steps = script.apply(plan.changes[0]?.action as never);
    const file = '/home/me/.tsrun-script-ffffffffffffffff/run.sh';
    expect(steps[1]).toMatchObject({ put: file, mode: 0o700 });
    expect(steps[3]).toMatchObject({ run: { sh: `exec  ${file} 'a b'` } });
    expect(steps.at(-1)).toMatchObject({ run: { sh: 'rm -rf /home/me/.tsrun-script-ffffffffffffffff' } });
    expect(
      script.result?.(full, {} as never, [
        output(''),
        output(''),
        output('1.0 x 1:1:1'),
        output('out\n', 3),
        output('2.0 x 1:1:1'),
      ]),
    ).toMatchObject({ rc: 3, failed: true });
  });
});

const boot = 'vmlinuz-5.14.0-427.el9.x86_64';
const cfg = `menuentry 'Debian' $menuentry_id_option 'simple' {\n linux /boot/vmlinuz-6.1 root\nsubmenu 'Advanced' $menuentry_id_option 'adv' {\n\tmenuentry 'Debian 5.14' $menuentry_id_option 'old' {\n\tlinux /boot/${boot} ro\n`;
describe('modules that only few hosts can play', () => {
  const tools = at('tools', 'yes yes\n');
  const rule = (type: string) => `/srv(/.*)?     all files     system_u:object_r:${type}:s0 \n`;
  const seRunning = at('mode', 'enforcing\n') + at('policy', 'yes\n');
  const seConfig = at('config', 'SELINUX=enforcing\nSELINUXTYPE=targeted\n');
  it.each<[string, AnyModule, Record<string, unknown>, string, string[]]>([
    ['selinux that is', selinux, { state: 'enforcing', policy: 'targeted' }, seRunning + seConfig, []],
    [
      'selinux, now and after a boot',
      selinux,
      { state: 'permissive', policy: 'targeted' },
      seRunning + seConfig,
      ['SELinux: enforcing -> permissive', '/etc/selinux/config: enforcing targeted -> permissive targeted'],
    ],
    ['a boolean that is', seboolean, { name: 'b', state: true }, at('enabled', 'yes\n') + at('live', '1 1\n'), []],
    [
      'a boolean that is not yet kept',
      seboolean,
      { name: 'b', state: true, persistent: true },
      at('enabled', 'yes\n') + at('live', '1 1\n') + at('default', 'b    (on   ,  off)  x\n'),
      ['b: on, after a boot off -> on'],
    ],
    ['a context that is', sefcontext, { target: '/srv(/.*)?', setype: 'a_t' }, tools + at('all', rule('a_t')), []],
    [
      'a context that differs',
      sefcontext,
      { target: '/srv(/.*)?', setype: 'b_t' },
      tools + at('all', rule('a_t')),
      ['/srv(/.*)?: system_u:object_r:a_t:s0 -> system_u:object_r:b_t:s0'],
    ],
    [
      'a context of the policy is not taken away',
      sefcontext,
      { target: '/srv(/.*)?', state: 'absent' },
      tools + at('all', rule('a_t')),
      [],
    ],
    [
      'a service that is open both ways',
      firewalld,
      { service: 'nfs', state: 'enabled', permanent: true, immediate: true },
      at('state', 'yes yes\n') + at('now', 'yes\n') + at('permanent', 'yes\n'),
      [],
    ],
    [
      'a port that is open only now',
      firewalld,
      { port: '80/tcp', state: 'enabled', permanent: true, immediate: true },
      at('state', 'yes yes\n') + at('now', 'yes\n') + at('permanent', 'no\n'),
      ['firewall, permanent: port 80/tcp off -> on'],
    ],
    [
      'a zone to make',
      firewalld,
      { zone: 'z', state: 'present' },
      at('state', 'yes yes\n') + at('permanent', 'public drop\n'),
      ['firewall, permanent: zone z off -> on'],
    ],
    [
      'an alternative that is chosen',
      alternatives,
      { name: 'x', path: '/b' },
      at('exists', 'yes\n') +
        at('query', 'Name: x\nLink: /usr/bin/x\nStatus: manual\nBest: /b\nValue: /b\n\nAlternative: /b\nPriority: 50\n'),
      [],
    ],
    [
      'an alternative to choose',
      alternatives,
      { name: 'x', path: '/c' },
      at('exists', 'yes\n') +
        at(
          'query',
          'Name: x\nLink: /usr/bin/x\nStatus: auto\nValue: /b\n\nAlternative: /b\nPriority: 50\n\nAlternative: /c\nPriority: 10\n',
        ),
      ['x (/c): /b -> /c'],
    ],
    [
      'an alternative of EL',
      alternatives,
      { name: 'x', path: '/c' },
      at('exists', 'yes\n') +
        at('query', '') +
        at('display', 'x - status is auto.\n link currently points to /c\n/c - priority 10\n') +
        at('link', '/usr/bin/x\n'),
      [],
    ],
    [
      'a kernel by grubby',
      grubDefault,
      { kernel: `/boot/${boot}` },
      at('running', '4.18\n') + at('exists', 'yes\n') + at('current', '/boot/vmlinuz-4.18\n'),
      [`default kernel: /boot/vmlinuz-4.18 -> /boot/${boot}`],
    ],
    [
      'a kernel that grubby has',
      grubDefault,
      { kernel: `/boot/${boot}` },
      at('running', '4.18\n') + at('exists', 'yes\n') + at('current', `/boot/${boot}\n`),
      [],
    ],
    [
      'a kernel in a submenu of GRUB',
      grubDefault,
      { kernel: boot.slice(8) },
      at('running', '6.1\n') + at('exists', 'yes\n') + at('config', 'GRUB_DEFAULT=0\n') + at('entries', cfg),
      ['default kernel: 0 -> adv>old'],
    ],
    [
      'the first entry is the default',
      grubDefault,
      { kernel: '6.1' },
      at('running', '6.1\n') + at('exists', 'yes\n') + at('config', 'GRUB_DEFAULT=0\n') + at('entries', cfg),
      [],
    ],
  ])('%s', (_name, module, written, answer, wanted) => {
    const plan = planOf(module, written, answer);
    expect(plan.refuse).toBeUndefined();
    expect(summaries(plan)).toEqual(wanted);
  });
  it.each<[string, AnyModule, Record<string, unknown>, string]>([
    ['SELinux that is disabled', seboolean, { name: 'b', state: true }, at('enabled', 'no\n')],
    [
      'a policy that is not there',
      selinux,
      { state: 'enforcing', policy: 'mls' },
      at('mode', 'enforcing\n') + at('policy', 'no\n') + seConfig,
    ],
    ['firewalld that does not run', firewalld, { service: 'nfs', state: 'enabled' }, at('state', 'yes no\n')],
    ['a kernel that is not there', grubDefault, { kernel: boot }, at('running', '1\n') + at('current', '/boot/vmlinuz-1\n')],
    ['a program that is not there', alternatives, { name: 'x', path: '/c' }, at('query', '')],
  ])('%s is refused', (_name, module, written, answer) => {
    const { changes, refuse } = planOf(module, written, answer);
    expect([changes, refuse?.mend.length]).toEqual([[], expect.any(Number)]);
  });
});

describe('facts of packages and services', () => {
  it('packages of this machine', () => {
    const found = play(packageFacts, {}, { check: true }).plan.result['ansible_facts'] as {
      packages: Record<string, { version: string; source: string }[]>;
    };
    expect(found.packages['bash']?.[0]).toMatchObject({ source: 'apt', version: expect.stringMatching(/^\d/) });
  });
  it('services of systemd', () => {
    const units =
      'ssh.service loaded active running OpenBSD\n● bad.service loaded failed failed X\nx.service loaded inactive dead X\n';
    const files = 'ssh.service enabled enabled\nnew.service disabled enabled\nbad.service enabled enabled\n';
    const found = planOf(serviceFacts, {}, at('units', units) + at('files', files)).result['ansible_facts'];
    expect(found).toMatchObject({
      services: {
        'ssh.service': { state: 'running', status: 'enabled', source: 'systemd' },
        'bad.service': { state: 'stopped', status: 'failed' },
        'new.service': { state: 'inactive', status: 'disabled' },
      },
    });
  });
});

describe('async_status', () => {
  const env = { ...process.env, HOME: folder };
  const job = join(folder, '.tsrun_async', '12.3');
  it('a job that runs, ends, fails and is forgotten', () => {
    expect(play(asyncStatus, { jid: '12.3' }, { env }).failed).toBe('could not find job');
    mkdirSync(job, { recursive: true });
    writeFileSync(join(job, 'pid'), `${process.pid}\n`);
    expect(play(asyncStatus, { jid: '12.3' }, { env }).result).toMatchObject({ started: 1, finished: 0 });
    writeFileSync(join(job, 'stdout'), 'a\nb\n');
    writeFileSync(join(job, 'rc'), '0\n');
    expect(play(asyncStatus, { jid: '12.3' }, { env }).result).toMatchObject({
      finished: 1,
      rc: 0,
      stdout: 'a\nb',
      stdout_lines: ['a', 'b'],
    });
    writeFileSync(join(job, 'rc'), '4\n');
    expect(play(asyncStatus, { jid: '12.3' }, { env }).failed).toContain('return code 4');
    expect(play(asyncStatus, { jid: '12.3', mode: 'cleanup' }, { env }).failed).toBeUndefined();
    expect(ask({ sh: `[ -e ${job} ]` as never }).code).toBe(1);
  });
});
