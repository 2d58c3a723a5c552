// One question about one path: what is there, what it links to, who the wanted owner is, and its content if asked.
// It builds the script and reads the answer; what should be is not its business.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Footprint, Output, Probe, Script } from '../../core/types.ts';
import { type Entry, lookFunction, readEntry } from './entry.ts';
import { type Fields, fields } from './fields.ts';
import { fileKey, joinPath, tidyPath } from './paths.ts';

export interface SurveyWish {
  readonly path: string;
  /** Where the path is a folder, the file of this name in it is meant. */
  readonly within?: string | undefined;
  /** Look through a link, and speak of what it leads to. */
  readonly follow: boolean;
  readonly owner?: string | number | undefined;
  readonly group?: string | number | undefined;
  /** Bytes of content to fetch at most; not fetched where its sha256 is `unless`. */
  readonly content?: { readonly most: number; readonly unless?: string } | undefined;
  readonly sha256?: boolean;
  readonly flags?: boolean;
  readonly context?: boolean;
}

/** A number: the id. null: there is no such name. */
export type Id = number | null;

export interface Survey {
  readonly path: string;
  readonly umask: number;
  /** The login's own ids: whose a new file will be. */
  readonly entry: Entry;
  /** The same as `entry`, or where a followed link ends. */
  readonly real: Entry;
  /** The nearest folder above that is there. */
  readonly above: { readonly path: string; readonly isFolder: boolean };
  readonly readable: boolean;
  readonly sha256: string;
  readonly content: Uint8Array | undefined;
  readonly uid: Id | undefined;
  readonly gid: Id | undefined;
  /** Letters of lsattr, and the SELinux context; empty where the host has none. */
  readonly flags: string;
  readonly context: string;
  readonly defaultContext: string;
}

const isNumber = (name: string | number): boolean => /^\d+$/.test(String(name));

/** /etc/passwd and /etc/group are read by the shell itself: no process for the common case. */
const idFunction: Script = sh`who() {
while IFS=: read -r n x i r; do [ "$n" = "$2" ] || continue; printf '%s\\0' "$i"; return; done <"$1"
case $1 in *passwd) i=$(id -u -- "$2" 2>/dev/null);; *) i=$(getent group "$2" 2>/dev/null); i=\${i#*:*:}; i=\${i%%:*};; esac
printf '%s\\0' "$i"
}`;

const idScript = (file: string, name: string | number | undefined): Script =>
  name === undefined ? sh`` : isNumber(name) ? sh`printf '%s\\0' ${name}` : sh`who ${file} ${name}`;

/** The path in `$p`, a leading tilde written out. */
export function pathScript(path: string): Script {
  const tidy = tidyPath(path);
  if (tidy === '~' || tidy.startsWith('~/')) return sh`p=$HOME${tidy.slice(1)}`;
  const user = /^~([A-Za-z0-9_][\w.-]*)(.*)$/s.exec(tidy);
  return user ? sh`eval p=~${user[1] ?? ''}; p=$p${user[2] ?? ''}` : sh`p=${tidy}`;
}

function withinScript({ path, within }: SurveyWish): Script {
  if (within === undefined) return sh``;
  const into = sh`p=\${p%/}/${within}`;
  return path.endsWith('/') ? into : sh`if [ -d "$p" ]; then ${raw(into)}; fi`;
}

/** `$t`: where the followed link ends. The letter x keeps newlines at the end of a name. */
const followScript = sh`t=$p; if [ -L "$p" ]; then t=$(readlink -f -- "$p" 2>/dev/null; echo x); t=\${t%x}; t=\${t%"\n"}; [ -n "$t" ] || t=$p
printf '%s\\0' "$t"; look "$t"; fi`;

const aboveScript = sh`a=$p; while :; do case $a in */*) a=\${a%/*};; *) a=.;; esac
[ -n "$a" ] || a=/; if [ -e "$a" ] || [ "$a" = / ]; then break; fi; done
if [ -d "$a" ]; then k=d; else k=o; fi; printf '%s\\0%s\\0' "$a" $k`;

function contentScript({ content, sha256 }: SurveyWish): Script {
  const hash = sha256 || content?.unless !== undefined;
  return lines(
    sh`h=; if [ -f "$t" ] && [ -r "$t" ]; then k=r; else k=; fi`,
    hash ? sh`if [ $k ]; then h=$(sha256sum <"$t"); h=\${h%% *}; fi` : sh``,
    sh`printf '%s\\0%s\\0' "$k" "$h"`,
    content ? sh`if [ $k ] && [ "$h" != ${content.unless ?? 'x'} ]; then head -c ${content.most + 1} "$t"; fi` : sh``,
  );
}

export function surveyScript(wish: SurveyWish): Script {
  const named = [wish.owner, wish.group].some(name => name !== undefined && !isNumber(name));
  return lines(
    pathScript(wish.path),
    withinScript(wish),
    lookFunction,
    named ? idFunction : sh``,
    sh`printf '%s\\0' "$p"; umask; printf '\\0'; look "$p"`,
    wish.follow ? followScript : sh`t=$p`,
    aboveScript,
    idScript('/etc/passwd', wish.owner),
    idScript('/etc/group', wish.group),
    wish.flags ? sh`lsattr -d -- "$t" 2>/dev/null; printf '\\0'` : sh``,
    wish.context
      ? sh`if [ -e /sys/fs/selinux/enforce ]; then stat -c %C -- "$t"; printf '\\0'; matchpathcon -n "$t"; else printf '\\0'; fi 2>/dev/null; printf '\\0'`
      : sh``,
    contentScript(wish),
    sh`:`,
  );
}

const readId = (asked: unknown, answer: Fields): Id | undefined => {
  if (asked === undefined) return undefined;
  const id = answer.next();
  return id === '' ? null : Number(id);
};

export function readSurvey(wish: SurveyWish, answer: Fields): Survey {
  const path = answer.next();
  const umask = Number.parseInt(answer.next(), 8);
  const entry = readEntry(path, answer);
  const real = wish.follow && entry.is === 'link' ? readEntry(answer.next(), answer) : entry;
  const above = { path: answer.next(), isFolder: answer.next() === 'd' };
  const uid = readId(wish.owner, answer);
  const gid = readId(wish.group, answer);
  const flags = wish.flags ? (answer.next().split(/\s/)[0] ?? '').replaceAll('-', '') : '';
  const context = wish.context ? answer.next().trim() : '';
  const defaultContext = wish.context ? answer.next().trim() : '';
  const readable = answer.next() === 'r';
  const sha256 = answer.next();
  const content = wish.content && readable && sha256 !== (wish.content.unless ?? 'x') ? answer.rest() : undefined;
  return { path, umask, entry, real, above, readable, sha256, content, uid, gid, flags, context, defaultContext };
}

export function readsOf(wish: SurveyWish): readonly Footprint[] {
  const reads: Footprint[] = [fileKey(wish.path)];
  if (wish.within !== undefined) reads.push(fileKey(joinPath(wish.path, wish.within)));
  if (wish.owner !== undefined && !isNumber(wish.owner)) reads.push(`user:${wish.owner}`);
  if (wish.group !== undefined && !isNumber(wish.group)) reads.push(`group:${wish.group}`);
  return reads;
}

export const surveyProbe = (wish: SurveyWish): Probe<Survey> => ({
  ask: { sh: surveyScript(wish) },
  reads: readsOf(wish),
  parse: (out: Output) => readSurvey(wish, fields(out)),
});
