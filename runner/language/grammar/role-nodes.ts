// A role in use: its dependencies, its tasks and its handlers, with the variables that it alone sees.
import { dirname } from 'node:path';
import { didYouMean, fault } from '../../core/fault.ts';
import type { Frame, Layer, TreeNode, Value } from '../../core/site.ts';
import type { Span } from '../../core/types.ts';
import { partFile, type Role } from '../role.ts';
import { inFile } from './import.ts';
import { roleEntryNodes } from './roles.ts';
import { handlersOf, nodesOf, type Scope } from './tree.ts';
import { type Inherited, type Work, withLayer, withoutRole } from './work.ts';

export interface RoleUse {
  readonly role: Role;
  /** The place that names it. */
  readonly at: Span;
  /** Level 20. */
  readonly params: ReadonlyMap<string, Value>;
  readonly from: { readonly tasks: string | undefined; readonly handlers: string | undefined };
  readonly extra: readonly Layer[];
}

export function roleNodes(use: RoleUse, above: Inherited, work: Work, scope: Scope): TreeNode[] {
  const { role, at } = use;
  checkParams(use, work);
  const inside = insideRole(use, above);
  return inFile(role.dir, at, work, () => {
    const before = use.from.tasks === undefined ? dependencies(role, above, work, scope) : [];
    addHandlers(use, inside, work, scope);
    work.roleUses.push({ role, at, inherited: inside, scope });
    return [...before, ...tasksOf(use, inside, work, scope)];
  });
}

function insideRole({ role, params, extra }: RoleUse, above: Inherited): Inherited {
  const frame: Frame = { ...above.frame, role: role.name, roleDir: role.dir };
  const layers: readonly Layer[] = [
    role.defaults,
    role.vars,
    ...extra,
    { level: 20, from: `params of role ${role.name}`, vars: params },
  ];
  return { ...above, frame, layers: layers.reduce(withLayer, withoutRole(above.layers)) };
}

function tasksOf(use: RoleUse, inside: Inherited, work: Work, scope: Scope): TreeNode[] {
  const { role, from, at } = use;
  const path = partFile(work.files, role, 'tasks', from.tasks);
  if (!path) {
    if (from.tasks !== undefined)
      work.faults.push(
        fault('E110', {
          what: `no file "${from.tasks}" in role "${role.name}"`,
          at,
          why: `looked in ${work.files.shown(role.dir)}/tasks`,
          mend: 'write the file, or correct its name',
        }),
      );
    return [];
  }
  const node = work.files.yaml(path, work.faults, at);
  return nodesOf('tasks', node, { ...inside, frame: { ...inside.frame, fileDir: dirname(path) } }, work, scope);
}

/** A role used twice has its handlers once (semantics.md 1). */
function addHandlers({ role, from }: RoleUse, inside: Inherited, work: Work, scope: Scope): void {
  const path = partFile(work.files, role, 'handlers', from.handlers);
  if (!path || scope.roles.has(path)) return;
  scope.roles.add(path);
  // Conditions and tags of this use do not gate what another use may notify.
  const inherited = { ...inside, when: [], frame: { ...inside.frame, fileDir: dirname(path) } };
  scope.handlers.push(...handlersOf('handlers', work.files.yaml(path, work.faults), inherited, work, scope));
}

function dependencies(role: Role, above: Inherited, work: Work, scope: Scope): TreeNode[] {
  const frame = { ...above.frame, roleDir: role.dir };
  return role.dependencies.flatMap(entry =>
    roleEntryNodes(entry, { ...above, frame, layers: withoutRole(above.layers) }, work, scope),
  );
}

/** A role with declared inputs takes these and the variables that it uses, nothing else. */
function checkParams({ role, params }: RoleUse, work: Work): void {
  if (!role.closed) return;
  const known = [...role.inputs.map(({ name }) => name), ...role.uses];
  for (const [name, value] of params)
    if (!known.includes(name)) work.faults.push(unknownParam(name, value.span, role.name, known));
}

function unknownParam(name: string, at: Span, role: string, known: readonly string[]) {
  const near = didYouMean(name, known);
  return fault('E214', {
    what: `role "${role}" has no input "${name}"`,
    at,
    why: `it takes ${known.join(', ') || 'none'}`,
    mend: near ? `did you mean "${near}"?` : 'declare it under "inputs" of its role.yaml',
  });
}
