// Mistakes in a site: each is found at its place, before any connection, and what is right is not called wrong.
import { expect, test } from 'vitest';
import { codesOf, loadSite } from '../support/load-site.ts';

const play = (tasks: string, above = ''): string => `- hosts: web\n${above}  tasks:\n${tasks.replace(/^/gm, '    ')}\n`;

/** Tasks begin on line 3, column 5 of the file. */
test.each<[string, string, string[]]>([
  // keywords, modules, arguments
  ['a misspelt keyword', '- command: ls\n  notfy: x', ['E201 4:7']],
  ['a keyword of a play on a task', '- command: ls\n  hosts: x', ['E201 4:7']],
  ['a misspelt module', '- comand: ls', ['E202 3:7']],
  ['a module of a collection that tsrun does not have', '- community.general.nope: {a: 1}', ['E202 3:7']],
  ['two modules', '- command: ls\n  debug: {msg: x}', ['E209 4:7']],
  ['no module', '- name: x\n  tags: a', ['E210 3:7']],
  ['no module, and a misspelt keyword', '- name: x\n  tasg: a', ['E201 4:7']],
  ['a misspelt argument', '- file: {path: /a, stat: touch}', ['E203 3:24']],
  ['a missing argument', '- file: {state: touch}', ['E204 3:7']],
  ['a wrong choice', '- file: {path: /a, state: tuch}', ['E206 3:24']],
  ['a wrong type', '- file: {path: /a, state: directory, recurse: "true"}', ['E205 3:42']],
  ['an argument of a word', '- debug: {mgs: x}', ['E203 3:15']],
  ['a word of meta', '- meta: flush_handler', ['E206 3:13']],
  ['a missing argument of a word', '- include_role: {tasks_from: x}', ['E204 3:7', 'E213 3:7']],
  ['arguments that are a list', '- file: [a, b]', ['E204 3:7', 'E208 3:13']],
  ['words that are no key=value', '- file: path=/a touch', ['E204 3:7', 'E217 3:13']],
  ['a task that is text', '- ls', ['E208 3:7']],
  ['a loop and a with_', '- command: ls\n  loop: [1]\n  with_items: [2]', ['E216 5:7']],
  ['a form of loop that tsrun does not have', '- command: ls\n  with_lines: cat /a', ['E201 4:7']],
  ['a sequence that cannot be read', '- command: ls\n  with_sequence: start=a', ['E208 4:22']],
  ['an unknown key of loop_control', '- command: ls\n  loop: [1]\n  loop_control: {loop_vra: x}', ['E201 5:22']],
  ['a flag that is text', '- command: ls\n  ignore_errors: maybe', ['E208 4:22']],
  ['a number that is text', '- command: ls\n  retries: many', ['E208 4:16']],
  ['an empty block', '- rescue:\n    - command: ls', ['E204 3:7']],
  ['a task keyword on a block', '- block: [{command: ls}]\n  register: x', ['E201 4:7']],
  ['a name that cannot be a variable', '- set_fact: {a b: 1}', ['E218 3:18']],
  ['a register that cannot be a name', '- command: ls\n  register: a-b', ['E218 4:17']],
  ['yes where a boolean is meant', '- command: ls\n  become: yes', ['W901 4:15']],
  ['yes where an argument is a boolean', '- file: {path: /a, state: directory, recurse: yes}', ['W901 3:51']],
  // variables
  ['a variable that nothing defines', '- debug: {msg: "{{ prt }}"}', ['E350 3:24']],
  ['two of them in one text', '- debug: {msg: "{{ prt }} {{ sit }}"}', ['E350 3:24', 'E350 3:34']],
  ['in a condition', '- command: ls\n  when: prt == 80', ['E350 4:13']],
  ['in a loop', '- command: ls\n  loop: "{{ prts }}"', ['E350 4:17']],
  ['in a name', '- name: "is {{ prt }}"\n  command: ls', ['E350 3:20']],
  ['in become_user', '- command: ls\n  become_user: "{{ prt }}"', ['E350 4:24']],
  ['in changed_when', '- command: ls\n  register: r\n  changed_when: r.rc == prt', ['E350 5:29']],
  ['behind a value of a variable', '- debug: {msg: "{{ a }}"}\n  vars: {a: "{{ b }}"}', ['E350 4:21']],
  ['a variable in a circle', '- debug: {msg: "{{ a }}"}\n  vars: {a: "{{ b }}", b: "{{ a }}"}', ['E311 4:35']],
  ['a field that a map does not have', '- debug: {msg: "{{ m.b }}"}\n  vars: {m: {a: 1}}', ['E307 3:24']],
  ['a field of the items', '- debug: {msg: "{{ item.nam }}"}\n  loop: [{name: 1}]', ['E307 3:24']],
  ['a register read before it is there', '- debug: {msg: "{{ r.rc }}"}\n- command: ls\n  register: r', ['E350 3:24']],
  ['a field that a result does not have', '- command: ls\n  register: r\n- debug: {msg: "{{ r.stdot }}"}', ['E219 5:24']],
  ['a field of the result of a loop', '- command: ls\n  register: r\n  loop: [1]\n- debug: {msg: "{{ r.rc }}"}', ['E219 6:24']],
  [
    'a field that a skipped task does not give',
    '- command: ls\n  register: r\n  when: port == 80\n- debug: {msg: "{{ r.rc }}"}',
    ['W952 6:24'],
  ],
  [
    'what is written out in a task that does not run here',
    '- file: {path: "{{ prt }}", state: tuch, mod: x}\n  when: port == 1',
    ['W954 3:24', 'E206 3:33', 'E203 3:46'],
  ],
  ['a template of a task that does not run here', '- template: {src: no.hbs, dest: /a}\n  when: port == 1', ['E112 3:23']],
  ['a loop without items', '- debug: {mgs: "{{ item }}"}\n  loop: []', ['E203 3:15']],
  ['a condition that is a number', '- command: ls\n  when: port', ['E310 4:13']],
  ['a condition that is a number after the module', '- command: ls\n  register: r\n  failed_when: port', ['E310 5:20']],
  ['a loop over text', '- command: ls\n  loop: "{{ site }}"', ['E316 4:13']],
  ['a wrong choice behind a variable', '- file: {path: /a, state: "{{ s }}"}\n  vars: {s: tuch}', ['E206 3:24']],
  ['a wrong choice in an item', '- file: {path: /a, state: "{{ item }}"}\n  loop: [touch, tuch]', ['E206 3:24']],
  ['a fact that is none', '- debug: {msg: "{{ ansible_os_famly }}"}', ['E350 3:24']],
  ['a fact that is none, of the map of facts', '- debug: {msg: "{{ facts.os_famly }}"}', ['E350 3:24']],
  ['a Jinja habit', '- command: ls\n  when: not x', ['E302 4:13']],
  // hosts, groups, handlers, files
  ['a host that is not there, in hostvars', `- debug: {msg: "{{ hostvars['w9'].port }}"}`, ['E411 3:24']],
  ['a variable that no host has', '- debug: {msg: "{{ groups.web.map(h, hostvars[h].prt) }}"}', ['E350 3:42']],
  ['a group that is not there', '- debug: {msg: "{{ groups.wbe }}"}', ['E411 3:24']],
  ['a host to delegate to', '- command: ls\n  delegate_to: w9', ['E411 4:20']],
  ['a handler that is not there', '- command: ls\n  notify: restart', ['E212 4:15']],
  ['a file of tasks to import', '- import_tasks: no.yaml', ['E110 3:21']],
  ['a file of tasks to include', '- include_tasks: no.yaml', ['E110 3:22']],
  ['a file of variables to include', '- include_vars: no.yaml', ['E110 3:7']],
  ['a role to import', '- import_role: {name: no}', ['E213 3:27']],
  ['a role to include', '- include_role: {name: no}', ['E213 3:28']],
  ['an import that only a host could name', '- import_tasks: "{{ inventory_hostname }}.yaml"', ['E208 3:21']],
  ['a template', '- template: {src: no.hbs, dest: /a}', ['E112 3:23']],
  ['a file to copy', '- copy: {src: no, dest: /a}', ['E112 3:19']],
  ['a file in an expression', `- debug: {msg: "{{ file('no') }}"}`, ['E306 3:24']],
])('found: %s', async (_, tasks, wanted) => {
  expect(codesOf(await loadSite(play(tasks)))).toEqual(wanted);
});

