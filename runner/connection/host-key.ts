// The policy on host keys: which are accepted, remembered or refused, as OpenSSH's StrictHostKeyChecking. Never none.
import { appendFile, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Fault, Target } from '../core/types.ts';
import {
  entriesOf,
  fingerprint,
  hostName,
  type Judgement,
  judge,
  type KnownKey,
  keyType,
  parseKnownHosts,
} from './known-hosts.ts';

/** One host on the way: the target itself or a jump host. */
export interface Place {
  /** For people: the target's name, and the jump host if it is one. */
  readonly label: string;
  readonly host: string;
  readonly port: number;
}

export type Files = (paths: readonly string[]) => Promise<readonly KnownKey[]>;

/** Reads known_hosts files; a file is parsed once for as long as it does not change. */
export function knownHostsFiles(): Files {
  const parsed = new Map<string, { readonly stamp: string; readonly keys: Promise<readonly KnownKey[]> }>();
  const readOne = async (path: string): Promise<readonly KnownKey[]> => {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !found.isFile()) return [];
    const stamp = `${found.mtimeMs} ${found.size} ${found.ino}`;
    const before = parsed.get(path);
    if (before?.stamp === stamp) return before.keys;
    // One reader for all hosts that ask meanwhile.
    const keys = readFile(path, 'utf8').then(
      text => parseKnownHosts(text, path),
      () => [],
    );
    parsed.set(path, { stamp, keys });
    return keys;
  };
  return async paths => (await Promise.all(paths.map(readOne))).flat();
}

const modern = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;
export type HostKeyAlgorithm = (typeof modern)[number];

/** The types known for the host first: otherwise the server shows a key of a type that is not known. */
export function hostKeyOrder(known: readonly KnownKey[], { host, port }: Place): HostKeyAlgorithm[] {
  const types = new Set(
    entriesOf(known, host, port)
      .filter(entry => entry.marker === '')
      .map(entry => entry.type),
  );
  const isKnown = (name: string): boolean => types.has(name) || (name.startsWith('rsa-') && types.has('ssh-rsa'));
  return [...modern.filter(isKnown), ...modern.filter(name => !isKnown(name))];
}

export type Decision =
  | { readonly is: 'accept' }
  /** Go on, but show this host no password. */
  | { readonly is: 'accept-guarded' }
  | { readonly is: 'remember' }
  | { readonly is: 'refuse'; readonly fault: Fault };

const keyscan = (place: Place, type: string, file: string): string =>
  `ssh-keyscan -p ${place.port} -t ${type.replace(/^ssh-|-sha2.*$/g, '')} ${place.host} >> ${file}`;

function unknownFault(place: Place, blob: Buffer, target: Target, found: Extract<Judgement, { is: 'unknown' }>): Fault {
  const type = keyType(blob);
  const file = target.knownHostsFiles[0] ?? '~/.ssh/known_hosts';
  const notes = [
    `its ${type} key has the fingerprint ${fingerprint(blob)}`,
    ...(found.otherTypes.length > 0 ? [`known are keys of other types: ${found.otherTypes.join(', ')}`] : []),
    ...(found.authority ? [`${found.authority.file}:${found.authority.line} is a @cert-authority, which tsrun cannot use`] : []),
    `looked up as ${hostName(place.host, place.port)} in ${target.knownHostsFiles.join(', ') || 'no file'}`,
  ];
  return {
    code: 'E604',
    what: `${place.label}: the host key is not known`,
    why: notes.join('\n'),
    mend: `compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_${type.replace(/^ssh-|-sha2.*$/g, '')}_key.pub), then: ${keyscan(place, type, file)}`,
  };
}

function entryFault(place: Place, blob: Buffer, is: 'changed' | 'revoked', entry: KnownKey): Fault {
  const where = `${entry.file}:${entry.line}`;
  const name = hostName(place.host, place.port);
  return {
    code: is === 'changed' ? 'E605' : 'E606',
    what: `${place.label}: the host key ${is === 'changed' ? 'has changed' : 'is revoked'}`,
    why:
      `the host shows a ${keyType(blob)} key with the fingerprint ${fingerprint(blob)}; ` +
      (is === 'changed' ? `${where} has another one. Somebody may be in between` : `${where} marks it as @revoked`),
    mend:
      is === 'changed'
        ? `ask who changed it; if it is right (a host installed anew), remove the old one: ssh-keygen -f ${entry.file} -R '${name}'`
        : 'make new host keys on the host; a revoked key is never accepted',
  };
}

/** Judges the key that a server shows. `ask` is `yes` here: a run has nobody to ask. */
export function decide(place: Place, blob: Buffer, target: Target, known: readonly KnownKey[]): Decision {
  const found = judge(known, place.host, place.port, blob);
  const policy = target.hostKeyChecking;
  if (found.is === 'known') return { is: 'accept' };
  if (found.is === 'unknown') {
    if (policy === 'no' || policy === 'accept-new') return { is: 'remember' };
    return { is: 'refuse', fault: unknownFault(place, blob, target, found) };
  }
  if (found.is === 'changed' && policy === 'no') return { is: 'accept-guarded' };
  return { is: 'refuse', fault: entryFault(place, blob, found.is, found.entry) };
}

/** Adds the key to the first known_hosts file. A file that cannot be written does not stop the run, as with OpenSSH. */
export async function remember(place: Place, blob: Buffer, target: Target): Promise<void> {
  const file = target.knownHostsFiles[0];
  if (file === undefined || file === '/dev/null') return;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(() => undefined);
  const line = `${hostName(place.host, place.port)} ${keyType(blob)} ${blob.toString('base64')}\n`;
  await appendFile(file, line, { mode: 0o600 }).catch(() => undefined);
}
