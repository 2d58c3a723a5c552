// An option or a section of an ini file. The rules are in parts/ini-edit.ts; this file names the arguments.
import type { Module } from '../core/types.ts';
import { fileKinds } from './parts/attributes.ts';
import { toLatin } from './parts/bytes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { reported } from './parts/report.ts';
import { type EditArgs, type Edited, editProbe, foreseeEdit, planEdit } from './parts/edit.ts';
import { editIni, type IniArgs } from './parts/ini-edit.ts';
import { choice, flag, takes, text } from './parts/kinds.ts';
import { contentReturns } from './parts/returns.ts';
import type { Survey } from './parts/survey.ts';

type Scalar = string | number | boolean;
interface Args extends EditArgs, Omit<IniArgs, 'values'> {
  readonly path: string;
  readonly value?: Scalar;
  readonly values?: readonly Scalar[];
  readonly follow: boolean;
}

/** As Python prints it: True, not true. */
const asText = (value: Scalar): string => (typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));

function edit(args: Args, content: string | null): Edited {
  const { section, option } = args;
  const values = (args.value === undefined ? (args.values ?? []) : [args.value]).map(value => toLatin(asText(value)));
  return editIni(
    {
      ...args,
      values,
      ...(section === undefined ? {} : { section: toLatin(section) }),
      ...(option === undefined ? {} : { option: toLatin(option) }),
    },
    content,
  );
}

const scalar = { type: ['string', 'number', 'boolean'] };

export const module: Module<Args, Survey, Deeds> = {
  summary: 'Have an option with a value in a section of an ini file, or have it gone.',
  collection: 'community.general',
  args: takes(
    {
      path: text('The file.', { aliases: ['dest'], minLength: 1 }),
      section: text('The section; without it, the part before the first section.'),
      option: text('The option; without it, the section as a whole.'),
      value: { ...scalar, description: 'Its value.' },
      values: { type: 'array', items: scalar, description: 'Several values, a line each.' },
      state: choice('Whether it shall be there.', ['absent', 'present'], 'present'),
      exclusive: flag('The option has these values only; false: others may stay.', true),
      no_extra_spaces: flag('No spaces around the =.', false),
      allow_no_value: flag('An option may stand without = and value.', false),
      create: flag('Make the file if it is not there.', true),
      follow: flag('Where path is a link, change what it leads to; false: put a file in its place.', false),
      backup: flag('Keep the old file beside the new one.', false),
      ...fileKinds,
    },
    ['path'],
  ),
  returns: contentReturns(),
  examples: [
    {
      title: 'An option',
      yaml: 'name: Port\nini_file: { path: /scratch/etc/app.ini, section: main, option: port, value: 80, mode: "0644" }',
    },
    {
      title: 'No such option',
      yaml: 'name: No key\nini_file: { path: /scratch/etc/app.ini, section: main, option: key, state: absent }',
    },
    {
      title: 'A file that systemd reads: no spaces, several lines of one option',
      yaml: 'name: Service\nini_file: { path: /scratch/etc/unit.conf, section: Service, option: Environment, values: [A=1, B=2], no_extra_spaces: true }',
    },
  ],
  differs: ['Files above 8 MiB are refused.'],
  check(args) {
    const faults: string[] = [];
    if (args.value !== undefined && args.values !== undefined) faults.push('"value" and "values" cannot stand together');
    const none = args.value === undefined && (args.values ?? []).length === 0;
    if (args.state === 'present' && !args.allow_no_value && none)
      faults.push('"value" or "values" is needed, or allow_no_value: true');
    return faults;
  },
  probe: args => editProbe(args, args.follow),
  plan: (args, survey) => planEdit(args, survey, content => edit(args, content), args.follow),
  apply: stepsOf,
  failsByCode: true,
  result: (args, survey, outputs) =>
    reported(planEdit(args, survey, content => edit(args, content), args.follow).result, outputs),
  foresee: (args, seen, foretold) => foreseeEdit(args, seen, foretold, args.follow),
};
