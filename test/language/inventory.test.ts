import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../runner/core/types.ts';
import { source } from '../../runner/core/source.ts';
import { hostVariables } from '../../runner/language/explain.ts';
import { createVarsFolders } from '../../runner/language/host-vars.ts';
import { createDraft } from '../../runner/language/inventory-draft.ts';
import { readIniInventory } from '../../runner/language/inventory-ini.ts';
import { finishInventory } from '../../runner/language/inventory-layers.ts';
import { readYamlInventory } from '../../runner/language/inventory-yaml.ts';
import { parseYaml } from '../../runner/language/yaml.ts';
import { loadInventory } from '../../runner/language/inventory.ts';
import { scratch } from '../support/scratch.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

async function load(files: Files, sources: readonly string[] = ['hosts.yaml'], playbookDirs: readonly string[] = []) {
  const cwd = scratch(files);
  const { inventory, faults } = await loadInventory({ sources, cwd, playbookDirs, env: process.env });
  const vars = (name: string) => hostVariables(inventory.hosts.get(name) as never);
  const groups = Object.fromEntries([...inventory.groups].map(([name, hosts]) => [name, hosts.join(' ')]));
  const codes = faults.map(({ code, at }) => `${code}${at ? ` ${at.file}:${at.line}:${at.col}` : ''}`);
  return { cwd, inventory, faults, vars, groups, codes };
}

describe('a YAML inventory', () => {
  test('has groups, children, hosts without a body, ranges and variables', async () => {
    const { groups, vars, codes, inventory } = await load({
      'hosts.yaml': `
all:
  vars: { level: all, where: here }
  hosts:
    lone:
  children:
    web:
      hosts:
        web[01:02]: { port: 80 }
        web9:2222:
      vars: { level: web }
      children:
        canary: { hosts: { web02: {} }, vars: { level: canary } }
    empty:
db:
  hosts: db1
`,
    });
    expect(codes).toEqual([]);
    expect(groups).toEqual({
      all: 'lone web01 web02 web9 db1',
      ungrouped: 'lone',
      web: 'web01 web02 web9',
      canary: 'web02',
      empty: '',
      db: 'db1',
    });
    expect(vars('web01')).toEqual({ level: 'web', where: 'here', port: 80 });
    expect(vars('web02')).toEqual({ level: 'canary', where: 'here', port: 80 });
    expect(vars('web9')).toEqual({ level: 'web', where: 'here', ansible_port: 2222 });
    expect(inventory.hosts.get('web02')?.groups).toEqual(['web', 'canary']);
  });

  test.each([
    ['host instead of hosts', 'web:\n  host:\n    h1:\n', 'E403 hosts.yaml:2:3', 'write "hosts"'],
    ['a variable beside hosts', 'web:\n  hosts: { h1: }\n  port: 80\n', 'E403 hosts.yaml:3:3', 'under "vars:"'],
    ['a group beside hosts', 'all:\n  web:\n    hosts: { h1: }\n', 'E403 hosts.yaml:2:3', 'under "children:"'],
    ['hosts at the top', 'hosts:\n  h1:\n', 'E403 hosts.yaml:1:1', '"all:"'],
    ['hosts as a list', 'web:\n  hosts:\n    - h1\n', 'E404 hosts.yaml:3:5', '"h1:"'],
    ['a host that is text', 'web:\n  hosts:\n    h1: 10.0.0.1\n', 'E404 hosts.yaml:3:9', 'ansible_host: 10.0.0.1'],
    ['a group that is text', 'web: h1\n', 'E404 hosts.yaml:1:6', '"hosts:"'],
    ['vars that are a list', 'web:\n  vars: [a]\n', 'E404 hosts.yaml:2:9', 'NAME: VALUE'],
    ['a list at the top', '- h1\n', 'E404 hosts.yaml:1:1', '"all:"'],
    ['two documents', 'web: {}\n---\ndb: {}\n', 'E404 hosts.yaml:3:1', 'file of its own'],
    ['a group in itself', 'web:\n  children:\n    web:\n', 'E405 hosts.yaml:3:5', 'children of "web"'],
    ['a group in its grandchild', 'a:\n  children:\n    b:\n      children:\n        a:\n', 'E405 hosts.yaml:5:9', '"a"'],
    ['a group with a space', 'web 1:\n  hosts:\n', 'E406 hosts.yaml:1:1', 'web_1'],
    ['a host with a comma', 'web:\n  hosts:\n    "h1,h2":\n', 'E406 hosts.yaml:3:5', 'h1_h2'],
    ['a range that ends first', 'web:\n  hosts:\n    h[3:1]:\n', 'E407 hosts.yaml:3:5', 'smaller'],
    ['a name that CEL reserves', 'web:\n  vars:\n    loop: 1\n', 'E218 hosts.yaml:3:5', 'my_loop'],
    ['a name that is none', 'web:\n  hosts:\n    h1:\n      my-port: 1\n', 'E218 hosts.yaml:4:7', 'my_port'],
    ['a priority that is no number', 'web:\n  vars:\n    ansible_group_priority: high\n', 'E404 hosts.yaml:3:29', 'whole number'],
    ['the settings of a plugin', 'plugin: aws_ec2\nregions: []\n', 'E402 hosts.yaml:1:1', 'ansible-inventory'],
    ['a key twice', 'web:\n  hosts: { h1: }\n  hosts: { h2: }\n', 'E103 hosts.yaml:3:3', ''],
    ['broken YAML', 'web: [\n', 'E102 hosts.yaml:2:1', ''],
    ['a Jinja filter', 'web:\n  vars:\n    a: "{{ b | upper }}"\n', 'E302', ''],
  ])('%s is a fault at its place', async (_, text, place, mend) => {
    const { codes, faults } = await load({ 'hosts.yaml': text });
    expect(codes).toHaveLength(1);
    expect(codes[0]).toContain(place);
    expect(faults[0]?.mend).toContain(mend);
  });

  test('all mistakes of all sources come together', async () => {
    const { codes } = await load({ 'a.yaml': 'web:\n  host:\n  host2:\n', 'b.ini': '[x\n[a:vrs]\n' }, [
      'a.yaml',
      'b.ini',
      'gone.yaml',
    ]);
    expect(codes).toEqual(['E403 a.yaml:2:3', 'E403 a.yaml:3:3', 'E407 b.ini:1:1', 'E408 b.ini:2:1', 'E401']);
  });
});

