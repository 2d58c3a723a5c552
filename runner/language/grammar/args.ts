// The arguments of a task as one map: free-form text, `key=value` words, `args:`, module_defaults. Renders nothing.
import { fault } from '../../core/fault.ts';
import { shortName } from '../../core/module-name.ts';
import type { Fault, JsonSchema } from '../../core/types.ts';
import type { MapEntry, MapNode, ScalarNode, YamlNode } from '../node.ts';
import { splitWords } from '../words.ts';
import { isEmpty, isTemplate, mapOf, oldBoolean, scalarAt } from './fields.ts';

export interface ArgsSource {
  readonly module: string;
  /** What stands behind the module's name. */
  readonly node: YamlNode;
  /** `args:`, and what `local_action` has beside the module. */
  readonly more: readonly YamlNode[];
  /** Nearest first. */
  readonly defaults: readonly MapNode[];
  /** The argument that takes free-form text. */
  readonly freeForm: string | undefined;
  readonly schema: JsonSchema | undefined;
}

/** Own arguments win over `args:`, and both over module_defaults. Gives a map, or the node of an expression for all. */
export function argsNode(from: ArgsSource, faults: Fault[]): YamlNode {
  const entries = new Map<string, MapEntry>();
  const add = (entry: MapEntry): void => void (entries.has(entry.key) || entries.set(entry.key, entry));
  const { node } = from;
  if (node.kind === 'map') node.entries.forEach(add);
  else if (node.kind === 'list') faults.push(shapeFault(from.module, node));
  else if (!isEmpty(node)) freeEntries(node, from, faults).forEach(add);
  for (const more of from.more) {
    if (isTemplate(more))
      faults.push(
        fault('E208', {
          what: '"args" must be a map',
          at: more.span,
          why: 'a map from a variable hides which arguments there are',
          mend: 'write the arguments out',
        }),
      );
    else mapOf('args', more, faults)?.entries.forEach(add);
  }
  defaultEntries(from, faults).forEach(add);
  const found = [...entries.values()].map(entry => ({
    ...entry,
    value: meant(entry.value, schemaOf(from.schema, entry.key), faults),
  }));
  return { kind: 'map', entries: found, span: node.kind === 'map' && node.entries[0] ? node.entries[0].keySpan : node.span };
}

const shapeFault = (module: string, node: YamlNode): Fault =>
  fault('E208', {
    what: `"${module}" takes a map of arguments`,
    at: node.span,
    why: 'it is a list',
    mend: 'write each argument as "name: value", without dashes',
  });

function defaultEntries(from: ArgsSource, faults: Fault[]): MapEntry[] {
  return from.defaults.flatMap(defaults => {
    const found = defaults.entries.find(({ key }) => shortName(key) === from.module);
    const map = found && mapOf('module_defaults', found.value, faults);
    return map ? [...map.entries] : [];
  });
}

function freeEntries(node: ScalarNode, from: ArgsSource, faults: Fault[]): MapEntry[] {
  const line = String(node.written ?? node.value);
  const { freeForm } = from;
  if (freeForm === 'cmd') return commandEntries(line, node, freeForm);
  if (freeForm && !startsWithPair(line))
    return [{ key: freeForm, keySpan: node.span, value: { ...node, value: line, quoted: true } }];
  const words = splitWords(line, { templates: true });
  if ('why' in words) return reject(node, faults, words.why, 'close the quote');
  const pairs = words.words.map(word => ({ ...word, pair: /^([A-Za-z_][\w.]*)=([\s\S]*)$/.exec(word.text) }));
  const odd = pairs.find(({ pair }) => !pair);
  if (odd)
    return reject(
      node,
      faults,
      `"${odd.text}" is no key=value`,
      `write the arguments of "${from.module}" as a map, or as key=value`,
    );
  return pairs.map(({ pair, offset }) => pairEntry(pair?.[1] ?? '', pair?.[2] ?? '', offset, node, from));
}

const startsWithPair = (line: string): boolean => /^\s*[A-Za-z_]\w*=/.test(line);

function reject(node: ScalarNode, faults: Fault[], why: string, mend: string): MapEntry[] {
  faults.push(fault('E217', { what: 'these arguments cannot be read', at: node.span, why, mend }));
  return [];
}

/** Text of `key=value` that is a number or a boolean is taken as one where the argument is no text. */
function pairEntry(key: string, text: string, offset: number, node: ScalarNode, from: ArgsSource): MapEntry {
  const col =
    node.style === 'plain'
      ? node.span.col + offset
      : node.span.col + offset + (node.style === 'single' || node.style === 'double' ? 1 : 0);
  const keySpan = { ...node.span, col, length: key.length };
  const value: ScalarNode = {
    kind: 'scalar',
    value: typed(text, schemaOf(from.schema, key)),
    quoted: true,
    style: 'plain',
    span: { ...keySpan, col: col + key.length + 1, length: Math.max(1, text.length) },
  };
  return { key, keySpan, value };
}

function typed(text: string, schema: JsonSchema | undefined): string | number | boolean {
  const types = ([] as unknown[]).concat(schema?.type ?? []);
  if (types.includes('boolean') && /^(yes|true|on|no|false|off)$/i.test(text)) return /^(yes|true|on)$/i.test(text);
  if (!types.includes('string') && (types.includes('integer') || types.includes('number')) && /^-?\d+$/.test(text))
    return Number(text);
  return text;
}

const trailing = /^(creates|removes|chdir|executable|warn|stdin|stdin_add_newline|strip_empty_ends|expand_argument_vars)=/;

/** For command and shell only their own words count, wherever they stand; all else is the command, byte for byte. */
function commandEntries(line: string, node: ScalarNode, freeForm: string): MapEntry[] {
  const words = splitWords(line, { templates: true });
  if ('why' in words) return [{ key: freeForm, keySpan: node.span, value: scalarAs(node, line) }];
  const found = words.words.filter(word => trailing.test(word.text));
  if (found.length === 0) return [{ key: freeForm, keySpan: node.span, value: scalarAs(node, line) }];
  let rest = line;
  for (const word of [...found].reverse()) rest = cutWord(rest, word.offset, words.words);
  const entries = found.map(({ text }) => ({
    key: text.slice(0, text.indexOf('=')),
    keySpan: node.span,
    value: scalarAt(text.slice(text.indexOf('=') + 1), node),
  }));
  return [...(rest.trim() === '' ? [] : [{ key: freeForm, keySpan: node.span, value: scalarAs(node, rest.trim()) }]), ...entries];
}

/** The same text at the same place; cut text has lost its columns, so its source is dropped. */
function scalarAs(node: ScalarNode, text: string): ScalarNode {
  if (text === node.value) return node;
  return scalarAt(text, node);
}

function cutWord(line: string, offset: number, words: readonly { offset: number }[]): string {
  const next = words.find(word => word.offset > offset);
  return line.slice(0, offset) + line.slice(next?.offset ?? line.length);
}

function schemaOf(schema: JsonSchema | undefined, key: string): JsonSchema | undefined {
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  return properties[key] ?? Object.values(properties).find(one => Array.isArray(one.aliases) && one.aliases.includes(key));
}

/** yes and no where the argument is a boolean and cannot be text. */
function meant(node: YamlNode, schema: JsonSchema | undefined, faults: Fault[]): YamlNode {
  if (schema?.type !== 'boolean') return node;
  const old = oldBoolean(node, faults);
  return old === undefined ? node : { ...scalarAt(old, node), quoted: false };
}
