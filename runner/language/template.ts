// Template files: Handlebars, strict, not HTML-escaped, with the functions of the language. The one file that imports it.
import { createRequire } from 'node:module';
import type HandlebarsTypes from 'handlebars';
import { fault } from '../core/fault.ts';
import type { Reference } from '../core/site.ts';
import type { Fault, Span } from '../core/types.ts';
import { access, isThere, solid } from './access.ts';
import { callFunction } from './calls.ts';
import type { Lookup } from './expression.ts';
import { findFunction, functionNames } from './functions/index.ts';
import { render } from './functions/table.ts';
import { lazyMap, settle } from './lazy.ts';
import { lift, lower } from './numbers.ts';
import { Faulty, isMissing, Trouble } from './signals.ts';
import { makeStrict, pathWord, type Spot, showWord, type Strict } from './template-tree.ts';

export interface Template {
  /** What it reads of the variables, for checks before a run. */
  readonly references: readonly Reference[];
  readonly faults: readonly Fault[];
  /** Throws the signals of signals.ts. */
  render(lookup: Lookup): string;
}

type Handlebars = typeof HandlebarsTypes;
interface Options {
  readonly loc: hbs.AST.SourceLocation;
  readonly data: { readonly tsrun: Rendering };
}
/** One rendering: its variables, and the paths of the template. */
interface Rendering {
  readonly lookup: Lookup;
  readonly root: object;
  readonly spots: readonly Spot[];
  readonly file: string;
}

// Handlebars costs 30 ms to import: a run pays only where it has a template.
let loaded: Handlebars | undefined;

function handlebars(): Handlebars {
  if (loaded) return loaded;
  const made = (createRequire(import.meta.url)('handlebars') as Handlebars).create();
  for (const name of ['log', 'lookup', 'helperMissing', 'blockHelperMissing']) made.unregisterHelper(name);
  made.registerHelper(pathWord, (base: unknown, index: number, options: Options) => readPath(base, index, options.data.tsrun));
  made.registerHelper(showWord, (value: unknown) => render(settle(value)));
  made.registerHelper('has', (value: unknown) => value !== undefined);
  made.registerHelper('default', (value: unknown, other: unknown, ...rest: unknown[]) =>
    orElse(value, other, rest.length > 1 && rest[0] === true),
  );
  made.registerHelper('lookup', (value: unknown, key: unknown, options: Options) => placed(options, () => readKey(value, key)));
  for (const name of functionNames()) made.registerHelper(name, (...args: unknown[]) => runFunction(name, args));
  // The library's own words for if and each take what they are given; ours are strict about it.
  const each = made.helpers['each'] as (...args: unknown[]) => unknown;
  made.registerHelper('each', function (this: unknown, ...args: unknown[]) {
    placed(args.at(-1) as Options, () => loopable(args[0]));
    return each.apply(this, args);
  });
  loaded = made;
  return made;
}

function loopable(value: unknown): void {
  if (value === null || typeof value === 'object') return;
  throw new Trouble('E316', {
    what: '"each" needs a list or a map',
    why: `the value is ${JSON.stringify(value)}`,
    mend: 'write {{#if}} for one value',
  });
}

const isEmpty = (value: unknown): boolean => !value || (typeof value === 'object' && Object.keys(value).length === 0);
const orElse = (value: unknown, other: unknown, also: boolean): unknown =>
  value === undefined || value === null || (also && isEmpty(value)) ? other : value;

function placed<T>({ loc, data }: Options, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const { what, why, mend } = error.parts;
    throw new Faulty([fault(error.code, { what, why, mend, at: spanOf(loc, data.tsrun.file) })]);
  }
}

const spanOf = ({ start, end }: hbs.AST.SourceLocation, file: string): Span => ({
  file,
  line: start.line,
  col: start.column + 1,
  length: start.line === end.line ? Math.max(1, end.column - start.column) : 1,
});

function runFunction(name: string, all: readonly unknown[]): unknown {
  const options = all.at(-1) as Options;
  const found = findFunction(name);
  if (!found) throw new Error(`no function ${name}`);
  return placed(options, () => lower(callFunction(name, found, all.slice(0, -1).map(lift), options.data.tsrun)));
}

/** A key as templates write it: `list.[0]`, `list.length`. */
function readKey(value: unknown, key: unknown): unknown {
  if ((Array.isArray(value) || typeof value === 'string') && key === 'length') return value.length;
  const isIndex = Array.isArray(value) && typeof key === 'string' && /^\d+$/.test(key);
  return lower(solid(access(value, isIndex ? Number(key) : key)));
}

