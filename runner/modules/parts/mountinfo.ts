// What is mounted where (/proc/self/mountinfo), and whether it is the source that a task names. Pure.
import { tidy, unescape } from './fstab.ts';

export interface Mounted {
  readonly device: string;
  /** The folder of the filesystem that is mounted: not `/` for a bind mount. */
  readonly root: string;
  readonly path: string;
  readonly fstype: string;
  readonly source: string;
  readonly opts: string;
}
/** What the host says of the wanted source: its path without links, and its device number. */
export interface Source {
  readonly real: string;
  readonly device: string;
}

export function readMounts(text: string): readonly Mounted[] {
  return text.split('\n').flatMap(row => {
    const [before, after] = row.split(' - ');
    const [, , device, root, path, opts] = (before ?? '').split(' ');
    const [fstype, source] = (after ?? '').split(' ');
    if (!device || !root || !path || !fstype) return [];
    return [{ device, root: unescape(root), path: unescape(path), opts: opts ?? '', fstype, source: unescape(source ?? '') }];
  });
}

/** The upmost mount at the path. */
export const mountAt = (mounts: readonly Mounted[], path: string): Mounted | undefined =>
  mounts.findLast(one => one.path === tidy(path));

export const isBind = (opts: string | undefined): boolean => /(^|,)r?bind(,|$)/.test(opts ?? '');

/** The folder of its own filesystem that a path is. */
function placeOf(
  mounts: readonly Mounted[],
  path: string,
  except: Mounted,
): { readonly device: string; readonly root: string } | null {
  const below = (mount: Mounted) => mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`);
  const around = mounts.filter(mount => mount !== except && below(mount));
  const longest = Math.max(...around.map(mount => mount.path.length));
  const home = around.findLast(mount => mount.path.length === longest);
  if (!home) return null;
  const rest = home.path === '/' ? path : path.slice(home.path.length);
  return { device: home.device, root: tidy(`${home.root === '/' ? '' : home.root}${rest}` || '/') };
}

/** A bind mount shows the device of its source: the folder and the device number must fit. */
export function isMountOf(
  mounts: readonly Mounted[],
  at: Mounted,
  src: string,
  opts: string | undefined,
  source: Source | null,
): boolean {
  if (at.source === src || tidy(at.source) === tidy(src)) return !isBind(opts) || bindFits(mounts, at, source?.real ?? src);
  if (isBind(opts)) return bindFits(mounts, at, source?.real ?? src);
  if (source === null) return false;
  return at.source === source.real || (source.device !== '' && source.device === at.device);
}

function bindFits(mounts: readonly Mounted[], at: Mounted, path: string): boolean {
  const place = placeOf(mounts, tidy(path), at);
  return place !== null && place.device === at.device && place.root === at.root;
}
