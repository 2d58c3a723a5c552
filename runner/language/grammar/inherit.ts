// The keywords that play, role, block and task share -> what is handed down. Knows no module and no file.
import type { Layer, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import type { MapNode, YamlNode } from '../node.ts';
import { toConditions, toValue } from '../value.ts';
import { variableNameFault } from '../variable-name.ts';
import { flagOf, flagValue, itemsOf, mapOf, namesOf, nodeOf, numberValue, textValue } from './fields.ts';
import { type Inherited, type InheritedWords, type Work, withLayer } from './work.ts';

/** `level` is that of the `vars:` of this place (semantics.md 2.1). */
export function inherit(map: MapNode, above: Inherited, work: Work, vars: { level: number; from: string }): Inherited {
  const { faults } = work;
  const notify = nodeOf(map, 'notify');
  return {
    when: [...above.when, ...conditionsOf(map, 'when', faults)],
    tags: mergedTags(above.tags, map, faults),
    environment: withEnvironment(above.environment, nodeOf(map, 'environment'), faults),
    layers: withLayer(above.layers, varsLayer(map, vars.level, vars.from, faults)),
    notify: notify ? notifyOf(notify, faults) : above.notify,
    become: { ...above.become, ...becomeOf(map, faults) },
    words: { ...above.words, ...wordsOf(map, faults) },
    moduleDefaults: [...moduleDefaultsOf(map, faults), ...above.moduleDefaults],
    frame: above.frame,
  };
}

export function conditionsOf(map: MapNode, word: string, faults: Fault[]) {
  const node = nodeOf(map, word);
  return node ? toConditions(node, faults) : [];
}

export function mergedTags(above: readonly string[], map: MapNode, faults: Fault[]): readonly string[] {
  const node = nodeOf(map, 'tags');
  if (!node) return above;
  const own = namesOf('tags', node, faults);
  return [...new Set([...above, ...own])];
}

export const notifyOf = (node: YamlNode, faults: Fault[]): readonly Value[] =>
  itemsOf('notify', node, faults).map(item => toValue(item, faults));

function withEnvironment(above: readonly Value[], node: YamlNode | undefined, faults: Fault[]): readonly Value[] {
  if (!node) return above;
  const own = node.kind === 'list' ? node.items.map(item => toValue(item, faults)) : [toValue(node, faults)];
  return [...above, ...own];
}

/** The variables under `vars:` as a layer; bad names are faults and left out. */
export function varsLayer(map: MapNode, level: number, from: string, faults: Fault[]): Layer | undefined {
  const node = nodeOf(map, 'vars');
  // Ansible also takes a list of maps.
  const maps = node?.kind === 'list' ? node.items : node ? [node] : [];
  const found = maps.flatMap(one => mapOf('vars', one, faults)?.entries ?? []);
  return found.length === 0 ? undefined : layerOf({ kind: 'map', entries: found, span: map.span }, level, from, faults);
}

export function layerOf(map: MapNode, level: number, from: string, faults: Fault[]): Layer {
  const vars = new Map<string, Value>();
  for (const { key, keySpan, value } of map.entries) {
    const bad = variableNameFault(key, keySpan);
    if (bad) faults.push(bad);
    else vars.set(key, toValue(value, faults));
  }
  return { level, from, vars };
}

function becomeOf(map: MapNode, faults: Fault[]) {
  const become = nodeOf(map, 'become');
  const read = (word: string) => {
    const node = nodeOf(map, word);
    return node && textValue(word, node, faults);
  };
  return present({
    become: become && flagValue('become', become, faults),
    user: read('become_user'),
    method: read('become_method'),
    flags: read('become_flags'),
  });
}

type Reader = (word: string, node: YamlNode, faults: Fault[]) => Value | boolean | undefined;
const readers: readonly (readonly [keyof InheritedWords, string, Reader])[] = [
  ['ignoreErrors', 'ignore_errors', flagValue],
  ['ignoreUnreachable', 'ignore_unreachable', flagValue],
  ['checkMode', 'check_mode', flagValue],
  ['diff', 'diff', flagValue],
  ['noLog', 'no_log', flagValue],
  ['connection', 'connection', textValue],
  ['remoteUser', 'remote_user', textValue],
  ['port', 'port', numberValue],
  ['throttle', 'throttle', numberValue],
  ['timeout', 'timeout', numberValue],
  ['delegateTo', 'delegate_to', textValue],
  ['delegateFacts', 'delegate_facts', flagOf],
  ['anyErrorsFatal', 'any_errors_fatal', flagOf],
  ['runOnce', 'run_once', flagOf],
];

function wordsOf(map: MapNode, faults: Fault[]): InheritedWords {
  const pairs = readers.flatMap(([name, word, read]) => {
    const node = nodeOf(map, word);
    const value = node && read(word, node, faults);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(pairs) as InheritedWords;
}

function moduleDefaultsOf(map: MapNode, faults: Fault[]): MapNode[] {
  const node = nodeOf(map, 'module_defaults');
  const found = node && mapOf('module_defaults', node, faults);
  return found ? [found] : [];
}

/** Without the keys that have no value: exactOptionalPropertyTypes knows "absent" alone. */
export function present<T extends object>(map: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as T;
}
