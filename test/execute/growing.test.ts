// add_host, group_by and delegate_facts: what one task gives to hosts and plays besides its own.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Scene, scene, told } from '../support/run-playbook.ts';

const hosts = 'all:\n  vars: { ansible_connection: local }\n  hosts: { h1: { os: deb }, h2: { os: el }, h3: { os: deb } }\n';
let stage: Scene | undefined;
afterEach(() => stage?.end());
const play = (text: string, options: Parameters<Scene['play']>[0] = {}): ReturnType<Scene['play']> => {
  stage = scene({ 'hosts.yaml': hosts, 'site.yaml': text });
  return stage.play(options);
};
/** "host: message" of the tasks named `say`. */
const said = ({ results }: Awaited<ReturnType<Scene['play']>>): readonly string[] =>
  results.filter(({ task }) => task === 'say').map(({ host, message }) => `${host}: ${message}`);
const say = (text: string): string => `- { name: say, debug: { msg: "${text}" } }`;

describe('group_by', () => {
  const text = `- hosts: all
  gather_facts: false
  tasks: [{ name: group, group_by: { key: "os_{{ os }}", parents: systems } }]
- hosts: os_deb
  gather_facts: false
  tasks:
    ${say('{{ groups.os_deb }} {{ group_names }}')}
- hosts: systems:!os_deb
  gather_facts: false
  tasks:
    ${say('rest')}
`;
  it('makes groups that later plays find, and that the hosts know of', async () => {
    const played = await play(text);
    expect(said(played)).toEqual(['h1: ["h1","h3"] ["os_deb","systems"]', 'h3: ["h1","h3"] ["os_deb","systems"]', 'h2: rest']);
  });
  it('never leads a run out of its limit', async () => {
    const played = await play(text, { load: { limit: 'h1' } });
    expect([...new Set(played.results.map(({ host }) => host))]).toEqual(['h1']);
    expect(Object.keys(played.recap)).toEqual(['h1']);
  });
});

describe('add_host', () => {
  const text = `- hosts: all
  gather_facts: false
  tasks:
    - { name: add, add_host: { name: "new-{{ item }}", groups: [fresh, more], ansible_connection: local, n: "{{ item }}" }, loop: [1, 2] }
- hosts: h1:fresh
  gather_facts: false
  tasks:
    ${say("{{ vars.?n.orValue(0) }} {{ hostvars['new-1'].n }} {{ groups['more'] }}")}
    - { name: real, command: "true" }
`;
  it('is done once, and its hosts have their variables in later plays', async () => {
    const played = await play(text);
    expect(told(played).filter(one => one.includes('add'))).toEqual(['h1 add changed']);
    expect(said(played)).toEqual(['h1: 0 1 ["new-1","new-2"]', 'new-1: 1 1 ["new-1","new-2"]', 'new-2: 2 1 ["new-1","new-2"]']);
    expect(Object.keys(played.recap)).toEqual(['h1', 'h2', 'h3', 'new-1', 'new-2']);
  });
  it.each([
    ['h1', ['h1']],
    ['all', ['h1', 'h2', 'h3', 'new-1', 'new-2']],
  ])('with the limit %s these hosts take part: %j', async (limit, expected) => {
    expect(Object.keys((await play(text, { load: { limit } })).recap)).toEqual(expected);
  });
  it('new variables of a known host are known at once', async () => {
    const played = await play(`- hosts: h2
  gather_facts: false
  tasks:
    - add_host: { name: h2, colour: red }
    ${say("{{ vars.?colour.orValue('none') }}")}
`);
    expect(said(played)).toEqual(['h2: red']);
  });
});

