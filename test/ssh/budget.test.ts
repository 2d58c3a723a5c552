// The gate against creeping costs: what the benchmark's workload costs in counts is within bench/budget.json.
import { describe, expect, it } from 'vitest';
import { type Budget, compare, countAll, readBudget } from '../../bench/budget.ts';

describe('the budget', () => {
  it('holds for a first, a converged and a check run on 1 and 10 hosts', { timeout: 600_000 }, async () => {
    const seen = await countAll();
    expect(Object.keys(seen).sort()).toEqual(Object.keys(readBudget()).sort());
    expect(compare(seen, readBudget()).risen).toEqual([]);
  });

  const held: Budget = {
    'first, 1 host': { roundTrips: 10, bytesSent: 1000, bytesAnswered: 1000, processes: 100, programs: 100 },
  };
  const counts = { roundTrips: 10, bytesSent: 1000, bytesAnswered: 1000 };
  it.each([
    ['the same', counts, 0, 0],
    ['one round trip more', { ...counts, roundTrips: 11 }, 1, 0],
    ['bytes more by less than a few in a hundred', { ...counts, bytesSent: 1020 }, 0, 0],
    ['bytes more by more', { ...counts, bytesAnswered: 1200 }, 1, 0],
    ['processes more', { ...counts, processes: 110 }, 1, 0],
    ['half the round trips', { ...counts, roundTrips: 5 }, 0, 1],
  ])('%s is told as it is', (_, now, risen, lower) => {
    const found = compare({ 'first, 1 host': now }, held);
    expect([found.risen.length, found.lower.length]).toEqual([risen, lower]);
  });

  it('says which number rose, by how much, and how to accept it', () => {
    const { risen } = compare({ 'first, 1 host': { ...counts, roundTrips: 12 } }, held);
    expect(risen[0]).toMatch(/first, 1 host: round trips a host: 12, 2 more \(20 %\) than the budget of 10.*--quick --accept/);
  });
});
