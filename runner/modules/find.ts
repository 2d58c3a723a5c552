// Files of a host that fit a description, for `register`. It changes nothing.
import { lines, raw, sh } from '../core/shell.ts';
import type { Module, Script, Vars } from '../core/types.ts';
import { type Entry, readEntry, STAT_FORMAT } from './parts/entry.ts';
import { type Fields, fields } from './parts/fields.ts';
import { choice, flag, gives, items, type List, list, takes, text, whole } from './parts/kinds.ts';
import { modeBits, octal } from './parts/mode.ts';
import { tidyPath, treeKey } from './parts/paths.ts';
import { grepPattern, pythonRegexp, regexpFault } from './parts/python-regexp.ts';
import { pathScript } from './parts/survey.ts';

interface Args {
  readonly paths: List;
  readonly patterns: List;
  readonly excludes?: List;
  readonly contains?: string;
  readonly read_whole_file: boolean;
  readonly file_type: 'any' | 'directory' | 'file' | 'link';
  readonly age?: string | number;
  readonly age_stamp: 'atime' | 'ctime' | 'mtime';
  readonly size?: string | number;
  readonly recurse: boolean;
  readonly hidden: boolean;
  readonly follow: boolean;
  readonly get_checksum: boolean;
  readonly use_regex: boolean;
  readonly depth?: number;
}
interface Found {
  readonly entry: Entry;
  readonly sha1: string;
}
interface State {
  readonly now: number;
  readonly found: readonly Found[];
  readonly skipped: readonly string[];
}

const TYPES = { any: '', directory: 'd', file: 'f', link: 'l' } as const;

/** A regular expression is one text: a comma in it does not part two. */
const patternsOf = (value: List | undefined, isRegexp: boolean): readonly string[] =>
  isRegexp && typeof value === 'string' ? [value] : items(value);

function testScript(args: Args): Script {
  const globs = args.use_regex ? [] : patternsOf(args.patterns, false).map(glob => sh`-name ${glob}`);
  const excluded = args.use_regex ? [] : patternsOf(args.excludes, false).map(glob => sh`! -name ${glob}`);
  const type = TYPES[args.file_type];
  const grep = args.read_whole_file ? grepPattern(args.contains ?? '') : `^(${grepPattern(args.contains ?? '')})`;
  return [
    args.hidden ? '' : sh`! -name '.*'`,
    type === '' ? '' : sh`-type ${type}`,
    globs.length === 0 ? '' : sh`\\( ${raw(globs.join(' -o ') as Script)} \\)`,
    ...excluded,
    args.contains === undefined ? '' : sh`-exec grep -qE -e ${grep} -- {} \\;`,
  ]
    .filter(Boolean)
    .join(' ') as Script;
}

function findScript(args: Args, path: string): Script {
  const depth = args.recurse ? (args.depth ? ['-maxdepth', args.depth] : []) : ['-maxdepth', 1];
  const where = sh`find ${args.follow ? ['-L'] : []} "$p" -mindepth 1 ${depth} ${raw(testScript(args))}`;
  const sums = args.get_checksum ? sh`${raw(where)} -type f -exec sha1sum {} + 2>/dev/null` : sh`:`;
  return lines(
    sh`${raw(pathScript(path))}; if [ -d "$p" ]; then printf 'd\\0'; else printf '\\0'; fi`,
    sh`if [ -d "$p" ]; then ${raw(where)} -print0 2>/dev/null; fi; printf '\\0'`,
    sh`if [ -d "$p" ]; then ${raw(where)} -exec stat -c ${STAT_FORMAT} -- {} + 2>/dev/null; fi; printf '\\0'`,
    sh`if [ -d "$p" ]; then ${raw(sums)}; fi; printf '\\0'`,
  );
}

