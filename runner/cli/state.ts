// Where the journals of runs are kept, and what a run tells its journal of the command line. It reads no file.
import { join, resolve } from 'node:path';
import type { RunRequest } from '../core/request.ts';
import { type CommandLine, one } from './parse.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

/** --state, TSRUN_STATE or the setting; else as XDG says. Undefined where no home is known. */
export function stateFolder(line: CommandLine, { cwd, env }: World): string | undefined {
  const told = one(line, 'state');
  if (told !== undefined) return resolve(cwd, told);
  const { XDG_STATE_HOME: state, HOME: home } = env;
  if (state) return join(state, 'tsrun');
  return home ? join(home, '.local/state/tsrun') : undefined;
}

export function journalOf(line: CommandLine, world: World): Pick<RunRequest, 'journal'> {
  const state = stateFolder(line, world);
  return state === undefined ? {} : { journal: { state, argv: world.argv, pid: world.pid ?? 0, tsrun: version } };
}
