// Before-images of files: the scripts by which a host keeps, beside nobody's eyes, what a run is about to change. Contents never leave it.
import { createHash } from 'node:crypto';
import { lines, sh } from './shell.ts';
import type { Script } from './types.ts';

/** A larger file is not kept. */
export const LARGEST = 10 * 1024 * 1024;
const DAYS = 30;

/** Of one path of one host in one run. Hosts that are one machine have images of their own. */
export const imageName = (host: string, path: string): string =>
  createHash('sha256').update(`${host}\0${path}`).digest('hex').slice(0, 32);

/** Under /var/lib for root, in the home folder for others; beside the folder of debts where that was moved (TSRUN_OWED). */
export const imageFolder = (run: string): Script => sh`b=\${TSRUN_OWED:+$TSRUN_OWED.before}
[ -n "$b" ] || { b=/var/lib/tsrun/before; [ -w /var/lib ] || b=\${HOME:-/nonexistent}/.tsrun/before; }
d=$b/${run}`;

/** `n PATH` says in a line what is there: kind, mode, owner and content. */
export const nowFunction = sh`n() {
if [ -L "$1" ]; then printf 'link %s' "$(readlink -- "$1")"
elif [ -f "$1" ]; then s=$(sha256sum <"$1") && printf 'file %s %s' "$(stat -c '%a %u %g' -- "$1")" "\${s%% *}"
elif [ -d "$1" ]; then printf 'directory %s' "$(stat -c '%a %u %g' -- "$1")"
elif [ -e "$1" ]; then printf other
else printf absent; fi
}`;

/** The first image of a path in a run stays: it is the one to go back to. Written beside and renamed, so that none is half there.
 *  What is told of a file is told of its copy, and no link is followed: whoever owns the folder cannot slip in another file. */
const keepFunction = sh`k() {
[ ! -e "$d/$2.was" ] || return 0
if [ -L "$1" ] || [ ! -f "$1" ]; then
  w=$(n "$1"); if [ -d "$1" ] && [ ! -L "$1" ] && [ -n "$(ls -A -- "$1")" ]; then w="$w full"; fi
elif [ "$(stat -c %s -- "$1")" -gt ${LARGEST} ]; then w=large
else cp -pP -- "$1" "$d/$2.new" && [ -f "$d/$2.new" ] && [ ! -L "$d/$2.new" ] && w=$(n "$d/$2.new") && mv -f -- "$d/$2.new" "$d/$2.content" || return 1; fi
printf '%s' "$w" >"$d/$2.new" && mv -f -- "$d/$2.new" "$d/$2.was"
}`;

/** Goes before the deed. What cannot be kept (a full disk) keeps nobody from the change; runs of long ago go. */
export const keepScript = (run: string, host: string, paths: readonly string[]): Script =>
  lines(
    imageFolder(run),
    nowFunction,
    keepFunction,
    sh`{ [ -d "$d" ] || { (umask 077; mkdir -p -- "$d") && find "$b" -mindepth 1 -maxdepth 1 -mtime ${`+${DAYS}`} -exec rm -rf -- {} +; }
umask 077`,
    ...paths.map(path => sh`k ${path} ${imageName(host, path)}`),
    sh`} 2>/dev/null || :`,
  );

/** Goes behind the deed: how the run left it. */
export const leftScript = (run: string, host: string, paths: readonly string[]): Script =>
  lines(
    imageFolder(run),
    nowFunction,
    sh`{ umask 077`,
    ...paths.map(path => sh`n ${path} >"$d"/${imageName(host, path)}.left`),
    sh`} 2>/dev/null || :`,
  );
