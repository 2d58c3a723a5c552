// Bytes of local files as Blobs and Trees (core/types.ts): hashed once, streamed where they are large. Searches nothing.
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Blob, Fault, Tree } from '../core/types.ts';
import { Faulty } from './signals.ts';

/** Texts up to this size travel inside of a script. */
const smallText = 128 * 1024;
export const isFault = (found: unknown): found is Fault => typeof found === 'object' && found !== null && 'mend' in found;

export function hashFile(path: string): { readonly sha256: string; readonly size: number } {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1 << 20);
  const handle = openSync(path, 'r');
  let size = 0;
  try {
    for (let read = readSync(handle, buffer); read > 0; read = readSync(handle, buffer)) {
      hash.update(buffer.subarray(0, read));
      size += read;
    }
  } finally {
    closeSync(handle);
  }
  return { sha256: hash.digest('hex'), size };
}

function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function readBlob(path: string, stat: Stats, decrypt: (text: string) => string | Fault | undefined): Blob | Fault {
  const mode = stat.mode & 0o7777;
  if (stat.size > smallText) return { path, mode, ...hashFile(path), open: () => createReadStream(path) };
  const bytes = readFileSync(path);
  const text = textOf(bytes);
  const plain = text?.startsWith('$ANSIBLE_VAULT;') ? decrypt(text) : undefined;
  if (isFault(plain)) return plain;
  return bytesBlob(path, mode, plain === undefined ? bytes : Buffer.from(plain, 'utf8'), plain ?? text);
}

function bytesBlob(path: string, mode: number, bytes: Buffer, text: string | undefined): Blob {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, mode, sha256, size: bytes.length, ...(text === undefined ? {} : { text }), open: () => Readable.from([bytes]) };
}

const realpath = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** Throws Faulty where a file of it cannot be read. With `follow`, what a link leads to stands in its place; a link that leads to nothing or to a folder above itself stays one. */
export function readTree(root: string, written: string, blob: (path: string) => Blob | Fault, follow: boolean): Tree {
  const folders: { path: string; mode: number }[] = [];
  const files: { path: string; blob: Blob }[] = [];
  const links: { path: string; target: string }[] = [];
  const walk = (folder: string, above: readonly string[]): void => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const full = join(root, path);
      const stat =
        entry.isSymbolicLink() && follow && !above.includes(realpath(full))
          ? statSync(full, { throwIfNoEntry: false })
          : undefined;
      const is = stat ?? entry;
      if (is.isSymbolicLink()) links.push({ path, target: readlinkSync(full) });
      else if (is.isDirectory()) {
        folders.push({ path, mode: statSync(full).mode & 0o7777 });
        walk(path, [...above, realpath(full)]);
      } else if (is.isFile()) {
        const found = blob(full);
        if (isFault(found)) throw new Faulty([found]);
        files.push({ path, blob: found });
      }
    }
  };
  walk('', [realpath(root)]);
  return { path: written, folders, files, links };
}
