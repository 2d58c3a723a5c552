// The network of a lab: one bridge with a free private subnet, and for each host a namespace with an address on it.
import { $, ask } from './command.ts';
import type { HostPlace } from './hosts.ts';
import { labHosts } from './hosts.ts';
import type { Layout } from './layout.ts';

interface Link {
  readonly ifname: string;
  readonly addr_info: readonly { readonly family: string; readonly local: string }[];
}

/** The first three bytes of the lab's subnet, such as `10.140.7`; the bridge itself remembers it. */
export async function ensureBridge(layout: Layout): Promise<string> {
  const known = await subnetOf(layout);
  if (known) return known;
  const subnet = await freeSubnet(layout);
  await ask`ip link add ${layout.bridge} type bridge`;
  await $`ip address add ${subnet}.1/24 dev ${layout.bridge}`;
  await $`ip link set ${layout.bridge} up`;
  return subnet;
}

/** The subnet of a lab that has its bridge. */
export async function subnetOf(layout: Layout): Promise<string | undefined> {
  const found = await ask`ip -json address show dev ${layout.bridge}`;
  if (found.exitCode !== 0) return undefined;
  const links = JSON.parse(found.stdout) as Link[];
  const address = links.flatMap(link => link.addr_info ?? []).find(info => info.family === 'inet');
  return address?.local.replace(/\.\d+$/, '');
}

/** The address of one host in the subnet. */
export function addressOf(subnet: string, place: HostPlace): string {
  return `${subnet}.${10 + labHosts.indexOf(place.host)}`;
}

async function freeSubnet(layout: Layout): Promise<string> {
  const routes = JSON.parse((await $`ip -json -4 route show table all`).stdout) as { dst: string }[];
  const taken = routes.filter(route => route.dst !== 'default').map(route => range(route.dst));
  const start = Number.parseInt(layout.key, 16);
  for (let step = 0; step < 16_000; step++) {
    const number = (start + step) % 16_000;
    // 10.128.0.0 to 10.190.127.255: out of the way of what clusters and container engines choose by default.
    const subnet = `10.${128 + Math.floor(number / 256)}.${number % 256}`;
    const wanted = range(`${subnet}.0/24`);
    if (!taken.some(other => other.first <= wanted.last && wanted.first <= other.last)) return subnet;
  }
  throw new Error('no free /24 in 10.128.0.0/9 for the lab');
}

function range(destination: string): { first: number; last: number } {
  const [address = '', bits = '32'] = destination.split('/');
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}

/** Gives a host its namespace, the cable to the bridge, and its address. */
export async function ensureNetwork(layout: Layout, place: HostPlace, subnet: string): Promise<void> {
  // The route is made last: who has it has all.
  if ((await ask`ip -n ${place.netns} route show default`).stdout.includes(subnet)) return;
  await ask`ip netns delete ${place.netns}`;
  await $`ip netns add ${place.netns}`;
  await $`ip link add ${place.veth} type veth peer name eth0 netns ${place.netns}`;
  await $`ip link set ${place.veth} master ${layout.bridge} up`;
  await $`ip -n ${place.netns} link set lo up`;
  await $`ip -n ${place.netns} address add ${addressOf(subnet, place)}/24 dev eth0`;
  await $`ip -n ${place.netns} link set eth0 up`;
  await $`ip -n ${place.netns} route add default via ${subnet}.1`;
}

/** Takes away the namespaces (their cables go with them) and the bridge. */
export async function removeNetwork(layout: Layout, places: readonly HostPlace[]): Promise<void> {
  for (const place of places) {
    await ask`ip netns delete ${place.netns}`;
    await ask`ip link delete ${place.veth}`;
  }
  await ask`ip link delete ${layout.bridge}`;
  // The first namespace of a machine made this folder and mounted it on itself; the last one takes both away.
  await ask`rmdir /run/netns || { test -z "$(ls -A /run/netns)" && umount /run/netns && rmdir /run/netns; }`;
}
