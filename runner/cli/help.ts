// The text of --help, made from the table of flags. Pure.
import { type Flag, flags, groups, type Verb, verbs } from './flags.ts';

export function help(verb: Verb, width: number): string {
  const own = flags.filter(flag => flag.verbs.includes(verb));
  const parts = [
    `usage: tsrun ${verb === 'run' ? '' : `${verb} `}${verbs[verb].words} [FLAGS]\n\n${capital(verbs[verb].help)}.`,
    verb === 'run' ? block('Verbs', verbRows(), width) : '',
    ...Object.entries(groups).map(([key, title]) => block(title, own.filter(flag => flag.group === key).map(row), width)),
    verb === 'run' ? block('Exit codes', exitCodes, width) : '',
  ];
  return parts.filter(part => part !== '').join('\n\n');
}

const exitCodes: readonly [string, string][] = [
  ['0', 'all well'],
  ['1', "tsrun's own fault"],
  ['2', 'a host failed'],
  ['3', 'changes made or pending, with --fail-on-change'],
  ['4', 'hosts unreachable, none failed'],
  ['5', 'the command line or the site is wrong; nothing was connected to'],
  ['7', 'a saved plan does not fit any more'],
  ['8', 'a host is locked by another run'],
  ['130', 'interrupted'],
];

const verbRows = (): [string, string][] => Object.entries(verbs).map(([name, verb]) => [`${name} ${verb.words}`, verb.help]);

function row(flag: Flag): [string, string] {
  const short = flag.short ? `-${flag.short}, ` : '    ';
  return [
    `${short}--${flag.name}${flag.takes ? ` ${flag.takes}` : ''}`,
    flag.fallback ? `${flag.help} (${flag.fallback})` : flag.help,
  ];
}

function block(title: string, rows: readonly [string, string][], width: number): string {
  if (rows.length === 0) return '';
  const left = Math.max(...rows.map(([name]) => name.length)) + 2;
  const lines = rows.map(([name, text]) => `  ${name.padEnd(left)}${wrap(text, Math.max(30, width - left - 2), left + 2)}`);
  return [title, ...lines].join('\n');
}

/** Breaks at spaces; the lines after the first are indented. */
export function wrap(text: string, width: number, indent: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
