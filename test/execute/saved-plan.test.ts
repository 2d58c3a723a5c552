// Saved plans from end to end: made by a check run, shown, applied to the hosts that are still as they were, refused otherwise.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { PLAN_VERSION, sealOf } from '../../runner/core/saved-plan.ts';
import { commandLine, type Said } from '../support/command-line.ts';
import { scratch } from '../support/scratch.ts';

const hosts = 'all:\n  vars: { ansible_connection: local, at: "DIR/{{ inventory_hostname }}" }\n  hosts: { h1: , h2: , h3: }\n';
const site = `
- name: Site
  hosts: all
  gather_facts: false
  tasks:
    - { name: Folder, file: { path: "{{ at }}", state: directory } }
    - { name: Conf, template: { src: conf.hbs, dest: "{{ at }}/conf" }, notify: Restart }
    - { name: Line, lineinfile: { path: "{{ at }}/list", line: wanted } }
  handlers:
    - { name: Restart, shell: "echo restarted >> {{ at }}/log || systemctl restart x" }
`;
let dir = '';
const at = (path: string): string => join(dir, path);
const write = (path: string, text: string): void => {
  mkdirSync(join(at(path), '..'), { recursive: true });
  writeFileSync(at(path), text);
};
const read = (path: string): string | null => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : null);
const tsrun = (...argv: string[]): Promise<Said> =>
  commandLine(argv, {
    cwd: dir,
    env: {},
    clock: { now: () => Date.now(), sleep: ms => new Promise(done => setTimeout(done, ms)) },
  });

function prepare(files: Readonly<Record<string, string>> = {}): void {
  dir = scratch();
  process.env.TSRUN_OWED = at('owed');
  const all = { 'hosts.yaml': hosts, 'site.yaml': site, 'templates/conf.hbs': 'conf of {{inventory_hostname}}\n', ...files };
  for (const [path, text] of Object.entries(all)) write(path, text.replaceAll('DIR', dir));
  for (const host of ['h1', 'h2', 'h3']) write(`${host}/list`, 'first\n');
}
const plan = (...more: string[]) => tsrun('site.yaml', '-i', 'hosts.yaml', '--plan', 'p.json', ...more);
const moved = (said: Said): readonly string[] =>
  said.out
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
    .filter(event => event.fault?.code === 'E531')
    .map(event => `${event.host} ${event.task}: ${event.message}`);
const apply = (...more: string[]) => tsrun('apply', 'p.json', '--output', 'ndjson', ...more);

beforeEach(() => prepare());

describe('a plan', () => {
  test('is for its owner alone, changes nothing, and is done as it stands', async () => {
    expect((await plan()).code).toBe(0);
    expect([statSync(at('p.json')).mode & 0o777, read('h1/conf')]).toEqual([0o600, null]);
    const done = await apply();
    expect([done.code, moved(done)]).toEqual([0, []]);
    expect([read('h1/conf'), read('h2/list'), read('h3/log')]).toEqual(['conf of h1\n', 'first\nwanted\n', 'restarted\n']);
  });

  test('is shown with each change once, what it interrupts, and diffs', async () => {
    await plan();
    const { out } = await tsrun('plan', 'show', 'p.json', '--no-color');
    expect(out).toContain('9 changes on 3 hosts (6 restart, 3 none)');
    expect(out.match(/^none {2}Line\n {2}site\.yaml:8:7 {2}1 host/gm)).toHaveLength(3);
    expect(out).toContain('    +wanted\n');
  });

  test('with the same change on all hosts is shown once', async () => {
    prepare({ 'site.yaml': '- hosts: all\n  gather_facts: false\n  tasks:\n    - { name: Say, command: echo hello }\n' });
    await plan();
    expect((await tsrun('plan', 'show', 'p.json')).out).toMatch(/impact not known {2}Say\n.* 3 hosts: h1, h2, h3\n/);
  });
});

describe('a host that is not as it was', () => {
  test.each([
    ['something else would change', 'h2/list', 'other\n', 'h2 Line: what is there is another'],
    ['less would change', 'h2/list', 'first\nwanted\n', 'h2 Line: this is not to be done any more'],
    ['something is in the way', 'h2/conf/x', '', 'h2 Conf: '],
  ])('is left alone where %s; the others go on', async (_title, path, text, why) => {
    await plan();
    write(path, text);
    const done = await apply();
    expect(done.code).toBe(7);
    expect(moved(done)).toEqual([expect.stringContaining(why)]);
    expect([read('h1/conf'), read('h2/log'), read('h3/conf')]).toEqual(['conf of h1\n', null, 'conf of h3\n']);
  });

  test('is left alone where more would change', async () => {
    write('h2/list', 'first\nwanted\n');
    await plan();
    write('h2/list', 'first\n');
    const done = await apply();
    expect([done.code, read('h2/conf')]).toEqual([7, null]);
    expect(moved(done)).toEqual([expect.stringMatching(/^h2 Line: more than planned/)]);
  });

  test('is told of by apply --check, which does nothing anywhere', async () => {
    await plan();
    write('h2/list', 'other\n');
    const looked = await apply('--check');
    expect([looked.code, moved(looked).length, read('h1/conf')]).toEqual([7, 1, null]);
    expect((await tsrun('apply', 'p.json', '--check')).out).toContain('9 changes on 3 hosts');
  });
});

