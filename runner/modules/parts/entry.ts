// What stands at a path of a host: the shell that asks and the reader of its answer. It follows no link by itself.
import { sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import type { Fields } from './fields.ts';

export type Kind = 'absent' | 'file' | 'directory' | 'link' | 'socket' | 'fifo' | 'block' | 'char';

export interface Entry {
  readonly path: string;
  readonly is: Kind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly owner: string;
  readonly group: string;
  readonly size: number;
  readonly links: number;
  readonly inode: number;
  readonly device: number;
  /** Seconds since 1970, with their fraction. */
  readonly mtime: number;
  readonly atime: number;
  readonly ctime: number;
  readonly blocks: number;
  readonly blockSize: number;
  /** Major and minor number of a device. */
  readonly type: readonly [number, number];
  /** Where a link points to, as it is written in the link. */
  readonly target: string;
}

export const STAT_FORMAT = '%f/%u/%g/%s/%h/%i/%d/%Y/%X/%Z/%b/%o/%t/%T/%U/%G/%y/%x/%z';

/** `look PATH` prints two fields: what stat says of it (empty: nothing is there), and where it links to. */
export const lookFunction: Script = sh`look() {
if [ -L "$1" ] || [ -e "$1" ]; then stat -c ${STAT_FORMAT} -- "$1"; fi; printf '\\0'
if [ -L "$1" ]; then readlink -n -- "$1"; fi; printf '\\0'
}`;

const KINDS: Readonly<Record<number, Kind>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'link',
  0o140000: 'socket',
  0o010000: 'fifo',
  0o060000: 'block',
  0o020000: 'char',
};

export const absentEntry = (path: string): Entry => ({
  path,
  is: 'absent',
  mode: 0,
  uid: -1,
  gid: -1,
  owner: '',
  group: '',
  size: 0,
  links: 0,
  inode: 0,
  device: 0,
  mtime: 0,
  atime: 0,
  ctime: 0,
  blocks: 0,
  blockSize: 0,
  type: [0, 0],
  target: '',
});

/** Reads the two fields of `look`. */
export function readEntry(path: string, answer: Pick<Fields, 'next'>): Entry {
  const words = answer.next().trim().split('/');
  const target = answer.next();
  if (words.length < 19) return absentEntry(path);
  const bits = Number.parseInt(words[0] ?? '', 16);
  const number = (at: number): number => Number(words[at]);
  const named = (at: number, id: number): string => (words[at] === 'UNKNOWN' ? String(number(id)) : (words[at] ?? ''));
  return {
    path,
    is: KINDS[bits & 0o170000] ?? 'file',
    mode: bits & 0o7777,
    uid: number(1),
    gid: number(2),
    size: number(3),
    links: number(4),
    inode: number(5),
    device: number(6),
    mtime: withFraction(words[7], words[16]),
    atime: withFraction(words[8], words[17]),
    ctime: withFraction(words[9], words[18]),
    blocks: number(10),
    blockSize: number(11),
    type: [Number.parseInt(words[12] ?? '0', 16), Number.parseInt(words[13] ?? '0', 16)],
    owner: named(14, 1),
    group: named(15, 2),
    target,
  };
}

const withFraction = (seconds = '0', date = ''): number => Number(`${seconds}.${/\.(\d+)/.exec(date)?.[1] ?? '0'}`);
