// What playbooks become: arguments, inheritance, order, loops, imports and includes.
import { describe, expect, test } from 'vitest';
import type { Task, Value } from '../../runner/core/site.ts';
import { allTasks, codesOf, flat, loadSite } from '../support/load-site.ts';

/** Plain data of a value; expressions as `<text>`. */
function shown(value: Value | undefined): unknown {
  if (!value) return undefined;
  if (value.is === 'plain') return value.value;
  if (value.is === 'expression') return `<${value.expression.text}>`;
  if (value.is === 'text') return value.parts.map(part => (typeof part === 'string' ? part : `<${part.text}>`)).join('');
  if (value.is === 'list') return value.items.map(shown);
  return value.is === 'map' ? Object.fromEntries(value.entries.map(entry => [entry.key, shown(entry.value)])) : 'secret';
}

async function task(yaml: string): Promise<Task> {
  const loaded = await loadSite(`- hosts: web\n  tasks:\n${yaml.replace(/^/gm, '    ')}\n`);
  expect(codesOf(loaded).filter(code => !code.startsWith('W'))).toEqual([]);
  const [first] = allTasks(loaded);
  if (!first) throw new Error('no task');
  return first;
}

test.each<[string, string, string, unknown]>([
  ['a map', '- file: {path: /a, state: touch}', 'file', { path: '/a', state: 'touch' }],
  ['key=value words', '- file: path=/a state=touch mode=0644', 'file', { path: '/a', state: 'touch', mode: '0644' }],
  [
    'booleans and numbers in words',
    '- file: path=/a state=directory recurse=yes',
    'file',
    { path: '/a', state: 'directory', recurse: true },
  ],
  ['quotes in words', '- lineinfile: path=/a line="x y" create=no', 'lineinfile', { path: '/a', line: 'x y', create: false }],
  ['expressions in words', '- file: path=/a/{{ port + 1 }}/b state=touch', 'file', { path: '/a/<port + 1>/b', state: 'touch' }],
  ['a full name', '- ansible.builtin.copy: {content: x, dest: /a}', 'copy', { content: 'x', dest: '/a' }],
  ['a command', '- command: ls -l "a b"', 'command', { cmd: 'ls -l "a b"' }],
  [
    'a command with its own words',
    '- command: make install creates=/usr/bin/x chdir=/src',
    'command',
    { cmd: 'make install', creates: '/usr/bin/x', chdir: '/src' },
  ],
  ['a command with other words', '- command: dd if=/dev/zero of=/a bs=1', 'command', { cmd: 'dd if=/dev/zero of=/a bs=1' }],
  ['args:', '- command: make\n  args: {chdir: /src}', 'command', { cmd: 'make', chdir: '/src' }],
  ['a shell text of several lines', '- shell: |\n    a\n    b', 'shell', { cmd: 'a\nb\n' }],
  ['action', '- action: copy content=x dest=/a', 'copy', { content: 'x', dest: '/a' }],
  ['action with a map', '- action: {module: copy, content: x, dest: /a}', 'copy', { content: 'x', dest: '/a' }],
  ['action with args', '- action: command ls\n  args: {chdir: /}', 'command', { cmd: 'ls', chdir: '/' }],
  ['debug var', '- debug: var=port', 'debug', { var: '<port>' }],
  ['assert', '- assert: {that: [port > 1, site != ""]}', 'assert', { that: ['<port > 1>', '<site != "">'] }],
  ['a word of meta', '- meta: noop', 'meta', { free_form: 'noop' }],
  ['set_fact words', '- set_fact: a=1 b={{ port }}', 'set_fact', { a: '1', b: '<port>' }],
  ['no arguments', '- ping:', 'ping', {}],
  [
    'yes for a boolean argument',
    '- file: {path: /a, state: directory, recurse: yes}',
    'file',
    { path: '/a', state: 'directory', recurse: true },
  ],
])('arguments: %s', async (_, yaml, module, args) => {
  const found = await task(yaml);
  expect([found.module, shown(found.args)]).toEqual([module, args]);
});

