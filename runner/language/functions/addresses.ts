// IP addresses and networks, version 4 and 6: what `ipaddr` is asked daily. Pure.
import { Misuse } from '../signals.ts';
import { type Functions, list, text, whole } from './table.ts';

interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
  readonly prefix: number;
  /** Written with a prefix. */
  readonly isNetwork: boolean;
}

const bits = (of: Address): number => (of.version === 4 ? 32 : 128);
const maskOf = (of: Address): bigint => ((1n << BigInt(of.prefix)) - 1n) << BigInt(bits(of) - of.prefix);
const networkOf = (of: Address): bigint => of.value & maskOf(of);
const lastOf = (of: Address): bigint => networkOf(of) | ((1n << BigInt(bits(of) - of.prefix)) - 1n);

function readFour(from: string): bigint | undefined {
  const parts = from.split('.');
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function readSix(from: string): bigint | undefined {
  const four = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(from);
  const tail = four ? readFour(four[2] as string) : undefined;
  if (four && tail === undefined) return undefined;
  const text = four ? `${four[1]}${((tail as bigint) >> 16n).toString(16)}:${((tail as bigint) & 0xffffn).toString(16)}` : from;
  const halves = text.split('::');
  if (halves.length > 2 || !/^[0-9a-f:]+$/i.test(text)) return undefined;
  const [head = [], rest = []] = halves.map(half => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - rest.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...rest];
  if (!groups.every(group => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function prefixOf(from: string, width: number): number | undefined {
  if (/^\d{1,3}$/.test(from)) return Number(from) <= width ? Number(from) : undefined;
  const mask = width === 32 ? readFour(from) : undefined;
  const ones = mask?.toString(2).padStart(32, '0');
  return ones && /^1*0*$/.test(ones) ? (!ones.includes('0') ? 32 : ones.indexOf('0')) : undefined;
}

export function readAddress(from: string): Address | undefined {
  const [address = '', written, ...more] = from.trim().split('/');
  const version = address.includes(':') ? 6 : 4;
  const value = version === 6 ? readSix(address) : readFour(address);
  const width = version === 6 ? 128 : 32;
  const prefix = written === undefined ? width : prefixOf(written, width);
  if (value === undefined || prefix === undefined || more.length > 0) return undefined;
  return { version, value, prefix, isNetwork: written !== undefined };
}

function showSix(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
  const zeros = groups.match(/\b0(?::0)+\b/g)?.sort((a, b) => b.length - a.length)[0];
  return zeros ? groups.replace(new RegExp(`(?:^|:)${zeros}(?::|$)`), '::') : groups;
}

const show = (value: bigint, version: 4 | 6): string =>
  version === 6 ? showSix(value) : [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.');

type Query = (of: Address) => unknown;
const withPrefix = (value: bigint, of: Address): string => `${show(value, of.version)}/${of.prefix}`;

const queries: Readonly<Record<string, Query>> = {
  '': of => (of.isNetwork ? withPrefix(of.value, of) : show(of.value, of.version)),
  address: of => show(of.value, of.version),
  ip: of => show(of.value, of.version),
  network: of => show(networkOf(of), of.version),
  subnet: of => withPrefix(networkOf(of), of),
  net: of => (of.value === networkOf(of) && of.isNetwork ? withPrefix(of.value, of) : null),
  host: of => withPrefix(of.value, of),
  'address/prefix': of => withPrefix(of.value, of),
  'network/prefix': of => withPrefix(networkOf(of), of),
  netmask: of => show(maskOf(of), of.version),
  hostmask: of => show(lastOf(of) - networkOf(of), of.version),
  prefix: of => of.prefix,
  broadcast: of => show(lastOf(of), of.version),
  first_usable: of => show(networkOf(of) + (bits(of) - of.prefix > 1 ? 1n : 0n), of.version),
  last_usable: of => show(lastOf(of) - (of.version === 4 && bits(of) - of.prefix > 1 ? 1n : 0n), of.version),
  size: of => Number(1n << BigInt(bits(of) - of.prefix)),
  version: of => of.version,
  revdns: of =>
    of.version === 4
      ? `${show(of.value, 4).split('.').reverse().join('.')}.in-addr.arpa.`
      : `${[...of.value.toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa.`,
};

function nth(of: Address, index: number): string {
  const value = index < 0 ? lastOf(of) + 1n + BigInt(index) : networkOf(of) + BigInt(index);
  if (value < networkOf(of) || value > lastOf(of))
    throw new Misuse(`the network ${withPrefix(networkOf(of), of)} has no address ${index}`, 'take a smaller number');
  return withPrefix(value, of);
}

/** What does not read as an address gives null; of a list, the items that do. */
function ask(value: unknown, query: unknown, version?: 4 | 6): unknown {
  if (Array.isArray(value))
    return list(value)
      .map(item => ask(item, query, version))
      .filter(item => item !== null);
  const found = typeof value === 'string' ? readAddress(value) : undefined;
  if (!found || (version && found.version !== version)) return null;
  if (typeof query === 'number' || (typeof query === 'string' && /^-?\d+$/.test(query))) return nth(found, whole(query));
  const name = text(query ?? '');
  if (Object.hasOwn(queries, name)) return queries[name]?.(found) ?? null;
  throw new Misuse(`ipaddr knows no "${name}"`, `write one of ${Object.keys(queries).filter(Boolean).join(', ')}`);
}

function isIn(address: unknown, network: unknown): boolean {
  const [inner, outer] = [readAddress(text(address)), readAddress(text(network))];
  if (!inner || !outer)
    throw new Misuse(`"${text(inner ? network : address)}" is not an address`, 'write it as 10.0.0.1 or 10.0.0.0/8');
  return inner.version === outer.version && inner.prefix >= outer.prefix && (inner.value & maskOf(outer)) === networkOf(outer);
}

export const addressFunctions: Functions = {
  ipaddr: {
    args: [1, 2],
    does: 'ipaddr(x, query = ""): address, network, netmask, prefix, broadcast, ...; null where x is no address',
    run: ([x, query]) => ask(x, query),
  },
  ipv4: { args: [1, 2], does: 'ipv4(x, query = ""): as ipaddr, version 4 alone', run: ([x, query]) => ask(x, query, 4) },
  ipv6: { args: [1, 2], does: 'ipv6(x, query = ""): as ipaddr, version 6 alone', run: ([x, query]) => ask(x, query, 6) },
  ip_in: {
    args: [2, 2],
    does: 'ip_in(address, network): whether the network holds it',
    run: ([address, network]) => isIn(address, network),
  },
  ipwrap: {
    args: [1, 1],
    does: 'ipwrap(x): an address of version 6 in brackets, anything else as it is',
    run: ([x]) => (readAddress(text(x))?.version === 6 ? `[${text(x)}]` : text(x)),
  },
};
