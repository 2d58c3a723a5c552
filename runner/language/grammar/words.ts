// The engine's own words (set_fact, include_*, meta, ...): their arguments as JSON Schemas. They have no probe, so no module.
import type { JsonSchema } from '../../core/types.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const texts = { type: ['string', 'array'], items: text } as const;
const number = { type: 'number', minimum: 0 } as const;

const closed = (properties: JsonSchema, required: readonly string[] = [], more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length > 0 ? { required } : {}),
  ...more,
});
const open = (properties: JsonSchema, required: readonly string[] = [], more: JsonSchema = {}): JsonSchema =>
  closed(properties, required, { additionalProperties: true, ...more });

/** The keywords that an include hands to what it brings. */
const apply = { type: 'object' } as const;
const roleFiles = { name: text, tasks_from: text, vars_from: text, defaults_from: text, handlers_from: text };
const roleFlags = { allow_duplicates: flag, rolespec_validate: flag, public: flag };

export const metaActions = [
  'noop',
  'flush_handlers',
  'end_play',
  'end_host',
  'end_batch',
  'end_role',
  'clear_facts',
  'clear_host_errors',
  'refresh_inventory',
  'reset_connection',
  'role_complete',
  'barrier',
] as const;

export const wordSchemas: Readonly<Record<string, JsonSchema>> = {
  set_fact: open({ cacheable: flag }, [], { minProperties: 1 }),
  add_host: open({ name: { ...text, aliases: ['hostname', 'host'] }, groups: { ...texts, aliases: ['groupname', 'group'] } }, [
    'name',
  ]),
  group_by: closed({ key: text, parents: texts }, ['key']),
  include_vars: closed(
    {
      file: text,
      dir: text,
      name: text,
      depth: number,
      files_matching: text,
      ignore_files: texts,
      extensions: texts,
      ignore_unknown_extensions: flag,
      hash_behaviour: { enum: ['replace', 'merge'] },
    },
    [],
    { anyOf: [{ required: ['file'] }, { required: ['dir'] }] },
  ),
  include_tasks: closed({ file: text, apply }, ['file']),
  import_tasks: closed({ file: text }, ['file']),
  include_role: closed({ ...roleFiles, ...roleFlags, apply }, ['name']),
  import_role: closed({ ...roleFiles, ...roleFlags }, ['name']),
  meta: closed({ free_form: { enum: metaActions } }, ['free_form']),
  pause: closed({ seconds: number, minutes: number, prompt: text, echo: flag }),
  // `var` and `that` are expressions: the engine finds their values in the arguments, their texts in the task.
  debug: closed({ msg: {}, var: {}, verbosity: { type: 'integer', minimum: 0, default: 0 } }, [], {
    not: { required: ['msg', 'var'] },
  }),
  assert: closed(
    {
      that: { type: ['array', 'boolean'] },
      fail_msg: { type: ['string', 'array'], aliases: ['msg'] },
      success_msg: { type: ['string', 'array'] },
      quiet: { ...flag, default: false },
    },
    ['that'],
  ),
  fail: closed({ msg: { type: ['string', 'array', 'number'], default: 'Failed as requested from task' } }),
};

export const isWord = (name: string): boolean => Object.hasOwn(wordSchemas, name) || name === 'import_playbook';

/** The argument that takes the free-form text of a word. */
export const wordFreeForm: Readonly<Record<string, string>> = {
  meta: 'free_form',
  include_tasks: 'file',
  import_tasks: 'file',
  include_vars: 'file',
};
