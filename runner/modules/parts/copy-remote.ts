// A copy from one place of the host to another (remote_src): a file by its checksum, a folder by what differs in it. Pure.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Change, Fact, Plan, Probe, Script } from '../../core/types.ts';
import { ownerRefusal, wishesOf } from './attributes.ts';
import { contentResult, planContent, settingsOf } from './content.ts';
import type { CopyArgs } from './copy-args.ts';
import type { Deed, Deeds } from './deeds.ts';
import { type Entry, readEntry } from './entry.ts';
import { fields } from './fields.ts';
import { entryResult } from './report.ts';
import { foreseeEntry, foreseeSurvey } from './foresee.ts';
import { octal, resolveMode } from './mode.ts';
import { baseName, fileKey, isBelow, joinPath, parentOf, tidyPath, treeKey } from './paths.ts';
import { pathScript, readSurvey, readsOf, type Survey, type SurveyWish, surveyScript } from './survey.ts';

export interface RemoteState {
  readonly survey: Survey;
  readonly source: Entry;
  readonly sourceHash: string;
  /** Of a folder: paths in it that the other side lacks or has otherwise. */
  readonly differing: readonly string[];
  /** Below dest: what has another owner or group. */
  readonly strays: boolean;
}

const sourcePath = (args: CopyArgs): string => String(args.src ?? '');
const wishOf = (args: CopyArgs): SurveyWish => {
  const { attributes: _, ...rest } = args;
  const src = sourcePath(args);
  // `src: x/` is what is in the folder x.
  const within = src.endsWith('/') ? {} : { within: baseName(src) };
  return {
    path: tidyPath(args.dest) + (args.dest.endsWith('/') ? '/' : ''),
    ...within,
    follow: args.follow,
    ...wishesOf(rest),
    sha256: true,
  };
};

/** What of the folder `$s` is not in `$p`: missing folders, and files that are missing or have other bytes. */
const differScript: Script = sh`if [ -d "$s" ]; then ( cd -- "$s" && find . -mindepth 1 -exec sh -c 'd=$1; shift; for f do
if [ -L "$f" ]; then [ -L "$d/$f" ] || [ -e "$d/$f" ] || printf "%s\\0" "$f"
elif [ -d "$f" ]; then [ -d "$d/$f" ] || printf "%s\\0" "$f"
elif ! [ -f "$d/$f" ] || ! cmp -s -- "$f" "$d/$f"; then printf "%s\\0" "$f"; fi; done' sh "$p" {} + ); fi`;

