// --tags and --skip-tags (semantics.md 2.3).
import { expect, test } from 'vitest';
import { isSelected } from '../../runner/language/tags.ts';
import { allTasks, loadSite } from '../support/load-site.ts';

test.each<[string[], string[], string[], boolean]>([
  // own tags, --tags, --skip-tags
  [[], [], [], true],
  [['a'], [], [], true],
  [['never'], [], [], false],
  [['never', 'a'], [], [], false],
  [['never', 'a'], ['a'], [], true],
  [['never'], ['never'], [], true],
  [['never', 'a'], ['all'], [], false],
  [['a'], ['a'], [], true],
  [['a'], ['b'], [], false],
  [[], ['a'], [], false],
  [['always'], ['a'], [], true],
  [['a'], ['tagged'], [], true],
  [[], ['tagged'], [], false],
  [['never'], ['tagged'], [], false],
  [[], ['untagged'], [], true],
  [['a'], ['untagged'], [], false],
  [['always'], ['untagged'], [], true],
  [['always'], ['tagged'], [], true],
  [['a'], [], ['a'], false],
  [['always', 'x'], ['y'], ['x'], false],
  [['always'], [], ['always'], false],
  [['always'], [], ['all'], true],
  [['a'], [], ['all'], false],
  [['a'], [], ['tagged'], false],
  [[], [], ['tagged'], true],
  [[], [], ['untagged'], false],
  [['a', 'b'], ['a'], ['b'], false],
])('a task with %j, --tags %j, --skip-tags %j: %s', (own, tags, skipTags, selected) => {
  expect(isSelected(own, { tags, skipTags })).toBe(selected);
});

const site = {
  'site.yaml': `
- hosts: web
  tags: play
  tasks:
    - { name: plain, command: ls }
    - name: block
      tags: block
      block:
        - { name: in block, command: ls, tags: own }
    - { name: dynamic, include_tasks: more.yaml, tags: inc }
    - { name: static, import_tasks: more.yaml, tags: imp }
    - { name: last, command: ls, tags: [never, last] }
  handlers: [{ name: h, command: ls, tags: other }]
`,
  'more.yaml': '- { name: inner, command: ls }\n- { name: tagged inner, command: ls, tags: inc }\n',
};
const names = async (tags: string[]): Promise<string[]> => allTasks(await loadSite(site, { tags })).map(({ name }) => name);

test('tags come down from play, block and import, and gate an include alone', async () => {
  expect(await names(['play'])).toEqual(['plain', 'in block', 'dynamic', 'inner', 'tagged inner', 'last']);
  expect(await names(['block'])).toEqual(['in block']);
  expect(await names(['imp'])).toEqual(['inner', 'tagged inner']);
  expect(await names(['inc'])).toEqual(['dynamic', 'tagged inner']);
  expect(await names(['last'])).toEqual(['last']);
});

test('inside of an include only what is selected by itself runs', async () => {
  const loaded = await loadSite(site, { tags: ['inc'] });
  const [include] = allTasks(loaded);
  if (!include) throw new Error('no include');
  const { included } = loaded.expand(include, { file: 'more.yaml' });
  expect(included.nodes.map(({ name }) => name)).toEqual(['tagged inner']);
});

test('handlers are not filtered', async () => {
  expect((await loadSite(site, { tags: ['own'] })).site.plays[0]?.handlers.map(({ name }) => name)).toEqual(['h']);
});

test.each([
  ['in block', ['in block', 'dynamic', 'inner', 'tagged inner']],
  ['dyn*', ['dynamic', 'inner', 'tagged inner']],
])('--start-at-task "%s" leaves out what is before it', async (startAtTask, wanted) => {
  expect(allTasks(await loadSite(site, { startAtTask })).map(({ name }) => name)).toEqual(wanted);
});
