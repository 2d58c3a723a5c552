// JSON Schema (draft-07) by ajv: a value -> what is wrong with it; defaults and aliases as pure functions. Coerces nothing.
import { createRequire } from 'node:module';
import type { AnySchema, ErrorObject, ValidateFunction } from 'ajv';
import { plainOf } from './schema-plain.ts';
import type { JsonSchema } from './types.ts';

export interface SchemaError {
  /** The way to the value that is wrong; for a wrong or missing key, to the map that has or lacks it. */
  readonly path: readonly string[];
  readonly keyword: string;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
}

interface Ajv {
  compile(schema: AnySchema): ValidateFunction;
}

// ajv costs 40 ms to import and a few more for each schema: a run pays only for the modules it names.
let ajv: Ajv | undefined;
const compiled = new WeakMap<JsonSchema, ValidateFunction>();

/** scripts/validators.mjs makes the validators of the modules with the same, at build time. */
export const ajvOptions = {
  allErrors: true,
  strict: false,
  verbose: true,
  messages: true,
  validateFormats: false,
  logger: false,
  validateSchema: false,
  meta: false,
  code: { optimize: false },
} as const;

function loadAjv(): Ajv {
  const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv');
  return new Ajv(ajvOptions);
}

/** In the built package: a validator that was made at build time.
 * @public scripts/build.mjs calls it. */
export const adoptValidator = (schema: JsonSchema, validate: ValidateFunction): void => void compiled.set(schema, validate);

const plains = new WeakMap<JsonSchema, ((value: unknown) => boolean) | null>();

function plainCheck(schema: JsonSchema): ((value: unknown) => boolean) | null {
  const known = plains.get(schema);
  if (known !== undefined) return known;
  const made = plainOf(schema) ?? null;
  plains.set(schema, made);
  return made;
}

/** Throws where ajv finds that it is no schema. */
export function expectSchema(schema: JsonSchema): void {
  if (!plainCheck(schema)) compileSchema(schema)(null);
}

export function compileSchema(schema: JsonSchema): (value: unknown) => SchemaError[] {
  return value => {
    let validate = compiled.get(schema);
    if (!validate && plainCheck(schema)?.(value)) return [];
    if (!validate) {
      ajv ??= loadAjv();
      validate = ajv.compile(schema);
      compiled.set(schema, validate);
    }
    return validate(value) ? [] : plainErrors(validate.errors ?? []);
  };
}

const noise: ReadonlySet<string> = new Set(['if', 'oneOf', 'anyOf']);

/** A choice between schemas gives an error for each that did not fit: say one sentence for all, or the nearest one's. */
function plainErrors(errors: readonly ErrorObject[]): SchemaError[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const inChoice = (error: ErrorObject) =>
    choices.some(choice => choice !== error && error.schemaPath.startsWith(`${choice.schemaPath}/`));
  const outside = errors.filter(error => !noise.has(error.keyword) && !inChoice(error));
  const outermost = choices.filter(choice => !inChoice(choice));
  return [...outside.map(toError), ...outermost.flatMap(choice => choiceErrors(choice, errors))];
}

function choiceErrors(choice: ErrorObject, errors: readonly ErrorObject[]): SchemaError[] {
  const inner = errors.filter(error => error.schemaPath.startsWith(`${choice.schemaPath}/`) && !noise.has(error.keyword));
  const branchOf = (error: ErrorObject) => error.schemaPath.slice(choice.schemaPath.length + 1).split('/')[0];
  const isType = (error: ErrorObject) => error.keyword === 'type' && error.instancePath === choice.instancePath;
  // A form whose type fits is the one that was meant.
  const refused = new Set(inner.filter(isType).map(branchOf));
  const meant = inner.filter(error => !refused.has(branchOf(error)));
  if (meant.length > 0 && new Set(meant.map(branchOf)).size === 1) return meant.map(toError);
  const types = inner.filter(isType).flatMap(error => ([] as unknown[]).concat(error.params.type).map(String));
  if (types.length > 0 && meant.length === 0) return [typeError(choice, [...new Set(types)])];
  return [{ ...toError(choice), keyword: 'anyOf', message: choiceMessage(choice, inner) }];
}

const typeError = (choice: ErrorObject, types: readonly string[]): SchemaError => ({
  ...toError(choice),
  keyword: 'type',
  message: `must be ${types.join(' or ')}`,
  params: { type: types, value: choice.data },
});

