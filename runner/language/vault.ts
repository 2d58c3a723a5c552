// Ansible Vault, formats 1.1 and 1.2: decrypts and encrypts, and finds the passwords; what is in age armour is vault-age.ts's.
import { execFileSync } from 'node:child_process';
import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import type { VaultSource } from '../core/request.ts';
import type { Redactor } from '../core/secret.ts';
import type { Value } from '../core/site.ts';
import type { Fault, Span } from '../core/types.ts';
import { Faulty } from './signals.ts';
import { isAgeText, readIdentities } from './vault-age.ts';
import { type Armors, createArmors } from './vault-armor.ts';

export interface Password {
  readonly id: string;
  readonly password: string;
}
interface Envelope {
  readonly label: string | undefined;
  readonly salt: Buffer;
  readonly hmac: Buffer;
  readonly data: Buffer;
}

const header = /^\$ANSIBLE_VAULT;(1\.[12]);AES256(?:;([^\r\n;]+))?\s*$/;
export const isVaultText = (text: string): boolean => /^\s*\$ANSIBLE_VAULT;/.test(text);

function readEnvelope(text: string): Envelope | string {
  const [first = '', ...rest] = text.trim().split(/\r?\n/);
  const found = header.exec(first.trim());
  if (!found) return 'its first line is not $ANSIBLE_VAULT;1.1;AES256, $ANSIBLE_VAULT;1.2;AES256;LABEL or that of age armour';
  const hex = rest.map(line => line.trim()).join('');
  const parts = Buffer.from(hex, 'hex').toString('latin1').split('\n');
  if (
    hex.length % 2 !== 0 ||
    !/^[0-9a-f]*$/i.test(hex) ||
    parts.length !== 3 ||
    !parts.every(part => /^([0-9a-f]{2})+$/i.test(part))
  )
    return 'its body is not what ansible-vault writes: some of it is missing or was changed';
  const [salt, hmac, data] = parts.map(part => Buffer.from(part, 'hex')) as [Buffer, Buffer, Buffer];
  return { label: found[2], salt, hmac, data };
}

interface Keys {
  readonly cipher: Buffer;
  readonly hmac: Buffer;
  readonly iv: Buffer;
}

function keysOf(password: string, salt: Buffer): Keys {
  const bytes = pbkdf2Sync(password, salt, 10_000, 80, 'sha256');
  return { cipher: bytes.subarray(0, 32), hmac: bytes.subarray(32, 64), iv: bytes.subarray(64, 80) };
}

function open({ salt, hmac, data }: Envelope, password: string): Buffer | undefined {
  const keys = keysOf(password, salt);
  const found = createHmac('sha256', keys.hmac).update(data).digest();
  if (found.length !== hmac.length || !timingSafeEqual(found, hmac)) return undefined;
  const cipher = createDecipheriv('aes-256-ctr', keys.cipher, keys.iv);
  const padded = Buffer.concat([cipher.update(data), cipher.final()]);
  return padded.subarray(0, padded.length - (padded.at(-1) ?? 0));
}

/** The plain bytes, or why they cannot be had. A password of the label is tried first. */
export function decryptVault(text: string, passwords: readonly Password[]): Buffer | string {
  const envelope = readEnvelope(text);
  if (typeof envelope === 'string') return envelope;
  const ordered = [...passwords].sort((a, b) => Number(b.id === envelope.label) - Number(a.id === envelope.label));
  for (const { password } of ordered) {
    const plain = open(envelope, password);
    if (plain) return plain;
  }
  if (passwords.length === 0) return 'no vault password was given';
  return `none of the ${passwords.length} vault passwords opens it${envelope.label ? ` (its label is "${envelope.label}")` : ''}`;
}

/** As `ansible-vault encrypt`: format 1.2 where there is a label that is not "default", else 1.1. */
export function encryptVault(
  plain: string | Uint8Array,
  password: string,
  label?: string,
  salt: Uint8Array = randomBytes(32),
): string {
  const keys = keysOf(password, Buffer.from(salt));
  const bytes = Buffer.from(plain as string);
  const fill = 16 - (bytes.length % 16);
  const cipher = createCipheriv('aes-256-ctr', keys.cipher, keys.iv);
  const data = Buffer.concat([cipher.update(Buffer.concat([bytes, Buffer.alloc(fill, fill)])), cipher.final()]);
  const hmac = createHmac('sha256', keys.hmac).update(data).digest();
  const body = Buffer.from([Buffer.from(salt), hmac, data].map(part => part.toString('hex')).join('\n'), 'latin1').toString(
    'hex',
  );
  const named = label !== undefined && label !== 'default';
  return `$ANSIBLE_VAULT;${named ? `1.2;AES256;${label}` : '1.1;AES256'}\n${body.replace(/(.{80})/g, '$1\n').trimEnd()}\n`;
}

