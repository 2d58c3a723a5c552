// JSON Schemas (draft-07) of playbooks, task files, role.yaml and inventories, for editors. Made from the keywords and the modules' own
// arguments; looser than the checks of a run, so that what is red in an editor is wrong.
import type { AnyModule, JsonSchema } from '../core/types.ts';
import { keywordsOf, type Place } from './grammar/keywords.ts';
import { keywordTable } from './grammar/keyword-table.ts';
import { wordFreeForm, wordSchemas } from './grammar/words.ts';

type Properties = Readonly<Record<string, JsonSchema>>;
export type SchemaName = 'playbook' | 'tasks' | 'role' | 'inventory';
/** By the name that stands in a task, with the full name of its collection if it has one. */
export type NamedModules = ReadonlyMap<string, AnyModule>;

const draft = 'http://json-schema.org/draft-07/schema#';
const template: JsonSchema = { type: 'string', pattern: '\\{\\{' };

export function editorSchemas(modules: NamedModules): Readonly<Record<SchemaName, JsonSchema>> {
  const definitions = {
    tasks: { type: 'array', items: { $ref: '#/definitions/task' } },
    task: taskSchema(modules),
    role: roleEntry,
    play: closed(propertiesOf('play'), ['hosts']),
  };
  const imports = { import_playbook: { type: 'string' }, 'ansible.builtin.import_playbook': { type: 'string' } };
  const imported = closed({ ...imports, ...only(['name', 'when', 'tags', 'vars']) });
  const hasHosts = { required: ['hosts'] };
  // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema; nobody awaits it.
  const playOrImport = { if: hasHosts, then: { $ref: '#/definitions/play' }, else: imported };
  return {
    playbook: { $schema: draft, title: 'A playbook of tsrun', definitions, type: 'array', items: playOrImport },
    tasks: { $schema: draft, title: 'Tasks of tsrun', definitions, ...definitions.tasks },
    role: { $schema: draft, title: 'A role of tsrun', ...roleFile },
    inventory: { $schema: draft, title: 'An inventory of tsrun', ...inventoryFile },
  };
}

const closed = (properties: Properties, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...(required.length > 0 ? { required } : {}),
});
const only = (words: Iterable<string>): Properties =>
  Object.fromEntries([...words].map(word => [word, keywordTable[word] ?? {}]));
const propertiesOf = (place: Place): Properties => only(keywordsOf(place));

function taskSchema(modules: NamedModules): JsonSchema {
  const words = { ...propertiesOf('block'), ...propertiesOf('handler') };
  const named = [
    ...modules,
    ...wordActions.map(([word, action]) => [word, { ...action, collection: 'ansible.builtin' }] as const),
  ];
  const actions = named.flatMap(([name, action]) => {
    const schema = actionSchema(action);
    return [name, ...(action.collection ? [`${action.collection}.${name}`] : [])].map(word => [word, schema] as const);
  });
  return {
    ...closed({ ...Object.fromEntries(actions), ...words }),
    // A module of a collection that tsrun does not know is told by a run, with what to use instead.
    patternProperties: { '^[a-z_0-9]+\\.[a-z_0-9]+\\.[a-z_0-9]+$': {} },
  };
}

interface Action {
  readonly args: JsonSchema;
  readonly summary?: string;
  readonly freeForm?: string;
}
/** An expression without braces is text. */
const conditions: JsonSchema = { type: ['array', 'boolean', 'string'] };
const wordActions: readonly (readonly [string, Action])[] = Object.entries(wordSchemas).map(([word, args]) => [
  word,
  {
    args: word === 'assert' ? withConditions(args) : args,
    ...(wordFreeForm[word] === undefined ? {} : { freeForm: wordFreeForm[word] }),
  },
]);

function withConditions(args: JsonSchema): JsonSchema {
  return { ...args, properties: { ...(args['properties'] as Properties), that: conditions } };
}