describe('who wins', () => {
  test('a deeper group, then the higher priority, then the later name', async () => {
    const { vars } = await load({
      'hosts.yaml': `
zone: { hosts: { h1: , h2: }, vars: { a: zone, b: zone, c: zone } }
alpha: { hosts: { h1: }, vars: { a: alpha, b: alpha, ansible_group_priority: 5 } }
top: { children: { deep: { hosts: { h1: }, vars: { a: deep } } }, vars: { a: top, c: top } }
`,
    });
    expect(vars('h1')).toEqual({ a: 'deep', b: 'alpha', c: 'zone' });
    expect(vars('h2')).toEqual({ a: 'zone', b: 'zone', c: 'zone' });
  });

  test('each level over the ones before it', async () => {
    const row = (level: number): string => Array.from({ length: 11 - level }, (_, i) => `v${i + level}: ${level}\n`).join('');
    const indent = (text: string, by: number): string => text.replace(/^/gm, ' '.repeat(by)).trimEnd();
    const { vars, codes, inventory } = await load(
      {
        'inv/hosts.yaml': `all:\n  vars:\n${indent(row(2), 4)}\nweb:\n  vars:\n${indent(row(3), 4)}\n  hosts:\n    h1:\n${indent(row(8), 6)}\n`,
        'inv/group_vars/all.yml': row(4),
        'play/group_vars/all/x.yaml': row(5),
        'inv/group_vars/web.yaml': row(6),
        'play/group_vars/web': row(7),
        'inv/host_vars/h1.json': `{${row(9).trim().replace(/\n/g, ',').replace(/v\d+/g, '"$&"')}}`,
        'play/host_vars/h1/deep/er/x': row(10),
      },
      ['inv/hosts.yaml'],
      ['play'],
    );
    expect(codes).toEqual([]);
    expect(vars('h1')).toEqual(Object.fromEntries([2, 3, 4, 5, 6, 7, 8, 9, 10].map(level => [`v${level}`, level])));
    expect(inventory.hosts.get('h1')?.layers.map(layer => layer.level)).toEqual([2, 3, 4, 5, 6, 7, 8, 8, 9, 10]);
  });

  test('the later of several sources, and later files of a folder', async () => {
    const { vars, groups } = await load(
      {
        'a.yaml': 'web: { hosts: { h1: { x: a, y: a } }, vars: { g: a } }\n',
        'more/10-b': '[web]\nh1 x=b\nh2\n',
        'more/20-c.yaml': 'web: { hosts: { h1: { z: c } }, vars: { g: c } }\n',
        'more/group_vars/web.yaml': 'from_folder: true\n',
        'more/.hidden': '[oops',
        'more/notes.md': '[oops',
        'more/old.bak': '[oops',
        'more/ansible.cfg': '[oops',
      },
      ['a.yaml', 'more'],
    );
    expect(vars('h1')).toEqual({ x: 'b', y: 'a', z: 'c', g: 'c', from_folder: true });
    expect(groups.web).toBe('h1 h2');
  });

  test('a folder of a playbook that is the inventory too counts where it wins, once', async () => {
    const files = { 'hosts.yaml': 'web: { hosts: { h1: } }\n', 'group_vars/web.yaml': 'x: 1\n' };
    const { inventory } = await load(files, ['hosts.yaml'], ['.']);
    expect(inventory.hosts.get('h1')?.layers.map(({ level, from }) => [level, from])).toEqual([
      [7, join('group_vars', 'web.yaml')],
      [8, 'the inventory'],
    ]);
  });
});

