// One file from the runner put at `dest`, as copy, template and assemble do: the arguments, the survey, the plan. Pure.
import { createHash } from 'node:crypto';
import type { Blob, Fact, Plan, Vars } from '../../core/types.ts';
import { type FileArgs, ownerRefusal, wishesOf } from './attributes.ts';
import { TEXT_LIMIT } from './bytes.ts';
import { contentResult, type Goal, planContent, settingsOf, wantedOf } from './content.ts';
import type { Deeds } from './deeds.ts';
import { entryResult } from './report.ts';
import { foreseeSurvey } from './foresee.ts';
import { flag, text } from './kinds.ts';
import { resolveMode } from './mode.ts';
import { parentOf } from './paths.ts';
import type { Survey, SurveyWish } from './survey.ts';

export interface PlacedArgs extends FileArgs {
  readonly dest: string;
  readonly backup: boolean;
  readonly force: boolean;
  readonly follow: boolean;
  readonly validate?: string;
  readonly directory_mode?: string;
  readonly checksum?: string;
}
/** What is put there; the name counts where dest is a folder. `content` has no name. */
export interface Source {
  readonly content: string | Blob;
  readonly name?: string;
}

export const validateKind = text('A command that must accept the new file before it comes into place; %s is its path.', {
  pattern: '%s',
});
export const placedKinds = {
  dest: text('Where the file shall be; with a slash at the end, or where it is a folder: in there.', { minLength: 1 }),
  backup: flag('Keep the old file beside the new one, with the time in its name.', false),
  force: flag('Replace a file that differs; false: only put it where there is none.', true, { aliases: ['thirsty'] }),
  follow: flag('Where dest is a link, replace what it leads to.', false),
  validate: validateKind,
} as const;

export const placedWish = (args: PlacedArgs, source: Source): SurveyWish => {
  const { content } = source;
  const hasText = typeof content === 'string' || content.text !== undefined;
  return {
    path: args.dest,
    within: source.name,
    follow: args.follow,
    ...wishesOf(args),
    content: { most: hasText ? TEXT_LIMIT : 0, unless: wantedOf(content).sha256 },
  };
};

interface PlacedGoal extends Goal {
  readonly args: PlacedArgs;
}

function goalOf(args: PlacedArgs, source: Source, survey: Survey): PlacedGoal {
  const at = args.follow ? survey.real : survey.entry;
  const mode =
    args.directory_mode === undefined
      ? undefined
      : resolveMode(args.directory_mode, { mode: 0o777 & ~survey.umask, isFolder: true, umask: survey.umask });
  const parents = args.dest.endsWith('/') ? { parents: settingsOf(args, mode) } : {};
  return { args, survey, at, wanted: wantedOf(source.content), ...parents };
}

export function planPlaced(args: PlacedArgs, source: Source, survey: Survey): Plan<Deeds> {
  const goal = goalOf(args, source, survey);
  const { at, wanted } = goal;
  const result: Vars = { dest: at.path, checksum: wanted.sha256, ...contentResult(goal) };
  if (!args.force && at.is !== 'absent') return { changes: [], result: { dest: at.path, ...entryResult(at) } };
  const refuse = placedRefusal(goal, source) ?? ownerRefusal(args, survey);
  return { changes: refuse ? [] : planContent(goal), result, ...(refuse ? { refuse } : {}) };
}

function placedRefusal({ args, at, survey, parents }: PlacedGoal, source: Source) {
  if (at.is === 'directory')
    return {
      why: `${at.path} is a folder`,
      mend: source.name === undefined ? 'write the name of the file in dest' : 'remove it first',
    };
  const folder = parentOf(at.path);
  const missing = at.is === 'absent' && survey.above.path !== folder;
  if ((missing && !parents) || !survey.above.isFolder)
    return { why: `the folder ${folder} is not there`, mend: 'make it first: file with state: directory' };
  return checksumRefusal(args.checksum, source.content);
}

/** sha256 of anything, or Ansible's sha1 of what is at hand as text. */
function checksumRefusal(wanted: string | undefined, content: string | Blob) {
  if (wanted === undefined) return undefined;
  const text = typeof content === 'string' ? content : content.text;
  const sha1 = text === undefined ? undefined : createHash('sha1').update(text).digest('hex');
  const is = wanted.length === 64 ? wantedOf(content).sha256 : sha1;
  if (is === wanted.toLowerCase()) return undefined;
  return { why: `the source has not the checksum ${wanted}`, mend: is ? `it has ${is}` : 'give the sha256 of a large file' };
}

export const foreseePlaced = (args: PlacedArgs, source: Source, seen: Survey | null, foretold: readonly Fact[]): Survey | null =>
  foreseeSurvey(placedWish(args, source), seen, foretold);
