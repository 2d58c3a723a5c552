// What this machine must have before a lab can stand on it: Debian, root, and a few programs, which apt installs.
import { readFile } from 'node:fs/promises';
import { $, ask, say } from './command.ts';

const tools: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  losetup: 'mount',
  flock: 'util-linux',
  chpasswd: 'passwd',
};

/** Installs the programs that are missing; throws where the machine cannot carry a lab. */
export async function installTools(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the lab needs Linux: its hosts are systemd-nspawn containers');
  if (process.getuid?.() !== 0) throw new Error('the lab needs root: it mounts, makes network namespaces and boots hosts');
  const missing = [];
  for (const [tool, name] of Object.entries(tools)) {
    if ((await ask`command -v ${tool}`).exitCode !== 0) missing.push(name);
  }
  if (missing.length === 0) return;
  const system = await readFile('/etc/os-release', 'utf8');
  if (!/^ID(_LIKE)?=.*debian/m.test(system)) throw new Error(`install by hand, this is not a Debian: ${missing.join(' ')}`);
  say(`installing ${missing.join(' ')} (about 20 s)`);
  const apt = $({ env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  await apt`apt-get update`;
  await apt`apt-get install -y --no-install-recommends ${missing}`;
}
