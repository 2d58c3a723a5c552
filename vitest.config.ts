// The tiers of tests (scripts/tiers.mjs) as vitest projects. `npx vitest run --project unit` is the quick one.
import { defineConfig } from 'vitest/config';
import { tiers } from './scripts/tiers.mjs';

const files = (globs: readonly string[]): string[] => globs.map(glob => (glob.endsWith('/**') ? `${glob}/*.test.ts` : glob));
const apart = tiers.flatMap(tier => (tier.name === 'unit' ? [] : files(tier.include)));

export default defineConfig({
  test: {
    projects: tiers.map(({ name, include, options }) => ({
      test: { name, include: files(include), exclude: name === 'unit' ? apart : [], ...options },
    })),
  },
});
