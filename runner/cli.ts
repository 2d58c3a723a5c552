// The command line: a verb and its flags in, an exit code out. It knows no process; main.ts hands it the world.
import { complain } from './cli/complain.ts';
import type { Verb } from './cli/flags.ts';
import { help } from './cli/help.ts';
import { type CommandLine, has, parseCommandLine } from './cli/parse.ts';
import type { World } from './cli/world.ts';

type Act = (line: CommandLine, world: World) => Promise<number>;

/** Each verb is imported when it is asked for: `--help` waits for none of them. */
const acts: Readonly<Record<Verb, Act>> = {
  run: async (line, world) => (await import('./cli/run.ts')).runVerb(line, world),
  exec: async (line, world) => (await import('./cli/run.ts')).runVerb(line, world),
  apply: async (line, world) => (await import('./cli/apply.ts')).applyVerb(line, world),
  plan: async (line, world) => (await import('./cli/apply.ts')).planVerb(line, world),
  lint: async (line, world) => (await import('./cli/run.ts')).runVerb(line, world),
  inventory: async (line, world) => (await import('./cli/inventory.ts')).inventoryVerb(line, world),
  explain: async (line, world) => (await import('./cli/inventory.ts')).explainVerb(line, world),
  vault: async (line, world) => (await import('./cli/vault.ts')).vaultVerb(line, world),
  completion: async (line, world) => (await import('./cli/completion.ts')).completionVerb(line, world),
  schema: async (line, world) => (await import('./cli/schema.ts')).schemaVerb(line, world),
  init: async (line, world) => (await import('./cli/init.ts')).initVerb(line, world),
  undo: async (line, world) => (await import('./cli/undo.ts')).undoVerb(line, world),
  runs: async (line, world) => (await import('./cli/runs.ts')).runsVerb(line, world),
  doc: async (line, world) => (await import('./cli/doc.ts')).docVerb(line, world),
};

export async function tsrun(world: World): Promise<number> {
  const line = parseCommandLine(world.argv, world.env);
  if (has(line, 'help')) {
    world.out.write(`${help(line.verb, Math.min(world.out.columns, 120))}\n`);
    return 0;
  }
  if (has(line, 'version')) {
    world.out.write(`tsrun ${(await import('./cli/version.ts')).version}\n`);
    return 0;
  }
  return line.faults.length > 0 ? complain(line, world, line.faults) : acts[line.verb](line, world);
}
