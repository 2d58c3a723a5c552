// One play: keywords, hosts, variables, roles, tasks and handlers -> Play. Whether it needs facts is found out later.
import { dirname } from 'node:path';
import { fault } from '../../core/fault.ts';
import type { Handler, Play, Section, Value } from '../../core/site.ts';
import { showSpan } from '../../core/source.ts';
import type { Fault } from '../../core/types.ts';
import type { MapNode } from '../node.ts';
import { toValue } from '../value.ts';
import { entryOf, flagOf, isTemplate, itemsOf, nodeOf, textOf } from './fields.ts';
import { inherit, present } from './inherit.ts';
import { isKeyword, unknownKeyword } from './keywords.ts';
import { hostsOf, orderOf, percentageOf, serialOf, strategyOf } from './play-words.ts';
import { knownFlag } from './known.ts';
import { promptsOf } from './prompts.ts';
import { roleEntryNodes } from './roles.ts';
import { handlersOf, newScope, nodesOf, type Scope } from './tree.ts';
import { varsFileLayers } from './vars-files.ts';
import { type Inherited, nextId, type Work, withLayer } from './work.ts';

export function playOf(map: MapNode, base: Inherited, work: Work): Play | undefined {
  const { faults } = work;
  for (const { key, keySpan } of map.entries) if (!isKeyword('play', key)) faults.push(unknownKeyword('play', key, keySpan));
  const id = nextId(work);
  const inherited = varsOfPlay(map, inherit(map, base, work, { level: 12, from: 'play vars' }), work);
  const prompts = promptsOf(nodeOf(map, 'vars_prompt'), faults);
  const found = hostsOf(map, inherited.layers, work);
  const scope = newScope();
  const sections = sectionsOf(map, inherited, work, scope);
  const handlers = [...scope.handlers, ...handlersOf('handlers', nodeOf(map, 'handlers'), inherited, work, scope)];
  checkNames(handlers, work);
  const name = nodeOf(map, 'name');
  const max = percentageOf(map, faults);
  const flag = (word: string): boolean | undefined => {
    const node = nodeOf(map, word);
    return node && flagOf(word, node, faults);
  };
  const play = present<Play>({
    id,
    name: (name && textOf('name', name, faults)) ?? found.pattern,
    span: map.span,
    playbook: map.span.file,
    pattern: found.pattern,
    hosts: orderOf(map, found.hosts, work),
    serial: serialOf(nodeOf(map, 'serial'), faults),
    strategy: strategyOf(map, faults),
    gatherFacts: factsFlag(map, inherited, work),
    gatherArgs: gatherArgs(map, faults),
    needsFacts: false,
    anyErrorsFatal: inherited.words.anyErrorsFatal ?? false,
    maxFailPercentage: max,
    forceHandlers: flag('force_handlers') ?? false,
    sections,
    handlers,
    tags: inherited.tags,
    frame: inherited.frame,
    layers: inherited.layers,
    become: inherited.become,
    environment: inherited.environment,
    prompts,
  });
  work.scopes.set(id, scope);
  return play;
}

function factsFlag(map: MapNode, { layers }: Inherited, work: Work): boolean | undefined {
  const node = nodeOf(map, 'gather_facts');
  return node && (isTemplate(node) ? knownFlag('gather_facts', node, layers, work) : flagOf('gather_facts', node, work.faults));
}

/** Ansible's gather_timeout bounds what its own code does slowly: ours has nothing like it. */
function gatherArgs(map: MapNode, faults: Fault[]): Value | undefined {
  const found = map.entries.filter(({ key }) => key === 'gather_subset' || key === 'fact_path');
  const entries = found.map(({ key, keySpan, value }) => ({ key, keySpan, value: toValue(value, faults) }));
  return entries.length > 0 ? { is: 'map', entries, span: map.span } : undefined;
}

/** Files of variables are of a higher level than the play's own. */
function varsOfPlay(map: MapNode, inherited: Inherited, work: Work): Inherited {
  const node = nodeOf(map, 'vars_files');
  const layers = node ? varsFileLayers(node, inherited, work) : [];
  return { ...inherited, layers: layers.reduce(withLayer, inherited.layers) };
}

function sectionsOf(map: MapNode, inherited: Inherited, work: Work, scope: Scope): Section[] {
  const list = (word: string) => nodesOf(word, nodeOf(map, word), inherited, work, scope);
  const before = list('pre_tasks');
  const roles = entryOf(map, 'roles');
  const fromRoles = roles
    ? itemsOf('roles', roles.value, work.faults).flatMap(entry => roleEntryNodes(entry, inherited, work, scope))
    : [];
  return [
    { name: 'pre_tasks', nodes: before },
    { name: 'tasks', nodes: [...fromRoles, ...list('tasks')] },
    { name: 'post_tasks', nodes: list('post_tasks') },
  ];
}

/** Two handlers of one name in one scope: Ansible runs one of them, and which one is a riddle (semantics.md 1). */
function checkNames(handlers: readonly Handler[], work: Work): void {
  const seen = new Map<string, Handler>();
  for (const handler of handlers) {
    const key = `${handler.frame.roleDir ?? ''} ${handler.name}`;
    const first = seen.get(key);
    if (!first) seen.set(key, handler);
    else {
      const why = `the first is at ${showSpan(first.span)}; a notification could mean either`;
      work.faults.push(
        fault('E211', {
          what: `two handlers are called "${handler.name}"`,
          at: handler.span,
          why,
          mend: 'give one of them another name, and "listen" to this one',
        }),
      );
    }
  }
}

/** What stands above a play: nothing but its file. */
export const emptyPlace = (path: string): Inherited => ({
  when: [],
  tags: [],
  environment: [],
  layers: [],
  notify: [],
  become: {},
  words: {},
  moduleDefaults: [],
  frame: { playbookDir: dirname(path), role: null, roleDir: null, fileDir: dirname(path) },
});
