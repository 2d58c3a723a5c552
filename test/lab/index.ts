// What tests use of the lab: raise it, ask how it is, and run commands on its hosts.
import { placesOf } from './hosts.ts';
import { labLayout } from './layout.ts';
import { addressOf, subnetOf } from './network.ts';
import type { Answer } from './ssh.ts';
import { askHost } from './ssh.ts';

export type { HostStatus } from './lab.ts';
export { clusterStatus, labDown, labStatus, labUp } from './lab.ts';
export type { Answer } from './ssh.ts';

/** A host that commands can be run on. */
export interface ReachableHost {
  readonly name: string;
  readonly address: string;
  /** Runs a command line as root or the login given; a failure is an answer, too. */
  readonly run: (command: string, login?: 'root' | 'ops', input?: string) => Promise<Answer>;
}

/** One host of a lab that is up. */
export async function labHost(name: string): Promise<ReachableHost> {
  const layout = labLayout();
  const place = placesOf(layout).find(one => one.host.name === name);
  const subnet = await subnetOf(layout);
  if (!place) throw new Error(`no host "${name}" in the lab`);
  if (!subnet) throw new Error('the lab is down: run `npm run lab -- up`');
  const address = addressOf(subnet, place);
  return { name, address, run: (command, login = 'root', input = '') => askHost(layout, `${login}@${address}`, command, input) };
}
