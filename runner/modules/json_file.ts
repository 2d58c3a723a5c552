// Keys of a JSON document merged into the file that is there: its other keys and its indentation stay. Ours; Ansible has none.
import type { Module } from '../core/types.ts';
import { fileKinds } from './parts/attributes.ts';
import { fromLatin, toLatin, utf8 } from './parts/bytes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { reported } from './parts/report.ts';
import { type EditArgs, type Edited, editProbe, foreseeEdit, planEdit } from './parts/edit.ts';
import { type Json, mergeJson, readJson, sameJson, withoutKey, writeJson } from './parts/json-text.ts';
import { choice, flag, takes, text, whole } from './parts/kinds.ts';
import { validateKind } from './parts/placed.ts';
import { contentReturns } from './parts/returns.ts';
import type { Survey } from './parts/survey.ts';

interface Args extends EditArgs {
  readonly state: 'present' | 'absent';
  readonly value?: Json;
  readonly keys?: readonly (string | readonly string[])[];
  readonly lists: 'replace' | 'union';
  readonly create: boolean;
  readonly indent?: number;
}

/** "a.b" is a way of two keys; a key with a dot in it is written as a list. */
const wayOf = (key: string | readonly string[]): readonly string[] => (typeof key === 'string' ? key.split('.') : key);

function edit(args: Args, latin: string | null): Edited {
  if (latin === null && args.state === 'absent') return { text: '', msg: '' };
  if (latin === null && !args.create)
    return { refuse: { why: `${args.path} is not there`, mend: 'say create: true, or make it first' } };
  const old = latin === null ? null : utf8(fromLatin(latin));
  if (old === undefined) return { refuse: { why: `${args.path} is not UTF-8 text`, mend: 'replace it with copy' } };
  const read = old === null || old.trim() === '' ? { value: {} } : readJson(old);
  if ('why' in read) return { refuse: { why: `${args.path} is not JSON: ${read.why}`, mend: read.mend } };
  const wanted = wantedValue(args, read.value);
  const empty = old === null || old.trim() === '';
  if (sameJson(read.value, wanted) && !empty) return { text: latin ?? '', msg: '', result: { value: wanted } };
  return {
    text: toLatin(writeJson(wanted, old, args.indent)),
    msg: old === null ? 'document made' : 'document merged',
    result: { value: wanted },
  };
}

const wantedValue = (args: Args, old: Json): Json =>
  args.state === 'present'
    ? mergeJson(old, args.value ?? {}, args.lists)
    : (args.keys ?? []).reduce<Json>((value, key) => withoutKey(value, wayOf(key)), old);

export const module: Module<Args, Survey, Deeds> = {
  summary: 'Merge keys into a JSON file, or take keys out of it; all others stay.',
  args: takes(
    {
      path: text('The file.', { aliases: ['dest', 'name'], minLength: 1 }),
      state: choice('Whether the keys shall be there.', ['absent', 'present'], 'present'),
      value: { type: ['object', 'array'], description: 'What is merged in: maps key by key, all else replaced.' },
      keys: {
        type: 'array',
        items: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
        description: 'state: absent: the keys that go. "a.b" is b in a; a list where a key has a dot in it.',
      },
      lists: choice('A list of value takes the place of the old one, or adds what it lacks.', ['replace', 'union'], 'replace'),
      create: flag('Make the file if it is not there.', true),
      indent: whole('Spaces of indentation. Default: those of the file, else 2.', { minimum: 0, maximum: 10 }),
      backup: flag('Keep the old file beside the new one.', false),
      validate: validateKind,
      ...fileKinds,
    },
    ['path'],
  ),
  returns: contentReturns({ value: { description: 'The whole document after the merge.' } }),
  examples: [
    {
      title: 'Settings of the Docker daemon: the keys of others stay',
      yaml: 'name: Insecure registry\njson_file:\n  path: /scratch/etc/daemon.json\n  value: { insecure-registries: ["registry:5000"], log-opts: { max-size: 10m } }\n  lists: union',
    },
    {
      title: 'A key gone',
      yaml: 'name: No mirrors\njson_file: { path: /scratch/etc/daemon.json, state: absent, keys: [mirrors] }',
    },
  ],
  notes: [
    'Comments, keys that stand twice and numbers beyond 2^53 are refused with their place: writing the file back would lose them.',
  ],
  check(args) {
    if (args.state === 'present' && args.value === undefined) return ['"value" is needed'];
    if (args.state === 'absent' && (args.keys ?? []).length === 0) return ['"keys" is needed with state: absent'];
    return [];
  },
  probe: args => editProbe(args),
  plan: (args, survey) => planEdit(args, survey, content => edit(args, content)),
  apply: stepsOf,
  failsByCode: true,
  result: (args, survey, outputs) => reported(planEdit(args, survey, content => edit(args, content)).result, outputs),
  foresee: (args, seen, foretold) => foreseeEdit(args, seen, foretold),
};