test('local_action is delegated to localhost', async () => {
  expect(shown((await task('- local_action: command ls')).delegateTo)).toBe('localhost');
});

test.each<[string, string, unknown, unknown]>([
  ['loop', 'loop: [1, 2]', [1, 2], undefined],
  ['with_list', 'with_list: [[1], [2]]', [[1], [2]], undefined],
  ['with_items', 'with_items: [[1], 2]', '<flatten(tsrun_with, 1)>', [[1], 2]],
  ['with_items of a variable', 'with_items: "{{ groups.web }}"', '<flatten(tsrun_with, 1)>', '<groups.web>'],
  ['with_dict', 'with_dict: {a: 1}', '<dict2items(tsrun_with)>', { a: 1 }],
  ['with_nested', 'with_nested: [[1], [2]]', '<nested(tsrun_with[0], tsrun_with[1])>', [[1], [2]]],
  ['with_together', 'with_together: [[1], [2]]', '<zip(tsrun_with[0], tsrun_with[1])>', [[1], [2]]],
  [
    'with_sequence',
    'with_sequence: start=2 end=6 stride=2 format=h%02d',
    '<sequence(2, 6, 2, "h%02d")>',
    'start=2 end=6 stride=2 format=h%02d',
  ],
  ['with_sequence, short', 'with_sequence: 1-3', '<sequence(1, 3, 1, "%d")>', '1-3'],
  [
    'with_sequence, counted',
    'with_sequence: count={{ port }}',
    '<sequence(1, 1 + (int(port) - 1) * 1, 1, "%d")>',
    'count=<port>',
  ],
  [
    'with_subelements',
    'with_subelements: [[{name: a, keys: [1]}], keys]',
    '<subelements(tsrun_with[0], tsrun_with[1], false)>',
    [[{ name: 'a', keys: [1] }], 'keys'],
  ],
  ['with_fileglob', 'with_fileglob: "*.yaml"', '<flatten(tsrun_with.map(pattern, fileglob(pattern)))>', ['*.yaml']],
  ['with_indexed_items', 'with_indexed_items: [a]', '<zip(range(size(flatten(tsrun_with, 1))), flatten(tsrun_with, 1))>', ['a']],
])('loops: %s', async (_, yaml, loop, given) => {
  const found = await task(`- command: ls\n  ${yaml}`);
  expect(shown(found.loop)).toEqual(loop);
  expect(shown(found.layers.find(layer => layer.vars.has('tsrun_with'))?.vars.get('tsrun_with'))).toEqual(given);
});

test('loop_control is read', async () => {
  const found = await task(
    '- command: ls\n  loop: [1]\n  loop_control: {loop_var: x, index_var: i, label: "{{ x }}", pause: 2, extended: true}',
  );
  expect({ ...found.loopControl, label: shown(found.loopControl.label), pause: shown(found.loopControl.pause) }).toEqual({
    loopVar: 'x',
    indexVar: 'i',
    label: '<x>',
    pause: 2,
    extended: true,
  });
});

test('keywords come down: conditions in front, tags together, of the others the nearest', async () => {
  const loaded = await loadSite(`
- hosts: web
  tags: p
  become: true
  become_user: one
  environment: { A: "1" }
  ignore_errors: true
  tasks:
    - when: port > 1
      tags: b
      become_user: two
      environment: { B: "2" }
      ignore_errors: false
      notify: h
      any_errors_fatal: true
      block:
        - { command: ls, when: port > 2, tags: [t, b], environment: { C: "3" }, delegate_to: localhost, no_log: true }
  handlers: [{ name: h, command: ls }]
`);
  const [found] = allTasks(loaded);
  expect(found?.when.map(({ text }) => text)).toEqual(['port > 1', 'port > 2']);
  expect(found?.tags).toEqual(['p', 'b', 't']);
  expect([shown(found?.become.become), shown(found?.become.user)]).toEqual([true, 'two']);
  expect(found?.environment.map(shown)).toEqual([{ A: '1' }, { B: '2' }, { C: '3' }]);
  expect([shown(found?.ignoreErrors), found?.anyErrorsFatal, shown(found?.noLog), found?.notify.map(shown)]).toEqual([
    false,
    true,
    true,
    ['h'],
  ]);
});

