// A command line that is wrong: told on stderr, and as events on stdout where a script reads them. Exit code 5.
import { type Source, showSpan } from '../core/source.ts';
import type { Fault } from '../core/types.ts';
import { type CommandLine, one } from './parse.ts';
import { isColored } from './color.ts';
import type { World } from './world.ts';

const WRONG = 5;

export async function complain(
  line: CommandLine,
  world: World,
  faults: readonly Fault[],
  sources: ReadonlyMap<string, Source> = new Map(),
): Promise<number> {
  const { openReporter } = await import('../report/index.ts');
  const { findings } = await import('../report/findings.ts');
  const people = findings({ write: world.err.write, color: isColored(line, world, world.err), sources });
  const form = one(line, 'output') ?? 'human';
  const scripts = await openReporter(form, { write: world.out.write, color: false, diff: false, verbosity: 0, sources });
  const base = { time: new Date(world.clock.now()).toISOString(), run: 'none' };
  for (const { code, what, why, mend, at, severity = 'error' } of faults) {
    const event = { event: 'finding', ...base, severity, code, what, why, mend, path: at ? showSpan(at) : null } as const;
    people.on(event);
    scripts.on(event);
  }
  scripts.on({ event: 'run_end', ...base, exitCode: WRONG });
  return WRONG;
}
