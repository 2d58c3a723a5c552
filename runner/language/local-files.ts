// Files of the runner for tasks: where `src` is looked up (design.md 2, "src"), and their bytes as Blobs and Trees. Writes nothing.
import { readFileSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import type { Frame } from '../core/site.ts';
import { shownPath } from '../core/source.ts';
import type { Blob, Fault, LocalTarget, Span, Tree } from '../core/types.ts';
import { hashFile, isFault, readBlob, readTree } from './local-bytes.ts';
import { globFiles } from './local-glob.ts';
import { Faulty } from './signals.ts';

export interface LocalFiles {
  /** The file or folder of `src`; a fault that lists every place where it is not there. */
  find(src: string, folder: 'files' | 'templates', frame: Frame, at?: Span): string | Fault;
  /** Places where a relative path is looked up, in order. */
  places(src: string, folder: 'files' | 'templates', frame: Frame): readonly string[];
  blob(path: string, at?: Span): Blob | Fault;
  /** `written`: as the task has it; a trailing slash means "what is in it". */
  tree(path: string, written: string, follow: boolean, at?: Span): Tree | Fault;
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
  /** Told of every file whose bytes are taken. */
  readonly remember?: ((path: string) => void) | undefined;
  readonly decryptText?: ((text: string, file: string) => string | Fault) | undefined;
}

const statOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

export function openLocalFiles(options: Options): LocalFiles {
  const { cwd, home } = options;
  const shown = (path: string): string => shownPath(path, cwd);
  const absolute = (src: string): string => src.replace(/^~(?=\/|$)/, () => home);
  const places: LocalFiles['places'] = (src, folder, frame) => {
    const path = absolute(src);
    return isAbsolute(path) ? [path] : searchFolders(folder, frame).map(place => resolve(cwd, place, path));
  };
  const blob = createBlobs(options, shown);
  return {
    shown,
    places,
    blob,
    find(src, folder, frame, at) {
      const tried = places(src, folder, frame);
      return tried.find(path => statOf(path)) ?? nowhere(src, tried.map(shown), at);
    },
    tree(path, written, follow, at) {
      try {
        return readTree(path, written, file => blob(file, at), follow);
      } catch (error) {
        return error instanceof Faulty && error.faults[0] ? error.faults[0] : unreadable(shown(path), error, at);
      }
    },
    text(path, at) {
      const found = blob(path, at);
      return isFault(found) ? found : wholeText(path, found, shown(path), at);
    },
    target: (written, frame) => targetAt(resolve(cwd, frame.playbookDir, absolute(written))),
    isFolder: path => statOf(path)?.isDirectory() === true,
    exists: path => statOf(path) !== undefined,
    glob: pattern => globFiles(resolve(cwd, absolute(pattern))),
  };
}

/** A file is hashed once for the run, and again where it has changed. */
function createBlobs({ decryptText, remember }: Options, shown: (path: string) => string): LocalFiles['blob'] {
  const blobs = new Map<string, { readonly stamp: string; readonly blob: Blob | Fault }>();
  return (path, at) => {
    try {
      const stat = statSync(path);
      remember?.(path);
      const stamp = `${stat.mtimeMs}/${stat.size}/${stat.mode}`;
      const known = blobs.get(path);
      if (known?.stamp === stamp) return known.blob;
      const blob = stat.isFile() ? readBlob(path, stat, text => decryptText?.(text, shown(path))) : notFile(shown(path), at);
      blobs.set(path, { stamp, blob });
      return blob;
    } catch (error) {
      return unreadable(shown(path), error, at);
    }
  };
}

function targetAt(path: string): LocalTarget {
  const stat = statOf(path);
  if (stat?.isDirectory()) return { path, is: 'directory', sha256: '' };
  return stat ? { path, is: 'file', sha256: hashFile(path).sha256 } : { path, is: 'absent', sha256: '' };
}

function wholeText(path: string, blob: Blob, shown: string, at: Span | undefined): string | Fault {
  try {
    return blob.text ?? new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch {
    const why = 'only text can be read here';
    return fault('E108', { what: `${shown} is not UTF-8 text`, why, mend: 'use copy for binary files', at });
  }
}

const nowhere = (src: string, tried: readonly string[], at: Span | undefined): Fault =>
  fault('E112', {
    what: `"${src}" is not there`,
    why: `looked for in ${[...new Set(tried)].join(', ')}`,
    mend: 'put the file into the first of these, or write its whole path',
    at,
  });

function unreadable(shown: string, error: unknown, at: Span | undefined): Fault {
  const why = (error as Error).message.replace(/, \w+ '.*$/, '');
  return fault('E101', { what: `${shown} cannot be read`, why, mend: 'check the path and its permissions', at });
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