export interface Vault {
  /** The plain text of an encrypted file, or why it cannot be had. */
  decryptText(text: string, file: string): string | Fault | Promise<string | Fault>;
  /** As decryptText, for those who cannot wait: age armour must have been opened before. */
  decryptNow(text: string, file: string): string | Fault;
  /** Opens the age armour in the texts, and what `reveal` was asked for and had not: it cannot wait. False where nothing was new. */
  unlockAll(texts: readonly string[]): Promise<boolean>;
  /** The value of `!vault` and `!secret`. Throws Faulty. */
  reveal(secret: Extract<Value, { is: 'secret' }>): string;
}
interface VaultOptions {
  readonly sources: readonly VaultSource[];
  /** Files of age identities. */
  readonly identities?: readonly string[] | undefined;
  readonly cwd: string;
  /** Told of every secret that comes to light. */
  readonly redactor?: Pick<Redactor, 'add'> | undefined;
}

function readPassword(source: VaultSource, cwd: string): Password {
  if ('password' in source) return source;
  const path = resolve(cwd, source.file);
  try {
    const password = isExecutable(path)
      ? execFileSync(path, { encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'inherit'] })
      : readFileSync(path, 'utf8');
    return { id: source.id, password: password.trim() };
  } catch (error) {
    const why = (error as Error).message.split('\n')[0] ?? '';
    throw new Faulty([
      fault('E704', {
        what: `the vault password file ${source.file} gives no password`,
        why,
        mend: 'name a file that holds the password, or a program that prints it',
      }),
    ]);
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const mends = {
  vault: 'give its password: --vault-password-file FILE, --vault-id LABEL@FILE or --ask-vault-pass',
  age: 'give the file of an identity that may read it: --identity FILE',
} as const;

const closed = (what: string, why: string, kind: keyof typeof mends, at?: Span): Fault =>
  fault('E702', { what: `${what} cannot be decrypted`, why, mend: mends[kind], at });

/** The passwords of all sources, read now. Throws Faulty. */
export const passwordsOf = (sources: readonly VaultSource[], cwd: string): readonly Password[] =>
  sources.map(source => readPassword(source, cwd));

export function openVault({ sources, cwd, redactor, identities = [] }: VaultOptions): Vault {
  let found: readonly Password[] | undefined;
  const passwords = (): readonly Password[] => {
    found ??= passwordsOf(sources, cwd);
    for (const { password } of found) redactor?.add(password);
    return found;
  };
  const armors = createArmors(() => {
    const keys = identities.flatMap(file => readIdentities(file, cwd));
    for (const key of keys) redactor?.add(key);
    return { identities: keys, passphrases: passwords().map(({ password }) => password) };
  });
  const revealed = new WeakMap<object, string>();
  return {
    async decryptText(text, file) {
      if (isAgeText(text)) await armors.open(text);
      return asText(() => plainOf(text, file, passwords, armors));
    },
    decryptNow: (text, file) => asText(() => plainOf(text, file, passwords, armors)),
    unlockAll: texts => armors.openAll(texts),
    reveal(secret) {
      const known = revealed.get(secret);
      if (known !== undefined) return known;
      const value = plainOf(String(secret.cipher), 'this value', passwords, armors, secret.span);
      redactor?.add(value);
      revealed.set(secret, value);
      return value;
    },
  };
}

/** Throws Faulty. */
function plainOf(text: string, what: string, passwords: () => readonly Password[], armors: Armors, at?: Span): string {
  const isAge = isAgeText(text);
  const plain = isAge ? armors.now(text) : decryptVault(text, isVaultText(text) ? passwords() : []);
  if (plain === undefined) throw new Faulty([closed(what, notYet, 'age', at)]);
  if (typeof plain === 'string') throw new Faulty([closed(what, plain, isAge ? 'age' : 'vault', at)]);
  return Buffer.from(plain).toString('utf8');
}

const notYet = 'it came to light only in the run: name its file without an expression';

function faulty(error: unknown): Fault {
  if (error instanceof Faulty && error.faults[0]) return error.faults[0];
  throw error;
}

function asText(work: () => string): string | Fault {
  try {
    return work();
  } catch (error) {
    return faulty(error);
  }
}
