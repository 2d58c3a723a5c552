// How to reach a host and whom to become there, from the connection variables, the task's words and the command line.
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import type { BecomeDefaults, ConnectionDefaults } from '../core/request.ts';
import type { Become, Target, Vars } from '../core/types.ts';
import { present } from './grammar/inherit.ts';
import { type SshOptions, sshOptions } from './ssh-args.ts';
import type { SshConfig } from './ssh-config.ts';
import { jumpOf, tokensFor } from './ssh-jump.ts';
import { Faulty } from './signals.ts';

export interface ConnectionOptions {
  readonly connection: ConnectionDefaults;
  readonly become: BecomeDefaults;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Absent: no configuration of ssh counts. */
  readonly sshConfig?: SshConfig;
}

/** The value of a variable; undefined where nothing defines it. */
export type Read = (name: string) => unknown;

/** What a task or play says itself; each is rendered already. */
export interface Said {
  readonly connection?: unknown;
  readonly remoteUser?: unknown;
  readonly port?: unknown;
}
export interface BecomeSaid {
  readonly become?: unknown;
  readonly user?: unknown;
  readonly method?: unknown;
  readonly flags?: unknown;
}

const localNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

const first = (...values: readonly unknown[]): unknown =>
  values.find(value => value !== undefined && value !== null && value !== '');
const wrong = (name: string, value: unknown, wanted: string): Faulty =>
  new Faulty([
    fault('E316', { what: `"${name}" is not ${wanted}`, why: `its value is ${JSON.stringify(value)}`, mend: `write ${wanted}` }),
  ]);

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw wrong(name, value, 'a text');
}

function numberOf(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const found = Number(value);
  if (Number.isInteger(found) && found >= 0 && typeof value !== 'boolean') return found;
  throw wrong(name, value, 'a whole number');
}

/** -e and INI give texts: both spellings of a truth value count. */
function flagOf(name: string, value: unknown): boolean | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'boolean') return value;
  const word = String(value).toLowerCase();
  if (/^(yes|true|on|1)$/.test(word)) return true;
  if (/^(no|false|off|0)$/.test(word)) return false;
  throw wrong(name, value, 'true or false');
}

function checkingOf(ssh: Configured, read: Read, options: ConnectionOptions): Target['hostKeyChecking'] {
  if (ssh.hostKeyChecking) return ssh.hostKeyChecking;
  const said = flagOf(
    'ansible_host_key_checking',
    first(read('ansible_ssh_host_key_checking'), read('ansible_host_key_checking')),
  );
  const wanted =
    said ?? flagOf('ANSIBLE_HOST_KEY_CHECKING', options.env['ANSIBLE_HOST_KEY_CHECKING']) ?? options.connection.hostKeyChecking;
  return wanted === false ? 'no' : (ssh.configuredChecking ?? 'ask');
}

const expand = (path: string, home: string, cwd: string): string => {
  const whole = path.replace(/^~(?=\/|$)/, () => home).replaceAll('%d', home);
  return whole === 'none' ? whole : resolve(cwd, whole);
};

/** Options of a cluster and of ssh that have no field of their own. */
function otherOptions(ssh: SshOptions, read: Read, env: ConnectionOptions['env']): Vars {
  const agent = env['SSH_AUTH_SOCK'];
  const kube = {
    kubeconfig: first(read('k8s_kubeconfig'), read('ansible_kubeconfig')),
    context: first(read('k8s_context'), read('ansible_context')),
  };
  return {
    ...(agent ? { agent } : {}),
    ...Object.fromEntries(Object.entries(kube).filter(([, value]) => value !== undefined)),
    ...ssh.more,
  };
}

const usualKnownHosts = ['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'] as const;
const usualKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'] as const;

/** Those that are named; else the usual ones of the home folder. */
function keyFiles(ssh: SshOptions, read: Read, { connection, cwd }: ConnectionOptions, home: string): readonly string[] {
  const key = first(read('ansible_ssh_private_key_file'), read('ansible_private_key_file'), connection.privateKey);
  const named = textOf('ansible_ssh_private_key_file', key);
  const listed = [...(named === undefined ? [] : [named]), ...ssh.identityFiles];
  return listed.length > 0 ? listed.map(path => expand(path, home, cwd)) : usualKeys.map(file => join(home, '.ssh', file));
}

type Configured = SshOptions & { readonly configuredChecking?: Target['hostKeyChecking'] };

/** Arguments over the command line over the configuration of ssh, which also has options for each jump host on the way. */
function sshOf(
  args: readonly string[],
  address: string | undefined,
  user: string | undefined,
  options: ConnectionOptions,
): Configured {
  const said = sshOptions(args);
  const { sshConfig, connection } = options;
  if (address === undefined || sshConfig === undefined) return said;
  const { configFile } = said;
  const file = configFile === undefined ? {} : { file: configFile === 'none' ? configFile : resolve(options.cwd, configFile) };
  const who = user ?? said.user ?? connection.user;
  const ssh = sshOptions(args, sshConfig({ host: address, ...file, ...(who === undefined ? {} : { user: who }) }));
  const expanded = tokensFor({ host: ssh.hostName ?? address, name: address, port: ssh.port, user: who ?? ssh.user });
  const way = jumpOf((ssh.jump ?? []).map(expanded), hop => sshOptions([], sshConfig({ host: hop, ...file })));
  return present({
    ...ssh,
    user: who ?? ssh.user,
    connectTimeout: said.connectTimeout ?? connection.timeout ?? ssh.connectTimeout,
    hostKeyChecking: said.hostKeyChecking,
    configuredChecking: ssh.hostKeyChecking,
    jump: ssh.jump && way.hops,
    identityFiles: [...ssh.identityFiles.map(expanded), ...way.identityFiles],
    knownHostsFiles: ssh.knownHostsFiles?.map(expanded),
  });
}

