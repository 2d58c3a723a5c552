// Proof that the lab is what it says: hosts that run, reboot and ask for passwords, and a `down` that leaves nothing.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { labHosts } from './hosts.ts';
import { labHost, labStatus, labUp } from './index.ts';
import { labLayout } from './layout.ts';

const execute = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const names = labHosts.map(host => host.name);

// The first time on a machine this builds the root file systems.
beforeAll(() => labUp(), 600_000);

describe('the lab', { timeout: 60_000 }, () => {
  test('every host answers and is running', async () => {
    const status = await labStatus();
    expect(status.map(host => [host.name, host.state])).toEqual(names.map(name => [name, 'running']));
  });

  test('up again changes nothing', async () => {
    const before = [await labStatus(), await bootIds(), await readFile(labLayout().addresses, 'utf8')];
    await labUp();
    expect([await labStatus(), await bootIds(), await readFile(labLayout().addresses, 'utf8')]).toEqual(before);
  });

  test('a host that reboots comes back', async () => {
    const host = await labHost('el-1');
    const before = await bootId('el-1');
    await host.run('echo kept >/root/kept; systemctl reboot');
    await expect.poll(() => bootId('el-1').catch(() => before), { timeout: 30_000 }).not.toBe(before);
    expect((await host.run('systemctl is-system-running --wait; cat /root/kept')).stdout).toBe('running\nkept\n');
  });

  test.each(labHosts)('ops on $name becomes root as declared: $sudo', async ({ name, sudo }) => {
    const host = await labHost(name);
    const free = sudo === 'free';
    for (const become of ['sudo -n', 'doas -n']) expect((await host.run(`${become} id -u`, 'ops')).exitCode === 0).toBe(free);
    const password = /lab_ops_password: (\S+)/.exec(await readFile(labLayout().addresses, 'utf8'))?.[1];
    if (free) return;
    expect(await host.run("sudo -S -p '' id -u", 'ops', `${password}\n`)).toMatchObject({ exitCode: 0, stdout: '0\n' });
    expect((await host.run("sudo -S -p '' id -u", 'ops', 'wrong\n')).exitCode).toBe(1);
  });

  test('ssh passes the exit code of the command on', async () => {
    await expect(execute('node', [join(checkout, 'scripts/lab.mjs'), 'ssh', 'node01', 'exit 7'])).rejects.toMatchObject({
      code: 7,
    });
  });
});

test('the lab of another checkout stands beside this one, and leaves nothing behind', { timeout: 300_000 }, async () => {
  const other = await mkdtemp(join(tmpdir(), 'tsrun-lab-'));
  const lab = (...words: string[]) => execute('node', [join(other, 'scripts/lab.mjs'), ...words]);
  try {
    await mkdir(join(other, 'test'));
    for (const path of ['test/lab', 'scripts', 'package.json'])
      await cp(join(checkout, path), join(other, path), { recursive: true });
    await symlink(join(checkout, 'node_modules'), join(other, 'node_modules'));
    const before = await held();
    const mine = await labStatus();
    await lab('up');
    expect(await held()).not.toEqual(before);
    await lab('status');
    await lab('down');
    await expect.poll(held, { timeout: 10_000 }).toEqual(before);
    await expect(readFile(join(other, 'inventory/group_vars/lab/addresses.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await labStatus()).toEqual(mine);
  } finally {
    await lab('down').catch(() => undefined);
    await rm(other, { recursive: true, force: true });
  }
});

/** What of the machine a lab can leave behind, as text. */
async function held(): Promise<readonly string[]> {
  const looks = [
    'cut -d" " -f1,2,3 /proc/mounts',
    'ip -o link | cut -d: -f2',
    'ip netns | cut -d" " -f1',
    'losetup -nO NAME,BACK-FILE',
  ];
  const more = [
    // The groups of labs and hosts; below them units and pods of a host come and go.
    'find /sys/fs/cgroup -mindepth 2 -maxdepth 3 -path "*tsrun-lab*" -type d',
    'find /var/lib/tsrun /run/systemd/nspawn -maxdepth 2',
  ];
  const answers = await Promise.all(
    [...looks, ...more, 'ps -eo args | grep [s]ystemd-nspawn'].map(look => execute('sh', ['-c', `${look} | sort`])),
  );
  return answers.map(answer => answer.stdout);
}

async function bootIds(): Promise<readonly string[]> {
  return Promise.all(names.map(bootId));
}

async function bootId(name: string): Promise<string> {
  const answer = await (await labHost(name)).run('cat /proc/sys/kernel/random/boot_id');
  if (answer.exitCode !== 0) throw new Error(answer.stderr);
  return answer.stdout;
}
