// The rules of the house that a machine can hold: who imports whom, how long a file is, which codes there are.
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codes } from '../runner/core/codes.ts';

const root = join(import.meta.dirname, '..');
const CEILING = 300;

/** The one rule (architecture.md 2): a part of runner/ -> the parts that it may import. Its own files are always allowed. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  main: ['cli', 'core'],
  cli: ['run', 'report', 'language', 'modules', 'core'],
  run: ['execute', 'language', 'modules', 'connection', 'report', 'core'],
  execute: ['plan', 'core'],
  plan: ['core'],
  language: ['core'],
  modules: ['core'],
  connection: ['core'],
  report: ['core'],
  module: ['core'],
  core: [],
};
/** A package -> the only place that may import it. */
const packages: Readonly<Record<string, RegExp>> = {
  ssh2: /^connection\//,
  zx: /^connection\//,
  '@kubernetes/client-node': /^connection\//,
  yaml: /^language\//,
  handlebars: /^language\//,
  'age-encryption': /^language\/vault-age/,
  '@marcbachmann/cel-js': /^language\//,
  ajv: /^core\/schema/,
  diff: /^core\/diff/,
  'fastest-levenshtein': /^core\/fault/,
  'p-limit': /^(run|execute|connection|language)/,
};
/** Local files are read by these alone; journal and reports write their own. */
const files =
  /^(language\/|connection\/|modules\/index|cli\/(password|vault-edit|place|plan-file)|execute\/(journal|fetch)|report\/html)/;
const builtins: Readonly<Record<string, RegExp>> = {
  'node:fs': files,
  'node:fs/promises': files,
  'node:child_process': /^(language\/inventory-script|language\/vault|connection\/|cli\/password|cli\/vault-edit)/,
  'node:process': /^main/,
};

interface Import {
  readonly from: string;
  readonly line: number;
  readonly to: string;
}
const sources = readdirSync(join(root, 'runner'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .sort();
const textOf = (file: string): string => readFileSync(join(root, 'runner', file), 'utf8');
/** `cli/flags.ts` and `run-context.ts` belong to the parts cli and run. */
const partOf = (file: string): string =>
  file
    .split('/')[0]
    ?.replace(/\.ts$/, '')
    .replace(/^(cli|run)-.*/, '$1') ?? '';
/** A second name of a module: one line that hands it on. */
const isAlias = (file: string): boolean => /^\/\/.*\nexport \{ module \} from '\.\/\w+\.ts';\n$/.test(textOf(file));

const imports: readonly Import[] = sources.flatMap(from =>
  [...textOf(from).matchAll(/(?:^(?:import|export)\b[^;'"]*?from\s*|^import\s*|\bimport\(\s*)['"]([^'"]+)['"]/gm)].map(found => ({
    from,
    line: textOf(from).slice(0, found.index).split('\n').length,
    to: found[1] ?? '',
  })),
);
const places = (found: readonly Import[], rule: (one: Import) => string): string[] =>
  found.map(one => `runner/${one.from}:${one.line} imports ${one.to}; ${rule(one)}`);

describe('imports', () => {
  const own = imports.filter(one => one.to.startsWith('.'));
  const target = (one: Import): string => relative(join(root, 'runner'), join(root, 'runner', dirname(one.from), one.to));

  test('each part imports only what is below it', () => {
    const wrong = own.filter(one => {
      const to = target(one);
      return !to.startsWith('..') && partOf(to) !== partOf(one.from) && !allowed[partOf(one.from)]?.includes(partOf(to));
    });
    expect(places(wrong, one => `${partOf(one.from)} may import ${allowed[partOf(one.from)]?.join(', ')}`)).toEqual([]);
  });

  test('a module imports core/ and modules/parts/ alone', () => {
    const wrong = own.filter(
      one =>
        one.from.startsWith('modules/') &&
        one.from !== 'modules/index.ts' &&
        !isAlias(one.from) &&
        !/^(core|modules\/parts)\//.test(target(one)),
    );
    expect(places(wrong, () => 'a module may import core/, modules/parts/')).toEqual([]);
  });

  test('nothing of the runner imports tests or scripts', () => {
    const outside = own.filter(one => target(one).startsWith('..') && target(one) !== '../package.json');
    expect(places(outside, () => 'outside of runner/')).toEqual([]);
  });

  test('each package and each builtin with a door is imported in its place alone', () => {
    const foreign = imports.filter(one => !one.to.startsWith('.') && !builtinModules.includes(one.to.replace('node:', '')));
    const doors = (one: Import): RegExp | undefined => builtins[one.to] ?? packages[packageOf(one.to)];
    const guarded = imports.filter(one => doors(one) && !doors(one)?.test(one.from));
    const unknown = foreign.filter(one => !(packageOf(one.to) in packages));
    expect(places([...guarded, ...unknown], one => `allowed in ${doors(one) ?? 'no place: add a row for it here'}`)).toEqual([]);
  });
});

const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
/** Text without comments and without what stands in quotes: a mention is no use. */
const code = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{))*`/g, '""');

test('main.ts alone sees the process', () => {
  const seen = sources.filter(file => file !== 'main.ts' && /(?<![\w.$'"-])process\.\w/.test(code(textOf(file))));
  expect(seen).toEqual([]);
});

test(`no file of runner/ is longer than ${CEILING} lines`, () => {
  const long = sources.map(file => ({ file, lines: textOf(file).split('\n').length - 1 })).filter(({ lines }) => lines > CEILING);
  expect(long).toEqual([]);
});

test('every file opens with a sentence about itself', () => {
  expect(sources.filter(file => !/^(#!.*\n)?\/\/ \S.*[.:]/.test(textOf(file)))).toEqual([]);
});

test('exports are named', () => {
  expect(sources.filter(file => /^export default\b/m.test(code(textOf(file))))).toEqual([]);
});

test('a module file exports its module and nothing else', () => {
  const modules = sources.filter(file => /^modules\/[^/]+\.ts$/.test(file) && file !== 'modules/index.ts');
  const exported = (file: string): string[] =>
    [...textOf(file).matchAll(/^export (?:const|function|async function|type|interface|\{)\s*(\w*)/gm)].map(
      found => found[1] ?? '',
    );
  expect(modules.filter(file => exported(file).join() !== 'module')).toEqual([]);
});

describe('fault codes', () => {
  const used = new Map<string, string>();
  for (const file of sources.filter(name => name !== 'core/codes.ts')) {
    for (const found of textOf(file).matchAll(/['"]([EW]\d{3})['"]/g)) used.set(found[1] ?? '', file);
  }

  test('every code that is used is in codes.ts', () => {
    expect([...used].filter(([name]) => !(name in codes))).toEqual([]);
  });

  test('every code of codes.ts is used', () => {
    expect(Object.keys(codes).filter(name => !used.has(name))).toEqual([]);
  });

  test('codes stand in order, each with a sentence', () => {
    for (const range of ['E', 'W']) {
      const names = Object.keys(codes).filter(name => name.startsWith(range));
      expect(names).toEqual([...names].sort());
    }
    expect(Object.values(codes).filter(text => !/^[\p{Lu}`].*\.$/u.test(text))).toEqual([]);
  });
});