const levels = (found: Task | undefined): string[] =>
  (found?.layers ?? []).map(({ level, vars }) => `${level}:${[...vars.keys()].join()}`);

test('variables of play, files, blocks, tasks, roles and includes have their levels, lowest first', async () => {
  const loaded = await loadSite({
    'site.yaml': `
- hosts: web
  vars: { a: "{{ port }}" }
  vars_files: [v.yaml]
  roles: [{ role: r, p: 1 }]
  tasks:
    - vars: { c: 1 }
      block:
        - { debug: { msg: "{{ a }}{{ b }}{{ c }}{{ d }}" }, vars: { d: 1 } }
        - { include_tasks: more.yaml, vars: { e: 1 } }
`,
    'v.yaml': 'b: 1\n',
    'more.yaml': '- debug: { msg: "{{ e }}" }\n',
    'roles/r/defaults/main.yaml': 'f: 1\n',
    'roles/r/vars/main.yaml': 'g: 1\n',
    'roles/r/tasks/main.yaml': '- debug: { msg: "{{ f }}{{ g }}{{ p }}" }\n',
  });
  expect(codesOf(loaded)).toEqual([]);
  const [inRole, inBlock, include] = allTasks(loaded);
  expect(levels(inRole)).toEqual(['1:f', '12:a', '14:b', '15:g', '20:p']);
  expect(levels(inBlock)).toEqual(['12:a', '14:b', '16:c', '17:d']);
  const { included } = loaded.expand(include as Task, { file: 'more.yaml' });
  expect(levels(flat(included.nodes)[0])).toEqual(['12:a', '14:b', '16:c', '21:e']);
});

test('sections stand in order, roles before tasks, and ids rise with the text', async () => {
  const loaded = await loadSite({
    'site.yaml':
      '- hosts: web\n  post_tasks: [{name: post, ping: }]\n  tasks: [{name: task, ping: }]\n  roles: [r]\n  pre_tasks: [{name: pre, ping: }]\n- hosts: db\n  tasks: [{name: second, ping: }]\n',
    'roles/r/tasks/main.yml': '- {name: role, ping: }\n',
  });
  const tasks = allTasks(loaded);
  expect(tasks.map(({ name }) => name)).toEqual(['pre', 'role', 'task', 'post', 'second']);
  const ids = tasks.map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(new Set(ids).size).toBe(5);
});

test('an include gives all hosts the same tasks, and what is included may include', async () => {
  const loaded = await loadSite({
    'site.yaml': '- hosts: web\n  tasks: [{include_tasks: "{{ inventory_hostname }}.yaml"}]\n',
    'w1.yaml': '- include_tasks: deep.yaml\n- {name: one, ping: }\n',
    'deep.yaml': '- {name: deep, ping: }\n',
  });
  expect(codesOf(loaded)).toEqual([]);
  const [include] = allTasks(loaded);
  const first = loaded.expand(include as Task, { file: 'w1.yaml' });
  expect(loaded.expand(include as Task, { file: 'w1.yaml' }).included).toBe(first.included);
  expect(flat(first.included.nodes).map(({ module, name }) => [module, name])).toEqual([
    ['include_tasks', 'include_tasks'],
    ['ping', 'one'],
  ]);
  expect(loaded.expand(include as Task, { file: 'w2.yaml' }).faults.map(({ code }) => code)).toEqual(['E110']);
});

test('apply: gives keywords to what an include brings', async () => {
  const loaded = await loadSite({
    'site.yaml': '- hosts: web\n  tasks: [{include_tasks: {file: a.yaml, apply: {become: true, tags: x}}}]\n',
    'a.yaml': '- ping:\n',
  });
  const [include] = allTasks(loaded);
  const [found] = flat(loaded.expand(include as Task, { file: 'a.yaml' }).included.nodes);
  expect([shown(found?.become.become), found?.tags, shown(include?.args)]).toEqual([true, ['x'], { file: 'a.yaml' }]);
});