describe('what can be known only in the run', () => {
  const late = `
- hosts: h1
  gather_facts: false
  tasks:
    - { name: Ask, command: cat DIR/answer, register: answer }
    - { name: Use, copy: { dest: "DIR/used", content: "{{ answer.stdout }}" } }
    - { name: Fixed, copy: { dest: "DIR/fixed", content: x } }
`;
  test('is listed as that and done', async () => {
    prepare({ 'site.yaml': late, answer: 'one' });
    await plan();
    expect((await tsrun('plan', 'show', 'p.json')).out).toContain(
      'known only in the run (each reads what a task before it brings)\n  Use on h1',
    );
    expect([(await apply()).code, read('used'), read('fixed')]).toEqual([0, 'one', 'x']);
  });

  test('a deviation that shows itself in the run stops the host there', async () => {
    const sneaky = late.replace('cat DIR/answer', 'sh -c "echo other > DIR/there"').replace('"DIR/fixed"', '"DIR/there"');
    prepare({
      'site.yaml': sneaky.replace('name: Ask, command', 'name: Ask, shell').replace('sh -c "', '').replace('there"', 'there'),
      there: 'x',
    });
    expect((await plan()).code).toBe(0);
    const done = await apply();
    expect([done.code, moved(done).map(line => line.split(':')[0]), read('there')]).toEqual([7, ['h1 Fixed'], 'other\n']);
  });
});

describe('the files', () => {
  test.each(['site.yaml', 'templates/conf.hbs', 'hosts.yaml', 'group_vars/all.yaml'])(
    '%s changed since: 7 before any connection',
    async name => {
      await plan();
      write(name, `${read(name) ?? 'x: 1'}\n# more\n`);
      const done = await apply();
      expect(done.code).toBe(7);
      expect(done.out).toContain('E476');
      expect(done.err).toContain(name);
      expect(done.out).not.toContain('"recap"');
    },
  );

  test.each([
    ['is no plan', () => 'hello', 'is no saved plan'],
    ['was altered', (text: string) => text.replace('conf of h1', 'conf of hX'), 'was altered'],
    ['is of another version', (text: string) => resealed(text, { version: PLAN_VERSION + 1 }), 'version 2'],
  ])('a file that %s is refused', async (_title, alter, why) => {
    await plan();
    write('p.json', alter(read('p.json') ?? ''));
    const done = await tsrun('apply', 'p.json');
    expect([done.code, done.err.includes('E475'), done.err.includes(why)]).toEqual([5, true, true]);
    rmSync(at('p.json'));
    expect((await tsrun('plan', 'show', 'p.json')).code).toBe(5);
  });
});

const resealed = (text: string, more: object): string => {
  const whole = { ...JSON.parse(text), ...more };
  return JSON.stringify({ ...whole, seal: sealOf(whole) });
};

describe('secrets', () => {
  const secret = `
- hosts: h1
  gather_facts: false
  tasks:
    - { name: Key, copy: { dest: DIR/key, content: "key={{ db_password }}" } }
    - { name: Hidden, copy: { dest: DIR/hidden, content: "pin 4711" }, no_log: true }
`;
  test('of the command line are not in the file and are given again', async () => {
    prepare({ 'site.yaml': secret });
    await plan('-e', 'db_password=hunter22', '-e', 'other=1');
    const text = read('p.json') ?? '';
    expect(JSON.parse(text).line).toMatchObject({ withheld: ['db_password'], given: { 'extra-vars': ['other=1'] } });
    expect(text).not.toContain('4711');
    expect((await apply()).err).toContain('E477');
    expect((await apply('-e', 'db_password=hunter22', '-e', 'other=2')).err).toContain('E477');
    expect((await apply('-e', 'db_password=another1')).code).toBe(7);
    expect([(await apply('-e', 'db_password=hunter22')).code, read('key')]).toEqual([0, 'key=hunter22']);
  });
});
