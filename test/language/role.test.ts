// Roles: where they are found, both layouts, what they keep to themselves, and their typed inputs.
import { expect, test } from 'vitest';
import { allTasks, codesOf, loadSite } from '../support/load-site.ts';

const names = async (files: Readonly<Record<string, string>>, options = {}) =>
  allTasks(await loadSite(files, options)).map(({ name }) => name);
const ping = (name: string): string => `- {name: ${name}, ping: }\n`;

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['our layout', { 'roles/r/role.yaml': 'summary: x\n', 'roles/r/tasks.yaml': ping('found') }, 'site.yaml'],
  ["Ansible's layout", { 'roles/r/tasks/main.yml': ping('found') }, 'site.yaml'],
  [
    'beside the folder of the playbook',
    {
      'roles/r/tasks.yaml': ping('found'),
      'roles/r/role.yaml': 'summary: x\n',
      'playbooks/site.yaml': '- hosts: web\n  roles: [r]\n',
    },
    'playbooks/site.yaml',
  ],
  ['by --roles-path', { 'far/r/tasks/main.yaml': ping('found') }, 'site.yaml'],
  ['by its path', { 'r/tasks/main.yaml': ping('found') }, 'site.yaml'],
])('a role is found: %s', async (_, files, playbook) => {
  expect(
    await names({ 'site.yaml': '- hosts: web\n  roles: [r]\n', ...files }, { playbooks: [playbook], rolesPath: ['far'] }),
  ).toEqual(['found']);
});

test('a role that is nowhere lists the places, and what was meant', async () => {
  const { findings } = await loadSite({
    'site.yaml': '- hosts: web\n  roles: [strage]\n',
    'roles/storage/tasks/main.yaml': ping('x'),
  });
  expect(findings[0]).toMatchObject({ code: 'E213', at: { line: 2, col: 11 }, mend: 'did you mean "storage"?' });
  expect(findings[0]?.why).toContain('roles');
});

test('dependencies come first and once; a role runs once with the same params', async () => {
  const files = {
    'site.yaml': '- hosts: web\n  roles: [a, b, a, {role: b, x: 2}]\n',
    'roles/a/meta/main.yaml': 'dependencies: [base]\ngalaxy_info: {author: me}\n',
    'roles/a/tasks/main.yaml': ping('a'),
    'roles/b/meta/main.yaml': 'dependencies: [{role: base}]\n',
    'roles/b/tasks/main.yaml': ping('b'),
    'roles/base/tasks/main.yaml': ping('base'),
  };
  expect(await names(files)).toEqual(['base', 'a', 'b', 'b']);
});

test('roles that depend on each other are a circle', async () => {
  const files = {
    'site.yaml': '- hosts: web\n  roles: [a]\n',
    'roles/a/meta/main.yaml': 'dependencies: [b]\n',
    'roles/a/tasks/main.yaml': ping('a'),
    'roles/b/meta/main.yaml': 'dependencies: [a]\n',
    'roles/b/tasks/main.yaml': ping('b'),
  };
  expect(codesOf(await loadSite(files))).toEqual(['E111 roles/b/meta/main.yaml:1:16']);
});

test('keywords of the entry come down, and what is no keyword is a param', async () => {
  const loaded = await loadSite({
    'site.yaml': '- hosts: web\n  roles: [{role: r, tags: t, when: port > 1, become: true, p: 1, vars: {q: 2}}]\n',
    'roles/r/tasks/main.yaml': '- debug: {msg: "{{ p }}{{ q }}{{ role_name }}{{ role_path }}"}\n',
  });
  expect(codesOf(loaded)).toEqual([]);
  const [found] = allTasks(loaded);
  expect([
    found?.tags,
    found?.when.length,
    found?.role,
    [...(found?.layers.find(({ level }) => level === 20)?.vars.keys() ?? [])],
  ]).toEqual([['t'], 1, 'r', ['q', 'p']]);
});

test("a role's defaults, vars and params are not seen outside of it", async () => {
  const files = {
    'site.yaml': '- hosts: web\n  roles: [{role: r, p: 1}]\n  tasks: [{debug: {msg: "{{ d }}{{ v }}{{ p }}"}}]\n',
    'roles/r/defaults/main.yaml': 'd: 1\n',
    'roles/r/vars/main.yaml': 'v: 1\n',
    'roles/r/tasks/main.yaml': '- debug: {msg: "{{ d }}{{ v }}{{ p }}"}\n',
  };
  expect(codesOf(await loadSite(files))).toEqual(['E350 3:29', 'E350 3:36', 'E350 3:43']);
});

test('handlers of a role are there once, are found by `ROLE : NAME`, and may have a name that the play has too', async () => {
  const files = {
    'site.yaml':
      '- hosts: web\n  roles: [r, {role: r, x: 1}]\n  tasks: [{ping: , notify: ["r : h", topic, h]}]\n  handlers: [{name: h, ping: }]\n',
    'roles/r/tasks/main.yaml': '- {ping: , notify: h}\n',
    'roles/r/handlers/main.yaml': '- {name: h, ping: , listen: topic}\n',
  };
  const loaded = await loadSite(files);
  expect(codesOf(loaded)).toEqual([]);
  expect(loaded.site.plays[0]?.handlers.map(({ role, name, listen }) => [role, name, listen])).toEqual([
    ['r', 'h', ['topic']],
    [null, 'h', []],
  ]);
});