describe('an INI inventory', () => {
  test('has groups, children, vars, ranges, ports and literals', async () => {
    const { groups, vars, codes } = await load(
      {
        hosts: `
; a comment
lone ansible_host=10.0.0.9   # behind a host
[web]
web[1:2]:2222 n=5 f=1.5 t=True l="[1, 'a']" q="'5'" s='two words' m=0644 y=yes
web3
[web:vars]
port = 8080 # a number still
text=some words # and all of this
map={"a": [1, None]}
url = "{{ 'http://' + inventory_hostname }}"
[site:children]
web   # one name a line
db
[db]
db-a
`,
      },
      ['hosts'],
    );
    expect(codes).toEqual([]);
    expect(groups).toEqual({
      all: 'lone web1 web2 web3 db-a',
      ungrouped: 'lone',
      web: 'web1 web2 web3',
      site: 'web1 web2 web3 db-a',
      db: 'db-a',
    });
    expect(vars('web1')).toMatchObject({ n: 5, f: 1.5, t: true, l: [1, 'a'], q: '5', s: 'two words', m: '0644', y: 'yes' });
    expect(vars('web2')).toMatchObject({
      ansible_port: 2222,
      port: 8080,
      text: 'some words # and all of this',
      map: { a: [1, null] },
    });
    expect(vars('web3').url).toBe("{{ 'http://' + inventory_hostname }}");
    expect(vars('lone')).toEqual({ ansible_host: '10.0.0.9' });
  });

  test.each([
    ['a word that is no pair', '[web]\nh1 h2\n', 'E408 hosts:2:4', 'h2'],
    ['an open quote', '[web]\nh1 a="b\n', 'E408 hosts:2:6', 'close'],
    ['an unknown section', '[web:var]\na=1\n', 'E408 hosts:1:1', '[web:vars]'],
    ['a section with spaces', '[web servers]\nh1\n', 'E408 hosts:1:1', 'spaces'],
    ['vars of no group', '[wbe:vars]\na=1\n[web]\nh1\n', 'E415 hosts:1:1', '[wbe]'],
    ['children of no group', '[all:children]\nwebs\n[web]\nh1\n', 'E415 hosts:2:1', '"web"'],
    ['a line that is no variable', '[web]\n[web:vars]\nport 80\n', 'E408 hosts:3:1', 'NAME=VALUE'],
    ['a group of its own', '[web:children]\nweb\n', 'E405 hosts:2:1', 'web'],
    ['a host with a colon', '[web]\nh1:\n', 'E408 hosts:2:1', '.yaml'],
    ['a bad name', '[web]\nh1 my-port=1\n', 'E218 hosts:2:4', 'my_port'],
  ])('%s is a fault at its place', async (_, text, place, mend) => {
    const { codes, faults } = await load({ hosts: text }, ['hosts']);
    expect(codes).toEqual([place]);
    expect(faults[0]?.mend).toContain(mend);
  });
});

