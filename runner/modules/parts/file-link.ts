// Symbolic and hard links: what may be replaced by one, and the attributes of what it leads to. Pure.
import type { Change, Plan } from '../../core/types.ts';
import { attributeChanges } from './content.ts';
import type { Deeds } from './deeds.ts';
import { entryResult, stateWord } from './report.ts';
import type { Entry } from './entry.ts';
import { type FileState, refused, type Settled, timeChanges } from './file-state.ts';
import { fileKey, parentOf, treeKey } from './paths.ts';

export function planLink(args: Settled, state: FileState): Plan<Deeds> {
  return args.state === 'hard' ? planHard(args, state) : planSymbolic(args, state);
}

function planSymbolic(args: Settled, state: FileState): Plan<Deeds> {
  const { entry } = state.survey;
  const target = args.src ?? (entry.is === 'link' ? entry.target : undefined);
  const result = { dest: entry.path, src: target ?? '', state: 'link' };
  const why = symbolicRefusal(args, state);
  if (why) return refused(why[0], why[1], result);
  const exists = (args.src === undefined ? state.survey.real : state.end).is !== 'absent';
  const is = entry.is === 'link' && entry.target === target;
  const link = is || target === undefined ? [] : [linkChange(entry, target, false)];
  const at = args.follow ? (args.src === undefined ? state.survey.real : state.end) : entry;
  const wantsMore = [args.owner, args.group, args.mode, args.attributes].some(value => value !== undefined);
  const [more, warnings] = moreOf(args, state, link.length > 0 && !args.follow ? { ...at, is: 'link' } : at, wantsMore, exists);
  return {
    changes: [...link, ...more.map(change => ({ ...change, action: [...change.action, { report: entry.path }] }))],
    result: { ...result, ...(is ? entryResult(entry) : {}) },
    ...(warnings ? { warnings } : {}),
  };
}

/** Owner and mode of what the link leads to, or of the link itself. */
function moreOf(args: Settled, state: FileState, at: Entry, wants: boolean, exists: boolean) {
  if (args.follow && !exists)
    return [
      [],
      wants ? ['owner and mode of a target that is not there cannot be set; "follow: false" means the link'] : undefined,
    ] as const;
  return [[...attributeChanges(args, at, state.survey), ...timeChanges(args, at, state)], undefined] as const;
}

function symbolicRefusal(args: Settled, { survey, source, end, empty }: FileState): readonly [string, string] | undefined {
  const { entry } = survey;
  if (args.src === undefined)
    return entry.is === 'link' ? undefined : ['a new link needs "src"', 'say what it leads to: src: /path'];
  if (!args.force && source.is === 'absent') return [`${source.path} is not there`, 'make it first, or say force: true'];
  if (!args.force && source.is === 'link' && end.is === 'absent')
    return [`${source.path} leads to nothing`, 'make its target first, or say force: true'];
  if (entry.is === 'directory' && !args.force) return [`${entry.path} is a folder`, 'say force: true to replace an empty one'];
  if (entry.is === 'directory' && !empty) return [`the folder ${entry.path} is not empty`, 'remove it first: state: absent'];
  if (entry.is !== 'directory' && entry.is !== 'link' && entry.is !== 'absent' && !args.force)
    return [`${entry.path} is a ${stateWord(entry)}`, 'say force: true to replace it'];
  if (entry.is === 'absent' && survey.above.path !== parentOf(entry.path))
    return [`the folder ${parentOf(entry.path)} is not there`, 'make it first: file with state: directory'];
  return undefined;
}

function linkChange(entry: Entry, target: string, hard: boolean): Change<Deeds> {
  const before = entry.is === 'link' ? `link to ${entry.target}` : stateWord(entry);
  const after = hard ? `hard link to ${target}` : `link to ${target}`;
  const over = entry.is === 'absent' ? 'nothing' : entry.is === 'directory' ? 'folder' : 'file';
  return {
    summary: `${entry.path}: ${before} -> ${after}`,
    diff: { target: entry.path, before: `state: ${before}\n`, after: `state: ${after}\n` },
    touches: [fileKey(entry.path), treeKey(entry.path)],
    foretells: hard ? [{ path: entry.path, is: 'file' }] : [{ path: entry.path, is: 'link', content: target }],
    action: [{ link: entry.path, target, hard, over }, { report: entry.path }],
  };
}

function planHard(args: Settled, state: FileState): Plan<Deeds> {
  const { survey, source } = state;
  const { entry } = survey;
  const result = { dest: entry.path, src: args.src ?? '', state: 'hard' };
  if (args.src === undefined && stateWord(entry) !== 'hard')
    return refused('a new hard link needs "src"', 'say what it is another name of', result);
  if (args.src !== undefined && state.end.is === 'absent') return refused(`${source.path} is not there`, 'make it first', result);
  const is = args.src === undefined || (entry.inode === source.inode && entry.device === source.device && entry.is !== 'absent');
  if (!is && entry.is === 'directory') return refused(`${entry.path} is a folder`, 'remove it first', result);
  if (!is && entry.is === 'file' && !args.force)
    return refused(`${entry.path} is there already`, 'say force: true to replace it', result);
  if (is)
    return {
      changes: [...attributeChanges(args, entry, survey), ...timeChanges(args, entry, state)],
      result: { ...result, ...entryResult(entry) },
    };
  // Another name of one inode: its attributes are those of the source.
  return {
    changes: [linkChange(entry, args.src ?? '', true), ...attributeChanges(args, { ...source, path: entry.path }, survey)],
    result,
  };
}