/** A text is `k=v` or a free form; nothing at all where no argument is needed. */
function actionSchema(module: Action): JsonSchema {
  const { properties = {}, required = [], ...rest } = module.args as { properties?: Properties; required?: readonly string[] };
  const known = Object.entries(properties).flatMap(([name, schema]) => {
    const { aliases = [], ...plain } = schema as JsonSchema & { aliases?: readonly string[] };
    return [name, ...aliases].map(word => [word, orTemplate(plain)] as const);
  });
  const named = new Set(Object.entries(properties).flatMap(([name, schema]) => ('aliases' in schema ? [] : [name])));
  return {
    ...(module.summary === undefined ? {} : { description: module.summary }),
    type: ['object', 'string', 'null'],
    properties: Object.fromEntries(known),
    required: required.filter(name => named.has(name) && name !== module.freeForm),
    additionalProperties: 'additionalProperties' in rest ? rest.additionalProperties : false,
  };
}

/** Any argument may be an expression. */
function orTemplate(schema: JsonSchema): JsonSchema {
  const types = [schema['type'] ?? []].flat();
  const isOpen = types.length === 0 || (types.includes('string') && !('enum' in schema) && !('pattern' in schema));
  const { description, default: fallback, ...rest } = schema;
  const about = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
  return isOpen ? schema : { ...about, anyOf: [rest, template] };
}

const roleEntry: JsonSchema = {
  anyOf: [
    { type: 'string' },
    // Keys that are no keyword are inputs of the role.
    {
      type: 'object',
      properties: { ...propertiesOf('role'), name: keywordTable['name'] },
      anyOf: [{ required: ['role'] }, { required: ['name'] }],
    },
  ],
};

const input: JsonSchema = {
  type: ['object', 'string'],
  description: 'JSON Schema (draft-07) of the value; without a default it is required.',
  properties: {
    type: {},
    description: { type: 'string' },
    default: { description: 'The value where none is set; it may name other inputs.' },
    enum: { type: 'array' },
    pattern: { type: 'string' },
    items: { type: 'object' },
    unique: { enum: ['hosts'], description: 'No two hosts of a play may have the same value.' },
    secret: { type: 'boolean', description: 'The value is masked in all that is written.' },
  },
};

const roleFile: JsonSchema = closed({
  summary: { type: 'string' },
  description: { type: 'string' },
  name: { type: 'string' },
  author: {},
  licence: {},
  inputs: { type: 'object', additionalProperties: input },
  uses: { type: 'array', items: { type: 'string' }, description: 'Variables of others that the role reads.' },
  checks: {
    type: 'array',
    description: 'Conditions that must hold on each host, before the first connection.',
    items: { type: ['string', 'object'], properties: { that: {}, message: { type: 'string' } } },
  },
  dependencies: { type: 'array', items: roleEntry },
  allow_duplicates: { type: 'boolean' },
});

// biome-ignore format: one row a variable.
const connectionVars: Properties = {
  ansible_host: { type: 'string', description: 'The address to connect to; the name by default.' },
  ansible_port: { type: ['integer', 'string'], description: 'The port (22).' },
  ansible_user: { type: 'string', description: 'The user to log in as.' },
  ansible_password: { description: 'The login password; keep it in a vault.' },
  ansible_connection: { type: 'string', description: 'ssh, local or kubernetes.' },
  ansible_ssh_private_key_file: { type: 'string', description: 'The key to log in with.' },
  ansible_ssh_common_args: { type: 'string', description: "OpenSSH's -o options that tsrun knows." },
  ansible_become: { type: ['boolean', 'string'], description: 'Run tasks as another user.' },
  ansible_become_user: { type: 'string', description: 'Which one.' },
  ansible_become_method: { type: 'string', description: 'sudo, su or doas.' },
  ansible_become_password: { description: 'The password of that; keep it in a vault.' },
};
const vars: JsonSchema = { type: ['object', 'null'], properties: connectionVars };
const inventoryFile: JsonSchema = {
  definitions: {
    group: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        hosts: {
          type: ['object', 'null', 'string'],
          additionalProperties: vars,
          description: 'Hosts with their variables; web[01:20] is a range.',
        },
        vars,
        children: {
          type: ['object', 'null', 'string'],
          additionalProperties: { $ref: '#/definitions/group' },
          description: 'Groups inside.',
        },
      },
    },
  },
  type: 'object',
  additionalProperties: { $ref: '#/definitions/group' },
};
