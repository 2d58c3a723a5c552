// The schemas of all modules are themselves JSON Schema: a run takes them as they are, to start sooner.
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { moduleNames, openModules } from '../../runner/modules/index.ts';

const ajv = new Ajv({ strict: false });
const modules = await openModules(moduleNames());

test.each(moduleNames())('the schemas of %s are draft-07', name => {
  const module = modules.get(name);
  expect([ajv.validateSchema(module?.args ?? {}), ajv.errors]).toEqual([true, null]);
  expect([ajv.validateSchema(module?.returns ?? {}), ajv.errors]).toEqual([true, null]);
});
