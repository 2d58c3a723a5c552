// Modules in a scratch root for table tests: a tree before, arguments, what came of it. For tests alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyModule, Fact, Plan, Vars } from '../../runner/core/types.ts';
import { openModules } from '../../runner/modules/index.ts';
import { checkedTask, fill, look, makeScratch, play, removeScratch, type Scratch, type Task } from './laws.ts';

export interface Case {
  readonly root: string;
  readonly scratch: Scratch;
  task(args: Vars): Task;
  /** Probe and plan alone. */
  look(args: Vars): Plan;
  play(
    args: Vars,
  ): Promise<{ readonly changed: boolean; readonly failed?: string; readonly result: Vars; readonly changes: readonly string[] }>;
  /** A check run's second thought: the plan on what is foretold, or null. */
  foresee(args: Vars, foretold: readonly Fact[]): Plan | null;
  read(path: string): string;
}

const withRoot = (value: unknown, root: string): unknown => JSON.parse(JSON.stringify(value).replaceAll('@/', `${root}/`));

/** In arguments and facts, `@/` stands for the root. */
export async function inScratch<T>(
  name: string,
  tree: Readonly<Record<string, string>>,
  run: (one: Case) => Promise<T> | T,
): Promise<T> {
  const module = (await openModules([name])).get(name) as AnyModule;
  const scratch = makeScratch();
  fill(scratch.root, tree);
  const task = (args: Vars): Task => taskOf(module, name, args, scratch.root);
  try {
    return await run({
      root: scratch.root,
      scratch,
      task,
      look: args => look(task(args), scratch).plan,
      async play(args) {
        const { plan, failed, result } = await play(task(args), scratch);
        return {
          changed: failed === undefined && plan.changes.length > 0,
          ...(failed === undefined ? {} : { failed }),
          result,
          changes: plan.changes.map(({ summary }) => summary.replaceAll(scratch.root, '@')),
        };
      },
      foresee(args, foretold) {
        const { args: full } = task(args);
        const state =
          module.foresee?.(full, look(task(args), scratch).state, withRoot(foretold, scratch.root) as readonly Fact[]) ?? null;
        return state === null ? null : module.plan(full, state);
      },
      read: path => readFileSync(join(scratch.root, path), 'utf8'),
    });
  } finally {
    removeScratch(scratch);
  }
}

/** A Blob, Tree or Rendered as `src` is put in as it is: it has no path to be looked up. */
function taskOf(module: AnyModule, name: string, args: Vars, root: string): Task {
  const { src, ...rest } = args;
  if (typeof src !== 'object') return checkedTask(module, name, withRoot(args, root));
  const task = checkedTask(module, name, { ...(withRoot(rest, root) as Vars), src: 'x' });
  return { ...task, args: { ...task.args, src } };
}
