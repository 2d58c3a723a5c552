// Arguments of a task against the schema of its module: what is known is checked, what waits for a task is not called wrong.
import { fault } from '../../core/fault.ts';
import { aliasesOf, compileSchema, renameAliases, type SchemaError, withDefaults } from '../../core/schema.ts';
import { schemaFaults } from '../../core/schema-faults.ts';
import type { Task } from '../../core/site.ts';
import type { AnyModule, Fault, JsonSchema, Span, Vars } from '../../core/types.ts';
import { wordSchemas } from '../grammar/words.ts';
import { OMIT } from '../magic.ts';
import type { HostClass } from './classes.ts';
import { checkLocalFiles } from './local-files.ts';
import type { Sight } from './sight.ts';
import type { TaskCheck } from './task.ts';

export interface ArgsChecks {
  readonly task: Task;
  readonly known: ReadonlyMap<string, unknown>;
  /** Arguments that are given, but have no value yet. */
  readonly waiting: ReadonlySet<string>;
  readonly group: HostClass;
  readonly check: TaskCheck;
}

type Report = (faults: readonly Fault[]) => void;

export function checkArgs(args: ArgsChecks, sight: Sight, report: Report): void {
  const { task } = args;
  const module = task.isWord ? undefined : sight.state.site.modules.get(task.module);
  const schema = wordSchemas[task.module] ?? module?.args;
  if (!schema) return;
  const given = Object.fromEntries([...args.known].filter(([, value]) => value !== OMIT));
  const renamed = renameAliases(schema, given) as Vars;
  const errors = [
    ...compileSchema(schema)(renamed).filter(error => isSure(error, args, schema)),
    ...unknownWaiting(args, schema),
  ];
  report(schemaFaults(errors, path => placeOf(path, task, schema), task.module));
  if (module) checkModule(module, renamed, args, errors.length === 0, sight, report);
}

/** A name can be wrong before its value is known. */
function unknownWaiting({ waiting }: ArgsChecks, schema: JsonSchema): SchemaError[] {
  if (schema.additionalProperties !== false) return [];
  const known = [...Object.keys((schema.properties as object | undefined) ?? {}), ...aliasesOf(schema).keys()];
  return [...waiting]
    .filter(name => !known.includes(name))
    .map(name => ({
      path: [],
      keyword: 'additionalProperties',
      message: 'is not known',
      params: { additionalProperty: name, schema },
    }));
}

/** With an argument that has no value yet, what joins several arguments cannot be judged. */
function isSure(error: SchemaError, { waiting }: ArgsChecks, schema: JsonSchema): boolean {
  if (waiting.size === 0) return true;
  const aliases = aliasesOf(schema);
  const names = new Set([...waiting].map(name => aliases.get(name) ?? name));
  if (error.keyword === 'required' && error.path.length === 0) return !names.has(String(error.params.missingProperty));
  return error.path.length > 0 || error.keyword === 'additionalProperties';
}

/** The place of an argument by its path; below the first key the value as a whole. */
function placeOf(path: readonly string[], task: Task, schema: JsonSchema): Span | undefined {
  if (task.args.is !== 'map') return task.args.span;
  const [first] = path;
  if (first === undefined) return task.span;
  const aliases = aliasesOf(schema);
  const entry = task.args.entries.find(({ key }) => key === first || aliases.get(key) === first);
  return entry?.keySpan;
}

function checkModule(module: AnyModule, given: Vars, args: ArgsChecks, fits: boolean, sight: Sight, report: Report): void {
  if (!module.check && !module.local) return;
  const { task } = args;
  const full = withDefaults(module.args, given) as Vars;
  if (fits && args.waiting.size === 0) {
    const reasons = module.check?.(full) ?? [];
    report(
      reasons.map(why =>
        fault('E207', {
          what: `the arguments of "${task.module}" do not fit together`,
          at: task.span,
          why,
          mend: `tsrun doc ${task.module}`,
        }),
      ),
    );
    if (reasons.length > 0) return;
  }
  checkLocalFiles(module, full, args, sight, report);
}
