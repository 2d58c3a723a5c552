// What include_tasks, include_role and include_vars bring: at run time for each host, before it where the name is fixed.
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fault } from '../../core/fault.ts';
import type { Included, Task, TreeNode, Value } from '../../core/site.ts';
import type { Fault, Span, Vars } from '../../core/types.ts';
import { findRole } from '../role.ts';
import { selectNodes } from '../tags.ts';
import { roleFiles, taskFile } from './import.ts';
import { inherit } from './inherit.ts';
import { roleNodes } from './role-nodes.ts';
import { newScope, nodesOf, type Scope } from './tree.ts';
import { fileLayer } from './vars-files.ts';
import { type Including, type Inherited, type Work } from './work.ts';

export interface Expansion {
  readonly included: Included;
  readonly faults: readonly Fault[];
}
/** `args` are rendered and fit the schema of the word. All hosts that include the same file get the same nodes. */
export type ExpandInclude = (task: Task, args: Vars) => Expansion;

const nothing: Included = { nodes: [], handlers: [] };

/** The arguments that decide what comes. */
const naming = ['file', 'dir', 'name', 'tasks_from', 'handlers_from', 'depth', 'files_matching', 'ignore_files', 'extensions'];

export function expandInclude(task: Task, args: Vars, work: Work): Expansion {
  const key = `${task.id} ${JSON.stringify(naming.map(word => args[word] ?? null))}`;
  const known = work.expanded.get(key);
  if (known) return { included: known, faults: [] };
  const before = work.faults.length;
  const included = expand(task, args, work);
  const faults = work.faults.splice(before);
  if (faults.length === 0) work.expanded.set(key, included);
  return { included, faults };
}

function expand(task: Task, args: Vars, work: Work): Included {
  if (task.module === 'include_vars') return { ...nothing, vars: includedVars(task, args, work) };
  const including = work.including.get(task);
  if (!including) throw new Error(`task ${task.id} is no include`);
  const scope = newScope();
  work.broughtScopes.set(task, scope);
  const { apply, above } = including;
  const inherited = apply ? inherit(apply, above, work, { level: 16, from: 'vars of apply' }) : above;
  const nodes =
    task.module === 'include_role'
      ? roleOf(task, args, { ...including, above: inherited }, work, scope)
      : tasksOf(task, args, inherited, work, scope);
  return { nodes: selectNodes(nodes, work.selection), handlers: scope.handlers };
}

function tasksOf(task: Task, args: Vars, above: Inherited, work: Work, scope: Scope): TreeNode[] {
  const path = taskFile(String(args.file), task, placeOf(task, 'file'), work);
  const node = path && work.files.yaml(path, work.faults, task.span);
  if (!path || node === undefined) return [];
  return nodesOf('tasks', node || null, { ...above, frame: { ...above.frame, fileDir: dirname(path) } }, work, scope);
}

function roleOf(task: Task, args: Vars, { above, params }: Including, work: Work, scope: Scope): TreeNode[] {
  const at = placeOf(task, 'name');
  const role = findRole(String(args.name), at, work, task.frame.playbookDir, task.frame.roleDir);
  if (!role) return [];
  const given = (key: string) => (args[key] === undefined ? undefined : String(args[key]));
  const from = { tasks: given('tasks_from'), handlers: given('handlers_from') };
  return roleNodes({ role, at, params, from, extra: roleFiles(role, task, work) }, above, work, scope);
}

function placeOf(task: Task, key: string): Span {
  const entry = task.args.is === 'map' ? task.args.entries.find(one => one.key === key) : undefined;
  return entry?.value.span ?? task.span;
}

function includedVars(task: Task, args: Vars, work: Work): ReadonlyMap<string, Value> {
  const paths = args.dir === undefined ? filePaths(task, String(args.file), work) : folderPaths(task, args, work);
  const layers = paths.flatMap(path =>
    fileLayer(path, { kind: 'scalar', value: null, quoted: false, style: 'plain', span: task.span }, work, 18),
  );
  const vars = new Map(layers.flatMap(layer => [...layer.vars]));
  return typeof args.name === 'string' ? new Map([[args.name, asMap(vars, task.span)]]) : vars;
}

