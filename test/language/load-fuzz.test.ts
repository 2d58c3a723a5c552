// The loader on broken sites: findings with places, never an exception.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadSite } from '../support/load-site.ts';

const words = [
  'hosts',
  'tasks',
  'block',
  'rescue',
  'loop',
  'with_items',
  'when',
  'command',
  'file',
  'include_tasks',
  'import_tasks',
  'import_role',
  'import_playbook',
  'roles',
  'role',
  'handlers',
  'notify',
  'vars',
  'vars_files',
  'vars_prompt',
  'tags',
  'become',
  'register',
  'name',
  'args',
  'action',
  'local_action',
  'loop_control',
  'environment',
  'set_fact',
  'meta',
  'assert',
  'that',
  'debug',
  'var',
  'msg',
  'serial',
  'module_defaults',
  'apply',
  'until',
  'nope',
];
const leaf = fc.constantFrom<unknown>(
  'web',
  'all',
  'site.yaml',
  'r.rc == 0',
  '{{ x }}',
  '{{ x',
  '{{ port }}',
  'a=b c',
  'ls "',
  null,
  true,
  1,
  -1,
  '',
  '{% if %}',
  [],
  {},
  'no.yaml',
  '1-3',
  '!x',
  'yes',
);
const tree = fc.letrec<{ node: unknown }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words), tie('node'), { maxKeys: 4 }),
  ),
})).node;

test('any site of known words gives a site and findings', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(tree, { maxLength: 3 }), fc.array(tree, { maxLength: 3 }), async (plays, tasks) => {
      const site = [...plays, { hosts: 'web', tasks }, { hosts: 'web', roles: tasks }, { hosts: 'web', handlers: tasks }];
      const { findings } = await loadSite({ 'site.yaml': JSON.stringify(site, null, 1) });
      for (const { code, what } of findings) expect([code.length, what.length > 0]).toEqual([4, true]);
    }),
    { numRuns: 40 },
  );
});

test.each<[string, string | Uint8Array]>([
  ['binary', new Uint8Array([0, 1, 2, 255, 254])],
  ['no UTF-8', new Uint8Array([0x61, 0xff, 0x62])],
  ['deep', `- ${'['.repeat(5000)}`],
  ['large', `- hosts: web\n${'#'.repeat(9_000_000)}`],
  ['not closed', '- hosts: "web\n'],
])('a file that is %s is one finding in that file', async (_, content) => {
  const { findings } = await loadSite({ 'site.yaml': content as string });
  expect(findings.map(({ code, at }) => [code.slice(0, 2), at?.file ?? 'site.yaml'])).toEqual([['E1', 'site.yaml']]);
});
