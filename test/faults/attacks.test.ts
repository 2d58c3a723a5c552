// Values that would like to be something else: shell, template, YAML, a flag, a terminal's command. They stay the bytes that they are.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Scene, scene } from '../support/run-playbook.ts';
import { commandLine } from '../support/command-line.ts';

const scenes: Scene[] = [];
afterAll(() => scenes.forEach(one => one.end()));
const hosts = 'all:\n  vars: { ansible_connection: local, tsrun_lock: none }\n  hosts: { h1: }\n';
function sceneOf(tasks: readonly object[], vars: object = {}): Scene {
  const one = scene({ 'hosts.yaml': hosts, 'site.yaml': JSON.stringify([{ hosts: 'h1', gather_facts: false, vars, tasks }]) });
  scenes.push(one);
  return one;
}
const text = (one: Scene, name: string): string => readFileSync(join(one.dir, name), 'utf8');

/** Each would leave a file PWNED if a shell, a template or an expression took it for more than text. */
const values: readonly string[] = [
  '$(touch PWNED)',
  '`touch PWNED`',
  "'; touch PWNED; '",
  '"; touch PWNED; "',
  '; touch PWNED #',
  '&& touch PWNED',
  '| tee PWNED',
  '> PWNED',
  'a\ntouch PWNED\n',
  '$\u007BIFS}touch$\u007BIFS}PWNED',
  "$'\\ntouch PWNED\\n'",
  '\\',
  "'",
  '"',
  '!!',
  '*',
  '~root',
  '-rf',
  '--help',
  '%s%n',
  '- { shell: touch PWNED }',
  '!!js/function >PWNED',
  '{{ file("/etc/passwd") }}',
  '{{#with constructor}}{{this}}{{/with}}',
  '{% raw %}',
  '\u202Eevil',
  '\u001B]0;evil\u0007\u001B[2J',
];

describe('a value reaches the host as it is', () => {
  /** It comes from a file of the host, as data from elsewhere does. */
  const given = (value: string, tasks: readonly object[]): Scene => {
    const one = sceneOf([{ name: 'read', slurp: { src: 'SCRATCH/value' }, register: 'read' }, ...tasks]);
    writeFileSync(join(one.dir, 'value'), value);
    return one;
  };
  const attack = '{{ b64decode(read.content) }}';

  it.each(values.map(value => [JSON.stringify(value), value] as const))('%s', async (_, value) => {
    const one = given(value, [
      { copy: { dest: 'SCRATCH/copied', content: attack } },
      { template: { src: 'SCRATCH/t.hbs', dest: 'SCRATCH/rendered' }, vars: { value: attack } },
      { command: { argv: ['printf', '%s', attack], expand_argument_vars: false }, register: 'argv' },
      { shell: `printf %s {{ quote(b64decode(read.content)) }}`, register: 'quoted' },
      { shell: 'printf %s "$VALUE"', environment: { VALUE: attack }, register: 'env' },
      { copy: { dest: 'SCRATCH/said', content: '{{ argv.stdout }}|{{ quoted.stdout }}|{{ env.stdout }}' } },
      { lineinfile: { path: 'SCRATCH/lines', line: 'v={{ to_json(b64decode(read.content)) }}', create: true } },
      {
        file: {
          path: 'SCRATCH/names/{{ hash(b64decode(read.content)) }} {{ replace(b64decode(read.content), "/", "_") }}',
          state: 'touch',
        },
      },
      { debug: { msg: attack } },
    ]);
    writeFileSync(join(one.dir, 't.hbs'), '{{value}}');
    mkdirSync(join(one.dir, 'names'));
    const played = await one.play();
    expect(played.results.filter(result => result.failed).map(result => result.fault)).toEqual([]);
    expect([text(one, 'copied'), text(one, 'rendered')]).toEqual([value, value]);
    // The ends of lines at the end of what a command said are not kept, as in Ansible.
    const said = value.replace(/\n+$/, '');
    expect(text(one, 'said')).toBe(`${said}|${said}|${said}`);
    expect(JSON.parse(text(one, 'lines').slice(2))).toBe(value);
    expect(readdirSync(join(one.dir, 'names')).map(name => name.slice(41))).toEqual([value.replaceAll('/', '_')]);
    expect([existsSync(join(one.dir, 'PWNED')), existsSync('PWNED')]).toEqual([false, false]);
  });
});

describe('what a host says', () => {
  const esc = String.fromCharCode(27);

  it('writes no command to the terminal: not in a line, a diff, an error or the name of a file', async () => {
    const evil = '\\033]0;evil\\007\\033[2J\\033[31m\\r';
    const one = sceneOf([
      { name: 'said', shell: `printf '${evil}'`, register: 'said' },
      { name: 'shown', debug: { msg: '{{ said.stdout }}' } },
      { name: 'kept', copy: { dest: 'SCRATCH/kept', content: '{{ said.stdout }}\n' } },
      { name: 'named', command: { argv: ['touch', 'SCRATCH/{{ said.stdout }}'] } },
      { name: 'failed', shell: `printf '${evil}' >&2; exit 1` },
    ]);
    const { code, out, err } = await commandLine(['site.yaml', '-i', 'hosts.yaml', '--diff', '-vvv'], { cwd: one.dir });
    expect(code).toBe(2);
    expect(out).toContain('evil');
    expect(`${out}${err}`.includes(esc) || out.includes('\u0007') || out.includes('\r')).toBe(false);
  });

  it('is no expression, however often it is handed on', async () => {
    const one = sceneOf([
      { name: 'said', shell: 'cat SCRATCH/saying', register: 'said' },
      { name: 'again', set_fact: { again: '{{ said.stdout }}' } },
      { name: 'list', set_fact: { list: ['{{ again }}'] } },
      { name: 'kept', copy: { dest: 'SCRATCH/kept', content: '{{ list[0] }}' } },
      { name: 'loop', copy: { dest: 'SCRATCH/looped', content: '{{ item }}' }, loop: '{{ list }}' },
    ]);
    writeFileSync(join(one.dir, 'saying'), '{{ 6 * 7 }} {{nope}}');
    expect((await one.play()).code).toBe(0);
    expect([text(one, 'kept'), text(one, 'looped')]).toEqual(['{{ 6 * 7 }} {{nope}}', '{{ 6 * 7 }} {{nope}}']);
  });

  it('does not reach prototypes through a template or an expression', async () => {
    const one = sceneOf([{ name: 'kept', template: { src: 'SCRATCH/t.hbs', dest: 'SCRATCH/kept' } }], { o: { a: 1 } });
    for (const way of ['o.constructor.name', 'o.__proto__.toString', 'lookup o "constructor"']) {
      writeFileSync(join(one.dir, 't.hbs'), `{{${way}}}`);
      const played = await one.play();
      expect(played.code).not.toBe(0);
    }
    expect(existsSync(join(one.dir, 'kept'))).toBe(false);
  });

  it('is bounded: a million lines are cut, and it is said', async () => {
    const one = sceneOf([
      { name: 'loud', shell: 'yes 0123456789012345678901234567890123456789 | head -c 60000000', register: 'loud' },
    ]);
    const played = await one.play();
    expect(played.code).toBe(0);
    expect(JSON.stringify(played.results[0]).length).toBeLessThan(40_000_000);
  });
});
