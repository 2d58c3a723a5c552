// Facts of the network: interfaces, addresses, default routes. Reads an answer; asks nothing.
import type { Vars } from '../../core/types.ts';
import { plain } from './sections.ts';
import type { Sections } from './sections.ts';

interface Address {
  readonly device: string;
  readonly family: 'inet' | 'inet6';
  readonly address: string;
  readonly prefix: number;
  readonly broadcast: string;
  readonly scope: string;
}

/** `2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0\ ...` */
function readAddresses(text: string): readonly Address[] {
  return text.split('\n').flatMap(row => {
    const [, device, family, address, prefix = '32', rest = ''] =
      /^\d+:\s+(\S+?)(?:@\S+)?\s+(inet6?)\s+([0-9a-fA-F.:]+)(?:\/(\d+))?(.*)$/.exec(row) ?? [];
    if (!device || !address) return [];
    const word = (name: string) => new RegExp(`${name} (\\S+)`).exec(rest)?.[1] ?? '';
    return [
      {
        device,
        family: family as Address['family'],
        address,
        prefix: Number(prefix),
        broadcast: word('brd'),
        scope: word('scope'),
      },
    ];
  });
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (number: number): string => [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.');

function ipv4({ address, prefix, broadcast }: Address): Vars {
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  const network = (toNumber(address) & mask) >>> 0;
  return { address, broadcast, netmask: toAddress(mask), network: toAddress(network), prefix: String(prefix) };
}
const ipv6 = ({ address, prefix, scope }: Address): Vars => ({ address, prefix: String(prefix), scope });

/** Dashes and colons cannot stand in the name of a fact. */
const factName = (device: string): string => device.replace(/[-:.]/g, '_');

export function network(sections: Sections): Vars {
  const addresses = readAddresses(plain(sections, 'addresses'));
  const devices = [...sections.keys()].flatMap(key => /^net:([^:]+)$/.exec(key)?.[1] ?? []);
  const details = devices.map(device => [device, detail(sections, device, addresses)] as const);
  const of = (family: Address['family']) =>
    addresses.filter(one => one.family === family && one.device !== 'lo').map(({ address }) => address);
  return {
    interfaces: devices,
    ...Object.fromEntries(details.map(([device, vars]) => [factName(device), vars])),
    all_ipv4_addresses: of('inet').filter(address => !address.startsWith('127.')),
    all_ipv6_addresses: of('inet6').filter(address => address !== '::1'),
    default_ipv4: defaultRoute(plain(sections, 'route4'), addresses, new Map(details), 'inet'),
    default_ipv6: defaultRoute(plain(sections, 'route6'), addresses, new Map(details), 'inet6'),
  };
}

function detail(sections: Sections, device: string, addresses: readonly Address[]): Vars {
  const of = (name: string) => plain(sections, `net:${device}:${name}`);
  const own = addresses.filter(one => one.device === device);
  const [first, ...more] = own.filter(one => one.family === 'inet').map(ipv4);
  const sixes = own.filter(one => one.family === 'inet6').map(ipv6);
  const kind =
    device === 'lo'
      ? 'loopback'
      : sections.has(`net:${device}:bridge`)
        ? 'bridge'
        : sections.has(`net:${device}:slaves`)
          ? 'bonding'
          : of('type') === '1'
            ? 'ether'
            : 'unknown';
  const speed = Number(of('speed'));
  return {
    device,
    active: of('operstate') === 'up' || device === 'lo',
    type: kind,
    ...(of('address') && device !== 'lo' ? { macaddress: of('address') } : {}),
    ...(of('mtu') ? { mtu: Number(of('mtu')) } : {}),
    ...(speed > 0 ? { speed } : {}),
    ...(first ? { ipv4: first } : {}),
    ...(more.length > 0 ? { ipv4_secondaries: more } : {}),
    ...(sixes.length > 0 ? { ipv6: sixes } : {}),
    ...(kind === 'bonding' ? { slaves: of('slaves').split(' ') } : {}),
  };
}

/** `8.8.8.8 via 10.0.0.1 dev eth0 src 10.0.0.5 uid 0` */
function defaultRoute(
  text: string,
  addresses: readonly Address[],
  details: ReadonlyMap<string, Vars>,
  family: Address['family'],
): Vars {
  const word = (name: string) => new RegExp(`\\b${name} (\\S+)`).exec(text)?.[1];
  const device = word('dev');
  if (!device || device === 'lo' || /unreachable|prohibit/.test(text)) return {};
  const address = word('src');
  const own =
    addresses.find(one => one.address === address) ?? addresses.find(one => one.device === device && one.family === family);
  const { macaddress, mtu, type } = details.get(device) ?? {};
  return {
    interface: device,
    ...(own ? (family === 'inet' ? ipv4(own) : ipv6(own)) : { address }),
    ...(word('via') ? { gateway: word('via') } : {}),
    ...(macaddress ? { macaddress } : {}),
    mtu,
    type,
    ...(family === 'inet' ? { alias: device } : {}),
  };
}
