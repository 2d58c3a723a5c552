// The second disk of a host: a loop device on a sparse file of the lab, blank until the storage role formats it.
import { truncate, writeFile } from 'node:fs/promises';
import { $, ask } from './command.ts';
import type { HostPlace } from './hosts.ts';

const sizeInBytes = 1024 ** 3;

/** The device of the host's disk, made on the first call. */
export async function ensureDisk(place: HostPlace): Promise<string> {
  const known = await deviceOf(place);
  if (known) return known;
  await writeFile(place.image, '', { flag: 'a' });
  await truncate(place.image, sizeInBytes);
  return (await $`losetup --find --show ${place.image}`).stdout.trim();
}

/** Gives the loop device back. */
export async function removeDisk(place: HostPlace): Promise<void> {
  const device = await deviceOf(place);
  if (device) await $`losetup --detach ${device}`;
}

async function deviceOf(place: HostPlace): Promise<string> {
  return (await ask`losetup --associated ${place.image} --noheadings --output NAME`).stdout.trim();
}
