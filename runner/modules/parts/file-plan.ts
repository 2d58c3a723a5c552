// The states of the file module: from what is there to what shall be, as changes. Pure.
import type { Change, Fact, Plan } from '../../core/types.ts';
import { differences, type FileArgs, type Settings, wantedMode } from './attributes.ts';
import { attributeChanges, folderFact, settingsOf } from './content.ts';
import type { Deeds } from './deeds.ts';
import { entryResult, stateWord } from './report.ts';
import type { Entry } from './entry.ts';
import { planLink } from './file-link.ts';
import { attributeResult, type FileState, refused, type Settled, timeChanges } from './file-state.ts';
import { octal, toldMode } from './mode.ts';
import { isPassing } from './impact.ts';
import { fileKey, pathsBetween, treeKey } from './paths.ts';
import type { Survey } from './survey.ts';

type Result = Plan<Deeds>;

export function planState(args: Settled, state: FileState): Result {
  const plans = { absent: planAbsent, directory: planFolder, file: planFile, hard: planLink, link: planLink, touch: planTouch };
  return plans[args.state](args, state);
}

function planAbsent(_: Settled, { survey, mounts, empty }: FileState): Result {
  const { entry } = survey;
  const result = { path: entry.path, state: 'absent' };
  if (entry.is === 'absent') return { changes: [], result };
  if (mounts.length > 0 && entry.is === 'directory')
    return refused(
      `${mounts[0]} is mounted at or below ${entry.path}`,
      'unmount it first (a "mount" task with state: unmounted)',
      result,
    );
  const tree = entry.is === 'directory';
  const change: Change<Deeds> = {
    summary: `${entry.path}: ${stateWord(entry)}${tree && !empty ? ' with all in it' : ''} -> absent`,
    diff: { target: entry.path, before: `state: ${stateWord(entry)}\n`, after: 'state: absent\n' },
    touches: [fileKey(entry.path), treeKey(entry.path)],
    foretells: [{ path: entry.path, is: 'absent' }],
    ...(tree && !empty && !isPassing(entry.path) ? { impact: 'destroys' as const } : {}),
    action: [{ remove: entry.path, tree }],
  };
  return { changes: [change], result };
}

function planFile(args: Settled, state: FileState): Result {
  const { survey } = state;
  const at = args.follow ? survey.real : survey.entry;
  const result = { path: at.path, ...entryResult(at) };
  // Devices, sockets and pipes have owners and modes too.
  if (at.is === 'absent' || at.is === 'directory' || at.is === 'link') {
    const mend =
      at.is === 'absent' ? 'use state: touch, or copy or template, to make it' : `say state: ${at.is}, or another path`;
    return refused(`${at.path} is ${at.is}, not a file`, mend, result);
  }
  const changes = [...attributeChanges(args, at, survey), ...timeChanges(args, at, state)];
  return { changes, result: { ...result, ...attributeResult(args, at, survey) } };
}

function planFolder(args: Settled, state: FileState): Result {
  const { survey } = state;
  const at = args.follow ? survey.real : survey.entry;
  if (at.is === 'absent') return newFolder(args, survey, at);
  const result = { path: at.path, ...entryResult(at), ...attributeResult(args, at, survey) };
  if (at.is !== 'directory')
    return refused(`${at.path} is there already, as a ${stateWord(at)}`, 'remove it first, or choose another path', result);
  const own = attributeChanges(args, at, survey).map(change => ({ ...change, touches: [...change.touches, treeKey(at.path)] }));
  return { changes: [...own, ...timeChanges(args, at, state), ...strayChanges(args, at, state)], result };
}