describe('an executable inventory', () => {
  const print = (json: unknown): string => `#!/bin/sh\ncat <<'EOF'\n${JSON.stringify(json)}\nEOF\n`;

  test('prints groups and the variables of all hosts', async () => {
    const { groups, vars, codes } = await load(
      {
        'inv.sh': print({
          web: { hosts: ['h1', 'h2'], vars: { port: 80 }, children: ['canary'] },
          canary: ['h2'],
          odd: { 'tag:Name': 'x' },
          _meta: { hostvars: { h1: { 'tag:Name': 'web 1', n: 1 }, unknown: { a: 1 } } },
        }),
        'group_vars/web.yaml': 'beside: true\n',
      },
      ['inv.sh'],
    );
    expect(codes).toEqual([]);
    expect(groups).toMatchObject({ all: 'h1 h2 odd', web: 'h1 h2', canary: 'h2', odd: 'odd' });
    expect(vars('h1')).toEqual({ port: 80, 'tag:Name': 'web 1', n: 1, beside: true });
    expect(vars('odd')).toEqual({ 'tag:Name': 'x' });
  });

  test('is asked for each host where it has no _meta', async () => {
    const script = `#!/bin/sh\nif [ "$1" = --list ]; then echo '{"web": ["h1", "h2"]}'; else echo "{\\"me\\": \\"$2\\"}"; fi\n`;
    const { vars, codes } = await load({ inv: script }, ['inv']);
    expect(codes).toEqual([]);
    expect([vars('h1').me, vars('h2').me]).toEqual(['h1', 'h2']);
  });

  test.each([
    ['fails', '#!/bin/sh\necho "no token" >&2\nexit 3\n', 'exited 3\nno token'],
    ['prints no JSON', '#!/bin/sh\necho hello\n', 'no JSON'],
    ['prints a list', '#!/bin/sh\necho "[]"\n', 'no object'],
    ['has no interpreter', '#!/no/such/program\n', 'no program'],
    ['has hosts that are no list', print({ web: { hosts: 'h1' } }), '"hosts" of the group "web"'],
  ])('that %s is a fault with what it said', async (_, text, why) => {
    const { faults } = await load({ inv: text }, ['inv']);
    expect(faults.map(found => found.code)).toEqual(['E409']);
    expect(faults[0]?.why).toContain(why);
  });
});

describe('other sources', () => {
  test('a list of hosts', async () => {
    const { groups, vars, codes } = await load({}, ['h1,h[2:3]:22,']);
    expect(codes).toEqual([]);
    expect(groups).toEqual({ all: 'h1 h2 h3', ungrouped: 'h1 h2 h3' });
    expect(vars('h2')).toEqual({ ansible_port: 22 });
  });

  test.each([
    ['h1', {}, "-i 'h1,'"],
    ['gone/hosts.yaml', {}, 'path'],
  ])('%s that is not there', async (source, files, mend) => {
    const { faults } = await load(files, [source]);
    expect(faults.map(found => found.code)).toEqual(['E401']);
    expect(faults[0]?.mend).toContain(mend);
  });

  test.each([
    ['hosts.toml', '[web]\n', 'E402'],
    ['bytes', new Uint8Array([0x5b, 0x00, 0x5d]), 'E108'],
    ['latin', new Uint8Array([0x68, 0xe9, 0x0a]), 'E108'],
  ])('%s cannot be read', async (name, content, code) => {
    const { codes } = await load({ [name]: content }, [name]);
    expect(codes.map(one => one.slice(0, 4))).toEqual([code]);
  });

  test('a file without a suffix is YAML or INI by its first line', async () => {
    for (const text of [
      '# c\n\nall:\n  hosts: { h1: }\n',
      '---\nall: { hosts: { h1: } }\n',
      '{"all": {"hosts": {"h1": null}}}',
      'h1\n',
      '[web]\nh1\n',
    ]) {
      const { groups, codes } = await load({ hosts: text }, ['hosts']);
      expect([codes, groups.all]).toEqual([[], 'h1']);
    }
  });

  test('an .ini file in a folder is left out with a warning', async () => {
    const { codes, faults, groups } = await load({ 'inv/a.ini': 'h1\n', 'inv/b': 'h2\n' }, ['inv']);
    expect([codes, groups.all]).toEqual([['W941'], 'h2']);
    expect(faults[0]?.mend).toContain('-i inv/a.ini');
  });

  test('a name that is a group and a host is a warning, but for a group that is its one host', async () => {
    const { codes } = await load({
      'hosts.yaml': 'web: { hosts: { h1: , db: } }\ndb: { hosts: { h1: } }\nown: { hosts: { own: } }\n',
    });
    expect(codes).toEqual(['W940 hosts.yaml:1:23']);
  });
});

