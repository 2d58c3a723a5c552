// The top-level names that a task reads, through other variables and its template too: more rather than fewer. Evaluates nothing.
import type { Expression, Knowledge, Layer, Reference, Task, Value } from '../core/site.ts';
import type { AnyModule, LocalFile, Vars } from '../core/types.ts';
import type { LocalFiles } from './local-files.ts';
import type { Template } from './template.ts';
import { expressionsIn } from './value.ts';
import { writtenValue } from './variables.ts';

export interface ReadsOptions {
  readonly extra: Layer;
  readonly files: LocalFiles;
  module(name: string): AnyModule | undefined;
  template(path: string): Template;
}

const noNames: ReadonlySet<string> = new Set();

function valuesOf(task: Task): readonly Value[] {
  const { args, loop, loopControl, environment, become, title } = task;
  const optional = [
    loop,
    loopControl.label,
    title,
    task.delegateTo,
    task.retries,
    task.delay,
    task.ignoreErrors,
    task.checkMode,
    task.noLog,
    task.timeout,
    task.throttle,
    task.connection,
    task.remoteUser,
    task.port,
    task.touches,
    task.revertUnlessReached,
  ];
  const words = [become.become, become.user, become.method, become.flags];
  return [args, ...environment, ...task.notify, ...[...optional, ...words].filter(value => value !== undefined)];
}

const rootsOf = (expressions: readonly Expression[]): readonly string[] =>
  expressions.flatMap(({ references }) => references.map(reference => reference.path[0] as string));

/** Names that the task itself gives to its conditions. */
function ownNames(task: Task): ReadonlySet<string> {
  const { loopVar, indexVar } = task.loopControl;
  return new Set([...(task.loop ? [loopVar, 'ansible_loop'] : []), ...(indexVar ? [indexVar] : [])]);
}

function direct(task: Task, templateReferences: readonly Reference[]): readonly string[] {
  const own = ownNames(task);
  const before = [
    ...rootsOf([...task.when, ...valuesOf(task).flatMap(expressionsIn)]),
    ...templateReferences.map(reference => reference.path[0] as string),
  ];
  const after = rootsOf([...(task.changedWhen ?? []), ...(task.failedWhen ?? []), ...(task.until ?? [])]).filter(
    name => name !== task.register,
  );
  return [...before, ...after].filter(name => !own.has(name));
}

/** The text of the arguments that have no expression, as far as they are written out. */
function plainArgs({ args }: Task): Vars {
  if (args.is === 'plain') return (args.value ?? {}) as Vars;
  if (args.is !== 'map') return {};
  return Object.fromEntries(args.entries.flatMap(({ key, value }) => (value.is === 'plain' ? [[key, value.value]] : [])));
}

function templateReferences(task: Task, { module: moduleOf, files, template }: ReadsOptions): readonly Reference[] {
  const module = moduleOf(task.module);
  const args = plainArgs(task);
  if (task.isWord || !module?.local) return [];
  try {
    const local: readonly LocalFile[] = module.local(args);
    return local.flatMap(({ arg, as, folder, path: named }) => {
      const written = named ?? args[arg];
      const path = as === 'template' && typeof written === 'string' ? files.find(written, folder, task.frame) : undefined;
      return typeof path === 'string' ? template(path).references : [];
    });
  } catch {
    // A module may need an argument that only a run can render; a file may be unreadable: args() says so then.
    return [];
  }
}

export function createReads(options: ReadsOptions): (task: Task, on: Knowledge) => ReadonlySet<string> {
  const cache = new WeakMap<Task, WeakMap<readonly Layer[], ReadonlySet<string>>>();
  const walk = (task: Task, on: Knowledge): ReadonlySet<string> => {
    const found = new Set<string>();
    const pending = [...direct(task, templateReferences(task, options))];
    // What files define counts even where a fact or a set_fact hides it now.
    const bare: Knowledge = { ...on, facts: undefined, assigned: new Map(), unknown: new Map(), local: {} };
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      const value = writtenValue(name, task, bare, options.extra);
      if (value) pending.push(...rootsOf(expressionsIn(value)));
    }
    return found.size === 0 ? noNames : found;
  };
  return (task, on) => {
    if (on.included.size > 0) return walk(task, on);
    const known = cache.get(task)?.get(on.host.layers);
    if (known) return known;
    const made = walk(task, on);
    const ofTask = cache.get(task) ?? new WeakMap<readonly Layer[], ReadonlySet<string>>();
    ofTask.set(on.host.layers, made);
    cache.set(task, ofTask);
    return made;
  };
}
