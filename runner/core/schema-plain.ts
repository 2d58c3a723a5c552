// JSON Schemas of the plain keywords, checked without ajv, whose import and compiler cost more than all else of a small site. It
// says "fits" or nothing: what is wrong with a value is ajv's to say.
import type { JsonSchema } from './types.ts';

type Fits = (value: unknown) => boolean;

const always: Fits = () => true;
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const TYPES: Readonly<Record<string, Fits>> = {
  string: isText,
  number: isNumber,
  integer: value => isNumber(value) && Number.isInteger(value),
  boolean: value => typeof value === 'boolean',
  array: isList,
  object: isMap,
  null: value => value === null,
};

/** A bound counts for values of its kind alone. */
const bound =
  <T>(is: (value: unknown) => value is T, holds: (value: T, limit: number) => boolean) =>
  (limit: unknown): Fits | undefined =>
    isNumber(limit) ? value => !is(value) || holds(value, limit) : undefined;

const lengthOf = (text: string): number => [...text].length;

/** Each keyword with what it makes of its word; undefined where the word is not plain. */
const KEYWORDS: Readonly<Record<string, (word: unknown) => Fits | undefined>> = {
  type: word => {
    const types = [word].flat().map(one => (isText(one) && Object.hasOwn(TYPES, one) ? TYPES[one] : undefined));
    return types.length > 0 && types.every(one => one !== undefined) ? value => types.some(fits => fits(value)) : undefined;
  },
  enum: word =>
    isList(word) && word.length > 0 && word.every(one => typeof one !== 'object' || one === null)
      ? value => word.includes(value)
      : undefined,
  minimum: bound(isNumber, (value, limit) => value >= limit),
  maximum: bound(isNumber, (value, limit) => value <= limit),
  exclusiveMinimum: bound(isNumber, (value, limit) => value > limit),
  exclusiveMaximum: bound(isNumber, (value, limit) => value < limit),
  minLength: bound(isText, (value, limit) => lengthOf(value) >= limit),
  maxLength: bound(isText, (value, limit) => lengthOf(value) <= limit),
  minItems: bound(isList, (value, limit) => value.length >= limit),
  maxItems: bound(isList, (value, limit) => value.length <= limit),
  pattern: word => {
    if (!isText(word)) return undefined;
    try {
      const pattern = new RegExp(word, 'u');
      return value => !isText(value) || pattern.test(value);
    } catch {
      return undefined;
    }
  },
  items: word => {
    const fits = plainOf(word);
    return fits && (value => !isList(value) || value.every(fits));
  },
  required: word => {
    if (!isList(word) || !word.every(isText)) return undefined;
    return value => !isMap(value) || word.every(key => value[key] !== undefined);
  },
  description: () => always,
  title: () => always,
  default: () => always,
  examples: () => always,
};

/** `properties` and `additionalProperties` belong together: what is not among the first is under the second. */
function fieldsOf(schema: JsonSchema): Fits | undefined {
  const { properties = {}, additionalProperties = true } = schema;
  if (!isMap(properties)) return undefined;
  const fields = new Map(Object.entries(properties).map(([key, inner]) => [key, plainOf(inner)]));
  const others = typeof additionalProperties === 'boolean' ? () => additionalProperties : plainOf(additionalProperties);
  if (!others || [...fields.values()].includes(undefined)) return undefined;
  return value =>
    !isMap(value) ||
    Object.keys(value).every(key => value[key] === undefined || (fields.has(key) ? fields.get(key) : others)?.(value[key]));
}

/** Whether a value fits, as a function; undefined where the schema has other keywords, or is none. */
export function plainOf(schema: unknown): Fits | undefined {
  if (!isMap(schema)) return undefined;
  const made: (Fits | undefined)[] = [];
  for (const [keyword, word] of Object.entries(schema)) {
    if (keyword === 'properties' || keyword === 'additionalProperties') continue;
    made.push(Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword]?.(word) : undefined);
  }
  if ('properties' in schema || 'additionalProperties' in schema) made.push(fieldsOf(schema));
  return made.every(fits => fits !== undefined) ? value => made.every(fits => fits(value)) : undefined;
}
