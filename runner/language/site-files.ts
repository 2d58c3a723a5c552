// The digests of the files that a site was made of, so that a saved plan knows when they change. Reads bytes, follows nothing.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { shownPath } from '../core/source.ts';

/** sha256 of the bytes on the disk (of what is encrypted: as it is); what is no file (the output of a script) is left out. */
export function digestFiles(paths: Iterable<string>, cwd: string): Readonly<Record<string, string>> {
  const shown = [...new Set([...paths].map(path => shownPath(resolve(cwd, path), cwd)))].sort();
  return Object.fromEntries(
    shown.flatMap(path => {
      const digest = digestFile(resolve(cwd, path));
      return digest === undefined ? [] : [[path, digest]];
    }),
  );
}

function digestFile(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}

/** Names of files that are another now, are gone, or are new to the site. */
export function changedFiles(
  before: Readonly<Record<string, string>>,
  sources: Iterable<string>,
  cwd: string,
): readonly string[] {
  const now = digestFiles([...Object.keys(before), ...sources], cwd);
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(path => before[path] !== now[path]).sort();
}