test('include_vars gives values of a file or of a folder', async () => {
  const loaded = await loadSite({
    'site.yaml':
      '- hosts: web\n  tasks:\n    - include_vars: v.yaml\n    - include_vars: {dir: d, name: all}\n    - debug: {msg: "{{ a }} {{ all.b }} {{ all.c }}"}\n',
    'v.yaml': 'a: "{{ port }}"\n',
    'd/1.yaml': 'b: 1\n',
    'd/2.yml': 'c: 2\n',
    'd/3.txt': 'no',
  });
  expect(codesOf(loaded)).toEqual([]);
  const [file, folder] = allTasks(loaded);
  expect(shown(loaded.expand(file as Task, { file: 'v.yaml' }).included.vars?.get('a'))).toBe('<port>');
  expect([...(loaded.expand(folder as Task, { dir: 'd' }).included.vars?.keys() ?? [])]).toEqual(['b', 'c']);
});

test('import_playbook puts plays in its place, with its variables, tags and conditions', async () => {
  const loaded = await loadSite({
    'site.yaml': '- import_playbook: sub/a.yaml\n  vars: {x: 1}\n  tags: t\n  when: port > 1\n- hosts: db\n  tasks: [{ping: }]\n',
    'sub/a.yaml': '- hosts: web\n  tasks: [{debug: {msg: "{{ x }}"}}]\n',
  });
  expect(codesOf(loaded)).toEqual([]);
  const [first, second] = allTasks(loaded);
  expect([first?.tags, first?.when.length, levels(first), first?.frame.playbookDir.endsWith('/sub')]).toEqual([
    ['t'],
    1,
    ['12:x'],
    true,
  ]);
  expect([second?.tags, second?.when.length]).toEqual([[], 0]);
});

test('hosts, gather_facts and vars_files may name extra variables', async () => {
  const yaml =
    '- hosts: "{{ target }}"\n  gather_facts: "{{ bool(facts_too) }}"\n  vars: {kind: w}\n  vars_files: ["{{ kind }}.yaml", [no.yaml, w.yaml]]\n  tasks: [{debug: {msg: "{{ v }}"}}]\n';
  const loaded = await loadSite({ 'site.yaml': yaml, 'w.yaml': 'v: 1\n' }, { extra: ['target=w1,d1 facts_too=no'] });
  expect(codesOf(loaded)).toEqual([]);
  expect([loaded.site.plays[0]?.hosts, loaded.site.plays[0]?.gatherFacts]).toEqual([['w1', 'd1'], false]);
});

test.each<[string, unknown]>([
  ['serial: 2', { serial: [2] }],
  ['serial: "30%"', { serial: ['30%'] }],
  ['serial: [1, "50%"]', { serial: [1, '50%'] }],
  ['strategy: linear', { strategy: 'linear' }],
  ['strategy: free', { strategy: 'free' }],
  ['max_fail_percentage: 30', { maxFailPercentage: 30 }],
  ['any_errors_fatal: true', { anyErrorsFatal: true }],
  ['force_handlers: true', { forceHandlers: true }],
  ['gather_facts: false', { gatherFacts: false }],
  ['order: reverse_sorted', { hosts: ['w2', 'w1'] }],
  ['name: n', { name: 'n' }],
  ['collections: [a.b]', { name: 'web' }],
])('a play with %s', async (line, wanted) => {
  const loaded = await loadSite(`- hosts: web\n  ${line}\n  tasks: [{ping: }]\n`);
  expect(codesOf(loaded)).toEqual([]);
  expect(loaded.site.plays[0]).toMatchObject(wanted as object);
});

