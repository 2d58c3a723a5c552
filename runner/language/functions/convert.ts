// From one type to another, and what numbers need: int, bool, double, string, sizes, rounding. Pure.
import { Misuse } from '../signals.ts';
import { type Functions, list, map, number, render, text, whole } from './table.ts';
import { compareVersions, Version } from './version.ts';

const yes = new Set(['yes', 'on', 'true', 'y', 't', '1']);
const no = new Set(['no', 'off', 'false', 'n', 'f', '0', '']);

function bool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null || value === 0) return false;
  if (value === 1) return true;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  if (word !== undefined && (yes.has(word) || no.has(word))) return yes.has(word);
  throw new Misuse(`${JSON.stringify(value)} says neither yes nor no`, 'write yes, no, true, false, on, off, 1 or 0');
}

/** int("5"), int(5.7) = 5, int("0x1f", 16); a second text or number is the value where the first is no number. */
function int(value: unknown, base: number | undefined): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const word = typeof value === 'string' ? value.trim() : undefined;
  const found =
    base !== undefined && word !== undefined ? Number.parseInt(word, base) : word === '' ? Number.NaN : Number(word ?? value);
  const made = Math.trunc(found);
  if (value !== null && typeof value !== 'object' && Number.isSafeInteger(made)) return made;
  throw new Misuse(`${JSON.stringify(value)} is not a whole number`, 'look at the value with a debug task');
}

function double(value: unknown): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  return number(value);
}

const units = 'BKMGTPEZY';

/** "1.5G", "10 KB", "2MiB": powers of 1024, as Ansible counts. */
function toBytes(value: string, unit: string): number {
  const found = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(value);
  const letter = (found?.[2] || unit || 'B')[0]?.toUpperCase() ?? 'B';
  const power = units.indexOf(letter);
  if (!found || power < 0) throw new Misuse(`${JSON.stringify(value)} is not a size`, 'write it as 512M, 10G or 1.5T');
  return Math.round(Number(found[1]) * 1024 ** power);
}

function readable(bytes: number, bits: boolean, unit: string | undefined): string {
  const power = unit
    ? Math.max(0, units.indexOf(unit[0]?.toUpperCase() ?? 'B'))
    : Math.max(0, Math.min(8, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024) + 1e-12)));
  const letter = power === 0 ? '' : units[power];
  return `${(bytes / 1024 ** power).toFixed(2)} ${letter}${bits ? 'b' : power === 0 ? 'Bytes' : 'B'}`;
}

function round(value: number, digits: number, method: string): number {
  const factor = 10 ** digits;
  if (method === 'ceil') return Math.ceil(value * factor) / factor;
  if (method === 'floor') return Math.floor(value * factor) / factor;
  return (Math.sign(value) * Math.round(Math.abs(value) * factor)) / factor;
}

function versionTest(left: string, right: string, op: string): boolean {
  const found = compareVersions(left, right);
  const tests: Readonly<Record<string, boolean>> = {
    '==': found === 0,
    '=': found === 0,
    eq: found === 0,
    '!=': found !== 0,
    '<>': found !== 0,
    ne: found !== 0,
    '<': found < 0,
    lt: found < 0,
    '<=': found <= 0,
    le: found <= 0,
    '>': found > 0,
    gt: found > 0,
    '>=': found >= 0,
    ge: found >= 0,
  };
  if (Object.hasOwn(tests, op)) return tests[op] as boolean;
  throw new Misuse(`"${op}" compares no versions`, 'write one of < <= == != >= >');
}

export const convertFunctions: Functions = {
  int: {
    args: [1, 2],
    does: 'int(x, base?): a whole number',
    run: ([x, base]) => int(x, base === undefined ? undefined : whole(base)),
  },
  uint: { args: [1, 1], does: 'uint(x): a whole number', run: ([x]) => int(x, undefined) },
  double: { args: [1, 1], does: 'double(x): a number with a fraction', double: true, run: ([x]) => double(x) },
  float: { args: [1, 1], does: 'float(x): a number with a fraction', double: true, run: ([x]) => double(x) },
  bool: { args: [1, 1], does: 'bool(x): true for yes, on, true, 1; false for no, off, false, 0', run: ([x]) => bool(x) },
  string: { args: [1, 1], does: 'string(x): as text; lists and maps as JSON', run: ([x]) => render(x) },
  ternary: {
    args: [3, 4],
    does: 'ternary(c, yes, no, null?): one of two; in CEL also c ? yes : no',
    run: ([c, a, b, n]) => (c === null && n !== undefined ? n : bool(c) ? a : b),
  },
  abs: { args: [1, 1], does: 'abs(n): without its sign', run: ([n]) => Math.abs(number(n)) },
  round: {
    args: [1, 3],
    does: 'round(n, digits = 0, "common" | "ceil" | "floor")',
    run: ([n, digits = 0, method = 'common']) => round(number(n), whole(digits), text(method)),
  },
  ceil: { args: [1, 1], does: 'ceil(n): the next whole number up', run: ([n]) => Math.ceil(number(n)) },
  floor: { args: [1, 1], does: 'floor(n): the next whole number down', run: ([n]) => Math.floor(number(n)) },
  pow: { args: [2, 2], does: 'pow(n, power)', run: ([n, power]) => number(n) ** number(power) },
  root: { args: [1, 2], does: 'root(n, of = 2)', run: ([n, of = 2]) => number(n) ** (1 / number(of)) },
  log: { args: [1, 2], does: 'log(n, base = e)', run: ([n, base = Math.E]) => Math.log(number(n)) / Math.log(number(base)) },
  human_to_bytes: {
    args: [1, 2],
    does: 'human_to_bytes("10G", unit = "B"): how many bytes',
    run: ([s, unit = '']) => toBytes(text(s), text(unit)),
  },
  human_readable: {
    args: [1, 3],
    does: 'human_readable(bytes, bits = false, unit?): "1.50 GB"',
    run: ([n, bits = false, unit]) => readable(number(n), bits === true, unit === undefined ? undefined : text(unit)),
  },
  version: {
    args: [1, 3],
    does: 'version(a, b, op = "=="): compares two versions; in CEL also version(a) >= version(b)',
    run: ([a, b, op = '==']) => (b === undefined ? new Version(text(a)) : versionTest(text(a), text(b), text(op))),
  },
  list: {
    args: [1, 1],
    does: 'list(x): a list as it is; the characters of a text, the keys of a map',
    run: ([x]) => (typeof x === 'string' ? [...x] : Array.isArray(x) ? list(x) : Object.keys(map(x))),
  },
};
