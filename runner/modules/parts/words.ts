// Splits a command line into words as `command` does (no shell), and turns the words into quoted shell text. Pure.
import { asWritten, quote } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';

interface Scan {
  readonly words: string[];
  word: string | null;
}

/** POSIX shlex rules: quotes, backslashes, no expansion. Null where a quote is not closed. */
export function splitWords(text: string): readonly string[] | null {
  const scan: Scan = { words: [], word: null };
  let at = 0;
  while (at < text.length) {
    const next = step(text, at, scan);
    if (next === null) return null;
    at = next;
  }
  if (scan.word !== null) scan.words.push(scan.word);
  return scan.words;
}

function step(text: string, at: number, scan: Scan): number | null {
  const char = text.charAt(at);
  if (/[ \t\r\n]/.test(char)) {
    if (scan.word !== null) scan.words.push(scan.word);
    scan.word = null;
    return at + 1;
  }
  if (char === "'") return single(text, at, scan);
  if (char === '"') return double(text, at, scan);
  if (char === '\\') {
    if (at + 1 >= text.length) return null;
    scan.word = (scan.word ?? '') + text.charAt(at + 1);
    return at + 2;
  }
  scan.word = (scan.word ?? '') + char;
  return at + 1;
}

function single(text: string, at: number, scan: Scan): number | null {
  const end = text.indexOf("'", at + 1);
  if (end < 0) return null;
  scan.word = (scan.word ?? '') + text.slice(at + 1, end);
  return end + 1;
}

function double(text: string, at: number, scan: Scan): number | null {
  let word = scan.word ?? '';
  for (let i = at + 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '"') {
      scan.word = word;
      return i + 1;
    }
    const escaped = char === '\\' && /["\\]/.test(text.charAt(i + 1));
    word += escaped ? text.charAt(++i) : char;
  }
  return null;
}

/** One shell word for a word in which `$NAME`, `${NAME}` and a leading `~` stand for their values, as Ansible's
 *  `command` has it: a name that is not set stays as it was written. */
export function expandedWord(word: string): Script {
  const home = /^~[A-Za-z0-9_-]*(?=\/|$)/.exec(word)?.[0] ?? '';
  const rest = word.slice(home.length).split(/(\$[A-Za-z_][A-Za-z0-9_]*|\$\{[A-Za-z_][A-Za-z0-9_]*\})/);
  const parts = rest.map((part, i) => (i % 2 === 1 ? variable(part) : part === '' ? '' : quote(part)));
  return asWritten(home + parts.join('') || "''");
}

const variable = (written: string): string => {
  const name = written.replace(/[${}]/g, '');
  return `"\${${name}-\\${written.replace('}', '\\}')}}"`;
};

/** A path in which a leading `~` or `~user` stands for the home folder. */
export function pathWord(path: string): Script {
  const home = /^~[A-Za-z0-9_-]*(?=\/|$)/.exec(path)?.[0] ?? '';
  const rest = path.slice(home.length);
  return asWritten(home + (rest === '' && home !== '' ? '' : quote(rest)));
}
