// Time as text. Pure but for the clock that it is given.
import { Misuse } from '../signals.ts';
import { type Functions, number, text } from './table.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const two = (value: number): string => String(value).padStart(2, '0');

function dayOfYear(at: Date): number {
  return Math.floor(
    (Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()) - Date.UTC(at.getUTCFullYear(), 0, 0)) / 86_400_000,
  );
}

/** `at` carries local time in its UTC fields, so that one set of readers does for both. */
function letters(at: Date, seconds: number): Readonly<Record<string, string>> {
  const [hour, day, month, year] = [at.getUTCHours(), at.getUTCDay(), at.getUTCMonth(), at.getUTCFullYear()];
  return {
    Y: String(year),
    y: two(year % 100),
    m: two(month + 1),
    d: two(at.getUTCDate()),
    H: two(hour),
    M: two(at.getUTCMinutes()),
    S: two(at.getUTCSeconds()),
    I: two(hour % 12 || 12),
    p: hour < 12 ? 'AM' : 'PM',
    j: String(dayOfYear(at)).padStart(3, '0'),
    A: days[day] as string,
    a: (days[day] as string).slice(0, 3),
    B: months[month] as string,
    b: (months[month] as string).slice(0, 3),
    s: String(Math.floor(seconds)),
    u: String(day || 7),
    w: String(day),
    F: `${year}-${two(month + 1)}-${two(at.getUTCDate())}`,
    T: `${two(hour)}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`,
    n: '\n',
    t: '\t',
    '%': '%',
  };
}

function strftime(format: string, seconds: number, utc: boolean): string {
  const here = new Date(seconds * 1000);
  if (Number.isNaN(here.getTime())) throw new Misuse(`${seconds} is no time`, 'give it in seconds since 1970');
  const offset = utc ? 0 : -here.getTimezoneOffset();
  const found = letters(new Date(here.getTime() + offset * 60_000), seconds);
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  return format.replace(/%([A-Za-z%])/g, (all, letter: string) =>
    letter === 'z' ? zone : letter === 'Z' ? (utc ? 'UTC' : zone) : (found[letter] ?? all),
  );
}

function toSeconds(written: string): number {
  const found = Date.parse(written);
  if (Number.isNaN(found)) throw new Misuse(`"${written}" is no time`, 'write it as 2026-01-02T03:04:05Z');
  return Math.floor(found / 1000);
}

export const timeFunctions: Functions = {
  strftime: {
    args: [1, 3],
    does: 'strftime(format, seconds = now, utc = false): a time as text',
    run: ([format, seconds, utc = false], world) =>
      strftime(text(format), seconds === undefined || seconds === null ? world.now() / 1000 : number(seconds), utc === true),
  },
  to_seconds: {
    args: [1, 1],
    does: 'to_seconds("2026-01-02T03:04:05Z"): seconds since 1970',
    run: ([s]) => toSeconds(text(s)),
  },
};
