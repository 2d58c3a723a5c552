// The machine's own sshd on a free port, with keys of its own, and accounts made for it where the tests run as root.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync, rmSync, chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../../runner/core/types.ts';
import { target } from './ssh-server.ts';
import { scratch } from './scratch.ts';

export const program = '/usr/sbin/sshd';
export const isRoot = process.getuid?.() === 0;

export const has = (name: string): boolean =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some(folder => existsSync(join(folder, name)));

/** Why tests of this file cannot run here; '' where they can. */
export const missing = (...names: readonly string[]): string =>
  names
    .filter(name => !has(name))
    .map(name => `${name} is not installed`)
    .join(', ');

const run = (name: string, args: readonly string[], input = ''): string =>
  execFileSync(name, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

export interface Sshd {
  readonly port: number;
  readonly folder: string;
  readonly pid: number;
  target(changes?: Partial<Target>): Target;
  stop(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });

/** Listens on all of 127.0.0.0/8, so that one sshd is many hosts. `extra`: lines of sshd_config. */
export async function startSshd(extra: readonly string[] = []): Promise<Sshd> {
  const folder = scratch();
  // sshd reads the authorized keys as the user who logs in.
  chmodSync(folder, 0o755);
  const file = (name: string): string => join(folder, name);
  for (const [name, type] of [
    ['host', 'ed25519'],
    ['host_rsa', 'rsa'],
    ['key', 'ed25519'],
  ] as const) {
    run('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file(name)]);
  }
  run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', file('locked')]);
  writeFileSync(file('authorized'), run('cat', [file('key.pub'), file('locked.pub')]));
  const port = await freePort();
  const config = [
    `ListenAddress 0.0.0.0:${port}`,
    `HostKey ${file('host')}`,
    `HostKey ${file('host_rsa')}`,
    `AuthorizedKeysFile ${file('authorized')}`,
    'PidFile none',
    'StrictModes no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 200',
    ...(isRoot && existsSync('/etc/pam.d/sshd') ? ['UsePAM yes'] : []),
    ...extra,
  ];
  writeFileSync(file('config'), `${config.join('\n')}\n`);
  for (const [name, key] of [
    ['known_hosts', 'host.pub'],
    ['known_rsa', 'host_rsa.pub'],
  ] as const) {
    writeFileSync(file(name), `[127.0.0.*]:${port} ${run('cat', [file(key)])}`);
  }
  if (isRoot) run('mkdir', ['-p', '/run/sshd']);
  const child = spawn(program, ['-D', '-e', '-f', file('config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(child);
  return {
    port,
    folder,
    pid: child.pid ?? 0,
    target: changes =>
      target({
        port,
        user: userInfo().username,
        knownHostsFiles: [file('known_hosts')],
        privateKeyFiles: [file('key')],
        ...changes,
      }),
    stop: () =>
      new Promise(resolve => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill();
      }),
  };
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes('Server listening')) resolve();
    });
    child.once('exit', code => reject(new Error(`sshd ended with code ${code}: ${said}`)));
  });
}

export interface Accounts {
  /** May become anybody without a password. */
  readonly free: string;
  /** May become anybody with its password. */
  readonly locked: string;
  readonly none: string;
  readonly password: string;
  remove(): void;
}

/** Makes accounts on this machine; only root can. `remove` takes them away again. */
export function makeAccounts(
  shells: Readonly<Record<string, string>> = {},
): Accounts & { readonly byShell: Readonly<Record<string, string>> } {
  const tag = `tsrun${process.pid % 100000}`;
  const password = 'pass word';
  const names = { free: `${tag}a`, locked: `${tag}b`, none: `${tag}c` };
  const byShell = Object.fromEntries(Object.keys(shells).map((shell, at) => [shell, `${tag}s${at}`]));
  const logins = [
    ...Object.values(names).map(name => [name, '/bin/sh']),
    ...Object.entries(byShell).map(([shell, name]) => [name, shells[shell]]),
  ];
  for (const [name = '', shell = ''] of logins) {
    run('useradd', ['-m', '-s', shell, name]);
    run('chpasswd', [], `${name}:${password}\n`);
  }
  const sudoers = `/etc/sudoers.d/${tag}`;
  writeFileSync(sudoers, `${names.free} ALL=(ALL) NOPASSWD: ALL\n${names.locked} ALL=(ALL) ALL\n`, { mode: 0o440 });
  return {
    ...names,
    byShell,
    password,
    remove: () => {
      rmSync(sudoers, { force: true });
      // Sessions of the user may still be ending, and other programs lock the same files.
      const script =
        'n=0; while id "$1" >/dev/null 2>&1; do n=$((n+1)); [ $n -gt 50 ] && exit 1; userdel -f -r "$1" 2>/dev/null; sleep 0.1; done';
      for (const [name = ''] of logins) run('sh', ['-c', script, 'sh', name]);
    },
  };
}