test.each<[string, string]>([
  [
    'facts by any of their names',
    '- debug: {msg: "{{ ansible_os_family }} {{ facts.os_family }} {{ ansible_facts[\'os_family\'] }}"}',
  ],
  [
    'magic names',
    '- debug: {msg: "{{ inventory_hostname }} {{ groups.web }} {{ group_names }} {{ play_hosts }} {{ ansible_check_mode }} {{ playbook_dir }} {{ hostvars.w1.port }} {{ ansible_play_hosts }}"}',
  ],
  ['what may be missing', '- debug: {msg: "{{ vars.?nope.orValue(1) }} {{ default(nope, 2) }} {{ has(vars.nope) }}"}'],
  ['a name that a condition guards', '- debug: {msg: "{{ nope }}"}\n  when: has(vars.nope)'],
  [
    'a name that a condition guards beside a register',
    '- command: ls\n  register: r\n- debug: {msg: "{{ nope }} {{ r.rc }}"}\n  when: has(vars.nope)',
  ],
  ['values of a task that never runs on these hosts', '- file: {path: "{{ site }}", state: "{{ site }}"}\n  when: port == 1'],
  [
    'results of earlier tasks',
    '- stat: {path: /a}\n  register: r\n- debug: {msg: "{{ r.stat.exists }} {{ r.changed }} {{ r.failed }}"}',
  ],
  [
    'a result in its own conditions',
    '- command: ls\n  register: r\n  until: r.rc == 0\n  retries: 3\n  changed_when: r.rc == 3\n  failed_when: [r.rc > 3, r.stdout != ""]',
  ],
  [
    'a result in its own conditions, in a loop, by a name that another loop registered',
    '- command: ls\n  register: r\n  loop: [1]\n- command: ls\n  register: r\n  loop: [1]\n  until: r.rc == 0\n  failed_when: r.rc > 3',
  ],
  ['results of a loop', '- command: ls\n  register: r\n  loop: [1]\n- debug: {msg: "{{ r.results.map(x, x.rc) }}"}'],
  ['names that set_fact sets', '- set_fact: {a: "{{ port + 1 }}"}\n- debug: {msg: "{{ a }}"}'],
  [
    'loop variables',
    '- debug: {msg: "{{ x }} {{ i }}"}\n  loop: [1, 2]\n  loop_control: {loop_var: x, index_var: i, label: "{{ x }}"}',
  ],
  [
    'items that only the run knows',
    '- command: ls\n  register: r\n- debug: {msg: "{{ item.a }}"}\n  loop: "{{ r.stdout_lines }}"',
  ],
  ['groups without hosts', '- debug: {msg: "{{ groups.empty }} {{ group(\'no\') }}"}'],
  ['localhost', '- command: ls\n  delegate_to: localhost\n- local_action: command ls'],
  [
    'arguments that only the run knows',
    '- command: ls\n  register: r\n- file: {path: "{{ r.stdout }}", state: "{{ r.stdout }}"}',
  ],
  ['a word of meta that does not run here', '- meta: noop\n  when: port == 1'],
  ['omit', '- file: {path: /a, state: directory, mode: "{{ omit }}"}'],
  [
    'a condition list with a guard in front',
    '- command: ls\n  register: r\n  when: port == 1\n- command: ls\n  when: [r.changed, r.rc == 0]',
  ],
])('not called wrong: %s', async (_, tasks) => {
  expect(codesOf(await loadSite(play(tasks)))).toEqual([]);
});

