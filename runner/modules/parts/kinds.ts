// The kinds of arguments and results that system modules name in their schemas (draft-07). Data only; it checks nothing.
import type { JsonSchema } from '../../core/types.ts';

export const text = (description: string, more: JsonSchema = {}): JsonSchema => ({ type: 'string', description, ...more });
/** Text that people also write as a bare number. */
export const scalar = (description: string, more: JsonSchema = {}): JsonSchema => ({
  type: ['string', 'number'],
  description,
  ...more,
});
export const flag = (description: string, byDefault?: boolean, more: JsonSchema = {}): JsonSchema => ({
  type: 'boolean',
  description,
  ...(byDefault === undefined ? {} : { default: byDefault }),
  ...more,
});
export const whole = (description: string, more: JsonSchema = {}): JsonSchema => ({ type: 'integer', description, ...more });
export const choice = (description: string, among: readonly string[], byDefault?: string, more: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  enum: among,
  description,
  ...(byDefault === undefined ? {} : { default: byDefault }),
  ...more,
});
/** A list of texts, or one text with commas. */
export const list = (description: string, more: JsonSchema = {}): JsonSchema => ({
  type: ['array', 'string'],
  items: { type: ['string', 'number'] },
  description,
  ...more,
});

export const takes = (properties: JsonSchema, required: readonly string[] = [], more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length > 0 ? { required } : {}),
  ...more,
});
export const gives = (properties: JsonSchema = {}): JsonSchema => ({ type: 'object', additionalProperties: false, properties });

export type List = string | readonly (string | number)[];
/** The items of a `list` argument, trimmed; empty ones dropped. */
export const items = (value: List | undefined): readonly string[] =>
  (typeof value === 'string' ? value.split(',') : (value ?? []).map(String)).map(item => item.trim()).filter(item => item !== '');
export const isGlob = (name: string): boolean => /[*?[]/.test(name);
