// The deeds on files that modules plan, as plain data, and the steps that do them. It reads no state and decides nothing again.
import { asWritten, lines, quote, raw, sh } from '../../core/shell.ts';
import type { Blob, Output, Script, Step, Vars } from '../../core/types.ts';
import type { Settings } from './attributes.ts';
import { utf8 } from './bytes.ts';
import { type Entry, lookFunction, readEntry } from './entry.ts';
import { fields } from './fields.ts';
import { octal } from './mode.ts';

/** Bytes that are not UTF-8 are saved as base64: an action is JSON. */
export type Content = string | { readonly base64: string } | Blob;

export type Deed =
  | {
      readonly put: string;
      readonly content: Content;
      readonly mode?: number;
      readonly owner?: string;
      readonly group?: string;
      readonly validate?: string;
      readonly backup?: boolean;
      readonly inPlace?: boolean;
    }
  | {
      readonly clone: string;
      readonly from: string;
      readonly mode?: number;
      readonly owner?: string;
      readonly group?: string;
      readonly validate?: string;
      readonly backup?: boolean;
    }
  | {
      readonly merge: string;
      readonly from: string;
      readonly paths: readonly string[];
      readonly followLinks: boolean;
      readonly owner?: string;
      readonly group?: string;
    }
  | { readonly set: string; readonly to: Settings; readonly isLink?: boolean }
  | { readonly folder: string; readonly to: Settings }
  | { readonly remove: string; readonly tree: boolean }
  | { readonly link: string; readonly target: string; readonly hard?: boolean; readonly over: 'nothing' | 'file' | 'folder' }
  | { readonly below: string; readonly to: Omit<Settings, 'mode'> & { readonly mode?: string }; readonly follow: boolean }
  | { readonly create: string }
  | { readonly times: string; readonly access?: string; readonly modify?: string; readonly isLink?: boolean }
  | { readonly report: string };

export type Deeds = readonly Deed[];

export function packed(content: string | Uint8Array | Blob): Content {
  if (typeof content === 'string') return content;
  if (!(content instanceof Uint8Array)) return content.text ?? content;
  const text = utf8(content);
  return text ?? { base64: Buffer.from(content).toString('base64') };
}

export const unpacked = (content: Content): string | Uint8Array | Blob =>
  typeof content === 'object' && 'base64' in content ? Buffer.from(content.base64, 'base64') : content;

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
  const like = sh`if [ -e ${deed.clone} ]; then chmod "$(stat -Lc %a -- ${deed.clone})" ${beside}; chown "$(stat -Lc %u:%g -- ${deed.clone})" ${beside} 2>/dev/null || :; else chmod "$(printf %o $((0666 & ~0$(umask))))" ${beside}; fi`;
  return lines(
    sh`rm -f -- ${beside}; cp -- ${deed.from} ${beside}`,
    like,
    setScript(beside, settingsPart(deed, mode)),
    validate === undefined
      ? sh``
      : sh`${raw(asWritten(validate.replaceAll('%s', () => quote(beside))))} >&2 || { rm -f -- ${beside}; exit 65; }`,
    deed.backup ? sh`b=${deed.clone}.$$.$(date +%Y-%m-%d@%H:%M:%S)~; cp -p -- ${deed.clone} "$b"; printf %s "$b" >&2` : sh``,
    sh`mv -f -- ${beside} ${deed.clone}`,
  );
}

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

function script(deed: Exclude<Deed, { put: string }>): Script {
  if ('clone' in deed) return cloneScript(deed);
  if ('merge' in deed) return mergeScript(deed);
  if ('set' in deed) return setScript(deed.set, deed.to, deed.isLink);
  if ('folder' in deed) return folderScript(deed.folder, deed.to);
  if ('remove' in deed) return deed.tree ? sh`rm -rf -- ${deed.remove}` : sh`rm -f -- ${deed.remove}`;
  if ('link' in deed) return linkScript(deed.link, deed.target, deed.hard ?? false, deed.over);
  if ('below' in deed) return belowScript(deed);
  if ('create' in deed) return sh`: >>${deed.create}`;
  if ('times' in deed) return timesScript(deed);
  return lines(lookFunction, sh`look ${deed.report}`);
}

/** Deeds without content go together in one script, which stops at the first that fails. */
export function stepsOf(deeds: Deeds): readonly Step[] {
  const steps: Step[] = [];
  let together: Script[] = [];
  const flush = (): void => {
    if (together.length > 0) steps.push({ run: { sh: lines(sh`set -e`, ...together) } });
    together = [];
  };
  for (const deed of deeds) {
    if (!('put' in deed)) {
      together.push(script(deed));
      continue;
    }
    flush();
    steps.push({ ...deed, content: unpacked(deed.content) });
  }
  flush();
  return steps;
}

export const stateWord = (entry: Entry): string => (entry.is === 'file' && entry.links > 1 ? 'hard' : entry.is);

/** What `register` gets of an entry. */
export const entryResult = (entry: Entry): Vars =>
  entry.is === 'absent'
    ? { state: 'absent' }
    : {
        state: stateWord(entry),
        mode: octal(entry.mode),
        uid: entry.uid,
        gid: entry.gid,
        owner: entry.owner,
        group: entry.group,
        size: entry.size,
      };

const TILDE = '~'.charCodeAt(0);

/** The last step's `report`, over what the plan foresaw. */
export function reported(planned: Vars, outputs: readonly Output[]): Vars {
  const last = outputs.at(-1);
  if (!last || last.code !== 0 || last.stdout.length === 0) return planned;
  // A put with `backup` prints the name of the kept file.
  const backup = outputs.slice(0, -1).findLast(output => output.stdout.at(-1) === TILDE);
  try {
    return { ...planned, ...entryResult(readEntry('', fields(last))), ...(backup ? { backup_file: backup.text() } : {}) };
  } catch {
    return planned;
  }
}
