// Python literals, as INI inventories have them (`[1, 2]`, `True`, `'text'`) -> nodes. Knows literals alone, evaluates nothing.
import type { Span } from '../core/types.ts';
import type { MapEntry, ScalarNode, YamlNode } from './node.ts';

/** Deeper nesting is text, not a literal. */
const deepest = 50;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\n': '' };
const number = /[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?)/y;

interface Reading {
  readonly text: string;
  readonly span: Span;
  at: number;
  depth: number;
}

/** The node that a value of an INI file stands for: a literal where it is one, else its text as it is. */
export function literalNode(text: string, span: Span): YamlNode {
  const reading: Reading = { text: text.trim(), span, at: 0, depth: 0 };
  const node = readValue(reading);
  // Python takes a comment behind a literal; behind other text it is text.
  return node && /^(#[^\n]*)?$/.test(reading.text.slice(reading.at)) ? node : textNode(text, span);
}

export const textNode = (value: ScalarNode['value'], span: Span): ScalarNode => ({
  kind: 'scalar',
  value,
  quoted: typeof value === 'string',
  style: 'plain',
  span,
});

function readValue(from: Reading): YamlNode | undefined {
  skipSpace(from);
  const char = from.text[from.at];
  const node =
    char === '['
      ? readItems(from, ']')
      : char === '('
        ? readItems(from, ')')
        : char === '{'
          ? readBraces(from)
          : readScalar(from);
  skipSpace(from);
  return node;
}

const skipSpace = (from: Reading): void => {
  while (/\s/.test(from.text[from.at] ?? '')) from.at += 1;
};

function readScalar(from: Reading): ScalarNode | undefined {
  const char = from.text[from.at];
  if (char === '"' || char === "'") return readText(from, char);
  const word = /(?:True|False|None)\b/y;
  word.lastIndex = from.at;
  const name = word.exec(from.text)?.[0];
  if (name) {
    from.at += name.length;
    return textNode(name === 'None' ? null : name === 'True', from.span);
  }
  return readNumber(from);
}

function readNumber(from: Reading): ScalarNode | undefined {
  number.lastIndex = from.at;
  const digits = number.exec(from.text)?.[0];
  if (digits === undefined) return undefined;
  // Python has no 0644, and a number that loses digits is better kept as text.
  const plain = digits.replaceAll('_', '').replace(/^\+/, '');
  const value = plain.startsWith('-') ? -Number(plain.slice(1)) : Number(plain);
  const whole = !/[.eE]/.test(digits) || /^[-+]?0[xX]/.test(digits);
  if (/^-?0\d/.test(plain) && whole && /[1-9]/.test(plain)) return undefined;
  if (!Number.isFinite(value) || /_(_|$)/.test(digits) || (whole && !Number.isSafeInteger(value))) return undefined;
  from.at += digits.length;
  return { ...textNode(value, from.span), written: plain };
}

function readText(from: Reading, quote: string): ScalarNode | undefined {
  let text = '';
  for (let at = from.at + 1; at < from.text.length; at += 1) {
    const char = from.text[at] as string;
    if (char === quote) {
      from.at = at + 1;
      return textNode(text, from.span);
    }
    if (char !== '\\') {
      text += char;
      continue;
    }
    const [shown, length] = unescape(from.text, at + 1);
    text += shown;
    at += length;
  }
  return undefined;
}

/** What stands behind a backslash, and how many characters it takes. */
function unescape(text: string, at: number): readonly [string, number] {
  const char = text[at] ?? '';
  const code = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(text.slice(at, at + 5));
  if (code) return [String.fromCharCode(Number.parseInt((code[1] ?? code[2]) as string, 16)), code[0].length];
  if (char === '\\' || char === "'" || char === '"') return [char, 1];
  return Object.hasOwn(escapes, char) ? [escapes[char] as string, 1] : [`\\${char}`, 1];
}

/** A list or a tuple; one value in parentheses is that value. */
function readItems(from: Reading, close: string): YamlNode | undefined {
  const items: YamlNode[] = [];
  let comma = false;
  const end = readUntil(from, close, () => {
    const item = readValue(from);
    if (item) items.push(item);
    comma ||= from.text[from.at] === ',';
    return item !== undefined;
  });
  if (!end) return undefined;
  const [only] = items;
  return close === ')' && !comma && items.length === 1 && only ? only : { kind: 'list', items, span: from.span };
}

/** A dict, or a set, which becomes a list. */
function readBraces(from: Reading): YamlNode | undefined {
  const entries: MapEntry[] = [];
  const items: YamlNode[] = [];
  const end = readUntil(from, '}', () => {
    const key = readValue(from);
    if (!key) return false;
    if (from.text[from.at] !== ':') return items.push(key) > 0;
    from.at += 1;
    const value = readValue(from);
    if (!value || key.kind !== 'scalar') return false;
    entries.push({ key: String(key.value), keySpan: from.span, value });
    return true;
  });
  if (!end || (items.length > 0 && entries.length > 0)) return undefined;
  return items.length > 0
    ? { kind: 'list', items, span: from.span }
    : { kind: 'map', entries: lastWins(entries), span: from.span };
}

const lastWins = (entries: readonly MapEntry[]): MapEntry[] => [...new Map(entries.map(entry => [entry.key, entry])).values()];

/** Reads what is divided by commas up to the closing bracket; false where it is not so. */
function readUntil(from: Reading, close: string, read: () => boolean): boolean {
  if (from.depth >= deepest) return false;
  from.depth += 1;
  from.at += 1;
  skipSpace(from);
  while (from.text[from.at] !== close) {
    if (from.at >= from.text.length || !read()) return false;
    if (from.text[from.at] === ',') from.at += 1;
    else if (from.text[from.at] !== close) return false;
    skipSpace(from);
  }
  from.at += 1;
  from.depth -= 1;
  return true;
}
