// What a registered result has: fields of its module's `returns`, and those that every result has. Pure.
import { didYouMean, fault } from '../../core/fault.ts';
import type { Reference, Task } from '../../core/site.ts';
import type { Fault, JsonSchema, Modules } from '../../core/types.ts';

const always = [
  'changed',
  'failed',
  'skipped',
  'unreachable',
  'msg',
  'attempts',
  'retries',
  'warnings',
  'diff',
  'exception',
  'invocation',
  'ansible_facts',
  'failed_when_result',
  'skip_reason',
  'ansible_job_id',
  'finished',
  'started',
  'results_file',
  'start',
  'end',
  'delta',
  'ansible_loop_var',
  'item',
  'deprecations',
  'false_condition',
  'censored',
];

/** undefined where the read field exists or cannot be told. */
export function resultFault({ path, span }: Reference, by: Task, modules: Modules): Fault | undefined {
  const fields = path.slice(1);
  if (fields.length === 0 || by.isWord) return undefined;
  const returns = modules.get(by.module)?.returns;
  if (!returns) return undefined;
  if (by.loop)
    return by.loop && fields[0] !== 'results' && !always.includes(fields[0] as string)
      ? unknownField(fields[0] as string, ['results', ...always], by, span, 'it has a loop: each result is in "results"')
      : undefined;
  if (always.includes(fields[0] as string)) return undefined;
  return walk(fields, returns, by, span);
}

function walk(fields: readonly string[], schema: JsonSchema, by: Task, span: Reference['span'], depth = 0): Fault | undefined {
  const [field, ...rest] = fields;
  const properties = schema.properties as Readonly<Record<string, JsonSchema>> | undefined;
  if (field === undefined || !properties) return undefined;
  const inner = properties[field];
  if (inner) return walk(rest, inner, by, span, depth + 1);
  if (schema.additionalProperties !== false || schema.patternProperties) return undefined;
  const known = [...Object.keys(properties), ...(depth === 0 ? always.slice(0, 5) : [])];
  return unknownField(field, known, by, span, `it has ${known.join(', ')}`);
}

function unknownField(field: string, known: readonly string[], by: Task, at: Reference['span'], why: string): Fault {
  const near = didYouMean(field, known);
  return fault('E219', {
    what: `the result of "${by.module}" has no field "${field}"`,
    at,
    why,
    mend: near ? `did you mean "${near}"?` : `tsrun doc ${by.module} shows its result`,
  });
}

/** The result of a skipped task has few fields. A reader that has the same conditions, or asks first, has thought of it. */
export function skippedFault({ path, span }: Reference, by: Task, reader: Task): Fault[] {
  const [name = '', field] = path;
  if (field === undefined || always.includes(field) || by.isWord || by.loop || by === reader || by.when.length === 0) return [];
  const held = new Set(reader.when.map(({ text }) => text));
  const asks = reader.when.some(({ references }) =>
    references.some(one => one.path[0] === name && (one.optional || always.includes(one.path[1] ?? ''))),
  );
  if (asks || by.when.every(({ text }) => held.has(text))) return [];
  const mend = `write ${name}.?${[field, ...path.slice(2)].join('.?')}.orValue(...), or give this task the same condition`;
  return [
    fault('W952', {
      what: `"${name}" may lack "${field}"`,
      at: span,
      why: `the task that registers it has a condition, and a skipped task gives no "${field}"`,
      mend,
    }),
  ];
}