test('prompts are read', async () => {
  const loaded = await loadSite(
    '- hosts: web\n  vars_prompt: [{name: pw, prompt: Password}, {name: who, private: no, default: me}]\n  tasks: [{debug: {msg: "{{ pw }}{{ who }}"}}]\n',
  );
  expect(
    loaded.site.plays[0]?.prompts.map(({ name, prompt, private: hidden, default: given }) => [
      name,
      prompt,
      hidden,
      shown(given),
    ]),
  ).toEqual([
    ['pw', 'Password', true, undefined],
    ['who', 'who', false, 'me'],
  ]);
});

test.each<[string, boolean]>([
  ['debug: {msg: "{{ ansible_os_family }}"}', true],
  ['debug: {msg: "{{ facts.kernel }}"}', true],
  ['debug: {msg: "{{ a }}"}', true],
  ['debug: {msg: "{{ port }}"}', false],
  ['debug: {msg: "{{ ansible_user }}"}', false],
])('facts are needed where an expression reaches one: %s -> %s', async (line, needs) => {
  const loaded = await loadSite(
    `- hosts: web\n  vars: {a: "{{ b }}", b: "{{ facts.kernel }}", ansible_user: me}\n  tasks: [{${line}}]\n`,
  );
  expect(loaded.site.plays[0]?.needsFacts).toBe(needs);
});

test('a template can need facts, and a handler', async () => {
  const files = { 'templates/a.hbs': '{{facts.kernel}}' };
  const inTemplate = await loadSite({ ...files, 'site.yaml': '- hosts: web\n  tasks: [{template: {src: a.hbs, dest: /a}}]\n' });
  const inHandler = await loadSite(
    '- hosts: web\n  tasks: [{ping: , notify: h}]\n  handlers: [{name: h, debug: {msg: "{{ facts.kernel }}"}}]\n',
  );
  expect([inTemplate.site.plays[0]?.needsFacts, inHandler.site.plays[0]?.needsFacts]).toEqual([true, true]);
});

test('module_defaults fill what a task leaves out', async () => {
  const loaded = await loadSite(
    '- hosts: web\n  module_defaults: {ansible.builtin.file: {mode: "0600", state: touch}}\n  tasks: [{file: {path: /a, state: directory}}]\n',
  );
  expect(shown(allTasks(loaded)[0]?.args)).toEqual({ path: '/a', state: 'directory', mode: '0600' });
});

test.each<[string, boolean]>([
  ['{{ hostvars.w1.r.stdout }}', true],
  ['{{ groups.web.map(h, hostvars[h].r.stdout) }}', true],
  ['{{ groups.web.map(h, hostvars[h].port) }}', false],
  ['{{ groups.web.map(h, hostvars[h].ansible_default_ipv4.address) }}', true],
  ['{{ hostvars }}', true],
  ['{{ r.stdout }}', false],
])('a task waits for other hosts where it reads what a task sets there: %s', async (text, waits) => {
  const loaded = await loadSite(`- hosts: web\n  tasks:\n    - {command: ls, register: r}\n    - debug: {msg: "${text}"}\n`);
  expect(allTasks(loaded)[1]?.readsOtherHosts ?? false).toBe(waits);
});

test('facts read through hostvars are gathered by the plays before', async () => {
  const loaded = await loadSite(
    '- hosts: db\n  tasks: [{ping: }]\n- hosts: web\n  tasks: [{debug: {msg: "{{ hostvars.d1.ansible_kernel }}"}}]\n- hosts: web\n  tasks: [{ping: }]\n',
  );
  expect(loaded.site.plays.map(({ needsFacts }) => needsFacts)).toEqual([true, true, false]);
});

describe('order: shuffle', () => {
  const playbook = '- hosts: web\n  order: shuffle\n  tasks: []\n';
  test('takes its chance from the request', async () => {
    const numbers = [0.9, 0.1];
    const { site } = await loadSite(playbook, { random: () => numbers.shift() ?? 0 });
    expect(site.plays[0]?.hosts).toEqual(['w2', 'w1']);
  });
  test('without chance leaves the order of the inventory', async () => {
    expect((await loadSite(playbook)).site.plays[0]?.hosts).toEqual(['w1', 'w2']);
  });
});
