// Reads what the user wrote: a local text file -> Source, or a fault that says why not. Decrypts by what it is given.
import { readFileSync, statSync } from 'node:fs';
import { fault } from '../core/fault.ts';
import { type Source, shownPath, source } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';

/** The seam to vault.ts: the plain text, or why there is none. */
export type Decrypt = (text: string, file: string) => string | Fault | Promise<string | Fault>;
/** Throws what node:fs throws. */
export type Read = (path: string) => string | Uint8Array;

export interface Reading {
  readonly cwd: string;
  readonly faults: Fault[];
  readonly read?: Read | undefined;
  readonly decryptText?: Decrypt | undefined;
  /** Told of each text that was read, so that faults can be shown with their line. */
  readonly remember?: ((read: Source) => void) | undefined;
}

/** What a path leads to; what is there and cannot be looked at is a file, so that reading it says why. */
export function kindOf(path: string): 'file' | 'folder' | 'none' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    const { code } = error as { code?: string };
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'none' : 'file';
  }
}

const largest = 64 * 1024 * 1024;

function readBytes(path: string): Uint8Array {
  if (statSync(path).size > largest)
    throw Object.assign(new Error(`it is larger than ${largest / 1024 / 1024} MB`), { code: 'EFBIG' });
  return readFileSync(path);
}

/** The text of a file that must be there; undefined where a fault says why there is none. `at`: what named it. */
export function readSource(path: string, reading: Reading, at?: Span): Source | undefined {
  const file = shownPath(path, reading.cwd);
  try {
    const text = decode((reading.read ?? readBytes)(path));
    if (text === undefined) {
      const why = 'it holds bytes that are no UTF-8 text';
      reading.faults.push(fault('E108', { what: `${file} is not a text file`, at, why, mend: 'save it as UTF-8 text' }));
      return undefined;
    }
    const made = source(file, text);
    if (!isEncrypted(text)) reading.remember?.(made);
    return made;
  } catch (error) {
    const why = reasonOf(error);
    reading.faults.push(fault('E101', { what: `${file} cannot be read`, at, why, mend: `see: ls -l ${file}`, cause: error }));
    return undefined;
  }
}

function decode(read: string | Uint8Array): string | undefined {
  if (typeof read === 'string') return read.includes('\0') ? undefined : read;
  if (read.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(read);
  } catch {
    return undefined;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its links go round in a circle',
};

export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return reasons[code ?? ''] ?? message ?? String(error);
}

export const isEncrypted = (text: string): boolean =>
  /^(\$ANSIBLE_VAULT;|-----BEGIN AGE ENCRYPTED FILE-----|age-encryption\.org\/v1)/.test(text);

/** As readSource; an encrypted file gives its plain text, with the places of that text. */
export async function readPlain(path: string, reading: Reading): Promise<Source | undefined> {
  const made = readSource(path, reading);
  if (!made || !isEncrypted(made.text)) return made;
  const at: Span = { file: made.file, line: 1, col: 1 };
  const plain = reading.decryptText ? await reading.decryptText(made.text, made.file) : encryptedFault(made.file, at);
  if (typeof plain === 'string') return source(made.file, plain);
  reading.faults.push(plain.at ? plain : { ...plain, at });
  return undefined;
}

export const encryptedFault = (file: string, at: Span): Fault =>
  fault('E701', {
    what: `${file} is encrypted`,
    at,
    why: 'no password or identity for it was given',
    mend: 'give --vault-password-file FILE, --ask-vault-pass, or --identity FILE for age',
  });
