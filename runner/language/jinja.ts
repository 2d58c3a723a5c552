// Recognizes Jinja where CEL is spoken, and says the same in CEL. Looks at text alone, and only after CEL could not read it.
import { fault } from '../core/fault.ts';
import type { Fault, Span } from '../core/types.ts';
import { isUnreadable, parse } from './cel.ts';

/** Names that only Python knows. */
export const pythonNames: Readonly<Record<string, string>> = { True: 'true', False: 'false', None: 'null' };

type Locate = (start: number, end: number) => Span;

/** Texts become marks of letters, so that no rule looks into them; `restore` puts them back. */
function hideTexts(text: string): { readonly bare: string; restore(bare: string): string } {
  const texts: string[] = [];
  const bare = text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, found => `\u0001${texts.push(found) - 1}\u0002`);
  return { bare, restore: made => made.replace(/\u0001(\d+)\u0002/g, (_, i: string) => texts[Number(i)] ?? '') };
}

const name = String.raw`[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*|\[[^\]]*\])*`;
const operand = String.raw`(${name}(?:\([^()]*\))?)`;
const has = (path: string): string => `has(${/[.[]/.test(path) ? path : `vars.${path}`})`;

/** Tests of Ansible that ask a registered result. */
const outcomes: Readonly<Record<string, (of: string) => string>> = {
  succeeded: of => `!${of}.failed`,
  success: of => `!${of}.failed`,
  failed: of => `${of}.failed`,
  changed: of => `${of}.changed`,
  change: of => `${of}.changed`,
  skipped: of => `${of}.skipped`,
  skip: of => `${of}.skipped`,
  unreachable: of => `${of}.unreachable`,
  none: of => `${of} == null`,
  true: of => `${of} == true`,
  false: of => `${of} == false`,
  string: of => `type(${of}) == "string"`,
  mapping: of => `type(${of}) == "map"`,
  number: of => `type(${of}) in ["int", "double"]`,
  even: of => `${of} % 2 == 0`,
  odd: of => `${of} % 2 == 1`,
};

/** Filters whose names are others here. */
const filters: Readonly<Record<string, string>> = { d: 'default', count: 'size', length: 'size', lower: 'lower', list: '' };

type Rule = readonly [RegExp, string | ((...found: string[]) => string)];

