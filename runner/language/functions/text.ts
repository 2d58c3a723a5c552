// Functions on text: case, cutting, padding, quoting. Pure.
import { quote } from '../../core/shell.ts';
import { Misuse } from '../signals.ts';
import { bounded, type Functions, list, map, render, text, whole } from './table.ts';

const capitalize = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();

function trim(of: string, chars: string | undefined): string {
  if (chars === undefined) return of.trim();
  let [start, end] = [0, of.length];
  while (start < end && chars.includes(of[start] as string)) start += 1;
  while (end > start && chars.includes(of[end - 1] as string)) end -= 1;
  return of.slice(start, end);
}

/** Without a separator: the words, as Python splits. A limit is the most parts. */
function split(of: string, by: string | undefined, limit: number | undefined): readonly string[] {
  if (by === undefined) return of.trim() === '' ? [] : of.trim().split(/\s+/);
  if (by === '') throw new Misuse('it needs a separator that is not empty', 'leave it out to split at blanks');
  const parts = of.split(by);
  bounded(parts.length);
  if (limit === undefined || limit < 0 || parts.length <= limit) return parts;
  return limit === 0 ? [] : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(by)];
}

function indent(of: string, width: string, first: boolean, blank: boolean): string {
  const lines = of.split('\n').map((line, i) => ((i === 0 && !first) || (line === '' && !blank) ? line : width + line));
  return lines.join('\n');
}

interface Style {
  readonly begin: string;
  readonly line: string;
  readonly end: string;
}
const styles: Readonly<Record<string, Style>> = {
  plain: { begin: '', line: '#', end: '' },
  erlang: { begin: '', line: '%', end: '' },
  c: { begin: '', line: '//', end: '' },
  cblock: { begin: '/*', line: ' *', end: ' */' },
  xml: { begin: '<!--', line: ' -', end: '-->' },
};

function comment(of: string, name: string): string {
  const style = styles[name];
  if (!style) throw new Misuse(`there is no comment style "${name}"`, `write one of ${Object.keys(styles).join(', ')}`);
  const lines = ['', ...of.split('\n'), ''].map(line => `${style.line} ${line}`.trimEnd());
  return [style.begin, ...lines, style.end].filter(line => line !== '').join('\n');
}

/** %s %d %i %f %x %o %% with width, zeros and precision, as Python prints them. */
function format(pattern: string, values: readonly unknown[]): string {
  let next = 0;
  return pattern.replace(
    /%([-0+ ]*)(\d+)?(?:\.(\d+))?([sdifxXo%])/g,
    (_, flags: string, width: string | undefined, precision: string | undefined, kind: string) => {
      if (kind === '%') return '%';
      if (next >= values.length)
        throw new Misuse('the format asks for more values than there are', 'give one value for each % in it');
      const made = formatOne(values[next++], kind, precision);
      const size = Math.min(Number(width ?? 0), 1000);
      if (flags.includes('-')) return made.padEnd(size);
      if (!flags.includes('0') || kind === 's') return made.padStart(size);
      return made.startsWith('-') ? `-${made.slice(1).padStart(size - 1, '0')}` : made.padStart(size, '0');
    },
  );
}

function formatOne(value: unknown, kind: string, precision: string | undefined): string {
  if (kind === 's') return precision === undefined ? render(value) : render(value).slice(0, Number(precision));
  const number = Number(value);
  if (Number.isNaN(number))
    throw new Misuse(`%${kind} needs a number, and got ${JSON.stringify(value)}`, 'write int(...) around it, or %s');
  if (kind === 'f') return number.toFixed(Math.min(Number(precision ?? 6), 100));
  const made = Math.trunc(number);
  if (kind === 'x' || kind === 'X') return kind === 'x' ? made.toString(16) : made.toString(16).toUpperCase();
  return kind === 'o' ? made.toString(8) : String(made);
}

function translate(of: string, pairs: Readonly<Record<string, unknown>>): string {
  return Object.entries(pairs).reduce((made, [from, to]) => (from === '' ? made : made.replaceAll(from, () => text(to))), of);
}

function index(found: number, of: string): number {
  if (found < 0 || found > of.length)
    throw new Misuse(`${found} is outside of the text, which has ${of.length} characters`, 'test size(s) first');
  return found;
}

