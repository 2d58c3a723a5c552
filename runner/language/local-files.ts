// Files of the runner for tasks: where `src` is looked up (design.md 2, "src"), and their bytes as Blobs and Trees. Writes nothing.
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { fault } from '../core/fault.ts';
import type { Frame } from '../core/site.ts';
import { shownPath } from '../core/source.ts';
import type { Blob, Fault, LocalTarget, Span, Tree } from '../core/types.ts';

export interface LocalFiles {
  /** The file or folder of `src`; a fault that lists every place where it is not there. */
  find(src: string, folder: 'files' | 'templates', frame: Frame, at?: Span): string | Fault;
  /** Places where a relative path is looked up, in order. */
  places(src: string, folder: 'files' | 'templates', frame: Frame): readonly string[];
  blob(path: string, at?: Span): Blob | Fault;
  /** `written`: as the task has it; a trailing slash means "what is in it". */
  tree(path: string, written: string, at?: Span): Tree | Fault;
  text(path: string, at?: Span): string | Fault;
  /** What is there now, of a place to write to. */
  target(path: string, frame: Frame): LocalTarget;
  isFolder(path: string): boolean;
  exists(path: string): boolean;
  /** Files that a pattern with * ? [..] names, sorted. */
  glob(pattern: string): readonly string[];
  shown(path: string): string;
}

interface Options {
  readonly cwd: string;
  readonly home: string;
  /** Plain text of an encrypted file. */
  readonly decryptText?: ((text: string, file: string) => string | Fault) | undefined;
}

/** Texts up to this size travel inside of a script. */
const smallText = 128 * 1024;
const isFault = (found: unknown): found is Fault => typeof found === 'object' && found !== null && 'mend' in found;
const statOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

export function openLocalFiles({ cwd, home, decryptText }: Options): LocalFiles {
  const shown = (path: string): string => shownPath(path, cwd);
  const blobs = new Map<string, { readonly stamp: string; readonly blob: Blob | Fault }>();
  const unreadable = (path: string, error: unknown, at: Span | undefined): Fault =>
    fault('E101', {
      what: `${shown(path)} cannot be read`,
      why: (error as Error).message.replace(/, \w+ '.*$/, ''),
      mend: 'check the path and its permissions',
      at,
    });
  const absolute = (src: string): string => src.replace(/^~(?=\/|$)/, () => home);
  const places = (src: string, folder: 'files' | 'templates', frame: Frame): readonly string[] => {
    const path = absolute(src);
    return isAbsolute(path) ? [path] : searchFolders(folder, frame).map(place => resolve(cwd, place, path));
  };
  const files: LocalFiles = {
    shown,
    places,
    find(src, folder, frame, at) {
      const tried = places(src, folder, frame);
      const found = tried.find(path => statOf(path));
      if (found) return found;
      const why = `looked for in ${[...new Set(tried.map(shown))].join(', ')}`;
      return fault('E112', {
        what: `"${src}" is not there`,
        why,
        mend: `put the file into the first of these, or write its whole path`,
        at,
      });
    },
    blob(path, at) {
      try {
        const stat = statSync(path);
        const stamp = `${stat.mtimeMs}/${stat.size}/${stat.mode}`;
        const known = blobs.get(path);
        if (known?.stamp === stamp) return known.blob;
        const blob = stat.isFile() ? readBlob(path, stat, text => decryptText?.(text, shown(path))) : notFile(shown(path), at);
        blobs.set(path, { stamp, blob });
        return blob;
      } catch (error) {
        return unreadable(path, error, at);
      }
    },
    tree(path, written, at) {
      try {
        return readTree(path, written, file => files.blob(file, at));
      } catch (error) {
        return isFault(error) ? error : unreadable(path, error, at);
      }
    },
    text(path, at) {
      const blob = files.blob(path, at);
      if (isFault(blob)) return blob;
      try {
        return blob.text ?? new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
      } catch {
        return fault('E108', {
          what: `${shown(path)} is not UTF-8 text`,
          why: 'only text can be read here',
          mend: 'use copy for binary files',
          at,
        });
      }
    },
    target(written, frame) {
      const path = resolve(cwd, frame.playbookDir, absolute(written));
      const stat = statOf(path);
      if (stat?.isDirectory()) return { path, is: 'directory', sha256: '' };
      return stat ? { path, is: 'file', sha256: hashFile(path).sha256 } : { path, is: 'absent', sha256: '' };
    },
    isFolder: path => statOf(path)?.isDirectory() === true,
    exists: path => statOf(path) !== undefined,
    glob: pattern => globFiles(resolve(cwd, absolute(pattern))),
  };
  return files;
}

const notFile = (shown: string, at: Span | undefined): Fault =>
  fault('E101', { what: `${shown} cannot be read`, why: 'it is not a file', mend: 'name a file', at });

/** roles/R/F, F/R, PLAYBOOK_DIR/F, PLAYBOOK_DIR; F/R stands in the checkout, beside the folder of the playbooks or in it. */
function searchFolders(folder: string, { playbookDir, role, roleDir, fileDir }: Frame): readonly string[] {
  const ofRole = role === null ? [] : [join(playbookDir, '..', folder, role), join(playbookDir, folder, role)];
  return [
    ...(roleDir === null ? [] : [join(roleDir, folder)]),
    ...ofRole,
    join(playbookDir, folder),
    playbookDir,
    ...(roleDir === null ? [] : [roleDir]),
    fileDir,
  ];
}

function hashFile(path: string): { readonly sha256: string; readonly size: number } {
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

function readBlob(path: string, stat: Stats, decrypt: (text: string) => string | Fault | undefined): Blob | Fault {
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

function readTree(root: string, written: string, blob: (path: string) => Blob | Fault): Tree {
  const folders: { path: string; mode: number }[] = [];
  const files: { path: string; blob: Blob }[] = [];
  const links: { path: string; target: string }[] = [];
  const walk = (folder: string): void => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isSymbolicLink()) links.push({ path, target: readlinkSync(join(root, path)) });
      else if (entry.isDirectory()) {
        folders.push({ path, mode: statSync(join(root, path)).mode & 0o7777 });
        walk(path);
      } else if (entry.isFile()) {
        const found = blob(join(root, path));
        if (isFault(found)) throw found;
        files.push({ path, blob: found });
      }
    }
  };
  walk('');
  return { path: written, folders, files, links };
}

const special = /[*?[]/;

function nameTest(pattern: string): RegExp {
  const body = pattern.replace(/\[!?[^\]]+\]|[\\^$.*+?()[\]{}|]/g, found => {
    if (found === '*') return '[^/]*';
    if (found === '?') return '[^/]';
    return found.length > 1 ? found.replace(/^\[!/, '[^') : `\\${found}`;
  });
  return new RegExp(`^${body}$`);
}

function globFiles(pattern: string): readonly string[] {
  let paths: readonly string[] = ['/'];
  for (const part of pattern.split('/').filter(Boolean)) {
    if (!special.test(part)) {
      paths = paths.map(path => join(path, part));
      continue;
    }
    const test = nameTest(part);
    const hidden = part.startsWith('.');
    paths = paths.flatMap(path =>
      namesIn(path)
        .filter(name => test.test(name) && (hidden || !name.startsWith('.')))
        .map(name => join(path, name)),
    );
  }
  return paths.filter(path => statOf(path)?.isFile()).sort();
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