/** Names, then what stat says, then sums: three walks in the same order, since only names may hold a newline. */
function readFound(answer: Fields, args: Args): readonly Found[] {
  const names: string[] = [];
  for (let name = answer.next(); name !== ''; name = answer.next()) names.push(name);
  const rows = answer.next().split('\n').filter(Boolean);
  const sums = answer.next().split('\n').filter(Boolean);
  if (rows.length !== names.length) throw new Error('files came or went while they were listed');
  const entries = names.map((name, i) => readEntry(tidyPath(name), { next: () => (i >= 0 ? (rows[i] ?? '') : '') }));
  const files = entries.filter(({ is }) => is === 'file');
  return entries.map(entry => {
    const sum = args.get_checksum && entry.is === 'file' ? (sums[files.indexOf(entry)] ?? '') : '';
    return { entry, sha1: /^\\?([0-9a-f]{40})/.exec(sum)?.[1] ?? '' };
  });
}

const AGE = /^(-?\d+)([smhdw]?)$/i;
const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const SIZE = /^(-?\d+)([bkmgt]?)$/i;
const BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

function limit(word: string | number | undefined, pattern: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  const found = word === undefined ? null : pattern.exec(String(word));
  return found ? Number(found[1]) * (units[(found[2] ?? '').toLowerCase()] ?? 1) : undefined;
}
/** At least so much, or with a minus at most. */
const within = (value: number, bound: number | undefined, isMinus: boolean): boolean =>
  bound === undefined || (isMinus ? value <= Math.abs(bound) : value >= bound);

function fits(args: Args, { entry }: Found, now: number): boolean {
  const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
  const matches = (pattern: string): boolean => pythonRegexp(`(?:${pattern})`).exec(name)?.index === 0;
  if (args.use_regex) {
    const wanted = patternsOf(args.patterns, true);
    if (wanted.length > 0 && !wanted.some(matches)) return false;
    if (patternsOf(args.excludes, true).some(matches)) return false;
  }
  const age = now - entry[args.age_stamp];
  if (!within(age, limit(args.age, AGE, SECONDS), String(args.age).startsWith('-'))) return false;
  return entry.is !== 'file' || within(entry.size, limit(args.size, SIZE, BYTES), String(args.size).startsWith('-'));
}

function described({ entry, sha1 }: Found): Vars {
  const is = (kind: Entry['is']): boolean => entry.is === kind;
  return {
    path: entry.path,
    mode: octal(entry.mode),
    ...{ isdir: is('directory'), ischr: is('char'), isblk: is('block'), isreg: is('file') },
    ...{ isfifo: is('fifo'), islnk: is('link'), issock: is('socket') },
    ...{ uid: entry.uid, gid: entry.gid, size: entry.size, inode: entry.inode, dev: entry.device, nlink: entry.links },
    ...{ atime: entry.atime, mtime: entry.mtime, ctime: entry.ctime, gr_name: entry.group, pw_name: entry.owner },
    ...modeBits(entry.mode),
    ...(sha1 === '' ? {} : { checksum: sha1 }),
  };
}

