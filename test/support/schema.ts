// Checks arguments by a module's schema with defaults and aliases, for tests that run before any language is there.
import { Ajv } from 'ajv';
import type { JsonSchema, Vars } from '../../runner/core/types.ts';

export function checkSchema(schema: JsonSchema, written: Vars): Vars {
  const ajv = new Ajv({ useDefaults: true, strict: false, allErrors: true });
  const properties = (schema['properties'] ?? {}) as Record<string, { aliases?: readonly string[] }>;
  const named: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(structuredClone(written))) {
    const name = Object.keys(properties).find(property => properties[property]?.aliases?.includes(key)) ?? key;
    named[name] = value;
  }
  const check = ajv.compile(schema);
  if (!check(named)) throw new Error(JSON.stringify(check.errors));
  return named;
}
