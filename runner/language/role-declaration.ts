// role.yaml (inputs, uses, checks) and Ansible's argument_specs -> typed inputs of a role. Checks no value.
import { fault } from '../core/fault.ts';
import { expectSchema } from '../core/schema.ts';
import type { Value } from '../core/site.ts';
import type { Fault, JsonSchema } from '../core/types.ts';
import { flagOf, itemsOf, mapOf, namesOf, nodeOf, textOf } from './grammar/fields.ts';
import { unknownKeyword } from './grammar/keywords.ts';
import type { MapEntry, MapNode, YamlNode } from './node.ts';
import type { RoleCheck, RoleInput } from './role.ts';
import { dataOf, toConditions, toValue } from './value.ts';
import { variableNameFault } from './variable-name.ts';

export interface Declaration {
  readonly inputs: readonly RoleInput[];
  readonly defaults: ReadonlyMap<string, Value>;
  readonly closed: boolean;
  readonly uses: readonly string[];
  readonly checks: readonly RoleCheck[];
  readonly dependencies: YamlNode | undefined;
  readonly allowDuplicates: boolean;
}

const words = [
  'summary',
  'description',
  'inputs',
  'uses',
  'checks',
  'dependencies',
  'allow_duplicates',
  'name',
  'author',
  'licence',
];

export function readDeclaration(role: MapNode | undefined, specs: MapNode | undefined, faults: Fault[]): Declaration {
  if (!role) return { ...specified(specs), closed: false, uses: [], checks: [], dependencies: undefined, allowDuplicates: false };
  for (const { key, keySpan } of role.entries)
    if (!words.includes(key))
      faults.push({
        ...unknownKeyword('role', key, keySpan, words),
        what: `unknown key "${key}" in role.yaml`,
        why: `it takes ${words.slice(0, 7).join(', ')}`,
      });
  const inputs = nodeOf(role, 'inputs');
  const read = (inputs && mapOf('inputs', inputs, faults)?.entries.flatMap(entry => inputOf(entry, faults))) ?? [];
  const uses = nodeOf(role, 'uses');
  const allow = nodeOf(role, 'allow_duplicates');
  return {
    ...gathered(read),
    closed: true,
    uses: uses ? namesOf('uses', uses, faults) : [],
    checks: checksOf(nodeOf(role, 'checks'), faults),
    dependencies: nodeOf(role, 'dependencies'),
    allowDuplicates: allow ? flagOf('allow_duplicates', allow, faults) === true : false,
  };
}

interface Read {
  readonly input: RoleInput;
  readonly byDefault: Value | undefined;
}

const gathered = (read: readonly Read[]): Pick<Declaration, 'inputs' | 'defaults'> => ({
  inputs: read.map(({ input }) => input),
  defaults: new Map(read.flatMap(({ input, byDefault }) => (byDefault ? [[input.name, byDefault] as const] : []))),
});

function inputOf({ key, keySpan, value }: MapEntry, faults: Fault[]): Read[] {
  const bad = variableNameFault(key, keySpan);
  if (bad) faults.push(bad);
  const map = mapOf(`inputs.${key}`, value, faults);
  if (bad || (!map && value.kind !== 'scalar')) return [];
  const byDefault = map && nodeOf(map, 'default');
  const { default: _, unique, secret, ...schema } = (map ? dataOf(map) : {}) as Record<string, unknown>;
  const fits = usable(key, schema, keySpan, faults);
  const required = byDefault === undefined && schema.required !== false;
  const input: RoleInput = {
    name: key,
    span: keySpan,
    schema: fits,
    required,
    unique: unique === 'hosts',
    secret: secret === true,
  };
  return [{ input, byDefault: byDefault && toValue(byDefault, faults) }];
}

/** ajv throws on a schema that is none. */
function usable(name: string, schema: JsonSchema, at: MapEntry['keySpan'], faults: Fault[]): JsonSchema {
  const { required, ...rest } = schema;
  const kept = typeof required === 'boolean' ? rest : schema;
  try {
    expectSchema(kept);
    return kept;
  } catch (error) {
    faults.push(
      fault('E215', {
        what: `the schema of the input "${name}" cannot be used`,
        at,
        why: (error as Error).message,
        mend: 'write JSON Schema (draft-07): type, enum, items, minimum, pattern, ...',
      }),
    );
    return {};
  }
}

function checksOf(node: YamlNode | undefined, faults: Fault[]): RoleCheck[] {
  return (node ? itemsOf('checks', node, faults) : []).flatMap(item => {
    const map = item.kind === 'map' ? item : undefined;
    const that = map ? nodeOf(map, 'that') : item;
    const message = map && nodeOf(map, 'message');
    const text = message && textOf('message', message, faults);
    return that
      ? toConditions(that, faults).map(condition => ({ that: condition, message: text ?? condition.text, span: item.span }))
      : [];
  });
}

const types: Readonly<Record<string, JsonSchema>> = {
  str: { type: 'string' },
  path: { type: 'string' },
  raw: {},
  int: { type: 'integer' },
  float: { type: 'number' },
  bool: { type: 'boolean' },
  list: { type: 'array' },
  dict: { type: 'object' },
};

/** `argument_specs: main: options:` of Ansible's layout. */
function specified(specs: MapNode | undefined): Pick<Declaration, 'inputs' | 'defaults'> {
  const all = specs && nodeOf(specs, 'argument_specs');
  const main = all?.kind === 'map' ? nodeOf(all, 'main') : undefined;
  const options = main?.kind === 'map' ? nodeOf(main, 'options') : undefined;
  const entries = options?.kind === 'map' ? options.entries : [];
  return gathered(entries.flatMap(entry => (entry.value.kind === 'map' ? [optionOf(entry, entry.value)] : [])));
}

function optionOf({ key, keySpan }: MapEntry, map: MapNode): Read {
  const data = dataOf(map) as Record<string, unknown>;
  const input: RoleInput = {
    name: key,
    span: keySpan,
    schema: optionSchema(data),
    required: data.required === true,
    unique: false,
    secret: data.no_log === true,
  };
  // A default of argument_specs is documentation: the value comes from defaults/main.
  return { input, byDefault: undefined };
}

function optionSchema(data: Record<string, unknown>): JsonSchema {
  const elements = typeof data.elements === 'string' ? { items: types[data.elements] ?? {} } : {};
  return {
    ...types[String(data.type ?? 'str')],
    ...elements,
    ...(Array.isArray(data.choices) ? { enum: data.choices } : {}),
  };
}
