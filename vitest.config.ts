// The tiers of tests (scripts/tiers.mjs) as vitest projects. `npx vitest run --project unit` is the quick one.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { tiers } from './scripts/tiers.mjs';

const files = (globs: readonly string[]): string[] => globs.map(glob => (glob.endsWith('/**') ? `${glob}/*.test.ts` : glob));
const apart = tiers.flatMap(tier => (tier.name === 'unit' ? [] : files(tier.include)));

// Journals of runs that are processes of their own stay out of the home folder.
const state = { TSRUN_STATE: join(tmpdir(), 'tsrun-test-state') };
// What a run of somebody else owes on this machine is no business of a test, nor the other way round. The ansible tier clears the usual place.
const own = { TSRUN_OWED: join(tmpdir(), `tsrun-test-owed-${process.pid}`) };
const envOf = (name: string): Record<string, string> => (name === 'ansible' ? state : { ...state, ...own });

export default defineConfig({
  test: {
    projects: tiers.map(({ name, include, options }) => ({
      test: { name, env: envOf(name), include: files(include), exclude: name === 'unit' ? apart : [], ...options },
    })),
  },
});
