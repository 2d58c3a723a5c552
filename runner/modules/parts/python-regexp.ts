// Python's regular expressions as JavaScript's, as far as the two can agree, and the templates of re.sub. Pure.

export interface Flavour {
  /** ^ and $ at every line (re.MULTILINE). */
  readonly multiline?: boolean;
  /** A dot is a newline too (re.DOTALL). */
  readonly dotall?: boolean;
  /** The text has one character a byte: \w, \d and \s are ASCII. */
  readonly bytes?: boolean;
}
interface Walk extends Required<Flavour> {
  readonly text: string;
  readonly verbose: boolean;
  at: number;
}

export class BadRegexp extends Error {}

const bad = (walk: Walk, why: string): never => {
  throw new BadRegexp(`${why} at character ${walk.at + 1} of the regular expression`);
};

/** Throws BadRegexp with the reason in words. */
export function pythonRegexp(pattern: string, flavour: Flavour = {}): RegExp {
  const inline = /^\(\?([aiLmsux]+)\)/.exec(pattern)?.[1] ?? '';
  const text = inline ? pattern.slice(inline.length + 3) : pattern;
  const walk: Walk = {
    text,
    at: 0,
    multiline: flavour.multiline === true || inline.includes('m'),
    dotall: flavour.dotall === true || inline.includes('s'),
    bytes: flavour.bytes === true || inline.includes('a'),
    verbose: inline.includes('x'),
  };
  const parts: string[] = [];
  while (walk.at < text.length) parts.push(piece(walk));
  try {
    return new RegExp(parts.join(''), `gu${inline.includes('i') ? 'i' : ''}`);
  } catch (error) {
    throw new BadRegexp((error as Error).message.replace(/^Invalid regular expression: /, ''));
  }
}