function newFolder(args: Settled, survey: Survey, at: Entry): Result {
  if (!survey.above.isFolder)
    return refused(`${survey.above.path} is no folder, so ${at.path} cannot be made`, 'choose another path', { path: at.path });
  const mode = wantedMode(args, 0o777 & ~survey.umask, true, survey.umask);
  const to: Settings = { ...settingsOf(args, mode), ...lateSettings(args, at, survey) };
  const made = pathsBetween(survey.above.path, at.path);
  const more = made.length > 1 ? `, with ${made.length - 1} above it` : '';
  const change: Change<Deeds> = {
    summary: `${at.path}: absent -> directory${mode === undefined ? '' : `, mode ${octal(mode)}`}${more}`,
    diff: { target: at.path, before: 'state: absent\n', after: 'state: directory\n' },
    touches: [fileKey(survey.path), treeKey(made[0] ?? at.path)],
    foretells: made.map(path => folderFact(path, to, survey)),
    action: [...made.map(folder => ({ folder, to })), { report: at.path }],
  };
  const after = { ...at, is: 'directory' as const, mode: mode ?? 0o777 & ~survey.umask };
  const { mode: _, ...rest } = attributeResult(args, after, survey);
  return { changes: [change], result: { path: at.path, state: 'directory', mode: toldMode(after.mode), ...rest } };
}

/** Flags and context, which are compared with those of something that is there. */
function lateSettings(args: FileArgs, at: Entry, survey: Survey): Settings {
  const { flags, context } = differences(args, at, survey).set;
  return { ...(flags ? { flags } : {}), ...(context ? { context } : {}) };
}

function strayChanges(args: Settled, at: Entry, { strays }: FileState): readonly Change<Deeds>[] {
  if (!args.recurse || strays.length === 0) return [];
  const { owner, group } = settingsOf(args, undefined);
  const to = { ...ownersOf({ owner, group }), ...(args.mode === undefined ? {} : { mode: args.mode }) };
  const words = Object.entries(to).map(([key, value]) => `${key} ${value}`);
  const shownStrays = strays.slice(0, 100).join('\n');
  return [
    {
      summary: `${at.path}/: ${strays.length} below -> ${words.join(', ')}`,
      diff: { target: `${at.path}/`, before: `${shownStrays}\n`, after: `${shownStrays}\n${words.join('\n')}\n` },
      touches: [treeKey(at.path)],
      action: [{ below: at.path, to, follow: args.follow }],
    },
  ];
}

function planTouch(args: Settled, state: FileState): Result {
  const { survey } = state;
  const at = args.follow ? survey.real : survey.entry;
  const repeats = [args.access_time ?? 'now', args.modification_time ?? 'now'].includes('now');
  if (at.is !== 'absent') {
    const changes = [...attributeChanges(args, at, survey), ...timeChanges(args, at, state)];
    return { changes, repeats, result: { dest: at.path, ...entryResult(at), ...attributeResult(args, at, survey) } };
  }
  if (survey.entry.is === 'link')
    return refused(`${survey.entry.path} leads to nothing`, 'make its target, or remove the link', { dest: at.path });
  if (survey.above.path !== parentFolder(at.path))
    return refused(`the folder of ${at.path} is not there`, 'make it first: file with state: directory', { dest: at.path });
  const first = 0o666 & ~survey.umask;
  const mode = wantedMode(args, first, false, survey.umask);
  const to: Settings = { ...settingsOf(args, mode), ...lateSettings(args, at, survey) };
  const times = timeChanges(args, at, state).flatMap(change => change.action.filter(deed => 'times' in deed));
  const fact: Fact = { path: at.path, is: 'file', mode: mode ?? first, content: '', ...ownersOf(to) };
  const change: Change<Deeds> = {
    summary: `${at.path}: absent -> file`,
    diff: { target: at.path, before: 'state: absent\n', after: 'state: file\n' },
    touches: [fileKey(at.path), fileKey(survey.path)],
    foretells: [fact],
    action: [{ create: at.path }, { set: at.path, to }, ...times, { report: at.path }],
  };
  return { changes: [change], repeats, result: { dest: at.path, state: 'file', mode: toldMode(mode ?? first), size: 0 } };
}

const ownersOf = ({ owner, group }: { readonly owner?: string | undefined; readonly group?: string | undefined }) => ({
  ...(owner === undefined ? {} : { owner }),
  ...(group === undefined ? {} : { group }),
});
const parentFolder = (path: string): string => path.slice(0, path.lastIndexOf('/')) || (path.includes('/') ? '/' : '.');
