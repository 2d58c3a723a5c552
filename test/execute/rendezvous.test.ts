// Hosts wait for each other by position, and never for one that has left.
import { describe, expect, it } from 'vitest';
import { AFTER, comparePositions, createRendezvous } from '../../runner/execute/rendezvous.ts';

describe('positions', () => {
  it.each([
    [[], [1], -1],
    [[2], [1], 1],
    [[1], [1], 0],
    [[3, 0, 9], [3, 1, 4], -1],
    [[3], [3, 0, 1], -1],
    [[3, 5], [3, AFTER], -1],
    [[3, AFTER], [3, AFTER], 0],
    [[4], [3, AFTER], 1],
  ])('%j against %j: %i', (a, b, expected) => {
    expect(Math.sign(comparePositions(a, b))).toBe(expected);
  });
});

describe('rendezvous', () => {
  const settled = async (wait: Promise<void>): Promise<boolean> =>
    Promise.race([wait.then(() => true), new Promise<boolean>(ok => setImmediate(() => ok(false)))]);

  it('opens when the last host has come as far', async () => {
    const meeting = createRendezvous(['a', 'b', 'c']);
    meeting.reach('a', [5]);
    const wait = meeting.allAt([5]);
    meeting.reach('b', [7]);
    expect(await settled(wait)).toBe(false);
    meeting.reach('c', [5]);
    expect(await settled(wait)).toBe(true);
  });
  it('a host that leaves is not waited for', async () => {
    const meeting = createRendezvous(['a', 'b']);
    meeting.reach('a', [5]);
    const wait = meeting.allAt([5]);
    expect(await settled(wait)).toBe(false);
    meeting.leave('b');
    expect(await settled(wait)).toBe(true);
  });
});