test.each<[string, string, string[]]>([
  ['an unknown keyword of a play', '- hosts: web\n  task: []\n', ['E201 2:3']],
  ['a play without hosts', '- tasks: []\n', ['E204 1:3']],
  ['a pattern that the inventory does not have', '- hosts: wbe\n  tasks: []\n', ['E411 1:10']],
  ['a group without hosts is no mistake', '- hosts: empty\n  tasks: [{command: ls}]\n', []],
  ['a task where a play is expected', '- name: x\n  command: ls\n', ['E201 1:3']],
  ['a playbook that is a map', 'hosts: web\n', ['E208 1:1']],
  ['an empty playbook', '# nothing\n', []],
  ['a strategy', '- hosts: web\n  strategy: fre\n', ['E206 2:13']],
  ['serial', '- hosts: web\n  serial: some\n', ['E208 2:11']],
  ['a percentage', '- hosts: web\n  max_fail_percentage: 200\n', ['E208 2:24']],
  ['a file of variables', '- hosts: web\n  vars_files: [no.yaml]\n', ['E110 2:16']],
  ['a playbook to import', '- import_playbook: no.yaml\n', ['E110 1:20']],
  ['a playbook that imports itself', '- import_playbook: site.yaml\n', ['E111 1:20']],
  [
    'two handlers of one name',
    '- hosts: web\n  tasks: [{command: ls, notify: a}]\n  handlers:\n    - {name: a, command: ls}\n    - {name: a, command: ls}\n',
    ['E211 5:7'],
  ],
  ['a handler without a name', '- hosts: web\n  handlers:\n    - command: ls\n', ['E204 3:7', 'W951 3:7']],
  ['a handler that nothing notifies', '- hosts: web\n  handlers:\n    - {name: a, command: ls}\n', ['W951 3:7']],
  ['a variable that nothing reads', '- hosts: web\n  vars: {a: 1, b: 2}\n  tasks: [{debug: {msg: "{{ a }}"}}]\n', ['W950 2:19']],
  [
    'a mistake in a handler',
    '- hosts: web\n  tasks: [{command: ls, notify: a, register: r}]\n  handlers: [{name: a, debug: {msg: "{{ r.rc }} {{ nope }}"}}]\n',
    ['E350 3:52'],
  ],
  [
    'a fact where none are gathered',
    '- hosts: web\n  gather_facts: false\n  tasks: [{debug: {msg: "{{ ansible_os_family }} {{ facts.kernel }}"}}]\n',
    ['E351 3:29', 'E351 3:53'],
  ],
  [
    'facts of an earlier play',
    '- hosts: web\n  gather_facts: true\n- hosts: web\n  gather_facts: false\n  tasks: [{debug: {msg: "{{ facts.kernel }}"}}]\n',
    [],
  ],
  ['a setup task', '- hosts: web\n  gather_facts: false\n  tasks: [{setup: {}}, {debug: {msg: "{{ facts.kernel }}"}}]\n', []],
  [
    'a register of an earlier play',
    '- hosts: web\n  tasks: [{command: ls, register: r}]\n- hosts: w1\n  tasks: [{debug: {msg: "{{ r.rc }}"}}]\n',
    [],
  ],
  [
    'a register that only other hosts have',
    '- hosts: web\n  tasks: [{command: ls, register: r}]\n- hosts: db\n  tasks: [{debug: {msg: "{{ r.rc }}"}}]\n',
    ['E350 4:29'],
  ],
  [
    'a group that a task makes',
    '- hosts: web\n  tasks: [{group_by: {key: "os_{{ facts.os_family }}"}}]\n- hosts: os_Debian\n  tasks: [{command: ls}]\n',
    ['W953 3:10'],
  ],
  [
    'braces without quotes, and an unknown module, together',
    '- hosts: web\n  tasks:\n    - comand: ls\n    - debug: {msg: {{ x }}}\n',
    ['E202 3:7', 'E104 4:20', 'E350 4:23'],
  ],
])('a play: %s', async (_, text, wanted) => {
  expect(codesOf(await loadSite(text))).toEqual(wanted);
});

