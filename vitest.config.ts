// The tiers of tests as vitest projects; scripts/test.mjs runs them in turn. `npx vitest run --project unit` is the quick one.
import { defineConfig } from 'vitest/config';

const minutes = 60_000;
const tiers = {
  ssh: { include: ['test/ssh/**/*.test.ts'], testTimeout: minutes },
  lab: {
    include: ['test/lab/**/*.test.ts', 'test/**/*.lab.test.ts'],
    testTimeout: 20 * minutes,
    hookTimeout: 20 * minutes,
    fileParallelism: false,
  },
  cluster: {
    include: ['test/cluster/**/*.test.ts'],
    testTimeout: 10 * minutes,
    hookTimeout: 10 * minutes,
    fileParallelism: false,
  },
  ansible: { include: ['test/ansible/**/*.test.ts'], testTimeout: 5 * minutes },
  faults: { include: ['test/faults/**/*.test.ts'], testTimeout: 5 * minutes },
};
const apart = Object.values(tiers).flatMap(tier => tier.include);
// The limit is for what hangs, not for what a busy machine makes slow. No part has ambient state, so test files of the unit tier share a process: half the time goes into imports otherwise.
const unit = { include: ['test/**/*.test.ts'], exclude: apart, isolate: false, testTimeout: 30_000 };

export default defineConfig({
  test: {
    projects: Object.entries({ unit, ...tiers }).map(([name, tier]) => ({ test: { name, ...tier } })),
  },
});