export const module: Module<Args, State, never> = {
  summary: 'List files of the host by name, kind, age, size or content.',
  collection: 'ansible.builtin',
  args: takes(
    {
      paths: list('The folders to look in.', { aliases: ['name', 'path'] }),
      patterns: list('Names: globs, or with use_regex regular expressions of Python.', { default: [], aliases: ['pattern'] }),
      excludes: list('Names that do not count.', { aliases: ['exclude'] }),
      contains: text('Only files with a line that begins so: a regular expression.'),
      read_whole_file: flag('contains may fit anywhere in a line.', false),
      file_type: choice('What to list.', ['any', 'directory', 'file', 'link'], 'file'),
      age: {
        type: ['string', 'integer'],
        pattern: AGE.source,
        description: 'At least so old: seconds, or with s, m, h, d, w; with a minus at most.',
      },
      age_stamp: choice('Which time counts.', ['atime', 'ctime', 'mtime'], 'mtime'),
      size: {
        type: ['string', 'integer'],
        pattern: SIZE.source,
        description: 'At least so large: bytes, or with b, k, m, g, t; with a minus at most.',
      },
      recurse: flag('Look in folders below too.', false),
      hidden: flag('List names that begin with a dot too.', false),
      follow: flag('Go through links to folders.', false),
      get_checksum: flag('Give the sha1 of files.', false),
      use_regex: flag('patterns and excludes are regular expressions, from the beginning of the name.', false),
      depth: whole('How deep, with recurse.', { minimum: 1 }),
    },
    ['paths'],
  ),
  returns: gives({
    files: { type: 'array', items: { type: 'object' }, description: 'What was found; each has the fields of stat.' },
    matched: { type: 'integer', description: 'How many.' },
    examined: { type: 'integer', description: 'How many were looked at.' },
    skipped_paths: { type: 'object' },
    msg: { type: 'string' },
  }),
  examples: [
    {
      title: 'Old logs',
      yaml: 'name: Logs\nfind: { paths: /scratch/etc, patterns: "*.conf", age: -4w, recurse: true }\nregister: logs',
    },
    { title: 'Folders', yaml: 'name: Folders\nfind: { paths: [/scratch], file_type: directory, excludes: [etc] }' },
  ],
  differs: [
    '`examined` counts what the patterns left over.',
    '`contains` is run by grep -E: of Python only \\d, \\w, \\s and their like are known beyond that; read_whole_file fits within one line.',
    'Files are listed in the order of their paths.',
  ],
  check(args) {
    const regexps = args.use_regex ? [...patternsOf(args.patterns, true), ...patternsOf(args.excludes, true)] : [];
    const faults = [...regexps, ...(args.contains === undefined ? [] : [args.contains])].map(pattern => regexpFault(pattern));
    if ((args.contains ?? '').includes('(?')) faults.push('"contains": groups with a question mark are not known to grep');
    return faults.filter(fault => fault !== undefined);
  },
  probe: args => ({
    ask: { sh: lines(sh`date +%s; printf '\\0'`, ...items(args.paths).map(path => findScript(args, path))) },
    reads: items(args.paths).map(path => treeKey(path)),
    parse(out) {
      const answer = fields(out);
      const now = Number(answer.next());
      const skipped: string[] = [];
      const found = items(args.paths).flatMap(path => {
        if (answer.next() !== 'd') skipped.push(path);
        return readFound(answer, args);
      });
      return { now, found, skipped };
    },
  }),
  // A folder that an earlier task makes is empty, as long as no other task puts something into it.
  foresee(args, seen, foretold) {
    const paths = items(args.paths);
    const facts = foretold.flatMap(fact => ('path' in fact ? [fact] : []));
    const isMade = (path: string): boolean => facts.some(fact => fact.path === path && fact.is === 'directory');
    const isFilled = (path: string): boolean => facts.some(fact => fact.is !== 'absent' && fact.path.startsWith(`${path}/`));
    if (!seen || seen.found.length > 0 || !paths.every(path => seen.skipped.includes(path) && isMade(path) && !isFilled(path)))
      return null;
    return { ...seen, skipped: [] };
  },
  survives: () => false,
  plan(args, { now, found, skipped }) {
    const files = found.filter(one => fits(args, one, now)).sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));
    const missing = skipped.map(path => [path, `'${path}' is not a directory`]);
    const msg = skipped.length > 0 ? 'Not all paths examined, check warnings for details' : 'All paths examined';
    const result = {
      files: files.map(described),
      matched: files.length,
      examined: found.length,
      skipped_paths: Object.fromEntries(missing) as Vars,
      msg,
    };
    return {
      changes: [],
      result,
      warnings: missing.map(([path, why]) => `Skipped '${path}' path due to this access issue: ${why}`),
    };
  },
  apply: () => [],
};
