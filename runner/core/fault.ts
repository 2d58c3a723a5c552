// Makes, orders and prints faults in the shape of style.md "Errors". Writes to no terminal.
import { distance } from 'fastest-levenshtein';
import type { FaultCode } from './codes.ts';
import { codes } from './codes.ts';
import { lineText, type Source, showSpan } from './source.ts';
import type { Fault, Span } from './types.ts';

/** A fault of a known code; a code of W is a warning. */
export function fault(code: FaultCode, parts: Omit<Fault, 'code' | 'at'> & { readonly at?: Span | undefined }): Fault {
  if (!(code in codes)) throw new Error(`no fault code ${code}`);
  const { at, ...rest } = parts;
  return { code, severity: code.startsWith('W') ? 'warning' : 'error', ...rest, ...(at ? { at } : {}) };
}

export const isError = (found: Fault): boolean => (found.severity ?? 'error') === 'error';

/** By file, line and column; what has no place comes first. */
export function sortFaults(faults: readonly Fault[]): Fault[] {
  const compare = (a: Fault, b: Fault): number => {
    if (!a.at || !b.at) return Number(Boolean(a.at)) - Number(Boolean(b.at));
    if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1;
    return a.at.line - b.at.line || a.at.col - b.at.col || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
  };
  return [...faults].sort(compare);
}

/** The candidate that was probably meant: near enough that a hasty hand could have written the word. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const written = word.toLowerCase();
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= least || candidate === word) continue;
    const far = distance(written, candidate.toLowerCase());
    if (far < least) {
      least = far;
      best = candidate;
    }
  }
  return best;
}

export type Style = 'code' | 'warning' | 'place' | 'caret' | 'label';
export interface FormatOptions {
  readonly color?: (style: Style, text: string) => string;
}

/** Longer source lines are cut around the place, so that the caret stays in sight. */
const widest = 120;

// Control characters of a file must not reach a terminal.
const visible = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');

function excerpt(at: Span, from: Source, color: NonNullable<FormatOptions['color']>): string[] {
  const line = lineText(from, at.line);
  if (line === undefined) return [];
  const cut = at.col > widest - 20 ? at.col - 40 : 0;
  const shown = visible(line.slice(cut, cut + widest));
  const before = shown.slice(0, at.col - 1 - cut).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(at.length ?? 1, shown.length - before.length)));
  const number = String(at.line).padStart(5);
  return [`${number} | ${shown}`, `${' '.repeat(number.length)} | ${before}${color('caret', carets)}`];
}

const part = (label: string, text: string): string => label.padEnd(6) + text.trimEnd().replaceAll('\n', '\n      ');

/** A task's failure on a host shows where it stands, not its line: the mistake is elsewhere. */
const hasExcerpt = (code: string): boolean => !/^E[56]/.test(code);

export function formatFault(found: Fault, sources: (file: string) => Source | undefined, options: FormatOptions = {}): string {
  const color = options.color ?? ((_: Style, text: string) => text);
  const head = color(isError(found) ? 'code' : 'warning', found.code);
  const lines = [`${head}  ${visible(found.what)}`];
  if (found.at) {
    lines.push(part('', color('place', showSpan(found.at))));
    const from = hasExcerpt(found.code) ? sources(found.at.file) : undefined;
    if (from) lines.push(...excerpt(found.at, from, color));
  }
  if (found.why) lines.push(color('label', part('why', visible(found.why))));
  if (found.mend) lines.push(color('label', part('mend', visible(found.mend))));
  return lines.join('\n');
}
