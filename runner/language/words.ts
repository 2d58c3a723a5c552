// Splits a line into words as a POSIX shell does (quotes, backslashes, comments). Expands nothing, runs nothing.

export interface Word {
  readonly text: string;
  /** Offset of its first character in the line. */
  readonly offset: number;
}
export type Words = { readonly words: readonly Word[] } | { readonly why: string; readonly offset: number };

/** With `comments`, an unquoted `#` ends the line. `{{ ... }}` stays one word where `templates` is set. */
export function splitWords(line: string, options: { readonly comments?: boolean; readonly templates?: boolean } = {}): Words {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at] as string)) {
      at += 1;
      continue;
    }
    if (options.comments && line[at] === '#') break;
    const word = readWord(line, at, options);
    if ('why' in word) return word;
    words.push({ text: word.text, offset: at });
    at = word.end;
  }
  return { words };
}

type Read = { readonly text: string; readonly end: number } | { readonly why: string; readonly offset: number };

function readWord(line: string, start: number, options: { readonly comments?: boolean; readonly templates?: boolean }): Read {
  let text = '';
  let at = start;
  while (at < line.length && !/\s/.test(line[at] as string)) {
    const char = line[at] as string;
    if (options.comments && char === '#') break;
    const piece = readPiece(line, at, options.templates === true);
    if ('why' in piece) return piece;
    text += piece.text;
    at = piece.end;
  }
  return { text, end: at };
}

function readPiece(line: string, at: number, templates: boolean): Read {
  const char = line[at] as string;
  if (char === "'") return quoted(line, at, "'");
  if (char === '"') return quoted(line, at, '"');
  if (templates && line.startsWith('{{', at)) {
    const end = line.indexOf('}}', at);
    if (end >= 0) return { text: line.slice(at, end + 2), end: end + 2 };
  }
  if (char !== '\\') return { text: char, end: at + 1 };
  return at + 1 < line.length ? { text: line[at + 1] as string, end: at + 2 } : { text: '\\', end: at + 1 };
}

/** Inside double quotes a backslash escapes the quote and itself alone; inside single quotes nothing does. */
function quoted(line: string, start: number, quote: string): Read {
  let text = '';
  for (let at = start + 1; at < line.length; at += 1) {
    const char = line[at] as string;
    if (char === quote) return { text, end: at + 1 };
    const next = line[at + 1];
    if (quote === '"' && char === '\\' && (next === '"' || next === '\\')) {
      text += next;
      at += 1;
    } else text += char;
  }
  return { why: `the quote ${quote} is not closed`, offset: start };
}
