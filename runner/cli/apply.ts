// The verbs apply and plan: a saved plan is read, shown, or done. It plans nothing itself.
import { fault } from '../core/fault.ts';
import type { SavedPlan } from '../core/saved-plan.ts';
import type { Fault } from '../core/types.ts';
import { planPage } from '../report/plan-page.ts';
import { painter } from '../report/text.ts';
import { isColored } from './color.ts';
import { complain } from './complain.ts';
import { type CommandLine, has, one } from './parse.ts';
import { readPlanFile } from './plan-file.ts';
import { appliedLine } from './plan-line.ts';
import { runVerb } from './run.ts';
import type { World } from './world.ts';

export async function applyVerb(line: CommandLine, world: World): Promise<number> {
  const plan = line.words.length === 1 ? readPlanFile(line.words[0] ?? '', world.cwd) : oneFile('tsrun apply FILE');
  if (isFault(plan)) return complain(line, world, [plan]);
  const whole = appliedLine(plan.line, line);
  if (whole.faults.length > 0) return complain(line, world, whole.faults);
  if (has(line, 'check') && (one(line, 'output') ?? 'human') === 'human') show(plan, line, world);
  return runVerb(whole, world, { apply: plan });
}

export async function planVerb(line: CommandLine, world: World): Promise<number> {
  const [word, file] = line.words;
  const plan = word === 'show' && line.words.length === 2 ? readPlanFile(file ?? '', world.cwd) : oneFile('tsrun plan show FILE');
  if (isFault(plan)) return complain(line, world, [plan]);
  show(plan, line, world);
  return 0;
}

const isFault = (found: SavedPlan | Fault): found is Fault => 'code' in found;

const show = (plan: SavedPlan, line: CommandLine, world: World): void =>
  world.out.write(`${planPage(plan, painter(isColored(line, world, world.out))).join('\n')}\n`);

const oneFile = (mend: string): Fault =>
  fault('E463', { what: 'one saved plan is to be named', why: 'it is the file that --plan FILE wrote', mend });
