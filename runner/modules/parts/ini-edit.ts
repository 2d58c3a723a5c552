// Options and sections of an ini text, by the rules of community.general's ini_file. Pure.
import type { Edited } from './edit.ts';

export interface IniArgs {
  readonly path: string;
  readonly section?: string;
  readonly option?: string;
  readonly values: readonly string[];
  readonly state: 'present' | 'absent';
  readonly exclusive: boolean;
  readonly no_extra_spaces: boolean;
  readonly allow_no_value: boolean;
  readonly create: boolean;
}
interface Line {
  text: string;
  /** Already given its value in this run. */
  done: boolean;
}
interface Work {
  readonly args: IniArgs;
  readonly option: string;
  readonly lines: Line[];
  /** Values that no line has yet. */
  values: string[];
  changed: string;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The value behind `option =`; `commented` lines count too where asked. undefined: another line. */
function valueIn(line: string, option: string, commented: boolean): string | undefined {
  const lead = commented ? '[#;]?' : '';
  const found = new RegExp(`^${lead}[ \\t]*${escaped(option)}[ \\t]*(?:=|(?=\\n?$))[ \\t]*([^\\n]*)`).exec(line);
  return found?.[1];
}

/** Text with Windows newlines is written with plain ones, once something else changes. */
const splitLines = (text: string): string[] => text.replace(/\r\n|\r/g, '\n').match(/[^\n]*\n|[^\n]+$/g) ?? [];
const BOM = '\u00ef\u00bb\u00bf';

export function editIni(args: IniArgs, text: string | null): Edited {
  if (text === null && !args.create)
    return { refuse: { why: `${args.path} is not there`, mend: 'say create: true, or make it first' } };
  const lines = splitLines((text ?? '').replace(BOM, ''));
  const lacksNewline = lines.length > 0 && !lines.at(-1)?.endsWith('\n');
  if (lines.length === 0) lines.push('\n');
  if (lacksNewline) lines[lines.length - 1] += '\n';
  const [start, end] = sectionPlace(lines, args.section);
  const found = start >= 0;
  const work: Work = {
    args,
    option: args.option ?? '',
    lines: lines.slice(Math.max(start, 0), found ? end : 0).map(line => ({ text: line, done: false })),
    values: [...new Set(args.values)],
    changed: '',
  };
  if (found || args.state === 'absent') editSection(work, args.section !== undefined && args.section !== '');
  const rest = found ? [...lines.slice(0, start), ...work.lines.map(line => line.text), ...lines.slice(end)] : lines;
  const added = found || args.state === 'absent' ? [] : newSection(work);
  const msg = added.length > 0 ? work.changed : work.changed || (lacksNewline ? 'option changed' : '');
  return { text: msg === '' ? (text ?? '') : [...rest, ...added].join(''), msg, result: { msg: msg || 'OK' } };
}

/** First line and the line behind the last; without a name, the lines before the first section. -1: not there. */
function sectionPlace(lines: readonly string[], section: string | undefined): readonly [number, number] {
  let start = section ? -1 : 0;
  for (const [i, line] of lines.entries()) {
    // The header once more, before any other section, moves the start.
    if (section && line.startsWith(`[${section}]`)) start = i;
    else if (line.startsWith('[') && start >= 0) return [start, i];
  }
  return [start, start < 0 ? -1 : lines.length];
}

const assigned = ({ no_extra_spaces }: IniArgs, option: string, value: string): string =>
  no_extra_spaces ? `${option}=${value}\n` : `${option} = ${value}\n`;

function newSection(work: Work): readonly string[] {
  const { args, option, values } = work;
  const header = `[${args.section}]\n`;
  work.changed = 'section and option added';
  if (args.option !== undefined && values.length > 0) return [header, ...values.map(value => assigned(args, option, value))];
  if (args.option !== undefined && args.allow_no_value) return [header, `${option}\n`];
  work.changed = 'only section added';
  return [header];
}

function editSection(work: Work, hasHeader: boolean): void {
  if (work.args.state === 'absent') return takeOut(work);
  if (work.args.option === undefined) return;
  keepFitting(work);
  if (work.args.exclusive && !work.args.allow_no_value) overwrite(work, hasHeader);
  append(work, hasHeader);
}

function setLine(work: Work, line: Line, text: string): void {
  if (line.text !== text) work.changed = 'option changed';
  line.text = text;
  line.done = true;
}

/** Lines that have one of the wanted values stay where they are. */
function keepFitting(work: Work): void {
  const { args, option } = work;
  for (const line of work.lines) {
    const value = valueIn(line.text, option, true);
    if (value === undefined) continue;
    if (work.values.includes(value)) {
      setLine(work, line, value === '' && args.allow_no_value ? `${option}\n` : assigned(args, option, value));
      work.values = work.values.filter(other => other !== value);
    } else if (args.values.length === 0 && args.allow_no_value) {
      setLine(work, line, `${option}\n`);
      return;
    }
  }
}

/** Lines of the option with other values get the wanted ones; those that are left over go. */
function overwrite(work: Work, hasHeader: boolean): void {
  const { args, option } = work;
  for (const line of work.lines) {
    if (work.values.length === 0) break;
    if (line.done || valueIn(line.text, option, true) === undefined) continue;
    setLine(work, line, assigned(args, option, work.values.shift() ?? ''));
  }
  for (let i = work.lines.length - 1; i >= (hasHeader ? 1 : 0); i--) {
    const line = work.lines[i];
    if (!line || line.done || valueIn(line.text, option, true) === undefined) continue;
    work.lines.splice(i, 1);
    work.changed = 'option changed';
  }
}

/** What is left of the values goes behind the last line that is neither blank nor a comment. */
function append(work: Work, hasHeader: boolean): void {
  const { args, option, lines } = work;
  const isFiller = (line: Line): boolean => /^[ \t]*([#;][^\n]*)?\n?$/.test(line.text);
  const last = lines.findLastIndex(line => !isFiller(line));
  const noValue = work.values.length === 0 && args.values.length === 0 && args.allow_no_value && !lines.some(line => line.done);
  const fresh = noValue ? [`${option}\n`] : work.values.map(value => assigned(args, option, value));
  if (fresh.length === 0 || (last < 0 && hasHeader)) return;
  lines.splice(last + 1, 0, ...fresh.map(text => ({ text, done: true })));
  work.changed = 'option added';
}

function takeOut(work: Work): void {
  const { args, option } = work;
  if (args.option === undefined) {
    if (work.lines.length > 0) work.changed = 'section removed';
    work.lines.length = 0;
    return;
  }
  const goes = (line: Line): boolean => {
    const value = valueIn(line.text, option, false);
    return value !== undefined && (args.exclusive || args.values.includes(value));
  };
  const left = work.lines.filter(line => !goes(line));
  if (left.length < work.lines.length) work.changed = 'option changed';
  work.lines.splice(0, work.lines.length, ...left);
}
