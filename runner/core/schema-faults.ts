// What a schema says is wrong -> faults with a place, the allowed words and the nearest one. Validates nothing itself.
import { didYouMean, fault } from './fault.ts';
import type { SchemaError } from './schema.ts';
import type { Fault, Span } from './types.ts';

type Locate = (path: readonly string[]) => Span | undefined;

/** `subject` is a module, role or keyword; `locate` finds the place of a key by its path from the value's root. */
export function schemaFaults(errors: readonly SchemaError[], locate: Locate, subject: string): Fault[] {
  return errors.map(error => schemaFault(error, locate, subject));
}

function schemaFault(error: SchemaError, locate: Locate, subject: string): Fault {
  const at = nearest(error.path, locate);
  switch (error.keyword) {
    case 'additionalProperties':
    case 'propertyNames':
      return unknownKey(error, locate, subject);
    case 'required':
      return missingKey(error, at, subject);
    case 'type':
      return wrongType(error, at, subject);
    case 'enum':
    case 'const':
      return wrongChoice(error, at, subject);
    default:
      return fault('E207', {
        what: `${named(error.path, subject)} ${error.message}`,
        at,
        why: shown(error.params.value),
        mend: doc(subject),
      });
  }
}

const nearest = (path: readonly string[], locate: Locate): Span | undefined => {
  for (let length = path.length; length >= 0; length--) {
    const at = locate(path.slice(0, length));
    if (at) return at;
  }
  return undefined;
};

const named = (path: readonly string[], subject: string): string =>
  path.length === 0 ? `"${subject}"` : `"${path.join('.')}" of "${subject}"`;
const doc = (subject: string): string =>
  subject.startsWith('role ')
    ? `roles/${subject.slice(5)}/role.yaml says what its inputs take`
    : `tsrun doc ${subject} has all arguments`;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return `the value is ${text.length > 80 ? `${text.slice(0, 80)}...` : text}`;
}

/** Argument names with their aliases, of the schema that refused the key. */
function allowedKeys(error: SchemaError): { names: string[]; all: string[] } {
  const properties =
    (error.params.schema as { properties?: Record<string, { aliases?: string[] }> } | undefined)?.properties ?? {};
  const names = Object.keys(properties);
  return { names, all: names.flatMap(name => [name, ...(properties[name]?.aliases ?? [])]) };
}

function unknownKey(error: SchemaError, locate: Locate, subject: string): Fault {
  const key = String(error.params.additionalProperty ?? error.params.propertyName);
  const { names, all } = allowedKeys(error);
  const near = didYouMean(key, all);
  const place = error.path.length === 0 ? `"${subject}"` : `"${error.path.join('.')}" of "${subject}"`;
  return fault('E203', {
    what: `unknown argument "${key}" for ${place}`,
    at: locate([...error.path, key]) ?? nearest(error.path, locate),
    why: `${place} takes ${names.join(', ') || 'no arguments'}`,
    mend: near ? `did you mean "${near}"?` : `remove it (tsrun doc ${subject})`,
  });
}

function missingKey(error: SchemaError, at: Span | undefined, subject: string): Fault {
  const key = String(error.params.missingProperty);
  const near = didYouMean(key, Object.keys((error.params.value as object | null) ?? {}));
  const mend = near ? `write "${key}" instead of "${near}"` : `add "${key}: ..." (tsrun doc ${subject})`;
  return fault('E204', { what: `${named(error.path, subject)} lacks "${key}"`, at, why: `"${key}" is required`, mend });
}

function wrongType(error: SchemaError, at: Span | undefined, subject: string): Fault {
  const types = ([] as unknown[]).concat(error.params.type).map(String);
  const mend = typeMend(types, error.params.value);
  return fault('E205', {
    what: `${named(error.path, subject)} must be ${types.map(typeName).join(' or ')}`,
    at,
    why: shown(error.params.value),
    mend,
  });
}

const typeNames: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  array: 'a list',
  object: 'a map',
  null: 'empty',
};
const typeName = (type: string): string => typeNames[type] ?? type;

const truthWords: Readonly<Record<string, boolean>> = { yes: true, on: true, true: true, no: false, off: false, false: false };

function typeMend(types: readonly string[], value: unknown): string {
  if (typeof value === 'string') {
    const truth = truthWords[value.toLowerCase()];
    if (types.includes('boolean') && truth !== undefined) return `write ${truth}, without quotes (from a variable: bool(x))`;
    if (types.some(type => type === 'integer' || type === 'number') && /^-?\d+$/.test(value))
      return 'write it without quotes (from a variable: int(x))';
    if (types.includes('array')) return `write a list: [${JSON.stringify(value)}]`;
  }
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) return `quote it: "${value}"`;
  return `write ${types.map(typeName).join(' or ')}`;
}

function wrongChoice(error: SchemaError, at: Span | undefined, subject: string): Fault {
  const allowed = (error.keyword === 'const' ? [error.params.allowedValue] : (error.params.allowedValues as unknown[])) ?? [];
  const value = error.params.value;
  const near = typeof value === 'string' ? didYouMean(value, allowed.map(String)) : undefined;
  return fault('E206', {
    what: `${named(error.path, subject)} cannot be ${JSON.stringify(value)}`,
    at,
    why: `allowed are ${allowed.map(one => JSON.stringify(one)).join(', ')}`,
    mend: near ? `did you mean "${near}"?` : 'write one of these',
  });
}
