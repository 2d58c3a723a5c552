// A file with this content and these attributes: the changes from what a survey saw to that. Pure; it sends nothing.
import type { Blob, Change, Fact, Footprint, Vars } from '../../core/types.ts';
import { differences, type FileArgs, type Settings, wantedMode } from './attributes.ts';
import { byteLength, sha256, shown, TEXT_LIMIT } from './bytes.ts';
import { type Deed, type Deeds, packed } from './deeds.ts';
import { entryResult } from './report.ts';
import type { Entry } from './entry.ts';
import { toldMode } from './mode.ts';
import { fileKey, parentOf, pathsBetween, treeKey } from './paths.ts';
import type { Survey } from './survey.ts';

export interface ContentArgs extends FileArgs {
  readonly backup?: boolean;
  readonly validate?: string;
}

/** `content` undefined: as it is, only the attributes count. */
export interface Wanted {
  readonly content: string | Uint8Array | Blob | undefined;
  readonly sha256: string;
  readonly size: number;
}

export const wantedOf = (content: string | Uint8Array | Blob): Wanted =>
  typeof content === 'string' || content instanceof Uint8Array
    ? { content, sha256: sha256(content), size: byteLength(content) }
    : { content, sha256: content.sha256, size: content.size };

export interface Goal {
  readonly args: ContentArgs;
  readonly survey: Survey;
  /** What is replaced: the file itself, or where the link ends. */
  readonly at: Entry;
  readonly wanted: Wanted;
  /** Folders above are made where missing, with these settings. */
  readonly parents?: Settings;
}

/** True where the bytes there are the wanted ones. */
const fits = ({ at, survey, wanted }: Goal): boolean =>
  at.is === 'file' &&
  (wanted.content === undefined ||
    wanted.sha256 === (survey.sha256 || (survey.content === undefined ? '' : sha256(survey.content))));

export function planContent(goal: Goal): readonly Change<Deeds>[] {
  return fits(goal) ? attributeChanges(goal.args, goal.at, goal.survey) : [contentChange(goal)];
}

export const settingsOf = (args: FileArgs, mode: number | undefined): Settings => ({
  ...(args.owner === undefined ? {} : { owner: String(args.owner) }),
  ...(args.group === undefined ? {} : { group: String(args.group) }),
  ...(mode === undefined ? {} : { mode }),
});

/** The mode after the change, as far as it can be told. */
function endMode({ args, at, survey }: Goal): { readonly told: number | undefined; readonly will: number } {
  const first = at.is === 'file' ? at.mode : 0o666 & ~survey.umask;
  const told = wantedMode(args, first, false, survey.umask);
  return { told, will: told ?? first };
}

function contentChange(goal: Goal): Change<Deeds> {
  const { args, survey, at, wanted, parents } = goal;
  const { told, will } = endMode(goal);
  const { path } = at;
  const missing = parents && at.is === 'absent' ? pathsBetween(survey.above.path, parentOf(path)) : [];
  const after = differences(args, { ...at, is: 'file', mode: will }, survey);
  const later = {
    ...(after.set.flags ? { flags: after.set.flags } : {}),
    ...(after.set.context ? { context: after.set.context } : {}),
  };
  const { owner, group } = settingsOf(args, undefined);
  const put: Deed = {
    put: path,
    content: packed(wanted.content ?? ''),
    // A link that is replaced lends its target's mode to nobody.
    ...(told === undefined && at.is !== 'link' ? {} : { mode: will }),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(args.validate === undefined ? {} : { validate: args.validate }),
    ...(args.backup && at.is !== 'absent' ? { backup: true } : {}),
    ...(args.unsafe_writes ? { inPlace: true } : {}),
  };
  const action: Deed[] = [
    ...missing.map(folder => ({ folder, to: parents ?? {} })),
    put,
    ...(Object.keys(later).length > 0 ? [{ set: path, to: later }] : []),
    { report: path },
  ];
  return {
    summary: `${path}: ${contentWords(goal)}${attributeWords(at.is === 'file' ? differences(args, at, survey) : undefined)}`,
    diff: { target: path, before: beforeText(goal), after: afterText(wanted) },
    touches: [...new Set([...touchesOf(survey, at), ...(missing[0] ? [treeKey(missing[0])] : [])])],
    foretells: [...missing.map(folder => folderFact(folder, parents ?? {}, survey)), fileFact(goal, will)],
    action,
  };
}

