// A block of lines between two markers in a text, by the rules of Ansible's blockinfile. Pure.
import { toLatin } from './bytes.ts';
import type { Edited } from './edit.ts';
import { pythonRegexp } from './python-regexp.ts';

export interface BlockArgs {
  readonly path: string;
  readonly state: 'present' | 'absent';
  readonly block: string;
  readonly marker: string;
  readonly marker_begin: string;
  readonly marker_end: string;
  readonly insertafter?: string;
  readonly insertbefore?: string;
  readonly create: boolean;
  readonly append_newline: boolean;
  readonly prepend_newline: boolean;
}

/** Like bytes.splitlines(True): \n, \r and \r\n end a line. */
const splitLines = (text: string): string[] => text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];

const isBlank = (line: string | undefined): boolean => line === undefined || line === '\n' || line === '';

export function editBlock(args: BlockArgs, text: string | null): Edited {
  if (text === null && !args.create)
    return { refuse: { why: `${args.path} is not there`, mend: 'say create: true, or make it first' } };
  if (text === null && args.state === 'absent') return { text: '', msg: '', result: { msg: `File ${args.path} not present` } };
  const lines = splitLines(text ?? '');
  const block = blockLines(args);
  const at = takeOut(args, lines, markers(args));
  const before = lines[at - 1];
  if (before !== undefined && !before.endsWith('\n')) lines[at - 1] = `${before}\n`;
  lines.splice(at, 0, ...padded(args, block, lines, at));
  const result = lines.join('');
  if (text === null) return { text: result, msg: 'File created' };
  return { text: result, msg: result === text ? '' : block.length > 0 ? 'Block inserted' : 'Block removed' };
}

const markers = ({ marker, marker_begin, marker_end }: BlockArgs): readonly [string, string] => [
  `${toLatin(marker.replaceAll('{mark}', marker_begin))}\n`,
  `${toLatin(marker.replaceAll('{mark}', marker_end))}\n`,
];

function blockLines(args: BlockArgs): readonly string[] {
  if (args.state === 'absent' || args.block === '') return [];
  const [begin, end] = markers(args);
  const block = toLatin(args.block);
  return [begin, ...splitLines(block.endsWith('\n') ? block : `${block}\n`), end];
}

function padded(args: BlockArgs, block: readonly string[], lines: readonly string[], at: number): readonly string[] {
  if (block.length === 0) return block;
  const first = args.prepend_newline && at > 0 && !isBlank(lines[at - 1]) ? ['\n'] : [];
  const last = args.append_newline && at < lines.length && !isBlank(lines[at]) ? ['\n'] : [];
  return [...first, ...block, ...last];
}

/** Takes an old block out of `lines`, and says where the new one belongs. */
function takeOut(args: BlockArgs, lines: string[], [begin, end]: readonly [string, string]): number {
  const first = lines.lastIndexOf(begin);
  const last = lines.lastIndexOf(end);
  if (first < 0 || last < 0) return insertPlace(args, lines);
  const at = Math.min(first, last);
  lines.splice(at, Math.abs(last - first) + 1);
  return at;
}

function insertPlace({ insertafter, insertbefore }: BlockArgs, lines: readonly string[]): number {
  const after = insertafter ?? (insertbefore === undefined ? 'EOF' : undefined);
  if (after === 'EOF') return lines.length;
  if (after === undefined && insertbefore === 'BOF') return 0;
  const regexp = pythonRegexp(toLatin(after ?? insertbefore ?? ''), { bytes: true });
  const at = regexpIsMultiline(after ?? insertbefore ?? '') ? searchText(regexp, lines, after) : searchLines(regexp, lines);
  if (at < 0) return lines.length;
  return after === undefined ? at : at + 1;
}

const regexpIsMultiline = (pattern: string): boolean => /^\(\?[a-zA-Z]*m[a-zA-Z]*\)/.test(pattern);

const searchLines = (regexp: RegExp, lines: readonly string[]): number =>
  lines.findLastIndex(line => {
    regexp.lastIndex = 0;
    return regexp.test(line);
  });

/** With (?m) the whole text is searched, and the first place counts. */
function searchText(regexp: RegExp, lines: readonly string[], after: string | undefined): number {
  const text = lines.join('');
  const match = regexp.exec(text);
  if (!match) return -1;
  const upTo = match.index + (after === undefined ? 0 : match[0].length);
  return text.slice(0, upTo).split('\n').length - 1;
}
