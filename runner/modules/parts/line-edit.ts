// One line in a text: replaced, put in its place, or taken out, by the rules of Ansible's lineinfile. Pure.
import { toLatin } from './bytes.ts';
import type { Edited } from './edit.ts';
import { BadRegexp, expandTemplate, pythonRegexp } from './python-regexp.ts';

export interface LineArgs {
  readonly path: string;
  readonly state: 'present' | 'absent';
  readonly line?: string;
  readonly regexp?: string;
  readonly search_string?: string;
  readonly insertafter?: string;
  readonly insertbefore?: string;
  readonly backrefs: boolean;
  readonly create: boolean;
  readonly firstmatch: boolean;
}

/** Like readlines: each line with its newline. */
const splitLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const bare = (line: string): string => line.replace(/[\r\n]+$/, '');
const compiled = (pattern: string): RegExp => pythonRegexp(toLatin(pattern), { bytes: true });

function searched(regexp: RegExp, line: string): RegExpExecArray | null {
  regexp.lastIndex = 0;
  return regexp.exec(line);
}

export function editLine(args: LineArgs, text: string | null): Edited {
  try {
    return args.state === 'absent' ? withoutLine(args, text) : withLine(args, text);
  } catch (error) {
    if (!(error instanceof BadRegexp)) throw error;
    return { refuse: { why: error.message, mend: 'mend "regexp" or "line"' } };
  }
}

function withoutLine(args: LineArgs, text: string | null): Edited {
  if (text === null) return { text: '', msg: '', result: { msg: 'file not present' } };
  const regexp = args.regexp === undefined ? undefined : compiled(args.regexp);
  const line = toLatin(args.line ?? '');
  const matches = (current: string): boolean => {
    if (regexp) return searched(regexp, current) !== null;
    return args.search_string === undefined ? bare(current) === line : current.includes(toLatin(args.search_string));
  };
  const all = splitLines(text);
  const left = all.filter(current => !matches(current));
  const found = all.length - left.length;
  return { text: left.join(''), msg: found > 0 ? `${found} line(s) removed` : '', result: { found } };
}

interface Found {
  /** The line that the regexp or search_string found, or that is the wanted one already; -1: none. */
  readonly at: number;
  readonly match: RegExpExecArray | true | null;
  /** Where insertafter or insertbefore points to; -1: nowhere. */
  readonly insert: number;
}

function findPlace(args: LineArgs, lines: readonly string[], after: string | undefined): Found {
  const first = args.firstmatch;
  const finder = (test: (line: string) => RegExpExecArray | true | null): Found | undefined => {
    const indexes = lines.map((_, i) => i).filter(i => test(lines[i] ?? '') !== null);
    const at = first ? indexes[0] : indexes.at(-1);
    return at === undefined ? undefined : { at, match: test(lines[at] ?? ''), insert: -1 };
  };
  if (args.regexp !== undefined) {
    const regexp = compiled(args.regexp);
    const found = finder(line => searched(regexp, line));
    if (found) return found;
  }
  if (args.search_string !== undefined) {
    const wanted = toLatin(args.search_string);
    const found = finder(line => (line.includes(wanted) ? true : null));
    if (found) return found;
  }
  return findInsert(args, lines, after);
}

function findInsert(args: LineArgs, lines: readonly string[], after: string | undefined): Found {
  const pattern = after !== undefined && after !== 'BOF' && after !== 'EOF' ? after : args.insertbefore;
  const regexp = pattern === undefined || pattern === 'BOF' || pattern === 'EOF' ? undefined : compiled(pattern);
  const line = toLatin(args.line ?? '');
  let at = -1;
  let insert = -1;
  for (const [i, current] of lines.entries()) {
    if (bare(current) === line) at = i;
    else if (regexp && searched(regexp, current)) {
      insert = after === undefined ? i : i + 1;
      if (args.firstmatch) break;
    }
  }
  return { at, match: null, insert };
}

function withLine(args: LineArgs, text: string | null): Edited {
  if (text === null && !args.create)
    return { refuse: { why: `${args.path} is not there`, mend: 'say create: true, or make it first' } };
  const lines = splitLines(text ?? '');
  const line = toLatin(args.line ?? '');
  const after = args.insertafter ?? (args.insertbefore === undefined ? 'EOF' : undefined);
  const { at, match, insert } = findPlace(args, lines, after);
  const done = (msg: string): Edited => ({ text: lines.join(''), msg });
  if (at >= 0) {
    const expanded = args.backrefs && match !== null && match !== true ? expandTemplate(line, match) : line;
    const wanted = expanded.endsWith('\n') ? expanded : `${expanded}\n`;
    if (lines[at] === wanted) return done('');
    lines[at] = wanted;
    return done('line replaced');
  }
  if (args.backrefs) return done('');
  return insertLine(args, lines, { line, after, insert }) ? done('line added') : done('');
}

interface Insertion {
  readonly line: string;
  readonly after: string | undefined;
  readonly insert: number;
}

/** Changes `lines`; false where the line stands there already. */
function insertLine(args: LineArgs, lines: string[], { line, after, insert }: Insertion): boolean {
  if (args.insertbefore === 'BOF' || after === 'BOF') {
    lines.unshift(`${line}\n`);
    return true;
  }
  if (after === 'EOF' || insert === -1) {
    const last = lines.at(-1);
    if (last !== undefined && !/[\r\n]$/.test(last)) lines.push('\n');
    lines.push(`${line}\n`);
    return true;
  }
  if (after !== undefined && insert === lines.length) {
    if (bare(lines[insert - 1] ?? '') === line) return false;
    // Ansible glues the two lines together where the last one lacks its newline; here the newline comes first.
    const last = lines.at(-1) ?? '';
    if (!last.endsWith('\n')) lines[lines.length - 1] = `${last}\n`;
    lines.push(`${line}\n`);
    return true;
  }
  if (after !== undefined && bare(lines[insert] ?? '') === line) return false;
  lines.splice(insert, 0, `${line}\n`);
  return true;
}