const rules: readonly Rule[] = [
  [/^\s*\{\{-?([\s\S]*?)-?\}\}\s*$/g, '$1'],
  [/\{\{|\}\}/g, ''],
  [new RegExp(`${operand}\\s+is\\s+not\\s+defined\\b`, 'g'), (_, of) => `!${has(of)}`],
  [new RegExp(`${operand}\\s+is\\s+undefined\\b`, 'g'), (_, of) => `!${has(of)}`],
  [new RegExp(`${operand}\\s+is\\s+defined\\b`, 'g'), (_, of) => has(of)],
  // Ansible's match begins at the start of the text, search and regex anywhere.
  [new RegExp(`${operand}\\s+is\\s+not\\s+match\\s*\\(`, 'g'), '!match($1, '],
  [new RegExp(`${operand}\\s+is\\s+match\\s*\\(`, 'g'), 'match($1, '],
  [new RegExp(`${operand}\\s+is\\s+not\\s+(?:search|regex)\\s*\\(`, 'g'), '!$1.matches('],
  [new RegExp(`${operand}\\s+is\\s+(?:search|regex)\\s*\\(`, 'g'), '$1.matches('],
  [new RegExp(`${operand}\\s+is\\s+(version|version_compare)\\s*\\(`, 'g'), 'version($1, '],
  [
    new RegExp(`${operand}\\s+is\\s+not\\s+([a-z]+)\\b(?!\\()`, 'g'),
    (all, of, test) => outcomes[test]?.(of).replace(/^!?/, sign => (sign === '!' ? '' : '!')) ?? all,
  ],
  [new RegExp(`${operand}\\s+is\\s+([a-z]+)\\b(?!\\()`, 'g'), (all, of, test) => outcomes[test]?.(of) ?? all],
  [new RegExp(`${operand}\\s+not\\s+in\\s+(${name}|\\[[^\\]]*\\]|\u0001\\d+\u0002)`, 'g'), '!($1 in $2)'],
  [/(\u0001\d+\u0002)\s+not\s+in\s+([\w.]+|\[[^\]]*\])/g, '!($1 in $2)'],
  [/\s+and\s+/g, ' && '],
  [/\s+or\s+/g, ' || '],
  [/\bnot\s+(?=[A-Za-z_]\w*\s*(?:[.[][^\s]*)?\s+in\b)([^&|]+)/g, '!($1)'],
  [/\bnot\s*/g, '!'],
  [/^\s*(.+?)\s+if\s+(.+?)\s+else\s+(.+)$/g, '$2 ? $1 : $3'],
  [/\bTrue\b/g, 'true'],
  [/\bFalse\b/g, 'false'],
  [/\bNone\b/g, 'null'],
  [/\s*~\s*/g, ' + '],
  [/\s*\/\/\s*/g, ' / '],
  [/\b(?:lookup|query|q)\(\s*\u0001(\d+)\u0002\s*,\s*/g, '\u0003$1\u0004('],
];

/** a | f(b) | g  ->  g(f(a, b)); the text before the first bar goes back to the last operator. */
function unpipe(text: string): string {
  const bar = /(?<!\|)\|(?!\|)\s*([A-Za-z_][\w.]*)(\s*\()?/;
  let rest = text;
  for (let found = bar.exec(rest); found; found = bar.exec(rest)) {
    const start = operandStart(rest, found.index);
    const subject = rest.slice(start, found.index).trim();
    const short = (found[1] as string).split('.').at(-1) as string;
    const word = filters[short] ?? short;
    const after = rest.slice(found.index + found[0].length);
    const made = word === '' ? subject : `${word}(${subject}${found[2] ? (/^\s*\)/.test(after) ? '' : ', ') : ')'}`;
    rest = rest.slice(0, start) + made + after;
  }
  return rest;
}

/** Where the operand that ends before `end` begins: a bar binds tighter than any operator. */
function operandStart(text: string, end: number): number {
  let depth = 0;
  for (let i = end - 1; i >= 0; i--) {
    const char = text[i] as string;
    if (char === ')' || char === ']') depth += 1;
    else if (char === '(' || char === '[') {
      if (depth === 0) return i + 1;
      depth -= 1;
    } else if (depth === 0 && /[,&|=<>+*/%!?:]/.test(char)) return i + 1;
  }
  return 0;
}

/** The same in CEL; null where the text does not become CEL by our rules. */
export function inCel(text: string): string | null {
  const { bare, restore } = hideTexts(text);
  const named = (made: string): string =>
    made.replace(/\u0003(\d+)\u0004/g, (_, i: string) => restore(`\u0001${i}\u0002`).slice(1, -1));
  let made = bare;
  for (const [pattern, by] of rules) made = typeof by === 'string' ? made.replace(pattern, by) : made.replace(pattern, by);
  const cel = named(restore(unpipe(made)))
    .trim()
    .replace(/\s+/g, ' ');
  return cel === text.trim() || isUnreadable(parse(cel)) ? null : cel;
}

const habit = /\b(?:and|or|not|is)\b|\{\{|\}\}|\{%|(?<!\|)\|(?!\|)|~|\sif\s.+\selse\s|\b(?:True|False|None)\b|^\s*-\s|\s-\s*$/;

/** The text as a YAML value: quoted so that YAML takes it as it is. */
export const inYaml = (cel: string): string => (/["\\]/.test(cel) ? `'${cel.replaceAll("'", "''")}'` : `"${cel}"`);

/** A fault that shows the right spelling, where the text reads like Jinja. */
export function jinjaFault(text: string, locate: Locate, dress: (cel: string) => string): Fault | null {
  const { bare } = hideTexts(text);
  const found = habit.exec(bare);
  if (!found) return null;
  const cel = inCel(text);
  const mend = cel
    ? `write ${inYaml(dress(cel))}`
    : 'CEL has && || !, has(vars.x) for "is defined", default(x, y) for a filter, c ? a : b for "if else"';
  const start = Math.max(0, text.indexOf(found[0].trim()));
  return fault('E302', {
    what: 'this is Jinja, not CEL',
    why: `values and conditions are CEL; "${found[0].trim()}" is not part of it`,
    mend,
    at: locate(start, start + found[0].trim().length),
  });
}
