// What touches what: names, folders, families, everything.
import { describe, expect, it } from 'vitest';
import type { Footprint } from '../../runner/core/types.ts';
import { overlaps } from '../../runner/plan/footprint.ts';

const rows: readonly (readonly [Footprint, Footprint, boolean])[] = [
  ['file:/etc/fstab', 'file:/etc/fstab', true],
  ['file:/etc/fstab', 'file:/etc/exports', false],
  ['file:/etc/', 'file:/etc/exports', true],
  ['file:/etc/exports', 'file:/etc/', true],
  ['file:/etc/', 'file:/etc', true],
  ['file:/etc', 'file:/etc/', true],
  ['file:/etcetera', 'file:/etc/', false],
  ['file:/etc/', 'file:/etcetera/x', false],
  ['file:/', 'file:/srv/data/x', true],
  ['unit:', 'unit:nfs-server', true],
  ['unit:nfs-server', 'unit:nfs', false],
  ['unit:', 'user:unit', false],
  ['*', 'sysctl:vm.swappiness', true],
  ['package:curl', '*', true],
];

describe('footprints', () => {
  it.each(rows)('%s touches what reads %s: %s', (touched, read, expected) => {
    expect(overlaps([touched], [read])).toBe(expected);
    expect(overlaps([read], [touched])).toBe(expected);
  });
  it('nothing touches nothing', () => {
    expect(overlaps([], ['*'])).toBe(false);
    expect(overlaps(['*'], [])).toBe(false);
  });
});