function secretsOf(read: Read, given: ConnectionDefaults): Pick<Target, 'password' | 'privateKeyPassphrase'> {
  const password = first(read('ansible_password'), read('ansible_ssh_password'), read('ansible_ssh_pass'), given.password);
  const passphrase = first(read('ansible_ssh_private_key_passphrase'), read('ansible_private_key_passphrase'));
  return present({
    password: textOf('ansible_password', password),
    privateKeyPassphrase: textOf('ansible_ssh_private_key_passphrase', passphrase),
  });
}

export function targetOf(
  name: string,
  said: Said,
  read: Read,
  options: ConnectionOptions,
): { readonly target: Target; readonly unknown: readonly string[] } {
  const { connection: given, env, cwd } = options;
  const home = env['HOME'] ?? homedir();
  const args = [
    read('ansible_ssh_args'),
    read('ansible_ssh_extra_args'),
    first(read('ansible_ssh_common_args'), given.sshCommonArgs),
  ];
  const kind =
    textOf('ansible_connection', first(read('ansible_connection'), said.connection, given.connection)) ??
    (localNames.has(name) ? 'local' : 'ssh');
  const address = textOf('ansible_host', first(read('ansible_host'), read('ansible_ssh_host'))) ?? name;
  const ssh = sshOf(
    args.map(text => textOf('ansible_ssh_common_args', text) ?? ''),
    kind === 'local' ? undefined : address,
    textOf('ansible_user', first(read('ansible_user'), read('ansible_ssh_user'), said.remoteUser)),
    options,
  );
  const lockPath = textOf('tsrun_lock', first(read('tsrun_lock')));
  const target: Target = {
    name,
    connection: kind === 'smart' || kind === 'paramiko' ? 'ssh' : kind,
    address: ssh.hostName === undefined ? address : tokensFor({ host: address })(ssh.hostName),
    port: numberOf('ansible_port', first(read('ansible_port'), read('ansible_ssh_port'), said.port)) ?? ssh.port ?? 22,
    user: userOf(kind, said, ssh, read, options),
    ...secretsOf(read, given),
    privateKeyFiles: keyFiles(ssh, read, options, home),
    identitiesOnly: ssh.identitiesOnly ?? false,
    knownHostsFiles: (ssh.knownHostsFiles ?? usualKnownHosts).map(path => expand(path, home, cwd)),
    hostKeyChecking: checkingOf(ssh, read, options),
    jump: ssh.jump ?? [],
    connectTimeout:
      numberOf('ansible_timeout', first(read('ansible_ssh_timeout'), read('ansible_timeout'))) ??
      ssh.connectTimeout ??
      given.timeout ??
      10,
    shell: textOf('ansible_shell_executable', read('ansible_shell_executable')) ?? 'sh',
    options: otherOptions(ssh, read, env),
    ...(lockPath === undefined ? {} : { lockPath }),
  };
  return { target, unknown: ssh.unknown };
}

function userOf(kind: string, said: Said, ssh: SshOptions, read: Read, { connection, env }: ConnectionOptions): string {
  // A local connection is the user who runs tsrun, whatever the variables say.
  const own = runner(env);
  if (kind === 'local') return own;
  return (
    textOf('ansible_user', first(read('ansible_user'), read('ansible_ssh_user'), said.remoteUser, ssh.user, connection.user)) ??
    env['USER'] ??
    env['LOGNAME'] ??
    own
  );
}

/** The system knows best; a user id without a name is called by the environment. */
function runner(env: ConnectionOptions['env']): string {
  try {
    return userInfo().username;
  } catch {
    return env['USER'] ?? env['LOGNAME'] ?? 'root';
  }
}

const methods: ReadonlySet<string> = new Set(['sudo', 'su', 'doas']);

/** Variables win over the words of the task, and these over the command line, as in Ansible. */
export function becomeOf(said: BecomeSaid, read: Read, { become: given }: ConnectionOptions): Become | undefined {
  const wanted = flagOf('become', first(read('ansible_become'), said.become)) ?? given.become;
  if (!wanted) return undefined;
  const method = textOf('become_method', first(read('ansible_become_method'), said.method, given.method)) ?? 'sudo';
  if (!methods.has(method)) throw wrong('become_method', method, 'sudo, su or doas');
  const password = textOf(
    'ansible_become_password',
    first(read('ansible_become_password'), read('ansible_become_pass'), read(`ansible_${method}_pass`), given.password),
  );
  const flags = textOf('become_flags', first(read('ansible_become_flags'), said.flags));
  return {
    user: textOf('become_user', first(read('ansible_become_user'), said.user, given.user)) ?? 'root',
    method: method as Become['method'],
    ...(password === undefined ? {} : { password }),
    ...(flags === undefined ? {} : { flags }),
  };
}
