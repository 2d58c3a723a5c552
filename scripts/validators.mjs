// The validators of the modules' arguments, made once at build time: ajv needs some 10 ms for each schema at run time, and
// 40 ms to be imported. What core/schema.ts would compile, with the same options.
import { createRequire } from 'node:module';
import { register } from 'tsx/esm/api';

const require = createRequire(import.meta.url);
const { Ajv } = require('ajv');
const { default: standalone } = require('ajv/dist/standalone');

register();
const { ajvOptions } = await import('../runner/core/schema.ts');

/** ES module text whose default export is the validator of one schema. */
export function validatorText(schema) {
  const ajv = new Ajv({ ...ajvOptions, code: { ...ajvOptions.code, source: true, esm: true } });
  return standalone(ajv, ajv.compile(schema));
}

export const argsOf = async path => (await import(path)).module.args;
