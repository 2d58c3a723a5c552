// All places in a text file that a regular expression fits, replaced. Pure but for what parts/edit.ts asks.
import type { Module } from '../core/types.ts';
import { fileKinds } from './parts/attributes.ts';
import { fromLatin, toLatin, utf8 } from './parts/bytes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { reported } from './parts/report.ts';
import { type EditArgs, type Edited, editProbe, foreseeEdit, planEdit } from './parts/edit.ts';
import { flag, takes, text } from './parts/kinds.ts';
import { validateKind } from './parts/placed.ts';
import { BadRegexp, expandTemplate, pythonRegexp, regexpFault } from './parts/python-regexp.ts';
import { contentReturns } from './parts/returns.ts';
import type { Survey } from './parts/survey.ts';

interface Args extends EditArgs {
  readonly regexp: string;
  readonly replace: string;
  readonly after?: string;
  readonly before?: string;
}

function sectionPattern({ after, before }: Args): string | undefined {
  if (after && before) return `${after}(?P<subsection>.*?)${before}`;
  if (after) return `${after}(?P<subsection>.*)`;
  return before ? `(?P<subsection>.*)${before}` : undefined;
}

/** The part between `after` and `before`: its start and end; null where they do not fit. */
function sectionOf(args: Args, content: string): readonly [number, number] | null {
  const pattern = sectionPattern(args);
  if (pattern === undefined) return [0, content.length];
  const regexp = pythonRegexp(pattern, { dotall: true });
  const found = new RegExp(regexp.source, `${regexp.flags}d`).exec(content);
  return found?.indices?.groups?.['subsection'] ?? null;
}

function edit(args: Args, latin: string | null): Edited {
  if (latin === null) return { refuse: { why: `${args.path} is not there`, mend: 'make it first, or mend "path"' } };
  const content = utf8(fromLatin(latin));
  if (content === undefined)
    return { refuse: { why: `${args.path} is not UTF-8 text`, mend: 'use lineinfile, which keeps every byte' } };
  try {
    return replaced(args, content, latin);
  } catch (error) {
    if (!(error instanceof BadRegexp)) throw error;
    return { refuse: { why: error.message, mend: 'mend "regexp" or "replace"' } };
  }
}

function replaced(args: Args, content: string, latin: string): Edited {
  const section = sectionOf(args, content);
  if (!section) {
    const msg = `Pattern for before/after params did not match the given file: ${sectionPattern(args)}`;
    return { text: latin, msg: '', result: { msg } };
  }
  const [start, end] = section;
  let count = 0;
  const old = content.slice(start, end);
  const fresh = old.replace(pythonRegexp(args.regexp, { multiline: true }), (...parts) => {
    count += 1;
    return expandTemplate(args.replace, matchOf(parts));
  });
  const text = toLatin(content.slice(0, start) + fresh + content.slice(end));
  return { text, msg: fresh === old ? '' : `${count} replacements made` };
}

/** What String.replace hands over, as a match: the groups, then offset, text and named groups. */
function matchOf(parts: readonly unknown[]): RegExpMatchArray {
  const named = typeof parts.at(-1) === 'object' ? (parts.at(-1) as Record<string, string>) : undefined;
  const groups = parts.slice(0, parts.length - (named ? 3 : 2)) as string[];
  return Object.assign(groups, { groups: named }) as unknown as RegExpMatchArray;
}

export const module: Module<Args, Survey, Deeds> = {
  summary: 'Replace all that a regular expression fits in a text file.',
  collection: 'ansible.builtin',
  args: takes(
    {
      path: text('The file.', { aliases: ['dest', 'destfile', 'name'], minLength: 1 }),
      regexp: text('A regular expression of Python, with ^ and $ at every line.'),
      replace: text('What comes in its place; \\1 and \\g<name> are groups. Without it, it goes.', { default: '' }),
      after: text('Only behind this regular expression (a dot is a newline too).'),
      before: text('Only before this regular expression.'),
      backup: flag('Keep the old file beside the new one.', false),
      validate: validateKind,
      encoding: { type: 'string', enum: ['utf-8', 'utf8', 'UTF-8'], default: 'utf-8', description: 'The encoding of the file.' },
      ...fileKinds,
    },
    ['path', 'regexp'],
  ),
  returns: contentReturns(),
  examples: [
    {
      title: 'Another name everywhere',
      yaml: 'name: Rename\nreplace: { path: /scratch/etc/hosts, regexp: "(\\\\s)localhost\\\\b", replace: "\\\\1here" }',
    },
    {
      title: 'Only in one section',
      yaml: 'name: Key of main\nreplace: { path: /scratch/etc/app.ini, after: "\\\\[main\\\\]", before: "\\\\[other\\\\]", regexp: "^key = 1$", replace: key = 2 }',
    },
  ],
  differs: [
    "Regular expressions are translated from Python's; what cannot be is refused.",
    'Files above 8 MiB, and those that are not UTF-8, are refused.',
  ],
  check(args) {
    const section = sectionPattern(args);
    const faults = [
      regexpFault(args.regexp, { multiline: true }),
      section === undefined ? undefined : regexpFault(section, { dotall: true }),
    ];
    return faults.filter(fault => fault !== undefined);
  },
  probe: args => editProbe(args),
  plan: (args, survey) => planEdit(args, survey, text => edit(args, text)),
  apply: stepsOf,
  failsByCode: true,
  result: (args, survey, outputs) => reported(planEdit(args, survey, text => edit(args, text)).result, outputs),
  foresee: (args, seen, foretold) => foreseeEdit(args, seen, foretold),
};
