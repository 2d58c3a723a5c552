// serial: how the hosts of a play are cut into batches (semantics.md 2.6).
import { describe, expect, it } from 'vitest';
import { batches } from '../../runner/core/batches.ts';

const hosts = ['a', 'b', 'c', 'd', 'e'];
const rows: readonly { serial: readonly (number | string)[]; sizes: readonly number[] }[] = [
  { serial: [], sizes: [5] },
  { serial: [2], sizes: [2, 2, 1] },
  { serial: [1, 3], sizes: [1, 3, 1] },
  { serial: ['40%'], sizes: [2, 2, 1] },
  { serial: ['10%'], sizes: [1, 1, 1, 1, 1] },
  { serial: ['100%'], sizes: [5] },
  { serial: [1, '50%'], sizes: [1, 2, 2] },
  { serial: [0], sizes: [5] },
  { serial: [9], sizes: [5] },
];

describe('serial', () => {
  it.each(rows)('$serial gives batches of $sizes', ({ serial, sizes }) => {
    const cut = batches(hosts, serial);
    expect(cut.map(batch => batch.length)).toEqual(sizes);
    expect(cut.flat()).toEqual(hosts);
  });
  it('a play without hosts has no batch', () => expect(batches([], [3])).toEqual([]));
});
