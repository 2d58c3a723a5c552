// `loop`, `loop_control` and the with_ forms of Ansible, which become calls of functions. Evaluates nothing.
import { fault } from '../../core/fault.ts';
import type { Layer, LoopControl, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import { compileExpression } from '../expression.ts';
import type { MapEntry, MapNode, YamlNode } from '../node.ts';
import { sequenceText } from './sequence.ts';
import { toValue } from '../value.ts';
import { variableNameFault } from '../variable-name.ts';
import { entryOf, fixedText, flagOf, mapOf, numberValue, textValue } from './fields.ts';
import { present } from './inherit.ts';
import { unknownKeyword } from './keywords.ts';

export interface Loop {
  readonly loop?: Value;
  readonly control: LoopControl;
  /** Holds the value of a with_ form, for the expression that takes it apart. */
  readonly layer?: Layer;
}

/** The name that a with_ form's own value has inside its expression. */
const given = 'tsrun_with';
const forms: Readonly<Record<string, string>> = {
  with_items: `flatten(${given}, 1)`,
  with_flattened: `flatten(${given})`,
  with_dict: `dict2items(${given})`,
  with_indexed_items: `zip(range(size(flatten(${given}, 1))), flatten(${given}, 1))`,
  with_fileglob: `flatten(${given}.map(pattern, fileglob(pattern)))`,
  with_first_found: `[first_found(${given})]`,
  with_file: `${given}.map(path, file(path))`,
};
/** Forms whose function wants a list, where people also write one text. */
const lists: ReadonlySet<string> = new Set([
  'with_fileglob',
  'with_file',
  'with_first_found',
  'with_items',
  'with_indexed_items',
  'with_flattened',
]);

export const isLoop = (key: string): boolean => key === 'loop' || key.startsWith('with_');

export function loopOf(map: MapNode, faults: Fault[]): Loop {
  const control = controlOf(map, faults);
  const found = map.entries.filter(entry => isLoop(entry.key));
  const [first, second] = found;
  if (!first) return { control };
  if (second)
    faults.push(
      fault('E216', {
        what: `"${second.key}" beside "${first.key}"`,
        at: second.keySpan,
        why: 'a task has one loop',
        mend: 'keep one of them',
      }),
    );
  if (first.key === 'loop' || first.key === 'with_list') return { loop: toValue(first.value, faults), control };
  return { ...withForm(first, faults), control };
}

/** Forms whose text depends on what is written. */
const written: Readonly<Record<string, (node: YamlNode, faults: Fault[]) => string | undefined>> = {
  with_subelements: subelements,
  with_sequence: sequenceText,
  with_nested: node => eachOf('nested', node),
  with_cartesian: node => eachOf('nested', node),
  with_together: node => eachOf('zip', node),
};

function withForm({ key, keySpan, value }: MapEntry, faults: Fault[]): Omit<Loop, 'control'> {
  const text = written[key]?.(value, faults) ?? forms[key];
  if (!text) {
    noForm(key, keySpan, faults);
    return {};
  }
  const node: YamlNode = lists.has(key) && value.kind === 'scalar' ? asList(value) : value;
  const { expression, faults: found } = compileExpression(text, keySpan);
  faults.push(...found);
  const layer: Layer = { level: 17, from: key, vars: new Map([[given, toValue(node, faults)]]) };
  return expression ? { loop: { is: 'expression', expression, span: value.span }, layer } : {};
}

/** Forms that expressions say better. */
const better: Readonly<Record<string, string>> = {
  with_random_choice: 'loop: ["{{ random(list) }}"]',
  with_lines: 'a task that registers the lines, then loop: "{{ r.stdout_lines }}"',
  with_inventory_hostnames: 'loop: "{{ groups.NAME }}"',
};

function noForm(key: string, at: MapEntry['keySpan'], faults: Fault[]): void {
  const mend = better[key];
  // A form that could not be read has said so.
  if (mend)
    faults.push(fault('E201', { what: `tsrun has no "${key}"`, at, why: 'expressions do the same', mend: `write ${mend}` }));
}

/** The lists as arguments of their own. */
const eachOf = (name: string, node: YamlNode): string =>
  node.kind === 'list' ? `${name}(${node.items.map((_, i) => `${given}[${i}]`).join(', ')})` : `${name}(${given})`;

/** An expression alone is a list already; text is one item. */
const asList = (value: YamlNode): YamlNode =>
  value.kind === 'scalar' && /^\s*\{\{[^{}]*\}\}\s*$/.test(String(value.value))
    ? value
    : { kind: 'list', items: [value], span: value.span };

function subelements(node: YamlNode, faults: Fault[]): string | undefined {
  if (node.kind === 'list' && (node.items.length === 2 || node.items.length === 3)) {
    const skip = /skip_missing\W+(true|yes)/i.test(JSON.stringify(node.items[2] ?? ''));
    const named =
      node.items[2]?.kind === 'map' &&
      node.items[2].entries.some(({ key, value }) => key === 'skip_missing' && value.kind === 'scalar' && value.value === true);
    return `subelements(${given}[0], ${given}[1], ${skip || named})`;
  }
  const mend = 'write the list, the name of the inner list and, if wanted, {skip_missing: true}';
  faults.push(
    fault('E208', {
      what: '"with_subelements" must be a list of two or three',
      at: node.span,
      why: 'it takes a list and a key of its items',
      mend,
    }),
  );
  return undefined;
}

const controlWords = ['loop_var', 'index_var', 'label', 'pause', 'extended'];

function controlOf(map: MapNode, faults: Fault[]): LoopControl {
  const entry = entryOf(map, 'loop_control');
  const control = entry && mapOf('loop_control', entry.value, faults);
  if (!control) return { loopVar: 'item', extended: false };
  for (const { key, keySpan } of control.entries)
    if (!controlWords.includes(key))
      faults.push({
        ...unknownKeyword('task', key, keySpan, controlWords),
        what: `unknown key "${key}" in "loop_control"`,
        why: `it takes ${controlWords.join(', ')}`,
      });
  const read = <T>(key: string, by: (word: string, node: YamlNode, faults: Fault[]) => T): T | undefined => {
    const node = entryOf(control, key)?.value;
    return node && by(key, node, faults);
  };
  return present<LoopControl>({
    loopVar: read('loop_var', nameOf) ?? 'item',
    indexVar: read('index_var', nameOf),
    label: read('label', textValue),
    pause: read('pause', numberValue),
    extended: read('extended', flagOf) ?? false,
  });
}

/** A name that variables may have; a fault otherwise. */
export function nameOf(word: string, node: YamlNode, faults: Fault[]): string | undefined {
  const name = fixedText(word, node, faults);
  if (name === undefined) return undefined;
  const bad = variableNameFault(name, node.span);
  if (bad) faults.push(bad);
  return bad ? undefined : name;
}
