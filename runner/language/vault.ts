// Ansible Vault, formats 1.1 and 1.2: decrypts and encrypts, and finds the passwords. age comes later: its secrets are a fault.
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

interface Password {
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
  if (!found) return 'its first line is not $ANSIBLE_VAULT;1.1;AES256 or $ANSIBLE_VAULT;1.2;AES256;LABEL';
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
  decryptText(text: string, file: string): string | Fault;
  /** The value of `!vault` and `!secret`. Throws Faulty. */
  reveal(secret: Extract<Value, { is: 'secret' }>): string;
}
interface VaultOptions {
  readonly sources: readonly VaultSource[];
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

const needsAge = (what: string, at?: Span): Fault =>
  fault('E703', {
    what: `${what} is encrypted with age`,
    why: 'this version reads Ansible Vault alone',
    mend: 'encrypt it with ansible-vault, or give the value with -e @FILE',
    at,
  });

const closed = (what: string, why: string, at?: Span): Fault =>
  fault('E702', {
    what: `${what} cannot be decrypted`,
    why,
    mend: 'give its password: --vault-password-file FILE, --vault-id LABEL@FILE or --ask-vault-pass',
    at,
  });

export function openVault({ sources, cwd, redactor }: VaultOptions): Vault {
  let found: readonly Password[] | undefined;
  const passwords = (): readonly Password[] => {
    found ??= sources.map(source => readPassword(source, cwd));
    for (const { password } of found) redactor?.add(password);
    return found;
  };
  const revealed = new WeakMap<object, string>();
  const decryptText = (text: string, file: string): string | Fault => {
    if (!isVaultText(text)) return needsAge(file);
    try {
      const plain = decryptVault(text, passwords());
      return typeof plain === 'string' ? closed(file, plain) : plain.toString('utf8');
    } catch (error) {
      if (error instanceof Faulty && error.faults[0]) return error.faults[0];
      throw error;
    }
  };
  return {
    decryptText,
    reveal(secret) {
      const known = revealed.get(secret);
      if (known !== undefined) return known;
      const text = String(secret.cipher);
      if (!isVaultText(text)) throw new Faulty([needsAge(`the secret "${secret.name}"`, secret.span)]);
      const plain = decryptVault(text, passwords());
      if (typeof plain === 'string') throw new Faulty([closed('this value', plain, secret.span)]);
      const value = plain.toString('utf8');
      redactor?.add(value);
      revealed.set(secret, value);
      return value;
    },
  };
}
