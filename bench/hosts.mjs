// N "hosts" for the benchmark: loopback addresses of one sshd, a state folder each. All of it lives in one folder under /tmp.
import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { differences, stamp } from './judge.mjs';
import { partsOf, seeds, writeWorkload } from './workload.mjs';

const address = i => `127.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`;
export const addresses = count => Array.from({ length: count }, (_, i) => address(i));

export async function openHosts() {
  const folder = await mkdtemp(join(tmpdir(), 'tsrun-bench-'));
  const at = (...parts) => join(folder, ...parts);
  for (const name of ['ssh', 'hosts', 'home', 'control']) await mkdir(at(name));
  for (const key of ['id', 'hostkey']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('ssh', key)]);
  const port = await freePort();
  const hostKey = execFileSync('cut', ['-d', ' ', '-f1,2', at('ssh/hostkey.pub')], { encoding: 'utf8' }).trim();
  await writeFile(at('ssh/known_hosts'), `[127.0.*.*]:* ${hostKey}\n`);
  await cp(at('ssh/id.pub'), at('ssh/authorized_keys'));
  await writeFile(at('ssh/sshd_config'), sshdConfig(at, port));
  await mkdir('/run/sshd', { recursive: true }).catch(() => undefined);
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-f', at('ssh/sshd_config')], { stdio: ['ignore', 'ignore', 'inherit'] });
  await answering(port);
  return {
    folder,
    at,
    port,
    /** What a peer reads: the workload's folder, an inventory for the port (the sshd's, or that of a relay in front of it). */
    scene: (count, tasks, through) => writeScene(at, count, tasks, through),
    reset: (count, tasks) => resetHosts(at, count, partsOf(tasks)),
    judge: (count, tasks) => differences(rootsOf(at, count), partsOf(tasks)),
    stamp: (count, tasks) => stamp(rootsOf(at, count), partsOf(tasks)),
    close: async () => {
      sshd.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A HOME of its own keeps the user's .bashrc out of the figures: bash reads it in every exec. Nothing is refused or cut for its number. */
const sshdConfig = (at, port) => `Port ${port}
ListenAddress 0.0.0.0
HostKey ${at('ssh/hostkey')}
AuthorizedKeysFile ${at('ssh/authorized_keys')}
PidFile none
AllowUsers *@127.0.0.0/8
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
SetEnv HOME=${at('home')}
UseDNS no
PrintMotd no
MaxStartups 5000
MaxSessions 200
LoginGraceTime 600
LogLevel ERROR
Subsystem sftp internal-sftp
`;

const rootsOf = (at, count) => addresses(count).map(name => [name, at('hosts', name)]);

async function writeScene(at, count, tasks, port) {
  const workload = await writeWorkload(at(`workload-${tasks}`), tasks);
  const user = userInfo().username;
  const known = `-o UserKnownHostsFile=${at('ssh/known_hosts')} -o IdentitiesOnly=yes`;
  await writeFile(
    at(`ssh/config-${port}`),
    `Host *\n  Port ${port}\n  User ${user}\n  IdentityFile ${at('ssh/id')}\n  IdentitiesOnly yes
  UserKnownHostsFile ${at('ssh/known_hosts')}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  LogLevel ERROR\n`,
  );
  const inventory = at(`inventory-${count}-${port}.yaml`);
  // The hosts are one machine, so each has a run lock of its own.
  const vars = {
    ansible_port: port,
    ansible_user: user,
    ansible_ssh_private_key_file: at('ssh/id'),
    ansible_ssh_common_args: known,
    ansible_python_interpreter: '/usr/bin/python3',
    root_dir: `${at('hosts')}/{{ inventory_hostname }}`,
    tsrun_lock: `${at('hosts')}/{{ inventory_hostname }}.lock`,
  };
  const hosts = Object.fromEntries(addresses(count).map(name => [name, {}]));
  await writeFile(inventory, JSON.stringify({ all: { children: { site: { hosts, vars } } } }, undefined, 1));
  const pyinfra = at(`inventory_${count}_${port}_${tasks}.py`);
  // Its known_hosts has no patterns.
  const [, ...hostKey] = (await readFile(at('ssh/known_hosts'), 'utf8')).trim().split(' ');
  const lines = addresses(count).map(name => `[${name}]:${port} ${hostKey.join(' ')}\n`);
  await writeFile(at(`ssh/known-${count}-${port}`), lines.join(''));
  const data = {
    ssh_port: port,
    ssh_user: user,
    ssh_key: at('ssh/id'),
    ssh_known_hosts_file: at(`ssh/known-${count}-${port}`),
    ssh_strict_host_key_checking: 'yes',
    hosts_dir: at('hosts'),
    parts: partsOf(tasks),
  };
  await writeFile(pyinfra, `site = (${JSON.stringify(addresses(count))}, ${JSON.stringify(data)})\n`);
  return { workload, inventory, pyinfra, sshConfig: at(`ssh/config-${port}`), hosts: addresses(count), count, tasks, port };
}

async function resetHosts(at, count, parts) {
  for (const [, root] of rootsOf(at, count)) {
    await rm(root, { recursive: true, force: true });
    for (const [part, path, content] of seeds(parts)) {
      const file = join(root, part, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }
}

const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function answering(port) {
  for (let tries = 0; tries < 200; tries += 1) {
    const open = await new Promise(resolve => {
      const socket = connect(port, address(0))
        .on('connect', () => resolve(true))
        .on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error('the sshd of the benchmark does not answer');
}
