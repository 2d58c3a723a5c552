// The arguments of a task against the schema of its module: aliases, defaults, and faults at the argument that is wrong. Pure.
import { fault } from '../core/fault.ts';
import { aliasesOf, compileSchema, renameAliases, withDefaults } from '../core/schema.ts';
import { schemaFaults } from '../core/schema-faults.ts';
import type { Task, Value } from '../core/site.ts';
import type { AnyModule, Fault, JsonSchema, Span, Vars } from '../core/types.ts';

const isSpan = (found: Span | undefined): found is Span => found !== undefined;

/** The place of a key by its path, as far as the arguments are written out. */
export function placeIn(
  value: Value,
  path: readonly string[],
  aliases: ReadonlyMap<string, string> = new Map(),
): Span | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return undefined;
  if (value.is === 'list') {
    const item = value.items[Number(key)];
    return item && (placeIn(item, rest) ?? item.span);
  }
  if (value.is !== 'map') return undefined;
  const entry = value.entries.find(one => one.key === key) ?? value.entries.find(one => aliases.get(one.key) === key);
  if (!entry) return undefined;
  return rest.length === 0 ? entry.keySpan : (placeIn(entry.value, rest) ?? entry.keySpan);
}

/** A value that is plain as a whole has one span: its top keys are looked for in the task's text by no one, so name the task. */
const placeOr = (value: Value, path: readonly string[], aliases: ReadonlyMap<string, string>, task: Span): Span =>
  [placeIn(value, path, aliases), path.length === 0 ? task : undefined, value.span].find(isSpan) ?? task;

const schemas = new WeakMap<JsonSchema, (value: unknown) => ReturnType<ReturnType<typeof compileSchema>>>();

export type Fitted = { readonly args: Vars } | { readonly faults: readonly Fault[] };

/** The arguments as the module gets them, or all that is wrong with them. */
export function fitArgs(subject: string, schema: JsonSchema, given: Vars, task: Pick<Task, 'args' | 'span'>): Fitted {
  const check = schemas.get(schema) ?? compileSchema(schema);
  schemas.set(schema, check);
  const aliases = aliasesOf(schema);
  const renamed = renameAliases(schema, given);
  const errors = check(renamed);
  if (errors.length > 0) return { faults: schemaFaults(errors, path => placeOr(task.args, path, aliases, task.span), subject) };
  return { args: Object.freeze(withDefaults(schema, renamed) as Vars) };
}

/** What a schema cannot say: the module's own checks. */
export function checkArgs(module: AnyModule, name: string, args: Vars, task: Pick<Task, 'span'>): readonly Fault[] {
  const reasons: readonly string[] = module.check?.(args) ?? [];
  return reasons.map(why =>
    fault('E207', {
      what: `the arguments of "${name}" do not go together`,
      why,
      mend: `tsrun doc ${name} has all arguments`,
      at: task.span,
    }),
  );
}
