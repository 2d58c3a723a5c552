// The site behind a command line that asks about a host and runs nothing: settings, passwords and files, and the mistakes of all three.
import { isError } from '../core/fault.ts';
import type { LoadRequest } from '../core/request.ts';
import type { Source } from '../core/source.ts';
import type { Fault } from '../core/types.ts';
import { load } from '../language/load.ts';
import { moduleNames, openModules } from '../modules/index.ts';
import type { CommandLine } from './parse.ts';
import { readPasswords } from './password.ts';
import { loadRequest } from './run.ts';
import { withSettings } from './settings.ts';
import type { World } from './world.ts';

export interface ReadSite {
  readonly line: CommandLine;
  /** As the command line has it, whatever `more` says. */
  readonly request: LoadRequest;
  readonly loaded: Awaited<ReturnType<typeof load>>;
  /** Where there is one, what was loaded counts for nothing. */
  readonly mistakes: readonly Fault[];
  readonly sources: Map<string, Source>;
}

/** `more`: what is loaded otherwise than the command line says. */
export async function readSite(
  written: CommandLine,
  playbooks: readonly string[],
  world: World,
  more: Partial<Parameters<typeof load>[0]> = {},
): Promise<ReadSite> {
  const sources = new Map<string, Source>();
  const { line } = withSettings({ ...written, words: playbooks }, world, sources);
  const { vault, faults } = await readPasswords(line, world);
  const request = loadRequest(line, world, vault);
  const loaded = await load({ ...request, modules: { names: moduleNames, open: openModules }, ...more });
  const mistakes = [...line.faults, ...faults, ...loaded.findings].filter(isError);
  return { line, request, loaded, mistakes, sources: new Map([...sources, ...loaded.sources]) };
}
