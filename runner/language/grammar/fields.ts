// Reads the value of a keyword: text, flags, numbers, lists, maps. Each tells what it wanted where it got something else.
import { fault } from '../../core/fault.ts';
import type { Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import type { MapEntry, MapNode, ScalarNode, YamlNode } from '../node.ts';
import { toValue } from '../value.ts';

export const kindName = (node: YamlNode): string => {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map';
  return node.value === null
    ? 'empty'
    : typeof node.value === 'boolean'
      ? 'true or false'
      : typeof node.value === 'number'
        ? 'a number'
        : 'text';
};

/** Adds the fault "wants this, is that" and gives undefined, so that a reader can end with it. */
export function wants(word: string, wanted: string, node: YamlNode, faults: Fault[], mend = `write ${wanted}`): undefined {
  faults.push(fault('E208', { what: `"${word}" must be ${wanted}`, at: node.span, why: `it is ${kindName(node)}`, mend }));
}

export const entryOf = (map: MapNode, key: string): MapEntry | undefined => map.entries.find(entry => entry.key === key);
export const nodeOf = (map: MapNode, key: string): YamlNode | undefined => entryOf(map, key)?.value;

export const isEmpty = (node: YamlNode): boolean => node.kind === 'scalar' && node.value === null && !node.quoted;
export const isTemplate = (node: YamlNode): boolean =>
  node.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('{{');

/** A scalar made by the grammar itself at the place of another. */
export const scalarAt = (value: ScalarNode['value'], like: YamlNode): ScalarNode => ({
  kind: 'scalar',
  value,
  quoted: typeof value === 'string',
  style: 'plain',
  span: like.span,
});

export function textOf(word: string, node: YamlNode, faults: Fault[]): string | undefined {
  if (node.kind === 'scalar' && node.value !== null && typeof node.value !== 'boolean')
    return node.kind === 'scalar' && node.written !== undefined ? node.written : String(node.value);
  return wants(
    word,
    'text',
    node,
    faults,
    node.kind === 'scalar' && typeof node.value === 'boolean' ? `quote it: "${node.value}"` : undefined,
  );
}

/** Text that must be known before any host is: no `{{ }}`. */
export function fixedText(word: string, node: YamlNode, faults: Fault[]): string | undefined {
  if (isTemplate(node))
    return wants(word, 'text without {{ }}', node, faults, 'write the name itself: it must be known before the run');
  return textOf(word, node, faults);
}

const oldWords: Readonly<Record<string, boolean>> = { yes: true, on: true, y: true, no: false, off: false, n: false };

/** yes, no, on, off: booleans in YAML 1.1, and so in people's fingers. Taken as they are meant, with a warning. */
export function oldBoolean(node: YamlNode, faults: Fault[]): boolean | undefined {
  if (node.kind !== 'scalar' || node.quoted || node.style !== 'plain' || typeof node.value !== 'string') return undefined;
  const truth = oldWords[node.value.toLowerCase()];
  if (truth === undefined) return undefined;
  faults.push(
    fault('W901', {
      what: `"${node.value}" is text in YAML 1.2`,
      at: node.span,
      why: `it is taken as ${truth} here`,
      mend: `write ${truth}`,
    }),
  );
  return truth;
}

export function flagOf(word: string, node: YamlNode, faults: Fault[]): boolean | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  const old = oldBoolean(node, faults);
  if (old !== undefined) return old;
  if (isTemplate(node)) return wants(word, 'true or false', node, faults, 'write true or false: it must be known before the run');
  return wants(word, 'true or false', node, faults);
}

/** A boolean, or an expression that gives one for each host. */
export function flagValue(word: string, node: YamlNode, faults: Fault[]): Value | undefined {
  if (isTemplate(node)) return toValue(node, faults);
  const flag = flagOf(word, node, faults);
  return flag === undefined ? undefined : { is: 'plain', value: flag, span: node.span };
}

/** A number, or an expression that gives one. */
export function numberValue(word: string, node: YamlNode, faults: Fault[]): Value | undefined {
  if (isTemplate(node) || (node.kind === 'scalar' && typeof node.value === 'number')) return toValue(node, faults);
  if (node.kind === 'scalar' && typeof node.value === 'string' && /^\d+(\.\d+)?$/.test(node.value))
    return { is: 'plain', value: Number(node.value), span: node.span };
  return wants(word, 'a number', node, faults);
}

export function textValue(word: string, node: YamlNode, faults: Fault[]): Value | undefined {
  return isTemplate(node) ? toValue(node, faults) : textOf(word, node, faults) === undefined ? undefined : toValue(node, faults);
}

export function mapOf(word: string, node: YamlNode, faults: Fault[]): MapNode | undefined {
  if (node.kind === 'map') return node;
  return isEmpty(node) ? undefined : wants(word, 'a map', node, faults);
}

/** The items of a list; one scalar counts as a list of one, nothing as none. */
export function itemsOf(word: string, node: YamlNode, faults: Fault[]): readonly YamlNode[] {
  if (node.kind === 'list') return node.items;
  if (node.kind === 'scalar') return isEmpty(node) ? [] : [node];
  wants(word, 'a list', node, faults);
  return [];
}

/** Names, written as a list or with commas. */
export function namesOf(word: string, node: YamlNode, faults: Fault[]): string[] {
  return itemsOf(word, node, faults).flatMap(item =>
    (fixedText(word, item, faults) ?? '')
      .split(',')
      .map(name => name.trim())
      .filter(name => name !== ''),
  );
}