const asMap = (vars: ReadonlyMap<string, Value>, span: Span): Value => ({
  is: 'map',
  entries: [...vars].map(([key, value]) => ({ key, keySpan: value.span, value })),
  span,
});

const placesFor = (task: Task, name: string): string[] => {
  const { fileDir, roleDir, playbookDir } = task.frame;
  const inRole = roleDir ? [join(roleDir, 'vars'), roleDir] : [];
  return [...new Set([...inRole, fileDir, join(playbookDir, 'vars'), playbookDir].map(dir => resolve(dir, name)))];
};

function filePaths(task: Task, name: string, work: Work): string[] {
  const places = placesFor(task, name);
  const path = places.find(work.files.isFile);
  if (path) return [path];
  missing(task, `no file "${name}"`, places, work);
  return [];
}

function folderPaths(task: Task, args: Vars, work: Work): string[] {
  const places = placesFor(task, String(args.dir));
  const folder = places.find(work.files.isFolder);
  if (!folder) {
    missing(task, `no folder "${String(args.dir)}"`, places, work);
    return [];
  }
  const pattern = typeof args.files_matching === 'string' ? new RegExp(args.files_matching) : /./;
  const ignored = ([] as unknown[]).concat(args.ignore_files ?? []).map(String);
  const ends = ([] as unknown[]).concat(args.extensions ?? ['yaml', 'yml', 'json']).map(String);
  return filesBelow(folder, work, Number(args.depth ?? 0) || Number.POSITIVE_INFINITY).filter(path => {
    const name = basename(path);
    return pattern.test(name) && !ignored.includes(name) && ends.includes(extname(name).slice(1));
  });
}

function filesBelow(folder: string, work: Work, depth: number): string[] {
  if (depth <= 0) return [];
  return work.files.list(folder).flatMap(name => {
    const path = join(folder, name);
    return work.files.isFolder(path) ? filesBelow(path, work, depth - 1) : [path];
  });
}

const missing = (task: Task, what: string, places: readonly string[], work: Work): void =>
  void work.faults.push(
    fault('E110', {
      what,
      at: task.span,
      why: `looked for ${places.map(work.files.shown).join(', ')}`,
      mend: 'write it, or correct its name',
    }),
  );

/** Expands the includes whose names are fixed, so that what they bring is checked too. Each file once in a chain. */
export function expandFixed(work: Work, chain: Map<number, readonly string[]> = new Map()): void {
  for (const task of work.includes.splice(0)) {
    const args = fixedArgs(task);
    if (!args) {
      work.openEnded = true;
      continue;
    }
    const above = chain.get(task.id) ?? [];
    const name = `${task.module} ${String(args.file ?? args.dir ?? args.name)} ${String(args.tasks_from ?? '')} ${task.frame.fileDir}`;
    if (above.includes(name)) continue;
    const { included, faults } = expandInclude(task, args, work);
    work.faults.push(...faults);
    work.brought.set(task, included);
    for (const inner of work.includes) chain.set(inner.id, [...above, name]);
  }
}

function fixedArgs(task: Task): Vars | undefined {
  if (task.args.is !== 'map') return undefined;
  const needed =
    task.module === 'include_role' ? ['name', 'tasks_from', 'vars_from', 'defaults_from', 'handlers_from'] : ['file', 'dir'];
  const entries = task.args.entries.filter(entry => entry.key !== 'apply');
  if (entries.some(({ key, value }) => needed.includes(key) && value.is !== 'plain')) return undefined;
  return Object.fromEntries(entries.flatMap(({ key, value }) => (value.is === 'plain' ? [[key, value.value]] : [])));
}