test('what is there and cannot be looked at says why', async () => {
  const cwd = scratch({ 'inv/b': 'h1\n' });
  symlinkSync('loop', join(cwd, 'loop'));
  symlinkSync('a', join(cwd, 'inv/a'));
  const { faults, inventory } = await loadInventory({ sources: ['loop', 'inv'], cwd, playbookDirs: [], env: {} });
  expect(faults.map(({ code, what, why }) => `${code} ${what}: ${why}`)).toEqual([
    'E101 loop cannot be read: its links go round in a circle',
    'E101 inv/a cannot be read: its links go round in a circle',
  ]);
  expect(inventory.groups.get('all')).toEqual(['h1']);
});

test('an executable file that does not begin as a program is read as text', async () => {
  const cwd = scratch({ hosts: 'h1\n' });
  chmodSync(join(cwd, 'hosts'), 0o755);
  const { faults, inventory } = await loadInventory({ sources: ['hosts'], cwd, playbookDirs: [], env: {} });
  expect([faults, inventory.groups.get('all')]).toEqual([[], ['h1']]);
});

test('a program that is not executable says so', async () => {
  const cwd = scratch({ inv: '#!/bin/sh\n' });
  chmodSync(join(cwd, 'inv'), 0o644);
  const { faults } = await loadInventory({ sources: ['inv'], cwd, playbookDirs: [], env: {} });
  expect(faults).toMatchObject([{ code: 'E409', mend: 'run: chmod +x inv' }]);
});

describe('localhost', () => {
  test('is there without being in the inventory, local, with the variables of all', async () => {
    const files = { 'hosts.yaml': 'all: { vars: { a: 1 }, hosts: { h1: } }\n', 'host_vars/localhost.yaml': 'b: 2\n' };
    const { inventory, vars, groups } = await load(files);
    expect(inventory.hosts.get('localhost')).toMatchObject({ implicit: true, groups: [] });
    expect(vars('localhost')).toEqual({ a: 1, b: 2, ansible_connection: 'local' });
    expect(groups.all).toBe('h1');
  });

  test('that an inventory has is a host like others', async () => {
    const { inventory, vars, groups } = await load({}, ['localhost,']);
    expect(inventory.hosts.get('localhost')?.implicit).toBeUndefined();
    expect([vars('localhost'), groups.all]).toEqual([{}, 'localhost']);
  });
});

