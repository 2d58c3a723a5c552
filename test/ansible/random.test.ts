// Random tasks on random files, the same by Ansible and by tsrun: line and block edits, ini files, modes, names of any letters.
// TSRUN_SEED and TSRUN_RUNS make other ones.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { moduleNames, openModules } from '../../runner/modules/index.ts';
import { type Case, type Outcome, playCases } from '../support/oracle-cases.ts';
import { compare } from '../support/oracle-compare.ts';

const SEED = Number(process.env['TSRUN_SEED'] ?? 20261123);
const RUNS = Number(process.env['TSRUN_RUNS'] ?? 16);

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
/** Each key stands there or not. */
const some = (keys: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(keys, { requiredKeys: [] }) as fc.Arbitrary<Record<string, unknown>>;
const fileOf = (lines: readonly string[]): fc.Arbitrary<string> =>
  fc.array(oneOf(...lines), { maxLength: 7 }).map(list => list.map(line => `${line}\n`).join(''));

/** An edit of /scratch/f. */
const edits = (module: string, content: fc.Arbitrary<string>, args: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Case> =>
  fc.tuple(content, args).map(([before, given]) => ({
    name: '',
    before: { f: before },
    task: { [module]: { path: '/scratch/f', ...given } },
  }));

const words = ['a', 'b', 'a=1', 'a=2', '#a=1', '', ' a', 'x.y', 'xzy', 'ä'];
const patterns = ['^a', 'a$', '^#?a=', 'x\\.y', 'x.y', '^b$', '^$', '[ab]', 'z'];
const place = oneOf<Record<string, unknown>>(
  {},
  ...['EOF', 'BOF', ...patterns.slice(0, 6)].map(insertafter => ({ insertafter })),
  ...['BOF', ...patterns.slice(0, 6)].map(insertbefore => ({ insertbefore })),
);
const whichLine = oneOf<Record<string, unknown>>(
  {},
  ...patterns.map(regexp => ({ regexp })),
  ...['a', 'x.y', '=1'].map(search_string => ({ search_string })),
);

const lineinfile = edits(
  'lineinfile',
  fileOf(words),
  fc
    .tuple(
      whichLine,
      place,
      oneOf(...words.filter(Boolean)),
      some({ firstmatch: fc.boolean(), state: oneOf('present', 'absent') }),
    )
    .map(([which, where, line, more]) => ({ ...which, ...where, line, ...more })),
);

const marks = ['# BEGIN ANSIBLE MANAGED BLOCK', '# END ANSIBLE MANAGED BLOCK'];
const blockinfile = edits(
  'blockinfile',
  fileOf([...words, ...marks, ...marks]),
  fc
    .tuple(place, oneOf('x', 'x\ny', 'x\n', '', 'a'), some({ state: oneOf('present', 'absent') }))
    .map(([where, block, more]) => ({ ...where, block, ...more })),
);

const replace = edits(
  'replace',
  fileOf(words),
  fc.record(
    {
      regexp: oneOf(...patterns, '^(.*)$', '(a)(=)?', '\\n', 'a\\n+', '(?m)^', '\\s+', '(?i)A', '[^\\n]+', '\\b'),
      replace: oneOf('', 'z', '[\\g<0>]', '\\n', '\\\\', 'ö'),
      before: oneOf(...patterns),
      after: oneOf(...patterns),
    },
    { requiredKeys: ['regexp'] },
  ),
);

const ini = edits(
  'ini_file',
  fileOf(['[a]', '[b]', 'x = 1', 'x=2', '#x = 1', ';y=1', 'y = 3', '', '# c', ' z = 1', 'flag']),
  fc
    .tuple(
      oneOf('a', 'b', 'c', ''),
      oneOf('x', 'y', 'flag'),
      oneOf<Record<string, unknown>>(
        { value: '1' },
        { value: '2' },
        { value: '' },
        { values: ['1', '2'] },
        { allow_no_value: true },
      ),
      some({ no_extra_spaces: fc.boolean(), exclusive: fc.boolean(), state: oneOf('present', 'absent') }),
    )
    .map(([section, option, value, more]) => ({ section, option, ...value, ...more })),
);

const letters = (all: string, limits: { readonly minLength?: number; readonly maxLength: number }): fc.Arbitrary<string> =>
  fc.string({ unit: oneOf(...all), ...limits });
const clause = fc
  .tuple(
    oneOf('', 'a', 'u', 'g', 'o', 'ug', 'go', 'uo', 'ugo'),
    oneOf('+', '-', '='),
    fc.oneof(letters('rwxXst', { maxLength: 4 }), oneOf('u', 'g', 'o')),
  )
  .map(parts => parts.join(''));
const bits = fc.integer({ min: 0, max: 0o7777 }).map(mode => mode.toString(8).padStart(4, '0'));
const modes: fc.Arbitrary<Case> = fc
  .tuple(
    bits,
    fc.boolean(),
    fc.oneof(
      bits,
      fc.array(clause, { minLength: 1, maxLength: 3 }).map(list => list.join(',')),
    ),
  )
  .map(([had, dir, mode]) => ({
    name: '',
    before: { p: { mode: had, dir, ...(dir ? {} : { content: '' }) } },
    task: { file: { path: '/scratch/p', state: dir ? 'directory' : 'file', mode } },
  }));

/** Any letter that a name may have; what Jinja and CEL read stays out. */
const name = fc
  .string({
    unit: fc.oneof(
      oneOf(...' \n\t\r\'"\\$`!*?[]~#&;|<>()-=%@^:,\u0001\u007f\u001b'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 12,
  })
  .filter(
    text => !/[/\0]|\{[{%#]|^\.{1,2}$/.test(text) && Buffer.from(text).toString() === text && Buffer.byteLength(text) < 200,
  );
const names: fc.Arbitrary<Case> = fc.tuple(name, fc.integer({ min: 0, max: 4 })).map(([text, which]) => {
  const path = `/scratch/${text}`;
  const tasks = [
    { file: { path, state: 'touch', mode: '0640' } },
    { file: { path, state: 'directory', mode: '0750' } },
    { copy: { dest: path, content: text } },
    { command: { argv: ['touch', '--', path] } },
    { lineinfile: { path, line: text.replaceAll('\n', ' '), create: true } },
  ];
  return { name: '', task: tasks[which] ?? {} };
});

const families = { lineinfile, blockinfile, replace, ini_file: ini, 'file modes': modes, names };
const drawn = Object.entries(families).map(
  ([family, cases]) => [family, fc.sample(cases, { numRuns: RUNS, seed: SEED })] as const,
);

const modules = await openModules(moduleNames());
let outcomes: ReadonlyMap<Case, Outcome> = new Map();
beforeAll(async () => {
  outcomes = await playCases(drawn.flatMap(([, cases]) => cases));
}, 1_800_000);

/** Both may refuse it, each in its own time. */
function differences(one: Case): readonly string[] {
  const outcome = outcomes.get(one);
  if (!outcome) return ['it did not run'];
  const refused = outcome.refused.length > 0 && outcome.ansible.first.told.every(told => told?.status === 'failed');
  return refused ? [] : compare(outcome, module => modules.get(module));
}

describe(`random tasks, seed ${SEED}`, () => {
  it.each(drawn)('%s', (_, cases) => {
    const wrong = cases.map(one => [JSON.stringify(one), ...differences(one)]).filter(list => list.length > 1);
    expect(wrong, wrong.flat().join('\n')).toEqual([]);
  });
});
