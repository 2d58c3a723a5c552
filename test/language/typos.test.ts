// Names in parts of a value that these hosts do not come to: a typo is found there too, what other hosts or plays define is not one.
import { expect, test } from 'vitest';
import { codesOf, loadSite } from '../support/load-site.ts';

const site = (when: string, more = ''): string =>
  `- hosts: web\n  gather_facts: false\n  vars: { off: false, on: true }\n  tasks:\n    - debug: { msg: x }\n      when: "${when}"\n${more}`;

test.each([
  ['off && nowhere', ['E350 6:21']],
  ['on || nowhere', ['E350 6:20']],
  ['on ? port > 1 : nowhere', ['E350 6:30']],
  ['off && vars.?nowhere.orValue(true)', []],
  ['off && port > 1', []],
])('when: %s', async (when, expected) => {
  expect(codesOf(await loadSite(site(when))).filter(code => code.startsWith('E'))).toEqual(expected);
});

test('a name that another play or its hosts define is no typo', async () => {
  const other = '- hosts: db\n  vars: { elsewhere: true }\n  tasks: [{ debug: { msg: "{{ elsewhere }}" } }]\n';
  expect(codesOf(await loadSite(site('off && elsewhere', other))).filter(code => code.startsWith('E'))).toEqual([]);
});

test('a template is read where it is not rendered', async () => {
  const files = {
    'site.yaml': '- hosts: web\n  vars: { off: false }\n  tasks: [{ template: { src: a.hbs, dest: /x } }]\n',
    'a.hbs': 'x\n{{#if off}}\n{{nowhere}}\n{{/if}}\n',
  };
  expect(codesOf(await loadSite(files)).filter(code => code.startsWith('E'))).toEqual(['E350 a.hbs:3:3']);
});