function readPath(base: unknown, index: number, { spots, root, lookup }: Rendering): unknown {
  const spot = spots[index] as Spot;
  try {
    let value: unknown = base;
    for (const [i, key] of spot.keys.entries()) {
      if (i === 0 && value === root && !Object.hasOwn(root, key)) throw isThere(key, lookup.names());
      value = i < spot.keys.length - 1 ? access(value, keyOf(value, key)) : readKey(value, key);
    }
    if (value !== undefined) return value;
    throw new Trouble('E307', {
      what: 'there is no value here',
      why: 'the block around it gives none',
      mend: 'look at the blocks around it',
      missing: true,
    });
  } catch (error) {
    if (spot.lenient && isMissing(error)) return undefined;
    if (!(error instanceof Trouble)) throw error;
    const { what, why, mend } = error.parts;
    throw new Faulty([fault(error.code, { what, why, mend: mendInTemplate(mend, spot.keys.join('.')), at: spot.span })]);
  }
}

const keyOf = (value: unknown, key: string): unknown => (Array.isArray(value) && /^\d+$/.test(key) ? Number(key) : key);

/** CEL's way to say "where it may be missing" is not that of templates. */
export const mendInTemplate = (mend: string, path: string): string =>
  mend.includes('.orValue(') ? `define it, or write (default ${path} ...) where it may be missing` : mend;

const failed = (file: string, what: string, why: string, mend: string, line: number, col = 1, length = 1): Template => ({
  references: [],
  faults: [fault('E315', { what, why, mend, at: { file, line, col, length } })],
  render: () => '',
});

function unreadable(error: unknown, source: string, file: string): Template {
  const message = error instanceof Error ? error.message : String(error);
  const line = Number(/line (\d+)/.exec(message)?.[1] ?? /- (\d+):\d+$/.exec(message)?.[1] ?? 1);
  const why = message.split('\n').at(-1) ?? message;
  const text = source.split('\n')[line - 1] ?? '';
  const jinja = /\{\{\s*[^#/}\s][^}]*(?:[|+~]|\b(?:and|or|not|is|if)\b)[^}]*\}\}/.exec(text);
  const mend = jinja
    ? 'call functions: {{upper x}}, {{add a 1}}, {{default x "y"}}, {{#if (eq a b)}}'
    : 'close every {{#block}} with its {{/block}}, and every {{ with }}';
  return failed(file, 'this is not a Handlebars template', why, mend, line, jinja ? jinja.index + 1 : 1, jinja?.[0].length);
}

const jinjaBlock = /\{%-?\s*(if|for|set|endif|endfor|raw|macro|else|elif|include|block)\b/;
const jinjaMends: Readonly<Record<string, string>> = {
  for: '{{#each list}} ... {{/each}}',
  endfor: '{{/each}}',
  else: '{{else}}',
  elif: '{{else if ...}}',
  endif: '{{/if}}',
};

function jinjaTemplate(source: string, file: string): Template | undefined {
  const found = jinjaBlock.exec(source);
  if (!found) return undefined;
  const before = source.slice(0, found.index).split('\n');
  const mend = `write ${jinjaMends[found[1] as string] ?? '{{#if condition}} ... {{/if}}'}`;
  return failed(
    file,
    'a Jinja block in a template',
    'template files are Handlebars',
    mend,
    before.length,
    (before.at(-1) ?? '').length + 1,
    found[0].length,
  );
}

function rootOf(lookup: Lookup): object {
  const has = (name: string): boolean => lookup.get(name) !== undefined;
  return lazyMap({ has, names: () => lookup.names(), get: name => lookup.get(name) });
}

/** `file`: as people see it. The text must come from the checkout, never from a host. */
export function compileTemplate(source: string, file: string): Template {
  const jinja = jinjaTemplate(source, file);
  if (jinja) return jinja;
  let strict: Strict;
  let program: hbs.AST.Program;
  try {
    program = handlebars().parse(source);
    strict = makeStrict(program, file);
  } catch (error) {
    return unreadable(error, source, file);
  }
  if (strict.faults.length > 0) return { references: strict.references, faults: strict.faults, render: () => '' };
  const known = [...functionNames(), pathWord, showWord, 'has', 'default', 'lookup', 'if', 'unless', 'each', 'with'];
  const knownHelpers = Object.fromEntries(known.map(name => [name, true]));
  const run = handlebars().compile(program, {
    noEscape: true,
    knownHelpersOnly: true,
    knownHelpers,
    strict: true,
  });
  return {
    references: strict.references,
    faults: [],
    render: lookup => {
      const root = rootOf(lookup);
      const rendering: Rendering = { lookup, root, spots: strict.spots, file };
      return run(root, { data: { tsrun: rendering }, allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false });
    },
  };
}
