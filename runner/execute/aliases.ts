// Other names of the paths that a wave reads: what a link on the way leads to. A change under one name then expires the
// answers under the other. Asked with the wave, by built-ins alone where no link is met.
import { lines, sh } from '../core/shell.ts';
import type { Footprint, Output, Script } from '../core/types.ts';

/** Path as read -> the paths that it stands for: each link on the way at its end, then the file itself. */
export type Aliases = Map<string, readonly string[]>;

const pathOf = (print: Footprint): string | undefined => (print.startsWith('file:/') ? print.slice(5) : undefined);

const trimmed = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);

export function pathsOf(reads: readonly (readonly Footprint[])[]): readonly string[] {
  return [
    ...new Set(
      reads
        .flat()
        .flatMap(print => pathOf(print) ?? [])
        .map(trimmed),
    ),
  ].filter(path => path !== '/');
}

/** `cd -P` finds the true folder without a process; a folder that is not there yet is left as written. Links at the
 *  end are followed one by one, forty at most, as the kernel does. */
const FUNCTION = sh`r() {
  p=$1; n=0
  while [ $n -lt 40 ]; do
    n=$((n + 1)); b=/\${p##*/}; d=\${p%/*}
    until cd -P -- "\${d:-/}" 2>/dev/null; do b=/\${d##*/}$b; d=\${d%/*}; done
    q=\${PWD%/}$b
    [ "$q" = "$1" ] || printf '%s\\0%s\\0' "$1" "$q"
    [ -L "$q" ] || return 0
    t=$(readlink -- "$q"; echo .); t=\${t%.}; t=\${t%"\n"}
    case $t in /*) p=$t ;; *) p=\${q%/*}/$t ;; esac
  done
}`;

export const aliasScript = (paths: readonly string[]): Script => lines(FUNCTION, ...paths.map(path => sh`r ${path}`), sh`:`);

export function readAliases(aliases: Aliases, paths: readonly string[], output: Output | undefined): void {
  for (const path of paths) aliases.delete(path);
  const words = output ? output.text().split('\0') : [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const path = words[i] ?? '';
    aliases.set(path, [...(aliases.get(path) ?? []), words[i + 1] ?? '']);
  }
}

/** The footprints with their other names. */
export function widened(aliases: Aliases, prints: readonly Footprint[]): readonly Footprint[] {
  if (aliases.size === 0) return prints;
  const more = prints.flatMap(print => {
    const path = pathOf(print);
    const others = path === undefined ? undefined : aliases.get(trimmed(path));
    return others?.map((other): Footprint => (path?.endsWith('/') ? `file:${other}/` : `file:${other}`)) ?? [];
  });
  return more.length > 0 ? [...prints, ...more] : prints;
}
