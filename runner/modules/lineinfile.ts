// One line of a text file. The rules are in parts/line-edit.ts; this file names the arguments.
import type { Module } from '../core/types.ts';
import { fileKinds } from './parts/attributes.ts';
import { toLatin } from './parts/bytes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { reported } from './parts/report.ts';
import { type EditArgs, editProbe, foreseeEdit, planEdit } from './parts/edit.ts';
import { choice, flag, takes, text } from './parts/kinds.ts';
import { editLine, type LineArgs } from './parts/line-edit.ts';
import { validateKind } from './parts/placed.ts';
import { regexpFault } from './parts/python-regexp.ts';
import { contentReturns } from './parts/returns.ts';
import type { Survey } from './parts/survey.ts';

interface Args extends EditArgs, LineArgs {
  readonly path: string;
}

export const module: Module<Args, Survey, Deeds> = {
  summary: 'Have a line in a text file, in place of another or at a place, or have it gone.',
  collection: 'ansible.builtin',
  args: takes(
    {
      path: text('The file.', { aliases: ['dest', 'destfile', 'name'], minLength: 1 }),
      state: choice('Whether the line shall be there.', ['absent', 'present'], 'present'),
      line: text('The line.', { aliases: ['value'] }),
      regexp: text(
        'The line that it replaces (or, absent, all that go): a regular expression of Python, searched in each line; the last that fits counts.',
        {
          aliases: ['regex'],
        },
      ),
      search_string: text('The same, as plain text that the line contains.'),
      insertafter: text('Where no line fits: after the last line that this fits; EOF, BOF.'),
      insertbefore: text('Where no line fits: before the last line that this fits; BOF.'),
      backrefs: flag('Groups of regexp may stand in line (\\1, \\g<name>); without a line that fits, nothing is done.', false),
      create: flag('Make the file if it is not there.', false),
      firstmatch: flag('The first line that fits counts, not the last.', false),
      backup: flag('Keep the old file beside the new one.', false),
      validate: validateKind,
      ...fileKinds,
    },
    ['path'],
  ),
  returns: contentReturns({ found: { type: 'integer', description: 'How many lines went (state: absent).' } }),
  examples: [
    {
      title: 'A setting, whatever its value was',
      yaml: 'name: Port\nlineinfile: { path: /scratch/etc/app.conf, regexp: "^port=", line: "port=8080" }',
    },
    {
      title: 'A line after another',
      yaml: 'name: Debug\nlineinfile: { path: /scratch/etc/app.conf, line: debug=no, insertafter: "^#debug=" }',
    },
    {
      title: 'No such line',
      yaml: 'name: No user\nlineinfile: { path: /scratch/etc/app.conf, regexp: "^user=", state: absent }',
    },
    {
      title: 'Part of the old line kept',
      yaml: 'name: Key\nlineinfile: { path: /scratch/etc/app.conf, regexp: "^(key) = .*", line: "\\\\1 = 2", backrefs: true }',
    },
  ],
  differs: [
    "Regular expressions are translated from Python's: groups with flags inside, conditionals, possessive and atomic groups are refused.",
    'A line that is inserted after a last line without a newline gets a line of its own.',
    'Files above 8 MiB are refused.',
  ],
  check(args) {
    const faults: string[] = [];
    const both = (a: keyof Args, b: keyof Args): void => {
      if (args[a] !== undefined && args[a] !== false && args[b] !== undefined)
        faults.push(`"${a}" and "${b}" cannot stand together`);
    };
    both('insertbefore', 'insertafter');
    both('regexp', 'search_string');
    both('backrefs', 'search_string');
    if (args.state === 'present' && args.backrefs && args.regexp === undefined) faults.push('"backrefs" needs "regexp"');
    if (args.state === 'present' && args.line === undefined) faults.push('"line" is needed with state: present');
    if (args.state === 'absent' && [args.line, args.regexp, args.search_string].every(value => value === undefined))
      faults.push('one of "line", "search_string" and "regexp" is needed with state: absent');
    for (const name of ['regexp', 'insertafter', 'insertbefore'] as const) {
      const why = args[name] === undefined ? undefined : regexpFault(toLatin(args[name]), { bytes: true });
      if (why) faults.push(`"${name}": ${why}`);
    }
    return faults;
  },
  probe: args => editProbe(args),
  plan: (args, survey) => planEdit(args, survey, text => editLine(args, text)),
  apply: stepsOf,
  failsByCode: true,
  result: (args, survey, outputs) => reported(planEdit(args, survey, text => editLine(args, text)).result, outputs),
  foresee: (args, seen, foretold) => foreseeEdit(args, seen, foretold),
};
