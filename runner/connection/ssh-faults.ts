// What goes wrong between the runner and sshd, turned into faults. Connects to nothing.
import { Unreachable } from '../core/lost.ts';
import type { Place } from './host-key.ts';

type Row = readonly [code: string, what: string, why: string, mend: string];

const unreachable = (place: Place, [code, what, why, mend]: Row): Unreachable =>
  new Unreachable({ code, what: `${place.label}: ${what}`, why, mend });

const at = (place: Place): string => `${place.host}:${place.port}`;

export function socketFault(place: Place, error: NodeJS.ErrnoException): Unreachable {
  // Several addresses of one name fail together; the first failure speaks for all.
  const code = error.code ?? (error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException).code : undefined);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_FAIL' || code === 'EAI_NONAME') {
    return unreachable(place, [
      'E601',
      'the name does not resolve',
      `"${place.host}" has no address (${code})`,
      `set ansible_host to the host's address, or see: getent hosts ${place.host}`,
    ]);
  }
  if (code === 'ECONNREFUSED') {
    return unreachable(place, [
      'E602',
      'the connection is refused',
      `nothing listens on ${at(place)}`,
      `start sshd there, or set ansible_port to its port (now ${place.port})`,
    ]);
  }
  if (code === 'ETIMEDOUT') return timedOut(place, 0);
  if (code === 'EMFILE' || code === 'ENFILE') {
    return unreachable(place, [
      'E617',
      'this machine has too few open files',
      `each host needs one, and the limit is reached (${code})`,
      'raise the limit (ulimit -n 4096) or take fewer hosts at a time (serial, --limit)',
    ]);
  }
  return unreachable(place, [
    'E602',
    'there is no way to the host',
    `${at(place)}: ${error.message || code}`,
    `see the network on the way: ip route get ${place.host}`,
  ]);
}

export const timedOut = (place: Place, seconds: number): Unreachable =>
  unreachable(place, [
    'E603',
    'no answer to the connection',
    `${at(place)} did not answer${seconds > 0 ? ` within ${seconds} s` : ' in time'}`,
    'see that the host is up and that no firewall drops the packets, or give it more time with -T',
  ]);

export const authFailed = (place: Place, user: string, tried: readonly string[], allowed: readonly string[]): Unreachable =>
  unreachable(place, [
    'E607',
    `cannot log in as ${user}`,
    `tried: ${tried.join(', ') || 'nothing, there is no key, agent or password'}${allowed.length > 0 ? `; the host takes: ${allowed.join(', ')}` : ''}`,
    'set ansible_user, ansible_ssh_private_key_file or ansible_password, load the key into the agent (ssh-add), or see the log of sshd on the host',
  ]);

export const keyFault = (label: string, file: string, why: string): Unreachable =>
  new Unreachable({
    code: 'E615',
    what: `${label}: the private key ${file} cannot be used`,
    why,
    mend: /passphrase|encrypted/i.test(why)
      ? `load it into the agent (ssh-add ${file}), or set ansible_ssh_private_key_passphrase`
      : 'correct ansible_ssh_private_key_file, or --private-key',
  });

/** What ssh2 says when the handshake does not come to its end. */
export function handshakeFault(place: Place, error: Error & { level?: string }, seconds: number): Unreachable {
  const missing = /no matching (.+)$/.exec(error.message)?.[1];
  if (missing !== undefined) {
    return unreachable(place, [
      'E609',
      'no common algorithm',
      `host and runner share no ${missing}`,
      'update sshd on the host, or allow one that is safe there: curve25519-sha256, aes128-gcm@openssh.com, hmac-sha2-256, ssh-ed25519',
    ]);
  }
  if (error.level === 'client-timeout') return timedOut(place, seconds);
  if (error.level === 'client-socket' && (error as NodeJS.ErrnoException).code !== 'ECONNRESET') return socketFault(place, error);
  return unreachable(place, [
    'E608',
    'the connection ended during the handshake',
    error.message,
    `see that ${at(place)} is sshd, that MaxStartups lets more logins in, and what its log says`,
  ]);
}

export const lost = (place: Place, why: string, silent: boolean): Unreachable =>
  unreachable(place, [
    silent ? 'E612' : 'E611',
    silent ? 'the host does not answer any more' : 'the connection is lost',
    why,
    'see that the host is up; a run can be started again at any time',
  ]);

/** A channel or command that the server refuses while the connection stands. */
export function channelFault(place: Place, error: Error): Unreachable {
  if (/exec/i.test(error.message)) {
    return unreachable(place, [
      'E613',
      'commands are refused',
      error.message,
      'see ForceCommand and the login shell of the user on the host',
    ]);
  }
  return unreachable(place, [
    'E610',
    'the host opens no more sessions',
    error.message,
    'raise MaxSessions in sshd_config on the host (10 is its default; a run uses up to 8)',
  ]);
}

export const jumpFault = (place: Place, next: Place, error: Error): Unreachable =>
  unreachable(place, [
    'E616',
    `cannot reach ${at(next)} from here`,
    error.message,
    'see AllowTcpForwarding and PermitOpen in sshd_config of the jump host, and that the address is right as seen from there',
  ]);
