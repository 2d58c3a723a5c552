// The hosts of the lab: which there are, and the names of what each one owns on this machine.
import { join } from 'node:path';
import type { Layout } from './layout.ts';

/** What is special to one host. */
export interface LabHost {
  readonly name: string;
  readonly face: 'debian' | 'el';
  readonly disk: boolean;
  /** How the login `ops` becomes root. */
  readonly sudo: 'free' | 'password';
  /** It may run containers with limits, in folders that an overlay can stand on: the real node of the cluster. */
  readonly node: boolean;
}

const plain = { face: 'debian', disk: false, sudo: 'free', node: false } as const;

/** A host's number in the subnet is its place here, so new ones go to the end. */
export const labHosts: readonly LabHost[] = [
  { ...plain, name: 'registry' },
  { ...plain, name: 'node01' },
  { ...plain, name: 'node02', sudo: 'password' },
  { ...plain, name: 'instance-1', disk: true },
  { ...plain, name: 'instance-2', disk: true },
  { ...plain, name: 'el-1', face: 'el', disk: true },
  { ...plain, name: 'node03', node: true },
];

/** What a host owns on this machine. */
export interface HostPlace {
  readonly host: LabHost;
  readonly netns: string;
  readonly veth: string;
  readonly machine: string;
  readonly folder: string;
  readonly root: string;
  readonly image: string;
  readonly log: string;
  readonly cgroup: string;
}

/** The names of all that one host owns. */
export function placeOf(layout: Layout, host: LabHost): HostPlace {
  const folder = join(layout.state, 'hosts', host.name);
  return {
    host,
    netns: `${layout.cgroup}-${host.name}`,
    veth: `tl${layout.key}-${labHosts.indexOf(host)}`,
    machine: `${layout.cgroup}-${host.name}`,
    folder,
    root: join(folder, 'root'),
    image: join(folder, 'disk.img'),
    log: join(folder, 'console.log'),
    cgroup: `${layout.cgroup}/${host.name}`,
  };
}

/** The places of all hosts, or of the named one. */
export function placesOf(layout: Layout): readonly HostPlace[] {
  return labHosts.map(host => placeOf(layout, host));
}
