// The property of waves over many random playbooks. A failing seed is printed and replays: TSRUN_SEED, TSRUN_RUNS.
import { expect, it } from 'vitest';
import { checkWaves } from '../support/wave-property.ts';

const seed = Number(process.env['TSRUN_SEED'] ?? Date.now() % 1_000_000);
const runs = Number(process.env['TSRUN_RUNS'] ?? 40);

it(`waves give what one task after another gives (seed ${seed}, ${runs} playbooks)`, { timeout: 3_600_000 }, async () => {
  const { altered, meanWave, saved } = await checkWaves(runs, seed);
  expect(altered).toBeGreaterThanOrEqual(0.5);
  expect(meanWave).toBeGreaterThanOrEqual(5);
  expect(saved).toBeGreaterThanOrEqual(2);
});
