// The firewall on real hosts: what must answer answers, what must not does not, ssh stays; a second run changes nothing.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labHost } from './index.ts';

const execute = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const hosts = ['registry', 'node01', 'instance-1', 'instance-2', 'el-1'] as const;
type Name = (typeof hosts)[number];

/** From, to, port, and whether it shall be let through. */
const ways: readonly (readonly [Name, Name, number, boolean])[] = [
  ['node01', 'registry', 5000, true],
  ['instance-1', 'registry', 5000, false],
  ['instance-1', 'node01', 30000, true],
  ['instance-2', 'node01', 30001, true],
  ['registry', 'node01', 30000, false],
  ['registry', 'node01', 30001, false],
  ['registry', 'node01', 9999, true],
  ['node01', 'instance-1', 2049, true],
  ['registry', 'instance-1', 2049, false],
  ['instance-2', 'instance-1', 3306, true],
  ['node01', 'instance-1', 3306, false],
  ['node01', 'instance-1', 8000, false],
  ['node01', 'instance-1', 9999, false],
  ['node01', 'el-1', 2049, true],
  ['registry', 'el-1', 2049, false],
  ['node01', 'el-1', 9999, false],
  ['instance-1', 'registry', 22, true],
  ['registry', 'node01', 22, true],
  ['registry', 'instance-1', 22, true],
  ['registry', 'el-1', 22, true],
];
const ports = (to: Name): readonly number[] => [
  ...new Set(ways.filter(way => way[1] === to && way[2] !== 22).map(way => way[2])),
];

async function play(...flags: string[]): Promise<{ readonly code: number; readonly text: string }> {
  const words = [
    '--import',
    'tsx',
    'runner/main.ts',
    'playbooks/firewall.yaml',
    '-i',
    'inventory/lab.yaml',
    '--limit',
    hosts.join(':'),
    ...flags,
  ];
  return execute('node', words, { cwd: checkout, maxBuffer: 1 << 26 }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );
}

const name = (way: (typeof ways)[number]): string => `${way[0]} -> ${way[1]}:${way[2]}`;

/** The ways that are open; a listener of the test's own stands at each end, so what is closed is closed by a firewall. */
async function open(): Promise<readonly string[]> {
  const asked = ways.map(async way => {
    const [from, to] = await Promise.all([labHost(way[0]), labHost(way[1])]);
    const { exitCode } = await from.run(`timeout 3 bash -c '</dev/tcp/${to.address}/${way[2]}' 2>/dev/null`);
    return exitCode === 0 ? [name(way)] : [];
  });
  return (await Promise.all(asked)).flat();
}

const onAll = async (command: (host: Name) => string): Promise<void> => {
  await Promise.all(hosts.map(async host => (await labHost(host)).run(command(host))));
};
const unit = (port: number): string => `tsrun-test-port-${port}`;
const listen = (host: Name): string =>
  `${ports(host)
    .map(
      port => `systemd-run --quiet --collect --unit ${unit(port)} systemd-socket-activate --accept --inetd --listen ${port} cat`,
    )
    .join('; ')}; true`;
const noFirewall =
  'systemctl disable --now tsrun-firewall firewalld; rm -rf /etc/nftables.d/tsrun.nft /etc/systemd/system/tsrun-firewall.service /etc/firewalld/ipsets/tsrun-* /etc/firewalld/zones/*; systemctl daemon-reload; true';

beforeAll(async () => {
  await onAll(() => `${noFirewall}; systemctl stop docker-registry 'mytopling@*'; true`);
  await onAll(listen);
}, 120_000);

afterAll(async () => {
  await onAll(host => `${noFirewall}; systemctl stop ${ports(host).map(unit).join(' ')}; true`);
}, 60_000);

describe('playbooks/firewall.yaml', { timeout: 180_000 }, () => {
  test('before it, every way is open', async () => {
    await expect.poll(open, { timeout: 30_000 }).toEqual(ways.map(name));
  });

  test('a check changes nothing, and says what would', async () => {
    const check = await play('--check');
    expect(check).toMatchObject({ code: 0, text: expect.stringMatching(/Rules of the site/) });
    expect(await open()).toEqual(ways.map(name));
  });

  // Defects 29, 35, 55, 56: the port of the workers, of NFS, of the engine's web and of the X plugin are not for everybody.
  test('defect 35: the ports of the site are for those who need them, ssh is for all', async () => {
    expect(await play()).toMatchObject({ code: 0 });
    expect(await open()).toEqual(ways.filter(way => way[3]).map(name));
  });

  test('a second run and a check change nothing', async () => {
    expect(await play('--fail-on-change')).toMatchObject({ code: 0 });
    expect(await play('--check', '--fail-on-change')).toMatchObject({ code: 0 });
  });

  test('rules that somebody flushed come back', async () => {
    await (await labHost('registry')).run('nft flush ruleset');
    expect(await play()).toMatchObject({ code: 0 });
    expect(await open()).toEqual(ways.filter(way => way[3]).map(name));
  });

  test('a source that is all the world is refused', async () => {
    const refused = await play('-e', '{"nfs_clients": ["0.0.0.0/0"]}');
    expect(refused).toMatchObject({ code: 2, text: expect.stringMatching(/other than \/0/) });
  });
});
