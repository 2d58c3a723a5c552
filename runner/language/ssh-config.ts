// ~/.ssh/config and the system's: the options that they give a host, as ssh_config(5) says. Resolves no name and runs no program.
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { globFiles } from './local-glob.ts';
import type { SshPair } from './ssh-args.ts';

export interface SshQuery {
  /** The name as the inventory has it. */
  readonly host: string;
  /** The user to log in as, where something else said so already. */
  readonly user?: string;
  /** `-F`: the only file to read; "none" is no file. */
  readonly file?: string;
}
/** First the options that count. */
export type SshConfig = (query: SshQuery) => readonly SshPair[];

interface Section {
  /** `Host` and `Match` with their words; undefined: lines that count for all. */
  readonly head?: { readonly word: 'host' | 'match'; readonly words: readonly string[] };
  readonly lines: (SshPair | { readonly include: readonly Section[] })[];
}

/** As in OpenSSH. */
const DEEPEST = 16;

/** `Name value`, `Name=value`; a value may be quoted. */
function pairOf(line: string): SshPair | undefined {
  const found = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
  return found ? [found[1] as string, found[2] as string] : undefined;
}
const wordsIn = (value: string): readonly string[] => Array.from(value.matchAll(/"([^"]*)"|\S+/g), found => found[1] ?? found[0]);

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // ssh passes over a file that it cannot read.
    return '';
  }
}

function sectionsOf(path: string, folder: string, home: string, depth = 0): readonly Section[] {
  const sections: Section[] = [{ lines: [] }];
  for (const line of textOf(path).split('\n')) {
    const pair = /^\s*#/.test(line) ? undefined : pairOf(line);
    if (!pair) continue;
    const word = pair[0].toLowerCase();
    if (word === 'host' || word === 'match') sections.push({ head: { word, words: wordsIn(pair[1]) }, lines: [] });
    else if (word === 'include') {
      const paths = wordsIn(pair[1]).flatMap(one => globFiles(absolute(one, folder, home)));
      const include = depth < DEEPEST ? paths.flatMap(one => sectionsOf(one, folder, home, depth + 1)) : [];
      sections.at(-1)?.lines.push({ include });
    } else sections.at(-1)?.lines.push(pair);
  }
  return sections;
}

const absolute = (path: string, folder: string, home: string): string => {
  const whole = path.replace(/^~(?=\/)/, () => home);
  return isAbsolute(whole) ? whole : join(folder, whole);
};

const glob = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    'i',
  );

/** At least one pattern fits, and none with a `!` before it. */
function fits(patterns: readonly string[], text: string): boolean {
  const refused = patterns.some(one => one.startsWith('!') && glob(one.slice(1)).test(text));
  return !refused && patterns.some(one => !one.startsWith('!') && glob(one).test(text));
}

interface Found {
  readonly query: SshQuery;
  readonly pairs: SshPair[];
}
const valueOf = ({ pairs }: Found, name: string): string | undefined => pairs.find(([one]) => one.toLowerCase() === name)?.[1];

function matches(words: readonly string[], found: Found): boolean {
  const { query } = found;
  const tests: Readonly<Record<string, (list: readonly string[]) => boolean>> = {
    host: list => fits(list, valueOf(found, 'hostname')?.replaceAll('%h', query.host) ?? query.host),
    originalhost: list => fits(list, query.host),
    user: list => fits(list, query.user ?? valueOf(found, 'user') ?? userInfo().username),
    localuser: list => fits(list, userInfo().username),
  };
  for (let at = 0; at < words.length; at += 1) {
    const written = (words[at] as string).toLowerCase();
    const [word, isNot] = written.startsWith('!') ? [written.slice(1), true] : [written, false];
    if (word === 'all' || word === 'final') continue;
    // A program of `exec` is not run, and names are not made canonical: such a section does not count.
    const test = tests[word];
    if (!test) return false;
    at += 1;
    if (test((words[at] ?? '').split(',')) === isNot) return false;
  }
  return words.length > 0;
}

function gather(sections: readonly Section[], found: Found): void {
  for (const { head, lines } of sections) {
    const counts = !head || (head.word === 'host' ? fits(head.words, found.query.host) : matches(head.words, found));
    if (!counts) continue;
    for (const line of lines) {
      if ('include' in line) gather(line.include, found);
      else found.pairs.push([line[0], wordsIn(line[1]).join(' ')]);
    }
  }
}

/** The files are read when the first host asks, once; what they say of a host is gathered once, for every task asks. */
export function sshConfigOf(home: string): SshConfig {
  const files = new Map<string, readonly Section[]>();
  const answers = new Map<string, readonly SshPair[]>();
  const read = (path: string, folder: string): readonly Section[] => {
    const before = files.get(path) ?? sectionsOf(path, folder, home);
    files.set(path, before);
    return before;
  };
  const answer = (query: SshQuery): readonly SshPair[] => {
    const found: Found = { query, pairs: [] };
    if (query.file !== undefined && query.file.toLowerCase() === 'none') return [];
    if (query.file !== undefined) gather(read(query.file, join(home, '.ssh')), found);
    else {
      gather(read(join(home, '.ssh/config'), join(home, '.ssh')), found);
      gather(read('/etc/ssh/ssh_config', '/etc/ssh'), found);
    }
    return found.pairs;
  };
  return query => {
    const key = JSON.stringify([query.host, query.user, query.file]);
    const pairs = answers.get(key) ?? answer(query);
    answers.set(key, pairs);
    return pairs;
  };
}
