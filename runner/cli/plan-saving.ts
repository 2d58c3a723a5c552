// --plan FILE: a check run whose findings are kept. It opens the file and puts the plan together; what is in it is the run's.
import type { RunRequest } from '../core/request.ts';
import { type MadePlan, PLAN_VERSION, sealOf } from '../core/saved-plan.ts';
import type { Redactor } from '../core/secret.ts';
import type { Fault } from '../core/types.ts';
import { type CommandLine, one } from './parse.ts';
import { openPlanFile } from './plan-file.ts';
import { keptLine } from './plan-line.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

interface Saving {
  readonly asked: Partial<Pick<RunRequest, 'check' | 'savePlan'>>;
  /** The run is over, also where nothing was planned. */
  readonly end: () => void;
}

export function savingOf(line: CommandLine, world: World, print: RunRequest['print'], redactor: Redactor): Saving | Fault {
  const name = one(line, 'plan');
  if (name === undefined) return { asked: {}, end: () => undefined };
  const file = openPlanFile(name, world.cwd);
  if ('code' in file) return file;
  const savePlan = (made: MadePlan): void => {
    const whole = { tsrun: 'plan' as const, version: PLAN_VERSION, by: version, ...made, line: keptLine(line, redactor) };
    file.write({ ...whole, seal: sealOf(whole) });
    print(`the plan is in ${name}: tsrun plan show ${name} shows it, tsrun apply ${name} does it`);
  };
  return { asked: { check: true, savePlan }, end: file.drop };
}
