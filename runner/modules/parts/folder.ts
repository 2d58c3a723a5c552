// What lies in or below a folder, as far as the file module must know it: strays of a recursion, emptiness, mounts. Reads only.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import type { FileArgs } from './attributes.ts';
import type { Fields } from './fields.ts';
import { octal, resolveMode } from './mode.ts';
import type { Survey } from './survey.ts';

/** Mount points at or below `$p`: deleting through one would reach another file system. */
export const mountsScript: Script = sh`while read -r _ m _; do case $m in *\\\\*) m=$(printf %b "$m");; esac; case $m in "$p"|"$p"/*) printf '%s\\n' "$m";; esac; done </proc/mounts 2>/dev/null; printf '\\0'`;

export const emptyScript: Script = sh`e=; if [ -d "$p" ]; then for f in "$p"/* "$p"/.[!.]* "$p"/..?*; do if [ -e "$f" ] || [ -L "$f" ]; then e=n; break; fi; done; fi; printf '%s\\0' "$e"`;

const isOctal = (mode: string): boolean => /^(0o)?[0-7]+$/.test(mode);

/** Prints `mode/uid/gid/path` of what may not be as wanted below `$t`; octal modes and owners are judged by find itself. */
export function strayScript(args: FileArgs, follow: boolean): Script {
  const tests: Script[] = [];
  const { mode } = args;
  if (args.owner !== undefined) tests.push(sh`! -user ${args.owner}`);
  if (args.group !== undefined) tests.push(sh`! -group ${args.group}`);
  const bits = mode === undefined ? [] : isOctal(mode) ? [sh`! -type l ! -perm ${octal(modeNumber(mode))}`] : [sh`! -type l`];
  const any = [...tests, ...bits].join(' -o ') as Script;
  if (tests.length + bits.length === 0) return sh`printf '\\0'`;
  const walk = (flag: Script, more: Script): Script =>
    sh`find ${raw(flag)} "$t" -mindepth 1 ${raw(more)} \\( ${raw(any)} \\) -exec stat ${raw(flag)} -c %f/%u/%g/%n -- {} +`;
  const all = follow ? lines(walk(sh``, sh``), walk(sh`-L`, sh`! -type l`)) : walk(sh``, sh``);
  return sh`if [ -d "$t" ]; then { ${raw(all)}
} 2>/dev/null; fi; printf '\\0'`;
}

const modeNumber = (mode: string): number => resolveMode(mode, { mode: 0, isFolder: false, umask: 0 }) ?? 0;

/** Paths below that differ; a name with a newline in it is shown in pieces, which costs only prose. */
export function readStrays(answer: Fields, args: FileArgs, survey: Survey): readonly string[] {
  const rows = answer.next().split('\n');
  const strays = rows.filter(row => /^[0-9a-f]+\/\d+\/\d+\/./.test(row)).filter(row => differs(row, args, survey));
  return [...new Set(strays.map(row => row.split('/').slice(3).join('/')))];
}

function differs(row: string, args: FileArgs, survey: Survey): boolean {
  const [hex = '', uid, gid] = row.split('/');
  const bits = Number.parseInt(hex, 16);
  if (args.owner !== undefined && survey.uid !== Number(uid)) return true;
  if (args.group !== undefined && survey.gid !== Number(gid)) return true;
  if (args.mode === undefined || (bits & 0o170000) === 0o120000) return false;
  const base = { mode: bits & 0o7777, isFolder: (bits & 0o170000) === 0o040000, umask: survey.umask };
  return resolveMode(args.mode, base) !== base.mode;
}
