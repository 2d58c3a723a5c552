// import_tasks and import_role, and the reading of a role's tasks that roles and includes share. Static: no host is known.
import { dirname, join, resolve } from 'node:path';
import { fault } from '../../core/fault.ts';
import type { Layer, Task, TreeNode, Value } from '../../core/site.ts';
import type { Span } from '../../core/types.ts';
import type { YamlNode } from '../node.ts';
import { findRole, partFile, type Role } from '../role.ts';
import { layerOf } from './inherit.ts';
import { roleNodes } from './role-nodes.ts';
import type { TaskDraft } from './task.ts';
import { nodesOf, type Scope } from './tree.ts';
import type { Inherited, Work } from './work.ts';

/** A fixed text among the arguments of a word; a fault where it depends on a host. */
export function fixedArg(task: Task, key: string, work: Work): { text: string; span: Span } | undefined {
  const entry = task.args.is === 'map' ? task.args.entries.find(one => one.key === key) : undefined;
  if (!entry) return undefined;
  const { value } = entry;
  if (value.is === 'plain' && (typeof value.value === 'string' || typeof value.value === 'number'))
    return { text: String(value.value), span: value.span };
  const mend = `name it without {{ }}, or use ${task.module.replace('import', 'include')}, which is done while the run goes on`;
  work.faults.push(
    fault('E208', {
      what: `"${key}" of "${task.module}" must be known before the run`,
      at: value.span,
      why: 'imports are read before any host is known',
      mend,
    }),
  );
  return undefined;
}

const missing = (task: Task, key: string, work: Work): void =>
  void work.faults.push(
    fault('E204', {
      what: `"${task.module}" lacks "${key}"`,
      at: task.span,
      why: `"${key}" is required`,
      mend: `add "${key}: ..."`,
    }),
  );

type ReadNodes<T> = (node: YamlNode | null, own: Inherited) => T[];

export function importTasks<T = TreeNode>(draft: TaskDraft, work: Work, scope: Scope, read?: ReadNodes<T>): T[] {
  const { task, own } = draft;
  const name = fixedArg(task, 'file', work);
  if (!name) {
    if (!hasArg(task, 'file')) missing(task, 'file', work);
    return [];
  }
  const path = taskFile(name.text, task, name.span, work);
  if (!path) return [];
  const inherited = { ...own, frame: { ...own.frame, fileDir: dirname(path) } };
  const nodes = (node: YamlNode | null) =>
    read ? read(node, inherited) : (nodesOf('tasks', node, inherited, work, scope) as T[]);
  return inFile(path, name.span, work, () => {
    const node = work.files.yaml(path, work.faults, name.span);
    return node === undefined ? [] : nodes(node);
  });
}

export const hasArg = (task: Task, key: string): boolean =>
  task.args.is === 'map' && task.args.entries.some(entry => entry.key === key);

/** Where Ansible looks for a file of tasks: beside the file that names it, in the role, beside the playbook. */
export function taskFile(name: string, task: Task, at: Span, work: Work): string | undefined {
  const { fileDir, roleDir, playbookDir } = task.frame;
  const inRole = roleDir ? [join(roleDir, 'tasks'), roleDir] : [];
  const places = [...new Set([fileDir, ...inRole, playbookDir, join(playbookDir, 'tasks')].map(dir => resolve(dir, name)))];
  const path = places.find(work.files.isFile);
  if (path) return path;
  const near = places.flatMap(place =>
    work.files.list(dirname(place)).filter(file => file.replace(/\.ya?ml$/, '') === name.replace(/\.ya?ml$/, '')),
  );
  const mend = near[0] ? `did you mean "${near[0]}"?` : 'write the file, or correct its name';
  work.faults.push(
    fault('E110', { what: `no file "${name}"`, at, why: `looked for ${places.map(work.files.shown).join(', ')}`, mend }),
  );
  return undefined;
}

/** Runs `read` unless the file is being read already, which would never end. */
export function inFile<T>(path: string, at: Span, work: Work, read: () => T[]): T[] {
  if (work.open.includes(path)) {
    const round = [...work.open.slice(work.open.indexOf(path)), path].map(work.files.shown).join(' -> ');
    work.faults.push(
      fault('E111', {
        what: 'files import each other in a circle',
        at,
        why: round,
        mend: 'break the circle: an include with a condition may call itself',
      }),
    );
    return [];
  }
  work.open.push(path);
  try {
    return read();
  } finally {
    work.open.pop();
  }
}

export function importRole(draft: TaskDraft, work: Work, scope: Scope): TreeNode[] {
  const { task, own } = draft;
  const name = fixedArg(task, 'name', work);
  if (!name) {
    if (!hasArg(task, 'name')) missing(task, 'name', work);
    return [];
  }
  const role = findRole(name.text, name.span, work, task.frame.playbookDir, task.frame.roleDir);
  if (!role) return [];
  // `vars:` of the import are the role's params.
  const params = own.layers.filter(layer => layer.level === 17);
  const layers = own.layers.filter(layer => layer.level !== 17);
  const from = { tasks: fixedArg(task, 'tasks_from', work)?.text, handlers: fixedArg(task, 'handlers_from', work)?.text };
  const use = { role, at: name.span, params: merged(params), from, extra: roleFiles(role, task, work) };
  return roleNodes(use, { ...own, layers }, work, scope);
}

const merged = (layers: readonly Layer[]): ReadonlyMap<string, Value> => new Map(layers.flatMap(layer => [...layer.vars]));

/** `vars_from` and `defaults_from`. */
export function roleFiles(role: Role, task: Task, work: Work): Layer[] {
  return (['vars', 'defaults'] as const).flatMap(part => {
    const name = fixedArg(task, `${part}_from`, work);
    if (!name) return [];
    const path = partFile(work.files, role, part, name.text);
    const node = path && work.files.yaml(path, work.faults, name.span);
    if (!path)
      work.faults.push(
        fault('E110', {
          what: `no file "${name.text}"`,
          at: name.span,
          why: `looked in ${work.files.shown(join(role.dir, part))}`,
          mend: 'write the file, or correct its name',
        }),
      );
    return node && node.kind === 'map'
      ? [layerOf(node, part === 'vars' ? 15 : 1, `${part} of role ${role.name}`, work.faults)]
      : [];
  });
}