test('one finding a place, with the hosts that it is true of', async () => {
  const hosts = 'all:\n  hosts:\n    a: {x: 1}\n    b: {}\n    c: {}\n';
  const { findings } = await loadSite({
    'site.yaml': '- hosts: all\n  tasks: [{debug: {msg: "{{ x }}"}}]\n',
    'hosts.yaml': hosts,
  });
  expect(findings.map(({ code, why }) => [code, why.slice(why.indexOf('(on'))])).toEqual([['E350', '(on b, c)']]);
});

test('findings stand in the order of files and lines, and a fault says what was meant', async () => {
  const { findings } = await loadSite(play('- debug: {msg: "{{ prt }}"}\n- file: {path: /a, state: tuch}\n- comand: ls'));
  expect(findings.map(({ code, mend }) => [code, /"(\w+)"/.exec(mend)?.[1]])).toEqual([
    ['E350', 'port'],
    ['E206', 'touch'],
    ['E202', 'command'],
  ]);
});

test('templates are read, and what they read is defined', async () => {
  const files = {
    'site.yaml': play('- template: {src: a.hbs, dest: /a}\n- template: {src: b.hbs, dest: /b}'),
    'templates/a.hbs': 'x {{port}}\ny {{prt}}\n{{#each groups.web}}{{this}}{{/each}}\n',
    'templates/b.hbs': '{{#if x}}\n',
  };
  expect((await loadSite(files)).findings.map(({ code, at }) => `${code} ${at?.file}:${at?.line}`)).toEqual([
    'E350 templates/a.hbs:2',
    'E315 templates/b.hbs:2',
  ]);
});

