// age: opens and makes armoured texts, with identities from files or with passphrases. The library is imported when first needed.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import { reasonOf } from './read-source.ts';
import { Faulty } from './signals.ts';

export const isAgeText = (text: string): boolean => /^\s*-----BEGIN AGE ENCRYPTED FILE-----/.test(text);

export interface AgeKeys {
  /** AGE-SECRET-KEY-1... */
  readonly identities: readonly string[];
  readonly passphrases: readonly string[];
}

const library = () => import('age-encryption');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The plain bytes, or why they cannot be had. */
export async function decryptAge(text: string, { identities, passphrases }: AgeKeys): Promise<Uint8Array | string> {
  if (identities.length + passphrases.length === 0) return 'no identity was given';
  const { armor, Decrypter } = await library();
  const decrypter = new Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
    for (const passphrase of passphrases) decrypter.addPassphrase(passphrase);
    // Inside YAML the armour is indented.
    return await decrypter.decrypt(armor.decode(text.trim().replaceAll(/^[ \t]+/gm, '')));
  } catch (error) {
    const why = messageOf(error);
    return /no identity matched/i.test(why) ? `none of the ${identities.length} identities given opens it` : why;
  }
}

/** Armoured, with a newline at its end. Throws Faulty where a recipient cannot be read. */
export async function encryptAge(plain: Uint8Array, recipients: readonly string[]): Promise<string> {
  const { armor, Encrypter } = await library();
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      const mend = 'give the public key that age-keygen prints: age1...';
      throw new Faulty([fault('E705', { what: `the recipient "${recipient}"`, why: messageOf(error), mend })]);
    }
  }
  return armor.encode(await encrypter.encrypt(plain));
}

/** The recipients that belong to the identities: who may read a file may read it after a change too. */
export async function recipientsOf(identities: readonly string[]): Promise<readonly string[]> {
  const { identityToRecipient } = await library();
  return Promise.all(identities.map(identity => identityToRecipient(identity)));
}

/** The secret keys in a file of age-keygen. Throws Faulty. */
export function readIdentities(file: string, cwd: string): readonly string[] {
  const lines = textOf(file, cwd).split(/\r?\n/);
  const keys = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#'));
  if (keys.length > 0 && keys.every(key => /^AGE-SECRET-KEY-/i.test(key))) return keys.map(key => key.toUpperCase());
  const isSsh = lines.some(line => line.includes('PRIVATE KEY-----'));
  const why = isSsh
    ? 'it is a key of SSH'
    : isAgeText(lines.join('\n'))
      ? 'it is encrypted itself'
      : 'it holds no AGE-SECRET-KEY-1...';
  const mend = 'name a file that age-keygen wrote';
  throw new Faulty([fault('E703', { what: `the identity file ${file} cannot be used`, why, mend })]);
}

function textOf(file: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch (error) {
    const mend = 'name a file that age-keygen wrote';
    throw new Faulty([fault('E703', { what: `the identity file ${file} cannot be read`, why: reasonOf(error), mend })]);
  }
}
