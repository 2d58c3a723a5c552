// Hashes and names made from text. Pure.
import { createHash, getHashes } from 'node:crypto';
import { Misuse } from '../signals.ts';
import { bounded, type Functions, text, whole } from './table.ts';

function hash(of: string, kind: string): string {
  const name = kind.toLowerCase();
  if (!getHashes().includes(name)) throw new Misuse(`there is no hash "${kind}"`, 'write md5, sha1, sha256 or sha512');
  return createHash(name).update(of, 'utf8').digest('hex');
}

/** Ansible's name space for to_uuid. */
const ansible = '361E6D51-FAEC-444A-9079-341386DA8E2E';

function uuid(name: string, space: string): string {
  const base = Buffer.from(space.replaceAll('-', ''), 'hex');
  if (base.length !== 16) throw new Misuse(`"${space}" is not a UUID`, 'leave it out, or write a UUID');
  const bytes = createHash('sha1').update(base).update(name, 'utf8').digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A number below `below`, the same for the same seed. */
const pick = (seed: string, below: number): number =>
  Number(BigInt(`0x${hash(seed, 'sha256').slice(0, 15)}`) % BigInt(Math.max(1, below)));

function random(of: unknown, seed: string): unknown {
  if (Array.isArray(of)) return of[pick(seed, of.length)] ?? null;
  return pick(seed, whole(of));
}

function shuffle(items: readonly unknown[], seed: string): readonly unknown[] {
  bounded(items.length);
  return items
    .map((item, i) => [hash(`${seed}/${i}`, 'sha256'), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, item]) => item);
}

export const digestFunctions: Functions = {
  hash: {
    args: [1, 2],
    does: 'hash(s, "sha256"): in hexadecimal; sha1 without a name',
    run: ([s, kind = 'sha1']) => hash(text(s), text(kind)),
  },
  md5: { args: [1, 1], does: 'md5(s): in hexadecimal', run: ([s]) => hash(text(s), 'md5') },
  sha1: { args: [1, 1], does: 'sha1(s): in hexadecimal', run: ([s]) => hash(text(s), 'sha1') },
  sha256: { args: [1, 1], does: 'sha256(s): in hexadecimal', run: ([s]) => hash(text(s), 'sha256') },
  checksum: { args: [1, 1], does: 'checksum(s): the sha1 in hexadecimal', run: ([s]) => hash(text(s), 'sha1') },
  to_uuid: {
    args: [1, 2],
    does: 'to_uuid(s, space?): the same UUID for the same text',
    run: ([s, space = ansible]) => uuid(text(s), text(space)),
  },
  random: {
    args: [2, 2],
    does: 'random(list or number, seed): the same for the same seed, such as inventory_hostname',
    run: ([x, seed]) => random(x, text(seed)),
  },
  shuffle: {
    args: [2, 2],
    does: 'shuffle(l, seed): in an order that the seed decides',
    run: ([l, seed]) => shuffle(Array.isArray(l) ? l : [], text(seed)),
  },
};
