import { expect, test } from 'vitest';
import type { Host } from '../../runner/core/site.ts';
import { explainInSite } from '../../runner/language/explain-site.ts';
import { load } from '../../runner/language/load.ts';
import { moduleNames, openModules } from '../../runner/modules/index.ts';
import { scratch } from '../support/scratch.ts';

const files = {
  'hosts.yaml': 'web: { hosts: { h1: }, vars: { port: 1 } }\ndb: { hosts: { h2: } }\n',
  'roles/r/defaults/main.yaml': 'depth: role\nport: 0\n',
  'roles/r/tasks/main.yaml': '- name: In the role\n  debug: { msg: "{{ depth }}" }\n',
  'site.yaml': `
- name: First
  hosts: web
  vars: { port: 12 }
  roles: [r]
  tasks:
    - name: Plain
      debug: { msg: "{{ port }}" }
    - name: Own
      debug: { msg: "{{ port }}" }
      vars: { port: 17 }
    - name: Ask
      command: id
      register: asked
- name: Second
  hosts: all
  tasks:
    - name: Set
      set_fact: { port: 19 }
`,
};

async function explain(host: string, variable: string) {
  const { site } = await load({
    playbooks: ['site.yaml'],
    inventories: ['hosts.yaml'],
    limit: null,
    tags: [],
    skipTags: [],
    extra: [],
    rolesPath: [],
    startAtTask: null,
    vault: [],
    cwd: scratch(files),
    env: {},
    modules: { names: moduleNames, open: openModules },
  });
  return explainInSite(site, site.inventory.hosts.get(host) as Host, variable).map(({ place, candidates }) => [
    place,
    ...candidates.map(one => `${one.level} ${'value' in one ? String(one.value) : 'later'}`),
  ]);
}

test('a variable is explained once for each set of candidates of the plays of the host', async () => {
  expect(await explain('h1', 'port')).toEqual([
    ['play First', '12 12', '3 1'],
    ['task In the role (roles/r/tasks/main.yaml:1:3)', '12 12', '3 1', '1 0'],
    ['task Own (site.yaml:9:7)', '17 17', '12 12', '3 1'],
    ['play Second', '19 later', '3 1'],
  ]);
});

test('a play that does not know the name of a role says nothing', async () => {
  expect(await explain('h1', 'depth')).toEqual([['task In the role (roles/r/tasks/main.yaml:1:3)', '1 role']]);
  expect(await explain('h1', 'asked')).toEqual([['play First', '19 later']]);
});

test('a host of no play has what the inventory gives', async () => {
  expect(await explain('h2', 'port')).toEqual([['play Second', '19 later']]);
  expect(await explain('localhost', 'port')).toEqual([['the inventory']]);
});
