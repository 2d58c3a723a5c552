// A block of lines between markers in a text file. The rules are in parts/block-edit.ts; this file names the arguments.
import type { Module } from '../core/types.ts';
import { fileKinds } from './parts/attributes.ts';
import { type BlockArgs, editBlock } from './parts/block-edit.ts';
import { toLatin } from './parts/bytes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { reported } from './parts/report.ts';
import { type EditArgs, editProbe, foreseeEdit, planEdit } from './parts/edit.ts';
import { choice, flag, takes, text } from './parts/kinds.ts';
import { validateKind } from './parts/placed.ts';
import { regexpFault } from './parts/python-regexp.ts';
import { contentReturns } from './parts/returns.ts';
import type { Survey } from './parts/survey.ts';

interface Args extends EditArgs, BlockArgs {
  readonly path: string;
}

export const module: Module<Args, Survey, Deeds> = {
  summary: 'Have a block of lines in a text file, between two marker lines.',
  collection: 'ansible.builtin',
  args: takes(
    {
      path: text('The file.', { aliases: ['dest', 'destfile', 'name'], minLength: 1 }),
      state: choice('Whether the block shall be there.', ['absent', 'present'], 'present'),
      block: text('The lines. Without any, the block goes.', { default: '', aliases: ['content'] }),
      marker: text('The marker line; {mark} becomes the words for begin and end.', { default: '# {mark} ANSIBLE MANAGED BLOCK' }),
      marker_begin: text('The word of the first marker.', { default: 'BEGIN' }),
      marker_end: text('The word of the last marker.', { default: 'END' }),
      insertafter: text('Where a new block goes: after the last line that this regular expression fits; EOF.'),
      insertbefore: text('Where a new block goes: before the last line that this fits; BOF.'),
      create: flag('Make the file if it is not there.', false),
      append_newline: flag('An empty line after a new block.', false),
      prepend_newline: flag('An empty line before a new block.', false),
      backup: flag('Keep the old file beside the new one.', false),
      validate: validateKind,
      ...fileKinds,
    },
    ['path'],
  ),
  returns: contentReturns(),
  examples: [
    {
      title: 'The hosts of the cluster',
      yaml: 'name: Hosts\nblockinfile:\n  path: /scratch/etc/hosts\n  block: |\n    10.0.0.1 node01\n    10.0.0.2 node02',
    },
    {
      title: 'A block of its own mark, before a section',
      yaml: 'name: Limits\nblockinfile: { path: /scratch/etc/app.conf, marker: "# {mark} limits", block: max=3, insertbefore: "^\\\\[main\\\\]" }',
    },
  ],
  differs: ["Regular expressions are translated from Python's; what cannot be is refused.", 'Files above 8 MiB are refused.'],
  check(args) {
    const faults: string[] = [];
    if (args.insertbefore !== undefined && args.insertafter !== undefined)
      faults.push('"insertbefore" and "insertafter" cannot stand together');
    for (const name of ['insertafter', 'insertbefore'] as const) {
      const why = args[name] === undefined ? undefined : regexpFault(toLatin(args[name]), { bytes: true });
      if (why) faults.push(`"${name}": ${why}`);
    }
    return faults;
  },
  probe: args => editProbe(args),
  plan: (args, survey) => planEdit(args, survey, text => editBlock(args, text)),
  apply: stepsOf,
  failsByCode: true,
  result: (args, survey, outputs) => reported(planEdit(args, survey, text => editBlock(args, text)).result, outputs),
  foresee: (args, seen, foretold) => foreseeEdit(args, seen, foretold),
};
