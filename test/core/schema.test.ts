// Values against schemas: what is wrong with them, defaults and aliases.
import { expect, test } from 'vitest';
import { aliasesOf, compileSchema, renameAliases, withDefaults } from '../../runner/core/schema.ts';
import { schemaFaults } from '../../runner/core/schema-faults.ts';
import type { JsonSchema } from '../../runner/core/types.ts';

const schema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: { type: 'string', aliases: ['dest', 'name'] },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present' },
    mode: { type: ['string', 'integer'] },
    force: { type: 'boolean', default: true },
    size: { type: 'integer', minimum: 1 },
    items: { type: 'array', items: { type: 'string' } },
    either: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    inner: {
      type: 'object',
      additionalProperties: false,
      properties: { deep: { type: 'string', default: 'x', aliases: ['d'] } },
    },
  },
};
const faultsOf = (value: unknown) =>
  schemaFaults(compileSchema(schema)(value), path => ({ file: 'f', line: path.length + 1, col: 1 }), 'thing');

test.each<[string, unknown, string[], string]>([
  ['a missing key', {}, ['E204'], 'path'],
  ['a misspelt required key', { pth: 'x' }, ['E204', 'E203'], 'instead of "pth"'],
  ['an unknown key', { path: 'x', stat: 'y' }, ['E203'], 'did you mean "state"?'],
  ['a misspelt alias', { path: 'x', dst: 'y' }, ['E203'], 'did you mean "dest"?'],
  ['a wrong choice', { path: 'x', state: 'presnt' }, ['E206'], 'did you mean "present"?'],
  ['text where a boolean is meant', { path: 'x', force: 'yes' }, ['E205'], 'write true, without quotes'],
  ['text where a number is meant', { path: 'x', size: '3' }, ['E205'], 'without quotes'],
  ['a number where text is meant', { path: 1 }, ['E205'], 'quote it: "1"'],
  ['a number that is too small', { path: 'x', size: 0 }, ['E207'], 'tsrun doc thing'],
  ['a boolean where text or number is meant', { path: 'x', mode: true }, ['E205'], 'quote it'],
  ['a wrong item', { path: 'x', items: ['a', 1] }, ['E205'], 'quote it'],
  ['a wrong item in one of two forms', { path: 'x', either: [1] }, ['E205'], 'quote it'],
  ['neither of two forms', { path: 'x', either: 1 }, ['E205'], 'quote it'],
  ['an unknown key further in', { path: 'x', inner: { dep: 1 } }, ['E203'], 'did you mean "deep"?'],
  ['several at once', { path: 1, size: 'a', state: 'b', no: 1 }, ['E203', 'E205', 'E206', 'E205'], ''],
])('%s', (_, value, codes, mend) => {
  const found = faultsOf(value);
  expect(found.map(({ code }) => code).sort()).toEqual([...codes].sort());
  expect(found.map(one => one.mend).join('\n')).toContain(mend);
});

test('what fits has no faults, and nothing is coerced', () => {
  expect(faultsOf({ path: 'x', mode: 1, force: false, either: ['a'], inner: {} })).toEqual([]);
  expect(faultsOf({ path: 'x', force: 'true' })).toHaveLength(1);
});

test('the place is that of the key, or of what is around it', () => {
  const places = schemaFaults(
    compileSchema(schema)({ path: 'x', inner: { deep: 1 } }),
    path => (path.length > 1 ? undefined : { file: 'f', line: path.length, col: 1 }),
    'thing',
  );
  expect(places[0]?.at?.line).toBe(1);
});

test('one of several required keys is named in one sentence', () => {
  const found = compileSchema({ type: 'object', anyOf: [{ required: ['a'] }, { required: ['b'] }] })({});
  expect(found).toHaveLength(1);
  expect(found[0]?.message).toContain('a, b');
});

test('defaults fill what is absent, at every depth, and change nothing in place', () => {
  const value = Object.freeze({ path: 'x', inner: Object.freeze({}) });
  expect(withDefaults(schema, value)).toEqual({ path: 'x', state: 'present', force: true, inner: { deep: 'x' } });
  expect(value).toEqual({ path: 'x', inner: {} });
  expect(withDefaults(schema, { path: 'x', force: false })).toMatchObject({ force: false });
});

test('aliases get the name of the argument; where both are given the name wins', () => {
  expect(renameAliases(schema, { dest: '/a', inner: { d: 1 } })).toEqual({ path: '/a', inner: { deep: 1 } });
  expect(renameAliases(schema, { dest: '/a', path: '/b' })).toEqual({ path: '/b' });
  expect([...aliasesOf(schema)]).toEqual([
    ['dest', 'path'],
    ['name', 'path'],
  ]);
});

test('names of JavaScript are keys like others', () => {
  expect(faultsOf({ path: 'x', constructor: 1 }).map(({ code }) => code)).toEqual(['E203']);
  expect(renameAliases(schema, JSON.parse('{"__proto__": 1, "toString": 2}'))).toEqual(
    JSON.parse('{"__proto__": 1, "toString": 2}'),
  );
});
