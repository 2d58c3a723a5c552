// The shell of each deed on a file: made beside its place, then renamed over it. It decides nothing; every value is quoted.
import { asWritten, lines, quote, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import type { Settings } from './attributes.ts';
import type { Deed } from './deeds.ts';
import { lookFunction } from './entry.ts';
import { octal } from './mode.ts';

/** Five digits: with four, GNU chmod leaves setuid and setgid of a folder as they are. */
const fullOctal = (mode: number): string => `0${octal(mode)}`;

/** Owner before mode, because chown takes setuid away. */
export function setScript(path: string, to: Settings, isLink = false): Script {
  const flags = isLink ? ['-h'] : [];
  const who = `${to.owner ?? ''}${to.group === undefined ? '' : `:${to.group}`}`;
  return lines(
    who === '' ? sh`` : sh`chown ${flags} -- ${who} ${path}`,
    to.mode === undefined || isLink ? sh`` : sh`chmod ${fullOctal(to.mode)} ${slashed(path)}`,
    to.context === undefined ? sh`` : sh`chcon ${flags} -- ${to.context} ${path}`,
    to.flags === undefined ? sh`` : sh`chattr ${to.flags} ${slashed(path)}`,
  );
}

/** A name that begins with a dash is no option. */
const slashed = (path: string): string => (path.startsWith('-') ? `./${path}` : path);

/** Made with its mode, so that nobody looks in before. Someone else may have made it meanwhile. */
const folderScript = (path: string, to: Settings): Script =>
  lines(
    to.mode === undefined
      ? sh`[ -d ${slashed(path)} ] || mkdir -- ${path}`
      : sh`[ -d ${slashed(path)} ] || mkdir -m ${octal(to.mode & 0o777)} -- ${path}`,
    setScript(path, to),
  );

/** A copy on the host itself, made beside its place like every new file. */
function cloneScript(deed: Extract<Deed, { clone: string }>): Script {
  const beside = besideOf(deed.clone);
  const { validate, mode } = deed;
  return lines(
    sh`rm -f -- ${beside}; cp -- ${deed.from} ${beside}`,
    likeScript(deed.clone, beside),
    setScript(beside, settingsPart(deed, mode)),
    validate === undefined
      ? sh``
      : sh`${raw(asWritten(validate.replaceAll('%s', () => quote(beside))))} >&2 || { rm -f -- ${beside}; exit 65; }`,
    deed.backup ? keepScript(deed.clone) : sh``,
    sh`mv -f -- ${beside} ${deed.clone}`,
  );
}

/** Fetched beside its place, checked, then put there: an interrupted download leaves the old file. */
function fetchScript({ download, script, check, sum, to, backup }: Extract<Deed, { download: string }>): Script {
  const beside = besideOf(download);
  const wrong = sh`echo ${`the ${check} is`} "$s, not" ${sum} >&2`;
  return lines(
    sh`t=${beside}; trap 'rm -f -- "$t"' EXIT; rm -f -- "$t"; ( umask 077; : >"$t" )`,
    asWritten(script),
    check === '' ? sh`` : sh`s=$(${check} <"$t"); s=\${s%% *}; [ "$s" = ${sum} ] || { ${raw(wrong)}; exit 65; }`,
    likeScript(download, beside),
    setScript(beside, to),
    backup ? keepScript(download) : sh``,
    sh`sync -- "$t" 2>/dev/null || sync; mv -f -- "$t" ${download}; trap - EXIT`,
  );
}

/** A new file has the mode and owner of the old one, else what the umask leaves. */
const likeScript = (path: string, beside: string): Script =>
  sh`if [ -e ${path} ]; then chmod "$(stat -Lc %a -- ${path})" ${beside}; chown "$(stat -Lc %u:%g -- ${path})" ${beside} 2>/dev/null || :; else chmod "$(printf %o $((0666 & ~0$(umask))))" ${beside}; fi`;

const keepScript = (path: string): Script =>
  sh`b=${path}.$$.$(date +%Y-%m-%d@%H:%M:%S)~; cp -p -- ${path} "$b"; printf '%s\\0' "$b"`;

/** A folder of the host into another: those that differ of what it holds, its folders first. */
function mergeScript({ merge, from, paths, followLinks, owner, group }: Extract<Deed, { merge: string }>): Script {
  const flags = followLinks ? ['-L'] : ['-P'];
  const who = `${owner ?? ''}${group === undefined ? '' : `:${group}`}`;
  const each = sh`for f in ${paths}; do s=${from}/$f; d=${merge}/$f
if [ -d "$s" ] && { [ ! -L "$s" ] || [ ${followLinks ? 'y' : ''} ]; }; then mkdir -p -- "$d"; chmod "$(stat -c %a -- "$s")" "$d"
else n=\${d%/*}/.tsrun-new-\${d##*/}; rm -f -- "$n"; { [ -e "$s" ] && cp ${flags} -- "$s" "$n"; } || cp -P -- "$s" "$n"; [ -L "$n" ] || chmod "$(stat -Lc %a -- "$s")" "$n"; mv -f -- "$n" "$d"; fi; done`;
  return lines(
    sh`mkdir -p -- ${merge}`,
    paths.length === 0 ? sh`` : each,
    who === '' ? sh`` : sh`chown -R -h -- ${who} ${merge}`,
  );
}

const settingsPart = (
  { owner, group }: { readonly owner?: string; readonly group?: string },
  mode: number | undefined,
): Settings => ({
  ...(owner === undefined ? {} : { owner }),
  ...(group === undefined ? {} : { group }),
  ...(mode === undefined ? {} : { mode }),
});

const besideOf = (path: string): string => path.replace(/[^/]*$/, name => `.tsrun-new-${name.slice(0, 200)}`);

/** All below a folder: links themselves get the owner, what they lead to only where followed. */
function belowScript({ below, to, follow }: Extract<Deed, { below: string }>): Script {
  const { mode, ...rest } = to;
  const who = `${rest.owner ?? ''}${rest.group === undefined ? '' : `:${rest.group}`}`;
  const bits = mode !== undefined && /^[0-7]+$/.test(mode) ? mode.padStart(5, '0') : mode;
  const walk = (flags: readonly string[], links: boolean): Script =>
    lines(
      who === '' ? sh`` : sh`find ${flags} ${slashed(below)} -mindepth 1 -exec chown ${links ? ['-h'] : []} -- ${who} {} +`,
      bits === undefined ? sh`` : sh`find ${flags} ${slashed(below)} -mindepth 1 ! -type l -exec chmod ${bits} {} +`,
    );
  return follow
    ? lines(
        walk([], true),
        sh`{ ${raw(walk(['-L'], false))}
} 2>/dev/null || :`,
      )
    : walk([], true);
}

/** The new link is made beside and renamed over the old one: there is no moment without it. */
function linkScript(path: string, target: string, hard: boolean, over: 'nothing' | 'file' | 'folder'): Script {
  const how = hard ? [] : ['-s'];
  if (over === 'nothing') return sh`ln ${how} -- ${target} ${path}`;
  const beside = besideOf(path);
  return lines(
    over === 'folder' ? sh`rmdir -- ${path}` : sh``,
    sh`rm -f -- ${beside}; ln ${how} -- ${target} ${beside}`,
    sh`mv -fT -- ${beside} ${path} 2>/dev/null || { rm -f -- ${path}; mv -f -- ${beside} ${path}; }`,
    // A rename between two names of one inode does nothing.
    sh`rm -f -- ${beside}`,
  );
}

function timesScript(deed: Extract<Deed, { times: string }>): Script {
  const flags = deed.isLink ? ['-h'] : [];
  const one = (which: string, when: string | undefined): Script =>
    when === undefined
      ? sh``
      : when === 'now'
        ? sh`touch -c ${which} ${flags} -- ${deed.times}`
        : sh`touch -c ${which} ${flags} -t ${when} -- ${deed.times}`;
  if (deed.access === 'now' && deed.modify === 'now') return sh`touch -c ${flags} -- ${deed.times}`;
  return lines(one('-a', deed.access), one('-m', deed.modify));
}

export function deedScript(deed: Exclude<Deed, { put: string }>): Script {
  if ('clone' in deed) return cloneScript(deed);
  if ('merge' in deed) return mergeScript(deed);
  if ('download' in deed) return fetchScript(deed);
  if ('set' in deed) return setScript(deed.set, deed.to, deed.isLink);
  if ('folder' in deed) return folderScript(deed.folder, deed.to);
  if ('remove' in deed) return deed.tree ? sh`rm -rf -- ${deed.remove}` : sh`rm -f -- ${deed.remove}`;
  if ('link' in deed) return linkScript(deed.link, deed.target, deed.hard ?? false, deed.over);
  if ('below' in deed) return belowScript(deed);
  if ('create' in deed) return sh`: >>${deed.create}`;
  if ('times' in deed) return timesScript(deed);
  return lines(lookFunction, sh`look ${deed.report}`);
}