test('a mistake in the inventory is a finding too', async () => {
  const found = await loadSite({ 'site.yaml': '- hosts: all\n', 'hosts.yaml': 'all:\n  host: {a: }\n' });
  expect(codesOf(found)[0]).toBe('E403 hosts.yaml:2:3');
});

test.each([
  [{ tags: ['nope'] }, ['E450 -']],
  [{ skipTags: ['nope'] }, ['E450 -']],
  [{ startAtTask: 'nope' }, ['E451 -']],
  [{ limit: 'nope' }, ['E411 -']],
  [{ playbooks: ['nope.yaml'] }, ['E101 -']],
  [{ tags: ['a'] }, []],
  [{ tags: ['all', 'never', 'tagged', 'always'] }, []],
])('the command line: %j gives %j', async (options, wanted) => {
  expect(codesOf(await loadSite(play('- {name: x, command: ls, tags: a}'), options))).toEqual(wanted);
});

test('every name of a template and of a text that has no value is told at once, each at its place', async () => {
  const files = {
    'site.yaml': play(
      '- debug: {msg: "{{ one }} {{ both }}"}\n- debug: {msg: "{{ two + three }}"}\n- debug: {msg: x}\n  when: four && five\n- template: {src: a.hbs, dest: "{{ six }}"}',
      '  vars: {both: "{{ seven }}{{ eight }}"}\n',
    ),
    'templates/a.hbs': '{{nine}} {{port}} {{upper ten}}\n{{#if eleven}}{{twelve}}{{/if}}\n',
  };
  expect(codesOf(await loadSite(files))).toEqual([
    'E350 2:20',
    'E350 2:31',
    'E350 4:24',
    'E350 5:24',
    'E350 5:30',
    'E350 7:13',
    'E350 7:21',
    'E350 8:40',
    'E350 templates/a.hbs:1:3',
    'E350 templates/a.hbs:1:27',
    'E350 templates/a.hbs:2:7',
    'E350 templates/a.hbs:2:17',
  ]);
});

test('what another host defines is not missed where a branch alone reads it', async () => {
  const files = {
    'site.yaml': `${play('- command: id\n  register: r\n- template: {src: a.hbs, dest: "{{ r.stdout }}"}\n- template: {src: a.hbs, dest: /a}')}- hosts: db\n  vars: {special: 1}\n  tasks: [{debug: {var: special}}]\n`,
    'templates/a.hbs': '{{r.stdout}}{{#if (eq port 5432)}}{{special}}{{/if}}\n',
  };
  expect(codesOf(await loadSite(files))).toEqual([]);
});
