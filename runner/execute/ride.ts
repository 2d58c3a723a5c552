// The questions of one wave: its probes and what travels with them (other names of paths, debts), and how the answers are kept.
import type { Become, Output, Question } from '../core/types.ts';
import { aliasScript, pathsOf, readAliases, widened } from './aliases.ts';
import type { HostRun } from './host-run.ts';
import { owedScript, readOwed } from './owed.ts';
import type { Prepared } from './prepare.ts';
import { withEnvironment } from './steps.ts';

export interface Ride {
  readonly questions: readonly Question[];
  /** Answers in the order of the questions. */
  keep(outputs: readonly Output[]): void;
}

export const userKey = (as: Become | undefined): string => (as ? `${as.method}:${as.user}` : '');

const question = ({ probe, environment }: Prepared): Question => withEnvironment(probe.ask, environment);

export function rideOf(run: HostRun, group: readonly Prepared[]): Ride {
  const local = group.filter(one => one.delegate === undefined && !('api' in one.probe.ask));
  const paths = pathsOf(local.map(one => one.probe.reads));
  const aliases: readonly Question[] = paths.length > 0 ? [{ sh: aliasScript(paths) }] : [];
  const debts: readonly Question[] = asksDebts(run, local) ? [{ sh: owedScript }] : [];
  return {
    questions: [...group.map(question), ...aliases, ...debts],
    keep(outputs) {
      if (aliases.length > 0) readAliases(run.aliases, paths, outputs[group.length]);
      if (debts.length > 0) readOwed(run.owed, outputs[group.length + aliases.length]);
      group.forEach((one, i) => keepOne(run, one, outputs[i]));
    },
  };
}

function keepOne(run: HostRun, { key, args, probe }: Prepared, output: Output | undefined): void {
  if (output) run.observations.keep(key, { args, output, reads: widened(run.aliases, probe.reads) });
}

/** Once for each user; also where the play has no handlers any more, for what is owed must be told. */
function asksDebts(run: HostRun, [first]: readonly Prepared[]): boolean {
  if (!first || run.owed.asked.has(userKey(first.as))) return false;
  run.owed.asked.add(userKey(first.as));
  return true;
}