export function remoteProbe(args: CopyArgs): Probe<RemoteState> {
  const wish = wishOf(args);
  const owned: Script[] = [];
  if (args.owner !== undefined) owned.push(sh`! -user ${args.owner}`);
  if (args.group !== undefined) owned.push(sh`! -group ${args.group}`);
  const strays =
    owned.length === 0
      ? sh``
      : sh`if [ -d "$s" ] && [ -d "$p" ]; then find "$p" \\( ${raw(owned.join(' -o ') as Script)} \\) 2>/dev/null | head -n 1; fi`;
  return {
    ask: {
      sh: lines(
        surveyScript(wish),
        sh`o=$p; ${raw(pathScript(sourcePath(args)))}; s=$(readlink -f -- "$p" || printf '%s' "$p"); p=$o; look "$s"`,
        sh`if [ -f "$s" ]; then sha256sum <"$s"; fi; printf '\\0'`,
        strays,
        sh`printf '\\0'`,
        differScript,
        sh`:`,
      ),
    },
    reads: [...readsOf(wish), fileKey(sourcePath(args)), treeKey(sourcePath(args)), treeKey(args.dest)],
    parse(out) {
      const answer = fields(out);
      const survey = readSurvey(wish, answer);
      const source = readEntry(tidyPath(sourcePath(args)), answer);
      const sourceHash = answer.next().slice(0, 64);
      const someStrays = answer.next() !== '';
      const differing: string[] = [];
      while (!answer.atEnd) differing.push(answer.next().replace(/^\.\//, ''));
      return { survey, source, sourceHash, strays: someStrays, differing };
    },
  };
}

export function planRemote(args: CopyArgs, state: RemoteState): Plan<Deeds> {
  const { survey, source } = state;
  const result = { dest: survey.path, src: sourcePath(args) };
  if (source.is === 'absent')
    return {
      changes: [],
      result,
      refuse: { why: `${source.path} is not on the host`, mend: 'make it first, or leave out remote_src' },
    };
  const refuse = ownerRefusal(args, survey);
  if (refuse) return { changes: [], result, refuse };
  return source.is === 'directory' ? planFolder(args, state) : planFile(args, state);
}

function planFile(written: CopyArgs, { survey, source, sourceHash }: RemoteState): Plan<Deeds> {
  const args = written.mode === 'preserve' ? { ...written, mode: octal(source.mode) } : written;
  const at = args.follow ? survey.real : survey.entry;
  const result = { dest: at.path, src: source.path, checksum: sourceHash };
  if (at.is !== 'absent' && !args.force) return { changes: [], result: { ...result, ...entryResult(at) } };
  if (at.is === 'directory') return { changes: [], result, refuse: { why: `${at.path} is a folder`, mend: 'remove it first' } };
  if (at.is === 'absent' && survey.above.path !== parentOf(at.path) && !args.dest.endsWith('/'))
    return {
      changes: [],
      result,
      refuse: { why: `the folder ${parentOf(at.path)} is not there`, mend: 'make it first: file with state: directory' },
    };
  const wanted = { content: `(copy of ${source.path})\n`, sha256: sourceHash, size: source.size };
  const goal = {
    args,
    survey,
    at,
    wanted,
    ...(args.dest.endsWith('/') ? { parents: settingsOf(args, folderMode(args, survey)) } : {}),
  };
  const changes = planContent(goal).map(change => cloned(change, source.path, sourceHash));
  return { changes, result: { ...result, ...contentResult(goal) } };
}

/** The same change, with the bytes taken from the host itself. */
function cloned(change: Change<Deeds>, from: string, sha256: string): Change<Deeds> {
  const action = change.action.map((deed): Deed => {
    if (!('put' in deed)) return deed;
    const { put, content: _, inPlace: __, ...rest } = deed;
    return { clone: put, from, ...rest };
  });
  const foretells = change.foretells?.map((fact): Fact => {
    if (!('path' in fact) || fact.is !== 'file') return fact;
    const { content: _, ...rest } = fact;
    return sha256 === '' ? rest : { ...rest, sha256 };
  });
  return { ...change, action, ...(foretells ? { foretells } : {}) };
}

const folderMode = ({ directory_mode }: CopyArgs, { umask }: Survey): number | undefined =>
  directory_mode === undefined ? undefined : resolveMode(directory_mode, { mode: 0o777 & ~umask, isFolder: true, umask });

function folderRefusal(args: CopyArgs, { survey, source }: RemoteState) {
  const { entry } = survey;
  if (entry.path === source.path || isBelow(entry.path, source.path))
    return { why: `${source.path} cannot be copied into itself`, mend: 'choose a dest outside of it' };
  if (entry.is === 'absent' && survey.above.path !== parentOf(entry.path) && !args.dest.endsWith('/'))
    return { why: `the folder ${parentOf(entry.path)} is not there`, mend: 'make it first: file with state: directory' };
  if (entry.is === 'absent' || entry.is === 'directory' || (entry.is === 'link' && !survey.readable)) return undefined;
  return { why: `${entry.path} is there already, and no folder`, mend: 'remove it first' };
}

/** The folder that is named by dest gets the mode; what is in it keeps that of the source. */
function topMode(written: CopyArgs, { survey, source }: RemoteState): readonly Deed[] {
  const mode = written.mode === 'preserve' ? octal(source.mode) : written.mode;
  const { entry } = survey;
  const base = { mode: entry.is === 'absent' ? source.mode : entry.mode, isFolder: true, umask: survey.umask };
  const wanted = mode === undefined ? undefined : resolveMode(mode, base);
  return wanted === undefined || (entry.is === 'directory' && wanted === entry.mode)
    ? []
    : [{ set: entry.path, to: { mode: wanted } }];
}

function planFolder(args: CopyArgs, state: RemoteState): Plan<Deeds> {
  const { survey, source, differing, strays } = state;
  const { entry } = survey;
  // A dest that is not there yet becomes the parent of the copy, unless only the content of src is meant.
  const to =
    entry.is === 'absent' && !sourcePath(args).endsWith('/') && entry.path === tidyPath(args.dest)
      ? joinPath(entry.path, baseName(source.path))
      : entry.path;
  const result = {
    dest: sourcePath(args).endsWith('/') ? `${entry.path}/` : entry.path,
    src: sourcePath(args),
    ...entryResult(entry),
  };
  if (entry.is !== 'absent' && !args.force) return { changes: [], result };
  const refuse = folderRefusal(args, state);
  if (refuse) return { changes: [], result, refuse };
  const mode = topMode(args, state);
  if (differing.length === 0 && !strays && mode.length === 0 && entry.is !== 'absent') return { changes: [], result };
  const { owner, group } = settingsOf(args, undefined);
  const shown = differing.slice(0, 100).join('\n');
  const change: Change<Deeds> = {
    summary: `${to}: ${entry.is === 'absent' ? 'absent -> copy' : `${differing.length} differ -> as`} of ${source.path}`,
    diff: { target: to, before: `differs from ${source.path}:\n${shown}\n`, after: `as ${source.path}\n` },
    touches: [treeKey(args.dest), treeKey(to)],
    foretells: [{ path: to, is: 'directory' }],
    action: [
      {
        merge: to,
        from: source.path,
        paths: differing,
        followLinks: args.local_follow === true,
        ...(owner ? { owner } : {}),
        ...(group ? { group } : {}),
      },
      ...(entry.is === 'absent' && to !== entry.path && (owner || group)
        ? [{ set: entry.path, to: { ...(owner ? { owner } : {}), ...(group ? { group } : {}) } }]
        : []),
      ...mode,
      { report: entry.path },
    ],
  };
  return { changes: [change], result };
}

export function foreseeRemote(args: CopyArgs, seen: RemoteState | null, foretold: readonly Fact[]): RemoteState | null {
  if (!seen) return null;
  const source = foreseeEntry({ entry: seen.source, above: { path: parentOf(seen.source.path), isFolder: true } }, foretold);
  const survey = foreseeSurvey(wishOf(args), seen.survey, foretold);
  if (!source.known && !survey) return null;
  // What is in a folder that will be made is not told by one fact.
  if (source.entry.is === 'directory' && (seen.source.is !== 'directory' || seen.survey.entry.is !== 'absent')) return null;
  const hash = source.known ? (source.sha256 ?? (source.content === undefined ? seen.sourceHash : undefined)) : seen.sourceHash;
  if (hash === undefined && (survey ?? seen.survey).entry.is !== 'absent') return null;
  return { ...seen, survey: survey ?? seen.survey, source: source.entry, sourceHash: hash ?? '' };
}
