// A text file on the host, changed by a pure function of its text: what lineinfile and its kin share. Pure.
import type { Fact, Plan, Probe, Vars } from '../../core/types.ts';
import { ownerRefusal, wishesOf } from './attributes.ts';
import { fromLatin, toLatin, utf8 } from './bytes.ts';
import { attributeChanges, type ContentArgs, contentResult, planContent, wantedOf } from './content.ts';
import type { Deeds } from './deeds.ts';
import { entryResult } from './report.ts';
import { foreseeSurvey } from './foresee.ts';
import type { Survey, SurveyWish } from './survey.ts';
import { surveyProbe } from './survey.ts';

export interface EditArgs extends ContentArgs {
  readonly path: string;
}
export type Edited =
  | { readonly text: string; readonly msg: string; readonly result?: Vars }
  | { readonly refuse: { readonly why: string; readonly mend: string } };

/** From the text there is (null: no file) to the wanted text; one character a byte. */
export type Edit = (text: string | null) => Edited;

/** Larger files are no settings, and would fill the memory of the runner with many hosts at once. */
const LIMIT = 8 * 1024 * 1024;

const wishOf = (args: EditArgs, follow: boolean): SurveyWish => ({
  path: args.path,
  follow,
  ...wishesOf(args),
  content: { most: LIMIT },
});

export const editProbe = (args: EditArgs, follow = true): Probe<Survey> => surveyProbe(wishOf(args, follow));

export const foreseeEdit = (args: EditArgs, seen: Survey | null, foretold: readonly Fact[], follow = true): Survey | null =>
  foreseeSurvey(wishOf(args, follow), seen, foretold);

export function planEdit(args: EditArgs, survey: Survey, edit: Edit, follow = true): Plan<Deeds> {
  const at = follow ? survey.real : survey.entry;
  const result: Vars = { path: args.path, ...entryResult(survey.real) };
  const refuse = unreadable(survey) ?? ownerRefusal(args, survey);
  if (refuse) return { changes: [], refuse, result };
  const before = survey.content === undefined ? null : toLatin(survey.content);
  const edited = edit(before);
  if ('refuse' in edited) return { changes: [], refuse: edited.refuse, result };
  const told = { ...result, msg: edited.msg, ...edited.result };
  if (edited.text === (before ?? '') && (before !== null || edited.msg === '')) {
    const changes = before === null ? [] : attributeChanges(args, survey.real, survey);
    return { changes, result: told };
  }
  const bytes = fromLatin(edited.text);
  const goal = { args, survey, at, wanted: wantedOf(utf8(bytes) ?? bytes), parents: {} };
  return { changes: planContent(goal), result: { ...told, ...contentResult(goal) } };
}

function unreadable({ real, readable, content, above }: Survey) {
  if (real.is === 'absent' && !above.isFolder) return { why: `${above.path} is no folder`, mend: 'choose another path' };
  if (real.is === 'absent') return undefined;
  if (real.is !== 'file') return { why: `${real.path} is a ${real.is}, not a file`, mend: 'name a file' };
  if (!readable || content === undefined) return { why: `${real.path} cannot be read by this user`, mend: 'say become: true' };
  if (content.length > LIMIT) return { why: `${real.path} has more than 8 MiB`, mend: 'edit it with the shell module' };
  return undefined;
}
