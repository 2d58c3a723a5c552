// Host ranges of inventories: `node[01:50]`, `[a:f]`, `rack[1:9:2]`, and the port behind a host. Pure; knows no inventory.
import { isIPv6 } from 'node:net';

/** The hosts that one entry stands for, or why it stands for none. */
export type HostEntry =
  | { readonly names: readonly string[]; readonly port?: number }
  | { readonly why: string; readonly mend: string };

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** A slip such as [1:1000000000] must not eat the memory. */
const most = 100_000;

/** `h1`, `h1:2222`, `node[01:50].example`, `[2001:db8::1]:22`, `2001:db8::1`. */
export function expandHost(entry: string): HostEntry {
  const { host, port } = splitPort(entry);
  if (isIPv6(host)) return { names: [host], ...port };
  const names = expand(host);
  return 'why' in names ? names : { names: names.all, ...port };
}

function splitPort(entry: string): { readonly host: string; readonly port: { readonly port?: number } } {
  if (isIPv6(entry)) return { host: entry, port: {} };
  const bracketed = /^\[([^\]]+)\]:(\d+)$/.exec(entry);
  if (bracketed && isIPv6(bracketed[1] as string)) return { host: bracketed[1] as string, port: { port: Number(bracketed[2]) } };
  const plain = /^((?:[^:[\]]|\[[^\]]*\])+):(\d+)$/.exec(entry);
  return plain ? { host: plain[1] as string, port: { port: Number(plain[2]) } } : { host: entry, port: {} };
}

type Expansion = { readonly all: readonly string[] } | { readonly why: string; readonly mend: string };

function expand(host: string): Expansion {
  const open = host.indexOf('[');
  const close = host.indexOf(']', open);
  if (open < 0 && close < 0) return { all: [host] };
  if (open < 0 || close < 0) return { why: `a bracket of ${host} has no partner`, mend: 'write a range as node[01:50]' };
  const middles = rangeOf(host.slice(open + 1, close));
  if ('why' in middles) return middles;
  const tails = expand(host.slice(close + 1));
  if ('why' in tails) return tails;
  if (middles.all.length * tails.all.length > most) return tooMany(host);
  const head = host.slice(0, open);
  return { all: middles.all.flatMap(middle => tails.all.map(tail => head + middle + tail)) };
}

const tooMany = (range: string): Expansion => ({
  why: `${range} stands for more than ${most} hosts`,
  mend: 'make the range smaller',
});

function rangeOf(text: string): Expansion {
  const [begin = '', end = '', step = '1', ...more] = text.split(':');
  const wrong = (why: string, mend = 'write a range as node[01:50] or node[a:f], with a step as node[0:10:2]'): Expansion => ({
    why,
    mend,
  });
  if (/^\w+-\w+$/.test(text)) return wrong(`[${text}] has no colon`, `write [${text.replace('-', ':')}]`);
  if (end === '' || more.length > 0) return wrong(`[${text}] is not begin:end or begin:end:step`);
  if (!/^\d{1,9}$/.test(step) || Number(step) < 1) return wrong(`the step of [${text}] is not a number above 0`);
  if (isLetter(begin) && isLetter(end))
    return sequence(letters.indexOf(begin), letters.indexOf(end), Number(step), text, letterAt);
  if (!/^\d{0,15}$/.test(begin) || !/^\d{1,15}$/.test(end)) return wrong(`[${text}] counts neither in numbers nor in letters`);
  const padded = begin.startsWith('0') && begin.length > 1;
  if (padded && begin.length !== end.length) {
    const [first, last] = [begin.padStart(end.length, '0'), end.padStart(begin.length, '0')];
    return wrong(`both ends of [${text}] need the same number of digits`, `write [${first}:${last}]`);
  }
  const width = padded ? begin.length : 0;
  return sequence(Number(begin), Number(end), Number(step), text, n => String(n).padStart(width, '0'));
}

const isLetter = (text: string): boolean => /^[A-Za-z]$/.test(text);
const letterAt = (n: number): string => letters[n] as string;

function sequence(begin: number, end: number, step: number, text: string, show: (n: number) => string): Expansion {
  if (begin > end) return { why: `[${text}] ends before it begins`, mend: 'write the smaller end first' };
  const count = Math.floor((end - begin) / step) + 1;
  return count > most ? tooMany(`[${text}]`) : { all: Array.from({ length: count }, (_, i) => show(begin + i * step)) };
}
