// Lists of tasks -> tree: blocks, and what import_tasks and import_role put in their place. Includes stay tasks.
import { fault } from '../../core/fault.ts';
import type { Block, Handler, TreeNode } from '../../core/site.ts';
import type { MapNode, YamlNode } from '../node.ts';
import { entryOf, isEmpty, kindName, nodeOf, textOf } from './fields.ts';
import { importRole, importTasks } from './import.ts';
import { inherit } from './inherit.ts';
import { isKeyword, keywordsOf, unknownKeyword } from './keywords.ts';
import { handlerOf, type TaskDraft, taskOf } from './task.ts';
import { type Inherited, nextId, type Work, withLayer } from './work.ts';

/** What tasks bring to their play beside themselves. */
export interface Scope {
  readonly handlers: Handler[];
  /** Folders of roles whose handlers are in. */
  readonly roles: Set<string>;
  /** Roles of `roles:` and dependencies, with their params: each runs once. */
  readonly done: Set<string>;
}

export const newScope = (): Scope => ({ handlers: [], roles: new Set(), done: new Set() });

export function nodesOf(word: string, node: YamlNode | null | undefined, above: Inherited, work: Work, scope: Scope): TreeNode[] {
  return itemsOfTasks(word, node, work).flatMap(item => nodesOfItem(item, above, work, scope));
}

function itemsOfTasks(word: string, node: YamlNode | null | undefined, work: Work): readonly MapNode[] {
  if (!node || isEmpty(node)) return [];
  if (node.kind !== 'list') {
    work.faults.push(
      fault('E208', {
        what: `"${word}" must be a list of tasks`,
        at: node.span,
        why: `it is ${kindName(node)}`,
        mend: 'begin each task with a dash',
      }),
    );
    return [];
  }
  return node.items.flatMap(item => {
    if (item.kind === 'map') return [item];
    if (!isEmpty(item))
      work.faults.push(
        fault('E208', {
          what: 'a task must be a map',
          at: item.span,
          why: `it is ${kindName(item)}`,
          mend: 'write "- name: ..." and the module below it',
        }),
      );
    return [];
  });
}

function nodesOfItem(map: MapNode, above: Inherited, work: Work, scope: Scope): TreeNode[] {
  if (['block', 'rescue', 'always'].some(key => entryOf(map, key))) return blockOf(map, above, work, scope);
  const draft = taskOf(map, above, work);
  return draft ? inPlace(draft, above, work, scope) : [];
}

/** An import is gone after this: what it names stands in its place. */
function inPlace(draft: TaskDraft, above: Inherited, work: Work, scope: Scope): TreeNode[] {
  const { task } = draft;
  switch (task.module) {
    case 'import_tasks':
      return importTasks(draft, work, scope);
    case 'import_role':
      return importRole(draft, work, scope);
    case 'include_tasks':
    case 'include_role':
      include(draft, above, work);
      return [task];
    default:
      if (task.module === 'include_vars') work.includes.push(task);
      work.addsHosts ||= growsInventory(draft);
      return [task];
  }
}

const growsInventory = ({ task, call: { node } }: TaskDraft): boolean =>
  task.module === 'add_host' ||
  task.module === 'group_by' ||
  (task.module === 'meta' && node.kind === 'scalar' && node.value === 'refresh_inventory');

/** Its own tags and conditions gate the include alone; what it brings inherits from around it (semantics.md 2.3).
 *  Variables given to an include are of level 21. */
function include({ task, own }: TaskDraft, above: Inherited, work: Work): void {
  const given = own.layers.filter(layer => !above.layers.includes(layer));
  const params = new Map(given.flatMap(layer => [...layer.vars]));
  const layers = withLayer(above.layers, { level: 21, from: 'include vars', vars: params });
  const node = work.applies.get(task);
  work.including.set(task, { above: { ...above, layers }, params, ...(node ? { apply: node } : {}) });
  work.includes.push(task);
}

function blockOf(map: MapNode, above: Inherited, work: Work, scope: Scope): TreeNode[] {
  for (const { key, keySpan } of map.entries) if (!isKeyword('block', key)) work.faults.push(inBlock(key, keySpan));
  const own = inherit(map, above, work, { level: 16, from: 'block vars' });
  const block = nodeOf(map, 'block');
  if (!block)
    work.faults.push(
      fault('E204', {
        what: 'rescue or always without a block',
        at: map.span,
        why: 'they stand beside "block"',
        mend: 'add "block:" with the tasks to guard',
      }),
    );
  const name = nodeOf(map, 'name');
  const id = nextId(work);
  const made: Block = {
    kind: 'block',
    id,
    name: (name && textOf('name', name, work.faults)) ?? '',
    span: map.span,
    body: nodesOf('block', block, own, work, scope),
    rescue: nodesOf('rescue', nodeOf(map, 'rescue'), own, work, scope),
    always: nodesOf('always', nodeOf(map, 'always'), own, work, scope),
  };
  return [made];
}

const inBlock = (key: string, at: MapNode['span']) => {
  const found = unknownKeyword('block', key, at);
  const isTaskWord = [...keywordsOf('task')].includes(key);
  return isTaskWord ? { ...found, mend: 'write it on the tasks inside of the block' } : found;
};

/** Handlers of a list; an import in it is inlined. */
export function handlersOf(
  word: string,
  node: YamlNode | null | undefined,
  above: Inherited,
  work: Work,
  scope: Scope,
): Handler[] {
  return itemsOfTasks(word, node, work).flatMap(map => {
    if (entryOf(map, 'block')) {
      work.faults.push(
        fault('E208', {
          what: 'a block among the handlers',
          at: map.span,
          why: 'a handler is one task',
          mend: 'write the tasks as handlers, or include a file of tasks',
        }),
      );
      return [];
    }
    const made = handlerOf(map, above, work);
    if (!made) return [];
    const { handler, draft } = made;
    if (handler.module === 'import_tasks') return importedHandlers(draft, work, scope);
    if (handler.module === 'include_tasks' || handler.module === 'include_role') include(draft, above, work);
    return [handler];
  });
}

const importedHandlers = (draft: TaskDraft, work: Work, scope: Scope): Handler[] =>
  importTasks(draft, work, scope, (node, own) => handlersOf('handlers', node, own, work, scope));
