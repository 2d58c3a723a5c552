// Regular expressions: JavaScript's, with Python's spellings understood, and none that runs for ever. Pure.
import { createContext, type Context, Script } from 'node:vm';
import { Misuse } from '../signals.ts';
import { type Functions, text, whole } from './table.ts';

const flagLetters: Readonly<Record<string, string>> = { i: 'i', m: 'm', s: 's', u: 'u', a: '', x: '' };

/** (?i) at the start, (?P<name>..), (?P=name), \A, \Z: as Python writes them. */
function translate(pattern: string): { readonly source: string; readonly flags: string } {
  const head = /^\(\?([aimsux]+)\)/.exec(pattern);
  const flags = new Set([...(head?.[1] ?? '')].map(letter => flagLetters[letter] ?? ''));
  const source = pattern
    .slice(head?.[0].length ?? 0)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\A/g, '(?<![\\s\\S])')
    .replace(/\\[zZ]/g, '(?![\\s\\S])');
  return { source, flags: [...flags].join('') };
}

const compiled = new Map<string, RegExp>();

function compile(pattern: string, extra: string): RegExp {
  const key = `${extra}/${pattern}`;
  const known = compiled.get(key);
  if (known) return known;
  const { source, flags } = translate(pattern);
  try {
    const made = new RegExp(source, [...new Set(flags + extra)].join(''));
    if (compiled.size > 1000) compiled.clear();
    compiled.set(key, made);
    return made;
  } catch (error) {
    throw new Misuse(
      `the regular expression cannot be read: ${(error as Error).message}`,
      'see "tsrun doc functions"; in YAML, write it in single quotes',
    );
  }
}

/** A repetition inside of a repetition, or two that overlap, can take for ever on the wrong text. */
const isRisky = (pattern: string): boolean =>
  /\([^()]*[*+{][^()]*\)\s*[*+{]|\((?:[^()]|\([^()]*\))*[*+{](?:[^()]|\([^()]*\))*\)[*+{]|\([^()]*\|[^()]*\)[*+{]|\\[1-9]|(?:[*+].*){3}/.test(
    pattern,
  );

const milliseconds = 500;
let sandbox: (Context & { work?: () => unknown; result?: unknown }) | undefined;
const script = new Script('result = work()');

/** Only a context of its own can be stopped while it searches. */
function within<T>(pattern: string, work: () => T): T {
  if (!isRisky(pattern)) return work();
  sandbox ??= createContext({});
  sandbox.work = work;
  try {
    script.runInContext(sandbox, { timeout: milliseconds });
    return sandbox.result as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Misuse(
      `the regular expression found no end within ${milliseconds} ms`,
      'take out the repetition inside of a repetition, as in (a+)+',
    );
  } finally {
    delete sandbox.work;
    delete sandbox.result;
  }
}

export function matches(of: string, pattern: string): boolean {
  const found = compile(pattern, '');
  return within(pattern, () => found.test(of));
}

/** \1, \g<1> and \g<name> stand for groups, as in Python. */
function expand(
  by: string,
  groups: readonly (string | undefined)[],
  names: Readonly<Record<string, string | undefined>>,
): string {
  return by.replace(/\\(?:(\d{1,2})|g<(\w+)>|([\\nt]))/g, (_, number?: string, name?: string, escape?: string) => {
    if (escape) return escape === 'n' ? '\n' : escape === 't' ? '\t' : '\\';
    const key = number ?? name ?? '';
    return (/^\d+$/.test(key) ? groups[Number(key)] : names[key]) ?? '';
  });
}

function replaceAll(of: string, pattern: string, by: string, most: number): string {
  const found = compile(pattern, 'g');
  let count = 0;
  return within(pattern, () =>
    of.replace(found, (...all: unknown[]) => {
      count += 1;
      if (most > 0 && count > most) return all[0] as string;
      const names = typeof all.at(-1) === 'object' ? (all.at(-1) as Record<string, string>) : {};
      const groups = all.slice(
        0,
        all.findIndex((part, i) => i > 0 && typeof part === 'number'),
      ) as (string | undefined)[];
      return expand(by, groups, names);
    }),
  );
}

/** The match, or the groups asked for (`\\1` or a name); null where nothing matches. */
function search(of: string, pattern: string, wanted: readonly string[]): unknown {
  const regex = compile(pattern, '');
  const found = within(pattern, () => regex.exec(of));
  if (!found) return null;
  if (wanted.length === 0) return found[0];
  return wanted.map(group => {
    const key = group.replace(/^\\(?:g<(\w+)>|(\d+))$/, '$1$2');
    return (/^\d+$/.test(key) ? found[Number(key)] : found.groups?.[key]) ?? null;
  });
}

/** As Python's findall: the matches, or their group, or lists of their groups. */
function findAll(of: string, pattern: string): readonly unknown[] {
  const found = compile(pattern, 'g');
  const all = within(pattern, () => [...of.matchAll(found)]);
  return all.map(match =>
    match.length === 1 ? match[0] : match.length === 2 ? (match[1] ?? '') : match.slice(1).map(group => group ?? ''),
  );
}

export const regexFunctions: Functions = {
  matches: {
    args: [2, 2],
    does: 'matches(s, regex): whether it is found anywhere in the text',
    run: ([s, pattern]) => matches(text(s), text(pattern)),
  },
  search: {
    args: [2, 2],
    does: 'search(s, regex): whether it is found anywhere in the text',
    run: ([s, pattern]) => matches(text(s), text(pattern)),
  },
  match: {
    args: [2, 2],
    does: 'match(s, regex): whether the text begins with it',
    run: ([s, pattern]) => matches(text(s), text(pattern).replace(/^((?:\(\?[aimsux]+\))?)([\s\S]*)$/, '$1^(?:$2)')),
  },
  regex_replace: {
    args: [3, 4],
    does: 'regex_replace(s, regex, by, most?): every match replaced; \\1 stands for a group',
    run: ([s, pattern, by, most = 0]) => replaceAll(text(s), text(pattern), text(by), whole(most)),
  },
  regex_search: {
    args: [2, Number.POSITIVE_INFINITY],
    does: 'regex_search(s, regex, group...): the first match, or its groups, or null',
    run: ([s, pattern, ...groups]) => search(text(s), text(pattern), groups.map(text)),
  },
  regex_findall: {
    args: [2, 2],
    does: 'regex_findall(s, regex): a list of all matches',
    run: ([s, pattern]) => findAll(text(s), text(pattern)),
  },
  regex_escape: {
    args: [1, 1],
    does: 'regex_escape(s): the text as a regular expression that finds it',
    run: ([s]) => text(s).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'),
  },
};
