// Permission bits: octal and symbolic words -> a number, as chmod and Ansible read them. Pure.

export interface ModeBase {
  readonly mode: number;
  readonly isFolder: boolean;
  readonly umask: number;
}

export const MODE_PATTERN = '^(0o?)?[0-7]{1,5}$|^[ugoa]*([-+=][rwxXstugo]*)+(,[ugoa]*([-+=][rwxXstugo]*)+)*$';

export const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** As results of the file family have it, where a zero stands before setuid, setgid and sticky too: "04755". */
export const toldMode = (mode: number): string => `0${mode.toString(8).padStart(3, '0')}`;

const SHIFT = { u: 6, g: 3, o: 0 } as const;
type Who = keyof typeof SHIFT;
const MASK: Readonly<Record<Who, number>> = { u: 0o4700, g: 0o2070, o: 0o1007 };

/** `undefined` where the word is neither octal nor symbolic. */
export function resolveMode(word: string, base: ModeBase): number | undefined {
  if (/^(0o)?[0-7]+$/.test(word)) return Number.parseInt(word.replace(/^0o/, ''), 8) & 0o7777;
  let mode = base.mode;
  for (const clause of word.split(',')) {
    const parts = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
    if (!parts) return undefined;
    mode = applyClause(mode, parts[1] ?? '', parts[2] ?? '', base);
  }
  return mode;
}

function applyClause(start: number, who: string, operations: string, base: ModeBase): number {
  // Without a letter for whom, the bits of the umask stay out; with `a` they do not.
  const umask = who === '' ? base.umask : 0;
  const users = who === '' || who.includes('a') ? 'ugo' : who;
  let mode = start;
  for (const [, operator = '', perms = ''] of operations.matchAll(/([-+=])([rwxXstugo]*)/g)) {
    for (const user of users as Iterable<string> as Iterable<Who>) {
      const bits = [...perms].reduce((sum, perm) => sum | bitsOf(perm, user, base, umask), 0);
      if (operator === '=') mode = (mode & ~MASK[user]) | bits;
      else mode = operator === '+' ? mode | bits : mode & ~bits;
    }
  }
  return mode & 0o7777;
}

function bitsOf(perm: string, user: Who, base: ModeBase, umask: number): number {
  const shift = SHIFT[user];
  const plain = { r: 4, w: 2, x: 1 }[perm];
  if (plain !== undefined) return (plain << shift) & ~umask;
  if (perm === 'X') return base.isFolder || (base.mode & 0o111) !== 0 ? 1 << shift : 0;
  if (perm === 's') return { u: 0o4000, g: 0o2000, o: 0 }[user];
  if (perm === 't') return user === 'o' ? 0o1000 : 0;
  return ((base.mode >> SHIFT[perm as Who]) & 7) << shift;
}

const LETTERS = { rusr: 0o400, wusr: 0o200, xusr: 0o100, rgrp: 0o40, wgrp: 0o20, xgrp: 0o10, roth: 4, woth: 2, xoth: 1 } as const;

/** Each bit under the name that stat and find give it. */
export const modeBits = (mode: number): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    Object.entries({ ...LETTERS, isuid: 0o4000, isgid: 0o2000 }).map(([name, bit]) => [name, (mode & bit) !== 0]),
  );