describe('group_vars and host_vars', () => {
  const hosts = { 'hosts.yaml': 'web: { hosts: { h1: } }\n' };
  test('of a folder are read in name order, without what is hidden, a backup or no YAML', async () => {
    const { vars, codes } = await load({
      ...hosts,
      'group_vars/web/10.yaml': 'a: 10\nb: 10\n',
      'group_vars/web/20.yml': 'a: 20\n',
      'group_vars/web/30/x.yaml': 'c: 30\n',
      'group_vars/web/.x.yaml': 'a: hidden\n',
      'group_vars/web/z.yaml~': 'a: backup\n',
      'group_vars/web/z.txt': 'a: text\n',
      'group_vars/other.yaml': 'a: other\n',
      'group_vars/web/empty.yaml': '# nothing\n',
    });
    expect([codes, vars('h1')]).toEqual([[], { a: 20, b: 10, c: 30 }]);
  });

  test('that stand twice are read once, with a warning', async () => {
    const { vars, codes, faults } = await load({ ...hosts, 'group_vars/web/x.yaml': 'a: 1\n', 'group_vars/web.yaml': 'a: 2\n' });
    expect([codes, vars('h1')]).toEqual([['W941'], { a: 1 }]);
    expect(faults[0]?.what).toContain('group_vars/web.yaml');
  });

  test.each([
    ['a list', '- a\n', 'E417 group_vars/web.yaml:1:1'],
    ['a bad name', 'a b: 1\n', 'E218 group_vars/web.yaml:1:1'],
    ['a magic name', 'groups: []\n', 'E218 group_vars/web.yaml:1:1'],
    ['an encrypted file', '$ANSIBLE_VAULT;1.1;AES256\n3132\n', 'E701 group_vars/web.yaml:1:1'],
  ])('%s is one fault, however many hosts read it', async (_, text, place) => {
    const { codes } = await load({ 'hosts.yaml': 'web:\n  hosts:\n    h[1:5]:\n', 'group_vars/web.yaml': text });
    expect(codes).toEqual([place]);
  });

  test('that are encrypted are read through the seam to the vault', async () => {
    const cwd = scratch({ ...hosts, 'group_vars/web.yaml': '$ANSIBLE_VAULT;1.1;AES256\n3132\n' });
    const decryptText = async (text: string, file: string) => `plain: "${file} ${text.length}"\n`;
    const { inventory, faults } = await loadInventory({ sources: ['hosts.yaml'], cwd, playbookDirs: [], env: {}, decryptText });
    expect(faults).toEqual([]);
    expect(hostVariables(inventory.hosts.get('h1') as never)).toEqual({ plain: 'group_vars/web.yaml 31' });
  });
});

describe('any text is an inventory or a fault, never an error', () => {
  const word = fc.constantFrom(
    'all',
    'web',
    'h1',
    'hosts',
    'children',
    'vars',
    ':',
    '=',
    '[',
    ']',
    '[web]',
    '[web:children]',
    '{',
    '}',
    '"',
    "'",
    '\n',
    '  ',
    '- ',
    '#',
    '&a',
    '*a',
    '!x',
    '{{',
    '1',
    '[1:3]',
    ',',
    '\\',
  );
  const text = fc.array(word, { maxLength: 40 }).map(words => words.join(''));

  test.each(['hosts.yaml', 'hosts.ini'])('%s', async name => {
    await fc.assert(
      fc.asyncProperty(text, async content => {
        const cwd = '/nowhere';
        const faults: Fault[] = [];
        const draft = createDraft(faults);
        const origin = { file: name, path: name, lenient: false };
        if (name === 'hosts.ini') readIniInventory(draft, source(name, content), origin);
        else readYamlInventory(draft, parseYaml(source(name, content)).documents, origin);
        const places = { sources: [name], folders: [], playbookDirs: [] };
        const { hosts, groups } = await finishInventory(draft, createVarsFolders({ cwd, faults }), places);
        for (const host of groups.get('all') ?? []) expect(hosts.has(host)).toBe(true);
        for (const { mend, why } of faults) expect(mend.length * why.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});

test('a chain of two thousand groups does not end the stack', async () => {
  const chain = Array.from({ length: 2000 }, (_, i) => `[g${i}:children]\ng${i + 1}\n`).join('');
  const { inventory } = await load({ hosts: `${chain}[g2000]\nh1\n` }, ['hosts']);
  expect(inventory.hosts.get('h1')?.groups.slice(0, 2)).toEqual(['g0', 'g1']);
});

test('two thousand hosts in fifty groups are read', async () => {
  const groups = Array.from({ length: 50 }, (_, i) => `[g${i}]\nn[0001:2000]\n`).join('');
  const { inventory } = await load({ hosts: groups, 'group_vars/g1.yaml': 'x: 1\n' }, ['hosts']);
  expect(inventory.groups.get('all')).toHaveLength(2000);
  expect(inventory.hosts.get('n2000')?.groups).toHaveLength(50);
});
