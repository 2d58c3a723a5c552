// Archives on a host: what is in one, what of it differs from a folder, and how it is unpacked. Scripts and readers; no plan.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import type { FileArgs } from './attributes.ts';
import { octal, resolveMode } from './mode.ts';
import type { Survey } from './survey.ts';

export interface ArchiveArgs extends FileArgs {
  readonly dest: string;
  readonly keep_newer: boolean;
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  readonly extra_opts: readonly string[];
}

/** `$k`: zip or tar, by the first bytes of `$a`; `$g`: whether tar is GNU's, which can compare by itself. */
export const kindScript: Script = sh`if [ "$(head -c 2 <"$a")" = PK ]; then k=zip; else k=tar; fi; g=; if tar --version 2>/dev/null | grep -q GNU; then g=y; fi`;

const tarOptions = (args: ArchiveArgs): readonly string[] => [
  ...args.extra_opts,
  ...args.exclude.map(name => `--exclude=${name.replace(/\/$/, '')}`),
];
const members = (args: ArchiveArgs): readonly string[] => (args.include.length > 0 ? ['--', ...args.include] : []);
const shown = (args: ArchiveArgs): readonly string[] => (args.extra_opts.length > 0 ? ['--show-transformed-names'] : []);

/** Folders that are left out of each name: GNU tar shows names so, others must be helped. */
function stripScript({ extra_opts }: ArchiveArgs): Script {
  const depth = extra_opts.map(option => /^--strip(?:-components)?=(\d+)$/.exec(option)?.[1]).find(found => found !== undefined);
  return depth === undefined ? sh`cat` : sh`sed -n ${`s#^\\([^/]*/\\)\\{${depth}\\}\\(.\\)#\\2#p`}`;
}

/** The names in `$a` as they are in it, one a line. */
function rawListScript(args: ArchiveArgs): Script {
  const except = args.exclude.length > 0 ? ['-x', ...args.exclude] : [];
  // unzip -l of BusyBox and of Info-ZIP alike: size, date, time, name.
  const zip = sh`unzip -l "$a" ${args.include} ${except} | sed -n 's/^ *[0-9][0-9]*  *[0-9-]*  *[0-9:]*  *//p' | sed '$d'`;
  return sh`if [ $k = zip ]; then ${raw(zip)}; else tar -tf "$a" ${tarOptions(args)} ${members(args)}; fi`;
}

/** The names that come out of `$a`, one a line; those that climb out of the folder too, for the plan to refuse. */
export const listScript = (args: ArchiveArgs): Script =>
  sh`if [ $k = tar ] && [ $g ]; then tar -tf "$a" ${shown(args)} ${tarOptions(args)} ${members(args)} | sed '/^$/d'; else { ${raw(rawListScript(args))}
} | ${raw(stripScript(args))}; fi`;

/** GNU tar says in words what differs; otherwise each file is compared with its bytes in the archive. */
export function differScript(args: ArchiveArgs): Script {
  const newer = args.keep_newer ? ['--keep-newer-files'] : [];
  const gnu = sh`LC_ALL=C tar --diff -C "$p" ${newer} ${shown(args)} ${tarOptions(args)} -f "$a" ${members(args)} 2>&1`;
  const keep = args.keep_newer ? sh`elif [ "$p/$f" -nt "$a" ]; then :` : sh``;
  const each = sh`while IFS= read -r o; do f=$(printf '%s\n' "$o" | ${raw(stripScript(args))}); [ "$f" ] || continue
case $f in */) [ -d "$p/$f" ] || echo "$f: missing";; *)
if [ -L "$p/$f" ]; then :; elif ! [ -f "$p/$f" ]; then echo "$f: missing"
${raw(keep)}
elif [ $k = zip ]; then unzip -p "$a" "$(printf %s "$o" | sed 's/[][*?\\]/\\&/g')" 2>/dev/null | cmp -s - "$p/$f" || echo "$f: Contents differ"
else tar -xOf "$a" -- "$o" 2>/dev/null | cmp -s - "$p/$f" || echo "$f: Contents differ"; fi;; esac; done`;
  // In the words of tar, so that one reader knows both.
  const whole = sh`[ $k = zip ] && ! unzip -l "$a" >/dev/null 2>&1`;
  return sh`if ${raw(whole)}; then echo 'unzip: Error is not recoverable'; elif [ $k = tar ] && [ $g ]; then ${raw(gnu)}; else { ${raw(rawListScript(args))}
} 2>/dev/null | ${raw(each)}; fi`;
}

