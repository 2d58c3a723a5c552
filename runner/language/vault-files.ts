// Whole encrypted files: opened, closed again by the same keys or by others, and written at once. It asks nobody for a key.
import { randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import type { VaultSource } from '../core/request.ts';
import type { Fault } from '../core/types.ts';
import { decryptVault, encryptVault, isVaultText, type Password, passwordsOf } from './vault.ts';
import { reasonOf } from './read-source.ts';
import { Faulty } from './signals.ts';
import { decryptAge, encryptAge, isAgeText, readIdentities, recipientsOf } from './vault-age.ts';

export interface KeyFiles {
  readonly vault: readonly VaultSource[];
  readonly identities: readonly string[];
  readonly recipients: readonly string[];
  readonly cwd: string;
}
export interface Keys {
  readonly passwords: readonly Password[];
  readonly identities: readonly string[];
  readonly recipients: readonly string[];
}
/** What a text is closed with. */
export type Lock = { readonly password: Password } | { readonly recipients: readonly string[] };
export interface Opened {
  readonly plain: Buffer;
  /** What it was closed with, as far as it can be told: who reads by age is not written in the file. */
  readonly lock: Lock;
}

/** Throws Faulty. */
export const openKeys = ({ vault, identities, recipients, cwd }: KeyFiles): Keys => ({
  passwords: passwordsOf(vault, cwd),
  identities: identities.flatMap(file => readIdentities(file, cwd)),
  recipients,
});

const wrong = (what: string, why: string, mend: string, code: 'E702' | 'E705' = 'E705'): Faulty =>
  new Faulty([fault(code, { what, why, mend })]);

/** Throws Faulty. */
export function readSecretFile(file: string, cwd: string): Buffer {
  try {
    return readFileSync(resolve(cwd, file));
  } catch (error) {
    throw wrong(`${file} cannot be read`, reasonOf(error), `see: ls -l ${file}`);
  }
}

export const isClosed = (bytes: Buffer): boolean => {
  const head = bytes.subarray(0, 200).toString('latin1');
  return isVaultText(head) || isAgeText(head);
};

/** Throws Faulty. */
export async function openText(bytes: Buffer, file: string, keys: Keys): Promise<Opened> {
  const text = bytes.toString('utf8');
  if (isVaultText(text)) return openVaultText(text, file, keys);
  if (!isAgeText(text)) throw wrong(`${file} is not encrypted`, 'it is neither of Ansible Vault nor of age', 'leave it as it is');
  const passphrases = keys.passwords.map(({ password }) => password);
  const plain = await decryptAge(text, { identities: keys.identities, passphrases });
  if (typeof plain === 'string') throw wrong(`${file} cannot be decrypted`, plain, 'give --identity FILE', 'E702');
  const recipients = keys.recipients.length > 0 ? keys.recipients : await recipientsOf(keys.identities);
  return { plain: Buffer.from(plain), lock: { recipients } };
}

function openVaultText(text: string, file: string, { passwords }: Keys): Opened {
  let why = 'no vault password was given';
  for (const password of passwords) {
    const plain = decryptVault(text, [password]);
    if (typeof plain !== 'string') return { plain, lock: { password: { ...password, id: labelOf(text) ?? 'default' } } };
    why = plain;
  }
  throw wrong(
    `${file} cannot be decrypted`,
    why,
    'give --vault-password-file FILE, --vault-id LABEL@FILE or --ask-vault-pass',
    'E702',
  );
}

const labelOf = (text: string): string | undefined => /^\s*\$ANSIBLE_VAULT;1\.2;AES256;([^\s;]+)/.exec(text)?.[1];

/** Recipients count before passwords. Throws Faulty. */
export function lockOf({ recipients, passwords }: Keys, mend: string): Lock {
  if (recipients.length > 0) return { recipients };
  const [password] = passwords;
  if (!password) throw wrong('there is nothing to encrypt with', 'neither a password nor a recipient was given', mend);
  if (password.password === '') throw wrong('the vault password is empty', 'anyone could read the file', mend);
  return { password };
}

export const closeText = async (plain: Uint8Array, lock: Lock): Promise<string> =>
  'password' in lock ? encryptVault(plain, lock.password.password, lock.password.id) : encryptAge(plain, lock.recipients);

/** Beside it and renamed over it, with the mode that it has: a file is never half of one kind. Throws Faulty. */
export function replaceFile(file: string, content: string | Uint8Array, cwd: string): void {
  const found = resolve(cwd, file);
  try {
    // A link stays one: the file that it leads to is replaced.
    const path = realpathSync(found);
    const beside = `${path}.tsrun-new-${randomUUID()}`;
    try {
      writeFileSync(beside, content, { mode: 0o600, flag: 'wx' });
      chmodSync(beside, statSync(path).mode % 0o10000);
      renameSync(beside, path);
    } finally {
      rmSync(beside, { force: true });
    }
  } catch (error) {
    throw wrong(`${file} cannot be written`, reasonOf(error), `see: ls -ld ${file} and its folder`);
  }
}

export const faultsIn = (error: unknown): readonly Fault[] => {
  if (error instanceof Faulty) return error.faults;
  throw error;
};