function choiceMessage(choice: ErrorObject, inner: readonly ErrorObject[]): string {
  const missing = inner.filter(error => error.keyword === 'required').map(error => String(error.params.missingProperty));
  if (missing.length > 0 && missing.length === inner.length) return `needs one of ${missing.join(', ')}`;
  if (choice.keyword === 'oneOf' && inner.length === 0) return 'fits more than one of the forms that exclude each other';
  return [...new Set(inner.map(error => error.message ?? error.keyword))].join(', or ');
}

const toError = (error: ErrorObject): SchemaError => ({
  path: error.instancePath.split('/').slice(1).map(unescapePointer),
  keyword: error.keyword,
  message: error.message ?? error.keyword,
  params: { ...error.params, ...(error.parentSchema ? { schema: error.parentSchema } : {}), value: error.data },
});

const unescapePointer = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

type Properties = Readonly<Record<string, JsonSchema>>;
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
const has = Object.hasOwn;

/** What the walks need of a schema, found once: they are done for each task of each host. */
interface Shape {
  readonly properties: Properties;
  readonly defaults: readonly (readonly [string, unknown])[];
  /** Keys whose values may hold maps that the schema describes. */
  readonly deep: readonly string[];
}
const shapes = new WeakMap<JsonSchema, Shape>();

function shapeOf(schema: JsonSchema): Shape {
  const known = shapes.get(schema);
  if (known) return known;
  const properties = isMap(schema.properties) ? (schema.properties as Properties) : {};
  const pairs = Object.entries(properties);
  const made: Shape = {
    properties,
    defaults: pairs.filter(([, property]) => has(property, 'default')).map(([key, property]) => [key, property.default]),
    deep: pairs.filter(([, property]) => isMap(property.properties) || isMap(property.items)).map(([key]) => key),
  };
  shapes.set(schema, made);
  return made;
}

type Change = (shape: Shape, map: Record<string, unknown>, schema: JsonSchema) => Record<string, unknown>;

/** Walks the maps that the schema describes and lets `change` make a new map of each. */
function mapObjects(schema: JsonSchema, value: unknown, change: Change): unknown {
  if (Array.isArray(value) && isMap(schema.items)) return value.map(item => mapObjects(schema.items as JsonSchema, item, change));
  if (!isMap(value) || !isMap(schema.properties)) return value;
  const shape = shapeOf(schema);
  const changed = change(shape, value, schema);
  const inner = shape.deep.filter(key => has(changed, key));
  if (inner.length === 0) return changed;
  const pairs = inner.map(key => [key, mapObjects(shape.properties[key] as JsonSchema, changed[key], change)]);
  return { ...changed, ...Object.fromEntries(pairs) };
}

/** A new value with the schema's defaults where a key is absent. */
export const withDefaults = (schema: JsonSchema, value: unknown): unknown =>
  mapObjects(schema, value, ({ defaults }, map) => {
    const missing = defaults
      .filter(([key]) => !has(map, key))
      .map(([key, byDefault]) => [key, typeof byDefault === 'object' ? structuredClone(byDefault) : byDefault]);
    return missing.length === 0 ? map : { ...map, ...(Object.fromEntries(missing) as Record<string, unknown>) };
  });

/** Alias -> argument of the schema's own properties. */
export function aliasesOf(schema: JsonSchema): ReadonlyMap<string, string> {
  const known = aliases.get(schema);
  if (known) return known;
  const made = readAliases(schema);
  aliases.set(schema, made);
  return made;
}
const aliases = new WeakMap<JsonSchema, ReadonlyMap<string, string>>();

function readAliases(schema: JsonSchema): ReadonlyMap<string, string> {
  const properties = isMap(schema.properties) ? (schema.properties as Properties) : {};
  const pairs = Object.entries(properties).flatMap(([name, property]) =>
    (Array.isArray(property.aliases) ? property.aliases : []).map(alias => [String(alias), name] as const),
  );
  return new Map(pairs);
}

/** A new value in which aliases have the argument's own name; where both are given the own name wins. */
export const renameAliases = (schema: JsonSchema, value: unknown): unknown =>
  mapObjects(schema, value, ({ properties }, map, inner) => {
    const aliases = aliasesOf(inner);
    if (!Object.keys(map).some(key => aliases.has(key) && !has(properties, key))) return map;
    const renamed: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(map)) {
      const name = has(properties, key) ? key : (aliases.get(key) ?? key);
      if (name === key || !has(map, name)) renamed[name] = item;
    }
    return renamed;
  });
