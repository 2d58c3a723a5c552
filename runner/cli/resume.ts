// `tsrun --resume RUN` alone: the command line of that run, with what is given now over it. It starts nothing.
import { fault } from '../core/fault.ts';
import type { StartRecord } from '../core/journal.ts';
import type { Fault } from '../core/types.ts';
import { type CommandLine, has, one, parseCommandLine } from './parse.ts';
import { withSettings } from './settings.ts';
import { stateFolder } from './state.ts';
import type { World } from './world.ts';

interface Resumed {
  readonly line: CommandLine;
  readonly world: World;
  readonly faults: readonly Fault[];
}

export async function resumed(written: CommandLine, world: World): Promise<Resumed> {
  const as = { line: written, world, faults: [] };
  const named = one(written, 'resume');
  if (named === undefined || written.words.length > 0) return as;
  const { line } = withSettings(written, world, new Map());
  const state = stateFolder(line, world);
  // Without a folder the run itself says what is missing.
  if (state === undefined) return as;
  const { lookUp } = await import('../run-runs.ts');
  const { start, fault: unknown } = lookUp(state, named);
  if (!start) return { ...as, faults: unknown ? [unknown] : [] };
  const [verb = ''] = start.argv;
  return OTHER.has(verb) ? { ...as, faults: [wasOther(start.run, verb)] } : again(written, world, start, start.run);
}

/** The command line that a run had, as if it were given again where it was given. */
export function again(written: CommandLine, world: World, start: StartRecord, run: string): Resumed {
  const argv = start.argv.filter((word, at) => !/^--resume(=|$)/.test(word) && start.argv[at - 1] !== '--resume');
  const past = parseCommandLine(argv, {});
  const given = new Map([...past.given, ...written.given, ['resume', [run]] as const]);
  const line: CommandLine = { ...past, given, faults: [...past.faults, ...written.faults] };
  const faults = start.isMasked && !has(written, 'extra-vars') ? [maskedLine(run)] : [];
  // The journal of this run holds the whole command line too, so that it can be resumed in its turn.
  return { line, world: { ...world, cwd: start.cwd, argv: [...argv, ...world.argv] }, faults };
}

/** Verbs that know by themselves what is left to do. */
const OTHER: ReadonlySet<string> = new Set(['undo', 'apply']);

const wasOther = (run: string, verb: string): Fault =>
  fault('E471', {
    what: `run ${run.slice(0, 8)} was made by tsrun ${verb}`,
    why: 'it is not resumed: what it has done is seen when it is asked for again',
    mend: `tsrun ${verb} again, as before`,
  });

const maskedLine = (run: string): Fault =>
  fault('E471', {
    what: `the command line of run ${run.slice(0, 8)} held a secret`,
    why: 'a journal keeps no secrets, so it is not known any more',
    mend: 'give its --extra-vars again beside --resume',
  });
