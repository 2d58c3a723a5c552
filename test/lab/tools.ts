// What this machine must have before a lab can stand on it: Debian, root, and a few programs, which apt installs.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $, say } from './command.ts';

const tools: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  losetup: 'mount',
  flock: 'util-linux',
  openssl: 'openssl',
  chpasswd: 'passwd',
};

/** Installs the programs that are missing; throws where the machine cannot carry a lab. */
export async function installTools(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the lab needs Linux: its hosts are systemd-nspawn containers');
  if (process.getuid?.() !== 0) throw new Error('the lab needs root: it mounts, makes network namespaces and boots hosts');
  const folders = (process.env.PATH ?? '').split(':');
  const found = (tool: string): boolean => folders.some(folder => existsSync(join(folder, tool)));
  const missing = [
    ...new Set(
      Object.keys(tools)
        .filter(tool => !found(tool))
        .map(tool => tools[tool]),
    ),
  ];
  if (missing.length === 0) return;
  const system = await readFile('/etc/os-release', 'utf8');
  if (!/^ID(_LIKE)?=.*debian/m.test(system)) throw new Error(`install by hand, this is not a Debian: ${missing.join(' ')}`);
  say(`installing ${missing.join(' ')} (about 20 s)`);
  const apt = $({ env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  await apt`apt-get update`;
  await apt`apt-get install -y --no-install-recommends ${missing}`;
}
