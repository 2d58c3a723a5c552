// N "hosts" for the benchmark: loopback addresses of one sshd, a state folder each. All of it lives in one folder under /tmp.
import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export const address = i => `127.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`;
const addresses = count => Array.from({ length: count }, (_, i) => address(i));

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
    port,
    inventory: count => writeInventory(at, port, count),
    reset: count => resetHosts(at, count),
    /** Hosts 2..N as converged as host 1 is. */
    clone: count => cloneHosts(at, count),
    close: async () => {
      sshd.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A HOME of its own keeps the user's .bashrc out of the figures: bash reads it in every exec. */
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
MaxStartups 2000
MaxSessions 200
LogLevel ERROR
Subsystem sftp internal-sftp
`;

/** One inventory for tsrun and for Ansible. The hosts are one machine, so each has a run lock of its own. */
async function writeInventory(at, port, count) {
  const path = at(`inventory-${count}.yaml`);
  const vars = {
    ansible_port: port,
    ansible_user: userInfo().username,
    ansible_ssh_private_key_file: at('ssh/id'),
    ansible_ssh_common_args: `-o UserKnownHostsFile=${at('ssh/known_hosts')} -o IdentitiesOnly=yes`,
    ansible_python_interpreter: '/usr/bin/python3',
    root_dir: `${at('hosts')}/{{ inventory_hostname }}`,
    tsrun_lock: `${at('hosts')}/{{ inventory_hostname }}.lock`,
  };
  const hosts = Object.fromEntries(addresses(count).map(name => [name, {}]));
  await writeFile(path, JSON.stringify({ all: { children: { site: { hosts, vars } } } }, undefined, 1));
  return path;
}

async function resetHosts(at, count) {
  for (const name of addresses(count)) {
    const etc = at('hosts', name, 'etc');
    await rm(at('hosts', name), { recursive: true, force: true });
    await mkdir(etc, { recursive: true });
    await writeFile(join(etc, 'sshd_config'), '#Port 22\n#PermitRootLogin prohibit-password\nX11Forwarding yes\n');
    await writeFile(join(etc, 'hosts'), '127.0.0.1 localhost\n::1 localhost\n');
    await writeFile(join(etc, 'sysctl.conf'), '# kernel settings\nnet.ipv4.ip_forward = 1\n');
  }
}

async function cloneHosts(at, count) {
  const first = at('hosts', address(0));
  for (const name of addresses(count).slice(1)) {
    const own = at('hosts', name);
    await rm(own, { recursive: true, force: true });
    execFileSync('cp', ['-a', first, own]);
    for (const [link, to] of [
      ['opt/app/current', 'srv/data'],
      ['etc/app.conf', 'opt/app/app.conf'],
    ]) {
      await rm(join(own, link));
      await symlink(join(own, to), join(own, link));
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
  for (let tries = 0; tries < 100; tries += 1) {
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
