// Host keys that this user knows: parses known_hosts files and judges a key against them. Connects to nothing.
import { createHash, createHmac } from 'node:crypto';

export interface KnownKey {
  readonly marker: '' | 'revoked' | 'cert-authority';
  readonly patterns: string;
  readonly type: string;
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

/** Lines that are no entries are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): readonly KnownKey[] {
  return text.split('\n').flatMap((line, at) => {
    const words = line.trim().split(/\s+/);
    const marked = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [patterns, type, key] = words;
    if (patterns === undefined || type === undefined || key === undefined || patterns.startsWith('#')) return [];
    if (marked !== undefined && marked !== '@revoked' && marked !== '@cert-authority') return [];
    const marker = (marked?.slice(1) ?? '') as KnownKey['marker'];
    return [{ marker, patterns, type, key, file, line: at + 1 }];
  });
}

function globMatches(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern.toLowerCase() === name;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(name);
}

function hashMatches(entry: string, name: string): boolean {
  const [, kind, salt, hash] = entry.split('|');
  if (kind !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** A negated pattern that fits takes the whole entry out. */
function fits(entry: KnownKey, name: string): boolean {
  if (entry.patterns.startsWith('|')) return hashMatches(entry.patterns, name);
  let found = false;
  for (const pattern of entry.patterns.split(',')) {
    const negated = pattern.startsWith('!');
    if (!globMatches(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** The name under which OpenSSH stores a host. */
export const hostName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

export const entriesOf = (known: readonly KnownKey[], host: string, port: number): readonly KnownKey[] => {
  const name = hostName(host, port);
  return known.filter(entry => fits(entry, name));
};

/** The type is the first string of the blob that the server sends. */
export function keyType(blob: Buffer): string {
  return blob.length < 4 ? '' : blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));
}

export const fingerprint = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

export type Judgement =
  | { readonly is: 'known' }
  | { readonly is: 'unknown'; readonly otherTypes: readonly string[]; readonly authority: KnownKey | undefined }
  | { readonly is: 'changed' | 'revoked'; readonly entry: KnownKey };

/** What the files say about this key of this host. A key that is revoked under any name of the host is refused. */
export function judge(known: readonly KnownKey[], host: string, port: number, blob: Buffer): Judgement {
  const key = blob.toString('base64');
  const type = keyType(blob);
  const own = entriesOf(known, host, port);
  // A host on another port may be known by its bare name: enough to trust a key, not to call it changed.
  const bare = port === 22 ? [] : entriesOf(known, host, 22);
  const all = [...own, ...bare];
  const revoked = all.find(entry => entry.marker === 'revoked' && entry.key === key);
  if (revoked !== undefined) return { is: 'revoked', entry: revoked };
  const plain = own.filter(entry => entry.marker === '');
  if (all.some(entry => entry.marker === '' && entry.key === key)) return { is: 'known' };
  const sameType = plain.find(entry => entry.type === type);
  if (sameType !== undefined) return { is: 'changed', entry: sameType };
  const authority = all.find(entry => entry.marker === 'cert-authority');
  return { is: 'unknown', otherTypes: plain.map(entry => entry.type), authority };
}
