// Whether a password is the one that a MySQL account has: the server's two hashes, computed here. Pure; it asks nobody.
import { createHash, timingSafeEqual } from 'node:crypto';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const repeated = (block: Buffer, length: number): Buffer => Buffer.alloc(length, block);

/** The digest of SHA-crypt (Drepper, 2008) for SHA-256, with a salt of any length. */
function shaCrypt(password: Buffer, salt: Buffer, rounds: number): Buffer {
  const inner = sha256(password, salt, password);
  const parts = [password, salt, repeated(inner, password.length)];
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? inner : password);
  let digest = sha256(...parts);
  const p = repeated(sha256(...Array.from({ length: password.length }, () => password)), password.length);
  const s = repeated(sha256(...Array.from({ length: 16 + (digest[0] ?? 0) }, () => salt)), salt.length);
  for (let i = 0; i < rounds; i++) {
    const odd = i % 2 === 1;
    digest = sha256(odd ? p : digest, ...(i % 3 ? [s] : []), ...(i % 7 ? [p] : []), odd ? digest : p);
  }
  return digest;
}

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const word = (value: number, length: number): string =>
  Array.from({ length }, (_, i) => ALPHABET[(value >> (6 * i)) & 63]).join('');

/** crypt's own order of bytes: each triple is a step of 21 (mod 30) behind the one before. */
function cryptText(digest: Buffer): string {
  const at = (i: number) => digest[i] ?? 0;
  const triples = Array.from({ length: 10 }, (_, i) => {
    const [a, b, c] = [(21 * i) % 30, (21 * i + 10) % 30, (21 * i + 20) % 30];
    return word((at(a) << 16) | (at(b) << 8) | at(c), 4);
  });
  return triples.join('') + word((at(31) << 8) | at(30), 3);
}

/** What mysql.user holds for a password of caching_sha2_password, with the given salt. */
export function cachingSha2(password: string, salt: Buffer, thousands: number): Buffer {
  const digest = shaCrypt(Buffer.from(password), salt, thousands * 1000);
  const count = thousands.toString(16).toUpperCase().padStart(3, '0');
  return Buffer.concat([Buffer.from(`$A$${count}$`), salt, Buffer.from(cryptText(digest))]);
}

const nativeHash = (password: string): string => {
  const once = createHash('sha1').update(password).digest();
  return `*${createHash('sha1').update(once).digest('hex').toUpperCase()}`;
};

/** null: a plugin that this cannot judge. `stored` is authentication_string, in hex: a salt is any bytes. */
export function isPassword(password: string, plugin: string, stored: string): boolean | null {
  const bytes = Buffer.from(stored, 'hex');
  if (password === '' || bytes.length === 0) return password === '' && bytes.length === 0;
  if (plugin === 'mysql_native_password') return bytes.toString() === nativeHash(password);
  if (plugin !== 'caching_sha2_password') return null;
  if (bytes.length !== 70) return false;
  const made = cachingSha2(password, bytes.subarray(7, 27), Number.parseInt(bytes.subarray(3, 6).toString(), 16));
  return made.length === bytes.length && timingSafeEqual(made, bytes);
}
