// What the file module is asked and what it saw, and what its states share: times, refusals, attributes told. Pure.
import type { Change, Plan, Vars } from '../../core/types.ts';
import { differences, type FileArgs } from './attributes.ts';
import type { Deed, Deeds } from './deeds.ts';
import type { Entry } from './entry.ts';
import { toldMode } from './mode.ts';
import { fileKey } from './paths.ts';
import type { Survey } from './survey.ts';
import { parseTime } from './times.ts';

export interface FileModuleArgs extends FileArgs {
  readonly path: string;
  readonly state?: 'absent' | 'directory' | 'file' | 'hard' | 'link' | 'touch';
  readonly src?: string;
  readonly recurse: boolean;
  readonly force: boolean;
  readonly follow: boolean;
  readonly access_time?: string;
  readonly access_time_format: string;
  readonly modification_time?: string;
  readonly modification_time_format: string;
}
export interface FileState {
  readonly survey: Survey;
  /** What `src` names, and what it ends in. */
  readonly source: Entry;
  readonly end: Entry;
  readonly empty: boolean;
  readonly mounts: readonly string[];
  readonly strays: readonly string[];
  /** The wanted times as seconds; empty where not asked. */
  readonly access: string;
  readonly modify: string;
}
export interface Settled extends FileModuleArgs {
  readonly state: NonNullable<FileModuleArgs['state']>;
}

/** Without `state`, what is there counts. */
export function settledState(args: FileModuleArgs, { survey }: FileState): Settled {
  if (args.state !== undefined) return { ...args, state: args.state };
  const { is } = survey.entry;
  if (is === 'absent') return { ...args, state: args.recurse ? 'directory' : 'file' };
  return { ...args, state: is === 'directory' || is === 'link' ? is : 'file' };
}

export const refused = (why: string, mend: string, result: Vars = {}): Plan<Deeds> => ({
  changes: [],
  refuse: { why, mend },
  result,
});

/** What owner, group and mode will be; the report of the host says it better. */
export function attributeResult(args: FileArgs, at: Entry, survey: Survey): Vars {
  const { set } = differences(args, at, survey);
  return {
    ...(set.mode === undefined ? {} : { mode: toldMode(set.mode) }),
    ...(set.owner === undefined ? {} : { owner: set.owner, uid: survey.uid ?? -1 }),
    ...(set.group === undefined ? {} : { group: set.group, gid: survey.gid ?? -1 }),
  };
}

/** The words `now`, `preserve` or a time, and what they mean for what is there. */
export function timeChanges(args: Settled, at: Entry, state: FileState): readonly Change<Deeds>[] {
  const byDefault = args.state === 'touch' ? 'now' : 'preserve';
  const access = args.access_time ?? byDefault;
  const modify = args.modification_time ?? byDefault;
  const differs = (word: string, wanted: string, had: number): boolean =>
    word === 'now' || (word !== 'preserve' && Number(wanted) !== had);
  const set = {
    ...(differs(access, state.access, at.atime) ? { access: stampOf(access, args.access_time_format) } : {}),
    ...(differs(modify, state.modify, at.mtime) ? { modify: stampOf(modify, args.modification_time_format) } : {}),
  };
  if (Object.keys(set).length === 0) return [];
  const deed: Deed = { times: at.path, ...set, ...(at.is === 'link' ? { isLink: true } : {}) };
  const words = Object.entries(set).map(([which, when]) => `${which} time: ${when}`);
  const had = Object.keys(set).map(which => `${which} time: ${which === 'access' ? at.atime : at.mtime}`);
  return [
    {
      summary: `${at.path}: ${words.join(', ')}`,
      diff: { target: at.path, before: `${had.join('\n')}\n`, after: `${words.join('\n')}\n` },
      touches: [fileKey(at.path), fileKey(state.survey.path)],
      ...(at.is === 'file' || at.is === 'directory' ? { foretells: [{ path: at.path, is: at.is }] } : {}),
      action: [deed, { report: at.path }],
    },
  ];
}

const stampOf = (word: string, format: string): string => (word === 'now' ? word : (parseTime(word, format)?.touch ?? word));