/** Unpacks `$a` into `$p`. Names that climb out are refused before, although tar and unzip refuse them too. */
export function unpackScript(args: ArchiveArgs): Script {
  const newer = args.keep_newer;
  const root = sh`if [ "$(id -u)" = 0 ]; then set -- -p; else set --; fi`;
  const except = args.exclude.length > 0 ? ['-x', ...args.exclude] : [];
  const tar = sh`${raw(root)}; tar -x "$@" -C "$p" ${newer ? ['--keep-newer-files'] : []} ${tarOptions(args)} -f "$a" ${members(args)}`;
  const zip = sh`unzip ${newer ? '-uo' : '-o'} -q "$a" ${args.include} ${except} -d "$p" ${args.extra_opts}`;
  return lines(
    sh`n=$(${raw(listScript(args))})`,
    sh`case "/$n/" in */../*|*"/..
"*) echo 'the archive has names that lead out of the folder' >&2; exit 65;; esac`,
    sh`if [ $k = zip ]; then ${raw(zip)}; else ${raw(tar)}; fi`,
  );
}

const isAsked = (args: FileArgs): boolean => args.owner !== undefined || args.group !== undefined || args.mode !== undefined;

/** The unpacked things of `$n`, and the folders at their top, one a line. */
const membersScript = sh`printf '%s\\n' "$n" | while IFS= read -r f; do f=\${f#/}; case $f in */*) echo "\${f%%/*}";; esac; echo "\${f%/}"; done | sort -u`;

/** Prints `mode/uid/gid/path` of what was unpacked, where owner, group or mode are asked for. */
export const attributesScript = (args: ArchiveArgs): Script =>
  isAsked(args)
    ? sh`n=$(${raw(listScript(args))}); ${raw(membersScript)} | while IFS= read -r f; do if [ -e "$p/$f" ] || [ -L "$p/$f" ]; then stat -c %f/%u/%g/%n -- "$p/$f"; fi; done`
    : sh`:`;

export const ownScript = (args: ArchiveArgs): Script => {
  if (!isAsked(args)) return sh`:`;
  const who = `${args.owner ?? ''}${args.group === undefined ? '' : `:${args.group}`}`;
  const mode = args.mode !== undefined && /^[0-7]+$/.test(args.mode) ? args.mode.padStart(5, '0') : args.mode;
  return sh`${raw(membersScript)} | while IFS= read -r f; do [ -e "$p/$f" ] || [ -L "$p/$f" ] || continue
${raw(who === '' ? sh`:` : sh`chown -h -- ${who} "$p/$f"`)}; ${raw(mode === undefined ? sh`:` : sh`[ -L "$p/$f" ] || chmod ${mode} "$p/$f"`)}; done`;
};

const DIFFERENCES =
  /(: (Mod time differs|Size differs|Contents differ|Symlink differs|File type differs|missing|Invalid (owner|group).*)|Cannot stat: No such file or directory)$/;

/** The lines that count: owner only for root and where none is asked for, mode only where none is asked for. */
export function countedDifferences(text: string, args: ArchiveArgs, isRoot: boolean): readonly string[] {
  return text.split('\n').filter(line => {
    // What --strip-components takes away altogether.
    if (line.includes(': : Warning: Cannot stat')) return false;
    if (/: (Uid|Gid) differs$/.test(line)) return isRoot && (line.includes('Uid') ? args.owner : args.group) === undefined;
    if (line.endsWith(': Mode differs')) return args.mode === undefined;
    return DIFFERENCES.test(line);
  });
}

export function wrongAttributes(text: string, args: ArchiveArgs, survey: Survey): readonly string[] {
  const rows = text.split('\n').filter(row => /^[0-9a-f]+\/\d+\/\d+\//.test(row));
  return rows.filter(row => isWrong(row, args, survey)).map(row => row.split('/').slice(3).join('/'));
}

function isWrong(row: string, args: ArchiveArgs, survey: Survey): boolean {
  const [hex = '', uid, gid] = row.split('/');
  const bits = Number.parseInt(hex, 16);
  if (args.owner !== undefined && survey.uid !== Number(uid)) return true;
  if (args.group !== undefined && survey.gid !== Number(gid)) return true;
  if (args.mode === undefined || (bits & 0o170000) === 0o120000) return false;
  const base = { mode: bits & 0o7777, isFolder: (bits & 0o170000) === 0o040000, umask: survey.umask };
  return octal(resolveMode(args.mode, base) ?? 0) !== octal(base.mode);
}
