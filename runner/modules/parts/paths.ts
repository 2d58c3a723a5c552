// Paths on a host as text, and the footprints that they have. Pure; it resolves no links.
import { posix } from 'node:path';
import type { Footprint } from '../../core/types.ts';

/** `/a//b/` -> `/a/b`; `..` stays, because a link may stand before it. */
export function tidyPath(path: string): string {
  const tidy = path.replace(/\/{2,}/g, '/');
  return tidy.length > 1 && tidy.endsWith('/') ? tidy.slice(0, -1) : tidy;
}

export const baseName = (path: string): string => posix.basename(path);
export const parentOf = (path: string): string => posix.dirname(path);
export const joinPath = (folder: string, name: string): string =>
  folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;

export const isBelow = (path: string, folder: string): boolean => path.startsWith(folder === '/' ? '/' : `${folder}/`);

/** The folders that lie between an existing one and a path, the uppermost first; the path itself is the last. */
export function pathsBetween(above: string, path: string): readonly string[] {
  const paths: string[] = [];
  for (let at = path; at !== above && at !== '/' && at !== '.'; at = parentOf(at)) paths.unshift(at);
  return paths;
}

export const fileKey = (path: string): Footprint => `file:${tidyPath(path)}`;
/** A folder and all below it. */
export const treeKey = (path: string): Footprint => (tidyPath(path) === '/' ? 'file:/' : `file:${tidyPath(path)}/`);