export const textFunctions: Functions = {
  lower: { args: [1, 1], does: 'lower(s): in small letters', run: ([s]) => text(s).toLowerCase() },
  upper: { args: [1, 1], does: 'upper(s): in capitals', run: ([s]) => text(s).toUpperCase() },
  lowerAscii: {
    args: [1, 1],
    does: 'lowerAscii(s): the letters A to Z in small',
    run: ([s]) => text(s).replace(/[A-Z]/g, c => c.toLowerCase()),
  },
  upperAscii: {
    args: [1, 1],
    does: 'upperAscii(s): the letters a to z in capitals',
    run: ([s]) => text(s).replace(/[a-z]/g, c => c.toUpperCase()),
  },
  title: {
    args: [1, 1],
    does: 'title(s): each word with a capital',
    run: ([s]) => text(s).replace(/[A-Za-z\u00c0-\u024f]+/g, capitalize),
  },
  capitalize: {
    args: [1, 1],
    does: 'capitalize(s): the first letter in capitals, the rest small',
    run: ([s]) => capitalize(text(s)),
  },
  trim: {
    args: [1, 2],
    does: 'trim(s, chars?): without blanks, or those characters, at both ends',
    run: ([s, c]) => trim(text(s), c === undefined ? undefined : text(c)),
  },
  replace: {
    args: [2, 3],
    does: 'replace(s, from, to): every "from" becomes "to"; replace(s, {from: to, ...})',
    run: ([s, from, to]) => (to === undefined ? translate(text(s), map(from)) : translate(text(s), { [text(from)]: text(to) })),
  },
  split: {
    args: [1, 3],
    does: 'split(s, by?, most?): a list of the parts; at blanks without "by"',
    run: ([s, by, most]) =>
      split(text(s), by === undefined || by === null ? undefined : text(by), most === undefined ? undefined : whole(most)),
  },
  splitlines: {
    args: [1, 1],
    does: 'splitlines(s): a list of the lines',
    run: ([s]) =>
      text(s)
        .replace(/\r?\n$/, '')
        .split(/\r?\n/),
  },
  startsWith: { args: [2, 2], does: 'startsWith(s, start)', run: ([s, start]) => text(s).startsWith(text(start)) },
  endsWith: { args: [2, 2], does: 'endsWith(s, end)', run: ([s, end]) => text(s).endsWith(text(end)) },
  contains: {
    args: [2, 2],
    does: 'contains(s, part): whether a text or a list has it',
    run: ([s, part]) => (Array.isArray(s) ? s.includes(part) : text(s).includes(text(part))),
  },
  substring: {
    args: [2, 3],
    does: 'substring(s, from, to?): characters from..to, counted from 0',
    run: ([s, from, to]) => text(s).slice(index(whole(from), text(s)), to === undefined ? undefined : index(whole(to), text(s))),
  },
  indexOf: {
    args: [2, 3],
    does: 'indexOf(s, part, from?): where it begins, -1 where it is not',
    run: ([s, part, from]) => text(s).indexOf(text(part), from === undefined ? 0 : whole(from)),
  },
  lastIndexOf: {
    args: [2, 2],
    does: 'lastIndexOf(s, part): where it begins last, -1 where it is not',
    run: ([s, part]) => text(s).lastIndexOf(text(part)),
  },
  indent: {
    args: [1, 4],
    does: 'indent(s, width = 4, first = false, blank = false): lines after the first moved right',
    run: ([s, width = 4, first = false, blank = false]) =>
      indent(
        text(s),
        typeof width === 'string' ? width : ' '.repeat(Math.max(0, Math.min(whole(width), 1000))),
        first === true,
        blank === true,
      ),
  },
  comment: {
    args: [1, 2],
    does: 'comment(s, style = "plain"): as a comment; plain, erlang, c, cblock, xml',
    run: ([s, style = 'plain']) => comment(text(s), text(style)),
  },
  quote: {
    args: [1, 1],
    does: 'quote(s): one word for a shell; a list gives several',
    run: ([s]) =>
      Array.isArray(s)
        ? list(s)
            .map(one => quote(text(one)))
            .join(' ')
        : quote(render(s)),
  },
  format: {
    args: [1, Number.POSITIVE_INFINITY],
    does: 'format("%s: %05d", a, b): with the values put in',
    run: ([pattern, ...values]) => format(text(pattern), values.length === 1 && Array.isArray(values[0]) ? values[0] : values),
  },
  ljust: {
    args: [2, 2],
    does: 'ljust(s, width): filled with blanks on the right',
    run: ([s, width]) => render(s).padEnd(Math.min(whole(width), 10_000)),
  },
  rjust: {
    args: [2, 3],
    does: 'rjust(s, width, with = " "): filled on the left',
    run: ([s, width, fill = ' ']) => render(s).padStart(Math.min(whole(width), 10_000), text(fill)),
  },
};
