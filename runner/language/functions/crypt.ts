// Password hashes of /etc/shadow: SHA-crypt, as glibc's crypt() makes them. Pure.
import { createHash } from 'node:crypto';
import { Misuse } from '../signals.ts';
import { type Functions, text } from './table.ts';

type Kind = 'sha256' | 'sha512';
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const rounds = 5000;

const digest = (kind: Kind, ...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash(kind)).digest();

/** `source`, repeated and cut to the length. */
const stretch = (source: Buffer, length: number): Buffer => Buffer.alloc(length, source);

function firstDigest(kind: Kind, password: Buffer, salt: Buffer): Buffer {
  const inner = digest(kind, password, salt, password);
  const parts = [password, salt, stretch(inner, password.length)];
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits % 2 === 1 ? inner : password);
  return digest(kind, ...parts);
}

const times = (part: Buffer, count: number): readonly Buffer[] => Array.from({ length: count }, () => part);

function lastDigest(kind: Kind, password: Buffer, salt: Buffer): Buffer {
  let made = firstDigest(kind, password, salt);
  const p = stretch(digest(kind, ...times(password, password.length)), password.length);
  const s = stretch(digest(kind, ...times(salt, 16 + (made[0] as number))), salt.length);
  for (let i = 0; i < rounds; i++) {
    const odd = i % 2 === 1;
    const parts = [odd ? p : made, ...(i % 3 === 0 ? [] : [s]), ...(i % 7 === 0 ? [] : [p]), odd ? made : p];
    made = digest(kind, ...parts);
  }
  return made;
}

/** The order in which crypt() takes the bytes: each triple is the last one turned, and moved on by one. */
function order(kind: Kind): readonly (readonly number[])[] {
  const third = kind === 'sha512' ? 21 : 10;
  const triples: number[][] = [];
  let triple = [0, third, 2 * third];
  for (let i = 0; i < third; i++) {
    triples.push(triple);
    const [a, b, c] = triple as [number, number, number];
    triple = kind === 'sha512' ? [b + 1, c + 1, a + 1] : [c + 1, a + 1, b + 1];
  }
  return [...triples, kind === 'sha512' ? [63] : [31, 30]];
}

function encode(kind: Kind, bytes: Buffer): string {
  const groups = order(kind).map(indexes => {
    // The last group of sha512 has one byte, that of sha256 two: they stand at the low end.
    const value = indexes.reduce((sum, index) => (sum << 8) | (bytes[index] as number), 0);
    const length = Math.ceil((indexes.length * 8) / 6);
    return Array.from({ length }, (_, i) => alphabet[(value >> (6 * i)) & 63]).join('');
  });
  return groups.join('');
}

const known = new Map<string, string>();

/** Without a salt it comes from the password, so that the next run finds the same hash. */
function passwordHash(password: string, kind: string, given: string | undefined): string {
  if (kind !== 'sha256' && kind !== 'sha512') throw new Misuse(`there is no password hash "${kind}"`, 'write sha512 or sha256');
  const salt = (
    given ??
    createHash('sha256')
      .update(`tsrun salt ${password}`)
      .digest('base64')
      .replace(/[^A-Za-z0-9]/g, '')
  ).slice(0, 16);
  if (!/^[A-Za-z0-9./]+$/.test(salt))
    throw new Misuse('a salt has letters, digits, . and / alone', 'take another salt, or leave it out');
  const key = createHash('sha256').update(`${kind} ${salt} ${password}`).digest('hex');
  const made = known.get(key) ?? encode(kind, lastDigest(kind, Buffer.from(password, 'utf8'), Buffer.from(salt, 'utf8')));
  known.set(key, made);
  return `$${kind === 'sha512' ? 6 : 5}$${salt}$${made}`;
}

export const cryptFunctions: Functions = {
  password_hash: {
    args: [1, 3],
    does: 'password_hash(password, "sha512", salt?): as /etc/shadow has it; the same for the same password',
    run: ([password, kind = 'sha512', salt]) =>
      passwordHash(text(password), text(kind), salt === undefined ? undefined : text(salt)),
  },
};
