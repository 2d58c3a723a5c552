// The keys of a lab: one for whoever logs in, one for each host, and the known_hosts file that names them all.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from './command.ts';
import type { HostPlace } from './hosts.ts';
import type { Layout } from './layout.ts';

/** The files with which a client reaches the hosts. */
export interface ClientFiles {
  readonly key: string;
  readonly knownHosts: string;
}

/** Where the client's files are. */
export function clientFiles(layout: Layout): ClientFiles {
  return { key: join(layout.keys, 'client'), knownHosts: join(layout.keys, 'known_hosts') };
}

/** A host's own key, without `.pub`. */
export function hostKey(layout: Layout, place: HostPlace): string {
  return join(layout.keys, `host-${place.host.name}`);
}

/** Makes the keys that are missing, and known_hosts for the addresses given. */
export async function ensureKeys(layout: Layout, addresses: ReadonlyMap<HostPlace, string>): Promise<void> {
  await mkdir(layout.keys, { recursive: true, mode: 0o700 });
  await ensureKey(clientFiles(layout).key, 'tsrun-lab');
  const known = [];
  for (const [place, address] of addresses) {
    await ensureKey(hostKey(layout, place), place.host.name);
    const [type, key] = (await readFile(`${hostKey(layout, place)}.pub`, 'utf8')).split(' ');
    known.push(`${address} ${type} ${key}\n`);
  }
  await writeFile(clientFiles(layout).knownHosts, known.join(''));
}

async function ensureKey(file: string, comment: string): Promise<void> {
  if (existsSync(`${file}.pub`)) return;
  await rm(file, { force: true });
  await $`ssh-keygen -q -t ed25519 -N ${''} -C ${comment} -f ${file}`;
}