test('import_role and include_role take other files of the role', async () => {
  const files = {
    'site.yaml':
      '- hosts: web\n  tasks:\n    - import_role: {name: r, tasks_from: other, vars_from: more}\n    - include_role: {name: r, tasks_from: other.yaml, defaults_from: nope}\n',
    'roles/r/tasks/main.yaml': ping('main'),
    'roles/r/tasks/other.yaml': '- debug: {msg: "{{ default(vars.?m.orValue(0), 0) }}"}\n',
    'roles/r/vars/more.yaml': 'm: 1\n',
  };
  const loaded = await loadSite(files);
  expect(codesOf(loaded)).toEqual(['E110 4:70']);
  expect(allTasks(loaded).map(({ module, role }) => [module, role])).toEqual([
    ['debug', 'r'],
    ['include_role', null],
  ]);
});

const declared = (inputs: string, site: string, more = ''): Readonly<Record<string, string>> => ({
  'site.yaml': site,
  'roles/r/role.yaml': `summary: x\ninputs:\n${inputs.replace(/^/gm, '  ')}\n${more}`,
  'roles/r/tasks.yaml': '- debug: {msg: "{{ vars.?n.orValue(0) }}{{ vars.?m.orValue(0) }}"}\n',
});
const use = (entry: string): string => `- hosts: web\n  roles: [${entry}]\n`;

test.each<[string, Readonly<Record<string, string>>, string[]]>([
  ['given and right', declared('n: {type: integer}', use('{role: r, n: 1}')), []],
  ['given by the inventory', declared('port: {type: integer}\nn: {type: integer, default: "{{ port }}"}', use('r')), []],
  ['a default', declared('n: {type: integer, default: 1}', use('r')), []],
  ['missing', declared('n: {type: integer}', use('r')), ['E215 2:11']],
  ['of the wrong type', declared('n: {type: integer}', use('{role: r, n: x}')), ['E215 2:24']],
  ['a default of the wrong type', declared('n: {type: integer, default: x}', use('r')), ['E215 roles/r/role.yaml:3:31']],
  ['a wrong item', declared('n: {type: array, items: {type: string}}', use('{role: r, n: [1]}')), ['E215 2:24']],
  [
    'a default that names what is not there',
    declared('n: {type: string, default: "{{ nope }}"}', use('r')),
    ['E350 roles/r/role.yaml:3:34'],
  ],
  ['a param that the role does not have', declared('n: {type: integer, default: 1}', use('{role: r, nn: 1}')), ['E214 2:25']],
  ['a variable that the role uses', declared('n: {type: integer, default: 1}', use('r'), 'uses: [site, nope]\n'), ['E350 2:11']],
  ['a check that holds', declared('n: {type: integer, default: 1}', use('r'), 'checks: [{that: n > 0, message: above 0}]\n'), []],
  [
    'a check that does not hold',
    declared('n: {type: integer, default: 0}', use('r'), 'checks: [{that: n > 0, message: above 0}]\n'),
    ['E215 2:11'],
  ],
  ['unique, and it is', declared('n: {type: integer, unique: hosts}', use('{role: r, n: "{{ port }}"}')), []],
  ['unique, and it is not', declared('n: {type: integer, unique: hosts}', use('{role: r, n: 1}')), ['E215 2:24']],
  [
    'unique over values that only look different',
    declared('n: {type: integer, unique: hosts}', use('{role: r, n: "{{ port / 50 }}"}')),
    ['E215 2:24'],
  ],
  ['a schema that is none', declared('n: {type: intger, default: 1}', use('r')), ['E215 roles/r/role.yaml:3:3']],
  [
    'a key that role.yaml does not have',
    declared('n: {type: integer, default: 1}', use('r'), 'input: {}\n'),
    ['E201 roles/r/role.yaml:4:1'],
  ],
  ['an input that nothing reads', declared('o: {type: integer, default: 1}', use('r')), ['W950 roles/r/role.yaml:3:3']],
  ['known only to a host', declared('n: {type: string, default: "{{ facts.kernel }}"}', use('r')), []],
])('inputs: %s', async (_, files, wanted) => {
  expect(codesOf(await loadSite(files))).toEqual(wanted);
});

test('argument_specs of a role are its inputs, and other params stay allowed', async () => {
  const files = {
    'site.yaml': '- hosts: web\n  roles: [{role: r, n: x, other: 1, kind: c}]\n',
    'roles/r/tasks/main.yaml': '- debug: {msg: "{{ n }}{{ kind }}{{ must }}"}\n',
    'roles/r/meta/argument_specs.yaml':
      'argument_specs:\n  main:\n    options:\n      n: {type: int}\n      kind: {choices: [a, b]}\n      must: {type: str, required: true}\n',
  };
  expect(codesOf(await loadSite(files))).toEqual(['E350 roles/r/tasks/main.yaml:1:37', 'E215 2:18', 'E215 2:24', 'E215 2:43']);
});

test('an encrypted file without a password is named', async () => {
  const files = {
    'site.yaml': '- hosts: web\n  vars_files: [secret.yaml]\n',
    'secret.yaml': '$ANSIBLE_VAULT;1.1;AES256\n6162\n',
  };
  expect(codesOf(await loadSite(files))[0]).toMatch(/^E70\d secret\.yaml:1:1$/);
});