/** The path as asked for and the file that it leads to. */
const touchesOf = (survey: Survey, at: Entry): readonly Footprint[] => [fileKey(survey.path), fileKey(at.path)];

export const folderFact = (path: string, to: Settings, survey: Survey): Fact => ({
  path,
  is: 'directory',
  mode: to.mode ?? 0o777 & ~survey.umask,
  ...(to.owner === undefined ? {} : { owner: to.owner }),
  ...(to.group === undefined ? {} : { group: to.group }),
});

function fileFact({ args, at, wanted }: Goal, mode: number): Fact {
  const { owner = at.owner || undefined, group = at.group || undefined } = settingsOf(args, undefined);
  const text = textOf(wanted);
  return {
    path: at.path,
    is: 'file',
    mode,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    sha256: wanted.sha256,
    ...(text === undefined ? {} : { content: text }),
  };
}

/** The wanted text, where it is text. */
function textOf({ content }: Wanted): string | undefined {
  if (typeof content === 'string') return content;
  return content instanceof Uint8Array ? undefined : content?.text;
}

function contentWords({ at, wanted }: Goal): string {
  if (at.is === 'absent') return `absent -> file, ${wanted.size} bytes`;
  if (at.is !== 'file') return `${at.is} -> file, ${wanted.size} bytes`;
  return at.size === wanted.size ? 'other content' : `${at.size} -> ${wanted.size} bytes`;
}

const attributeWords = (difference: ReturnType<typeof differences> | undefined): string =>
  difference
    ? difference.after.map((line, i) => `, ${line.replace(': ', ` ${difference.before[i]?.split(': ')[1]} -> `)}`).join('')
    : '';

function beforeText({ at, survey: { content } }: Goal): string {
  if (at.is !== 'file') return '';
  return content === undefined || content.length < at.size || content.length > TEXT_LIMIT
    ? `(${at.size} bytes)\n`
    : shown(content);
}

function afterText(wanted: Wanted): string {
  if (wanted.size > TEXT_LIMIT) return `(${wanted.size} bytes, sha256 ${wanted.sha256})\n`;
  const { content } = wanted;
  if (typeof content === 'string' || content instanceof Uint8Array) return shown(content);
  return content?.text ?? `(binary, ${wanted.size} bytes, sha256 ${wanted.sha256})\n`;
}

/** One change for all that differs of owner, group, mode, flags and context; none where nothing does. */
export function attributeChanges(args: FileArgs, at: Entry, survey: Survey): readonly Change<Deeds>[] {
  const { set, before, after } = differences(args, at, survey);
  if (after.length === 0) return [];
  const isLink = at.is === 'link';
  return [
    {
      summary: `${at.path}: ${after.map((line, i) => line.replace(': ', ` ${before[i]?.split(': ')[1]} -> `)).join(', ')}`,
      diff: { target: at.path, before: `${before.join('\n')}\n`, after: `${after.join('\n')}\n` },
      touches: [...new Set(touchesOf(survey, at))],
      foretells: attributeFacts(at, set),
      action: [{ set: at.path, to: set, ...(isLink ? { isLink } : {}) }, { report: at.path }],
    },
  ];
}

function attributeFacts(at: Entry, { mode, owner, group }: Settings): readonly Fact[] {
  if (at.is !== 'file' && at.is !== 'directory' && at.is !== 'link') return [];
  const told = { mode: mode ?? at.mode, owner: owner ?? at.owner, group: group ?? at.group };
  return [{ path: at.path, is: at.is, ...(at.is === 'link' ? { content: at.target } : {}), ...told }];
}

/** What `register` gets before (or without) the report of the host. */
export function contentResult(goal: Goal): Vars {
  const { args, at, survey, wanted } = goal;
  const { will } = endMode(goal);
  const was = at.is === 'absent' ? {} : entryResult(at);
  return {
    ...was,
    state: 'file',
    mode: toldMode(at.is === 'file' && args.mode === undefined ? at.mode : will),
    size: wanted.content === undefined ? at.size : wanted.size,
    ...(args.owner === undefined ? {} : { owner: ownerName(args.owner, survey.uid, at.uid, at.owner), uid: survey.uid ?? -1 }),
    ...(args.group === undefined ? {} : { group: ownerName(args.group, survey.gid, at.gid, at.group), gid: survey.gid ?? -1 }),
  };
}

/** A number that is already the owner's has his name. */
const ownerName = (wanted: string | number, id: number | null | undefined, had: number, name: string): string =>
  id === had ? name : String(wanted);