/** undefined where it is fine. */
export function regexpFault(pattern: string, flavour?: Flavour): string | undefined {
  try {
    pythonRegexp(pattern, flavour);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function piece(walk: Walk): string {
  const { text } = walk;
  const char = text.charAt(walk.at);
  if (char === '\\') return escape(walk, false);
  if (char === '[') return charClass(walk);
  if (char === '(') return group(walk);
  if (char === '{') return braces(walk);
  if (walk.verbose && /\s/.test(char)) return skip(walk, 1);
  if (walk.verbose && char === '#') return skip(walk, (/^#[^\n]*/.exec(text.slice(walk.at))?.[0] ?? '#').length);
  if (/[*+?}]/.test(char) && text.charAt(walk.at + 1) === '+') bad(walk, 'a possessive quantifier is not known');
  walk.at += 1;
  if (char === '.') return walk.dotall ? '[\\s\\S]' : '[^\\n]';
  if (char === '^') return walk.multiline ? '(?<![^\\n])' : '(?<![\\s\\S])';
  if (char === '$') return walk.multiline ? '(?![^\\n])' : '(?=\\n?(?![\\s\\S]))';
  return char === ']' || char === '}' ? `\\${char}` : literal(walk, char);
}

function skip(walk: Walk, length: number): string {
  walk.at += length;
  return '';
}

/** A surrogate pair is one character in unicode mode: both halves go along. */
function literal(walk: Walk, char: string): string {
  const code = walk.text.codePointAt(walk.at - 1) ?? 0;
  if (code <= 0xffff) return char;
  walk.at += 1;
  return String.fromCodePoint(code);
}

function braces(walk: Walk): string {
  const found = /^\{(\d*)(,?)(\d*)\}/.exec(walk.text.slice(walk.at));
  if (!found || (found[1] === '' && found[3] === '')) {
    walk.at += 1;
    return '\\{';
  }
  walk.at += found[0].length;
  if (walk.text.charAt(walk.at) === '+') bad(walk, 'a possessive quantifier is not known');
  return `{${found[1] || '0'}${found[2]}${found[3]}}`;
}

function group(walk: Walk): string {
  const rest = walk.text.slice(walk.at);
  const found = /^\((\?(?:P<(\w+)>|P=(\w+)\)|#[^)]*\)|:|=|!|<=|<!)?)?/.exec(rest);
  const [all = '(', opener, named, back] = found ?? [];
  walk.at += all.length;
  if (opener === undefined) return '(';
  if (opener === '?') bad(walk, 'this kind of group is not known here');
  if (named !== undefined) return `(?<${named}>`;
  if (back !== undefined) return `\\k<${back}>`;
  return opener.startsWith('?#') ? '' : `(${opener}`;
}

const SPACE = ' \\t\\n\\r\\f\\v';
const WORD = '\\p{L}\\p{N}_';

function escape(walk: Walk, inClass: boolean): string {
  const char = walk.text.charAt(walk.at + 1);
  if (char === '') bad(walk, 'a backslash stands at the end');
  const number = numeric(walk, char, inClass);
  if (number !== undefined) return number;
  walk.at += 2;
  if (/[dDbBnrtfv]/.test(char)) return char === 'b' && inClass ? '\\x08' : `\\${char}`;
  if (char === 's') return inClass ? SPACE : `[${SPACE}]`;
  if (char === 'S') return walk.bytes && !inClass ? `[^${SPACE}]` : '\\S';
  if (char === 'w') return walk.bytes ? '\\w' : inClass ? WORD : `[${WORD}]`;
  if (char === 'W') return walk.bytes || inClass ? '\\W' : `[^${WORD}]`;
  if (char === 'A') return '(?<![\\s\\S])';
  if (char === 'Z') return '(?![\\s\\S])';
  if (char === 'a') return '\\x07';
  if (/[A-Za-z]/.test(char)) bad(walk, `\\${char} is not known`);
  return /[\^$\\.*+?()[\]{}|/]/.test(char) || (inClass && char === '-') ? `\\${char}` : char;
}

function numeric(walk: Walk, char: string, inClass: boolean): string | undefined {
  const rest = walk.text.slice(walk.at + 1);
  const hex = /^x[0-9a-fA-F]{2}|^u[0-9a-fA-F]{4}/.exec(rest)?.[0];
  if (hex) {
    walk.at += 1 + hex.length;
    return `\\u${hex.slice(1).padStart(4, '0')}`;
  }
  if (!/\d/.test(char)) return undefined;
  const octal = /^(0[0-7]{0,2}|[0-3][0-7]{2})/.exec(rest)?.[0];
  if (octal !== undefined) {
    walk.at += 1 + octal.length;
    return `\\u${Number.parseInt(octal, 8).toString(16).padStart(4, '0')}`;
  }
  if (inClass) bad(walk, 'a group cannot be named in a class');
  const digits = /^\d{1,2}/.exec(rest)?.[0] ?? '';
  walk.at += 1 + digits.length;
  // A digit behind must not become part of the number.
  return `(?:\\${digits})`;
}

function charClass(walk: Walk): string {
  let result = walk.text.charAt(walk.at + 1) === '^' ? '[^' : '[';
  walk.at += result.length;
  for (let first = true; ; first = false) {
    const char = walk.text.charAt(walk.at);
    if (char === '') bad(walk, 'a [ is not closed');
    if (char === ']' && !first) break;
    if (char === '\\') {
      result += escape(walk, true);
      continue;
    }
    walk.at += 1;
    result += char === ']' || char === '[' ? `\\${char}` : literal(walk, char);
  }
  walk.at += 1;
  return `${result}]`;
}

const PLAIN: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', b: '\b', '\\': '\\' };

/** What `match.expand` and re.sub make of a template. Throws BadRegexp where it names a group that is not there. */
export function expandTemplate(template: string, match: RegExpMatchArray): string {
  const group = (name: string): string => {
    if (/^\d+$/.test(name)) {
      if (Number(name) >= match.length) throw new BadRegexp(`there is no group ${name} in the regular expression`);
      return match[Number(name)] ?? '';
    }
    if (!match.groups || !(name in match.groups)) throw new BadRegexp(`there is no group "${name}" in the regular expression`);
    return match.groups[name] ?? '';
  };
  return template.replace(
    /\\(?:g<(\w+)>|(0[0-7]{0,2}|[0-3][0-7]{2})|(\d{1,2})|([\s\S]))/g,
    (all: string, name: string | undefined, octal: string | undefined, digits: string | undefined, char: string) => {
      if (name !== undefined) return group(name);
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (digits !== undefined) return group(digits);
      if (char in PLAIN) return PLAIN[char] ?? '';
      if (/[A-Za-z]/.test(char)) throw new BadRegexp(`\\${char} is not known in the replacement`);
      return all;
    },
  );
}

const ERE: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[[:alnum:]_]',
  W: '[^[:alnum:]_]',
  s: '[[:space:]]',
  S: '[^[:space:]]',
};

/** The same for `grep -E`, as far as it knows the words. */
export const grepPattern = (pattern: string): string =>
  pattern.replace(/\\([dDwWsSAZ])/g, (_, letter: string) => ERE[letter] ?? (letter === 'A' ? '^' : '$'));