describe('what is added', () => {
  const files = {
    'hosts.yaml':
      'all:\n  vars: { ansible_connection: local, from: all }\n  hosts: { h1: }\n  children: { a: { hosts: { h2: }, vars: { from: a } }, b: { children: { c: { vars: { from: c } } }, vars: { from: b, of_b: 1 } } }\n',
    'group_vars/new.yaml': 'of_new: 1\n',
    'host_vars/h9.yaml': 'own: 9\n',
  };
  const grown = async (tasks: string): Promise<readonly string[]> => {
    stage = scene({ ...files, 'site.yaml': `- hosts: h1\n  gather_facts: false\n  tasks:\n    ${tasks}\n` });
    return said(await stage.play());
  };
  it('has the variables of a group that it joins, and of the groups around that', async () => {
    const tasks = `- group_by: { key: c }\n    ${say('{{ from }} {{ of_b }} {{ group_names }}')}`;
    expect(await grown(tasks)).toEqual(['h1: c 1 ["b","c"]']);
  });
  it('has what group_vars say of a group that nobody had, and of the groups it is put into', async () => {
    const tasks = `- group_by: { key: new, parents: [a] }\n    ${say("{{ of_new }} {{ from }} {{ groups['a'] }}")}`;
    expect(await grown(tasks)).toEqual(['h1: 1 a ["h2","h1"]']);
  });
  it('has what host_vars say of a new host', async () => {
    const tasks = `- add_host: { name: h9, groups: a }\n    ${say("{{ hostvars['h9'].own }} {{ hostvars['h9'].from }}")}`;
    expect(await grown(tasks)).toEqual(['h1: 9 a']);
  });
});

describe('meta: refresh_inventory', () => {
  const list = (hosts: string): string =>
    `printf '%s' '{"web": {"hosts": [${hosts}]}, "_meta": {"hostvars": {}}, "all": {"vars": {"ansible_connection": "local"}}}'`;
  const script = `#!/bin/sh\nif [ -e SCRATCH/more ]; then ${list('"h1", "h2"')}; else ${list('"h1"')}; fi\n`;
  const text = `- hosts: all
  gather_facts: false
  tasks:
    - add_host: { name: added, groups: web }
    - command: touch SCRATCH/more
    - { name: refresh, meta: refresh_inventory }
- hosts: web
  gather_facts: false
  tasks: [{ name: say, debug: { msg: "{{ ansible_connection }}" } }]
`;
  const refresh = async (inventory: string) => {
    stage = scene({ 'inv.sh': inventory, 'site.yaml': text });
    chmodSync(join(stage.dir, 'inv.sh'), 0o755);
    return stage.play({ load: { inventories: ['inv.sh'] } });
  };
  it('reads all sources again, and keeps what was added', async () => {
    expect(said(await refresh(script))).toEqual(['h1: local', 'h2: local', 'added: local']);
  });
  it('fails where they cannot be read, and leaves the inventory as it was', async () => {
    const played = await refresh(script.replace('then', 'then exit 3;'));
    expect(told(played)).toContain('h1 refresh failed');
    expect(played.code).toBe(2);
  });
});

describe('delegate_facts', () => {
  const tail = `
- hosts: all
  gather_facts: false
  tasks:
    ${say("{{ vars.?told.orValue('-') }} {{ has(ansible_facts.kernel) }}")}
`;
  it.each([
    ['delegate_facts: true', ['h1: -', 'h2: -', 'h3: by h1']],
    ['delegate_facts: false', ['h1: by h1', 'h2: -', 'h3: -']],
  ])('set_fact with %s', async (words, expected) => {
    const head = `- hosts: h1\n  gather_facts: false\n  tasks: [{ set_fact: { told: "by {{ inventory_hostname }}" }, delegate_to: h3, ${words} }]`;
    const played = await play(head + tail);
    expect(said(played)).toEqual(expected.map(one => `${one} false`));
  });
  it('facts gathered in a loop over other hosts are those of these hosts', async () => {
    const head = `- hosts: h1\n  gather_facts: false\n  tasks: [{ setup: { gather_subset: [min] }, delegate_to: "{{ item }}", delegate_facts: true, loop: [h2, h3] }]`;
    expect(said(await play(head + tail))).toEqual(['h1: - false', 'h2: - true', 'h3: - true']);
  });
});
