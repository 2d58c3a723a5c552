// The command line as a whole, with a world that is written down: what it prints and with which code it ends.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { tsrun } from '../../runner/cli.ts';
import { askAt } from '../../runner/cli/prompt.ts';
import { parseCommandLine } from '../../runner/cli/parse.ts';
import { readPasswords } from '../../runner/cli/password.ts';
import { buildRequest } from '../../runner/cli/run.ts';
import type { World } from '../../runner/cli/world.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Said {
  out: string;
  err: string;
}
function world(line: string, more: Partial<World> = {}): World & { readonly said: Said } {
  const said: Said = { out: '', err: '' };
  const stream = (key: keyof Said) => ({ write: (text: string) => void (said[key] += text), isTerminal: false, columns: 80 });
  return {
    argv: line.split(' ').filter(Boolean),
    env: {},
    cwd: '/',
    out: stream('out'),
    err: stream('err'),
    clock: { now: () => 0, sleep: async () => {} },
    signal: new AbortController().signal,
    ask: async () => null,
    said,
    ...more,
  };
}
const run = async (line: string, more: Partial<World> = {}): Promise<Said & { readonly code: number }> => {
  const where = world(line, more);
  const code = await tsrun(where);
  return { code, ...where.said };
};

test.each(['--help', '-h', 'lint --help', 'doc -h', '--help --nonsense'])('%s explains and ends well', async line => {
  const { code, out, err } = await run(line);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^usage: tsrun /);
  expect(out.split('\n').filter(text => text.length > 100)).toEqual([]);
});

test('the version is that of the package', async () => {
  expect((await run('--version')).out).toMatch(/^tsrun \d+\.\d+\.\d+\n$/);
});

test('a wrong command line is told on stderr, and ends with 5', async () => {
  const { code, out, err } = await run('site.yaml --chek');
  expect([code, out]).toEqual([5, '']);
  expect(err).toBe('E460  unknown flag --chek\nwhy   tsrun has no flag of that name\nmend  did you mean --check?\n\n');
});

test('under --output ndjson a wrong command line is events too', async () => {
  const { code, out } = await run('--output ndjson');
  const events = out
    .trim()
    .split('\n')
    .map(text => JSON.parse(text));
  expect(code).toBe(5);
  expect(events).toMatchObject([
    { event: 'finding', severity: 'error', code: 'E463' },
    { event: 'run_end', exitCode: 5 },
  ]);
});

test.each([
  ['doc E460', /^E460 {2}A flag that/],
  ['doc e460', /^E460 {2}A flag that/],
  ['doc ansible.builtin.command', /^command \(ansible.builtin.command\)/],
  ['doc', /command +Run a program/],
])('%s shows a page', async (line, page) => {
  const { code, out } = await run(line);
  expect(code).toBe(0);
  expect(out).toMatch(page);
});

test('doc names what was probably meant', async () => {
  expect(await run('doc commandd')).toMatchObject({ code: 5, out: '', err: expect.stringContaining('did you mean command?') });
});

test.each([
  ['inventory -i b,a,', '@all:\n  |--@ungrouped:\n  |  |--a\n  |  |--b\n'],
  ['inventory -i a, --host a', '{}\n'],
  ['explain a x -i a, -e x=1', 'x of a\n* 22  extra vars (-e)  -e:1:1  1\nwhy  it is the only one\n'],
])('%s', async (line, out) => {
  expect(await run(line)).toEqual({ code: 0, out, err: '' });
});

test('explain with a playbook shows each place where a variable has another value', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-cli-'));
  const text = '- hosts: all\n  vars: { x: 1 }\n  tasks:\n    - debug: { msg: "{{ x }}" }\n      vars: { x: 2 }\n';
  writeFileSync(join(folder, 'site.yaml'), text);
  const { code, out } = await run('explain h x site.yaml -i h,', { cwd: folder });
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
  expect(out).toMatch(/^in play all\nx of h\n\* 12 {2}play vars .* 1\n[^]*in task debug \(site.yaml:4:7\)\nx of h\n\* 17 .* 2\n/);
});

test.each([
  'inventory -i a, --host b',
  'explain a',
  'explain b x -i a,',
  'inventory -i /no/such/file',
  'inventory one two -i a,',
])('%s ends with 5', async line => {
  expect((await run(line)).code).toBe(5);
});

test.each([
  [{}, false, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
])('with %o, and a terminal: %s, the output is coloured: %s', async (env: Record<string, string>, isTerminal, colored) => {
  const where = world('--chek', { env });
  await tsrun({ ...where, err: { ...where.err, isTerminal } });
  // biome-ignore lint: the escape is the point.
  expect(/\u001b\[/.test(where.said.err)).toBe(colored);
});

test('flags become a request; what was not given is left out', async () => {
  const where = world(
    'a.yaml -i inv -C -f 3 -t x,y -u admin -b --become-method su --list-tasks -vv --allow mkfs --roles-path r1:r2',
  );
  const line = parseCommandLine(where.argv, {});
  const request = buildRequest(line, where, { vault: [], faults: [], become: 'pw' });
  expect(request).toMatchObject({
    mode: 'list-tasks',
    check: true,
    diff: false,
    forks: 3,
    verbosity: 2,
    allow: ['mkfs'],
    connection: { user: 'admin' },
    become: { become: true, method: 'su', password: 'pw' },
    load: { playbooks: ['a.yaml'], inventories: ['inv'], tags: ['x', 'y'], rolesPath: ['r1', 'r2'], limit: null },
  });
  expect(Object.keys(request.connection)).toEqual(['user']);
});

test('lint is a run that only looks', () => {
  const where = world('lint a.yaml');
  expect(buildRequest(parseCommandLine(where.argv, {}), where, { vault: [], faults: [] }).mode).toBe('syntax-check');
});

test('passwords come from the first line of a file, from a program, or from the terminal, in this order of questions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-cli-'));
  writeFileSync(join(folder, 'pass'), 'from file\nsecond line\n', { mode: 0o600 });
  writeFileSync(join(folder, 'program'), '#!/bin/sh\necho from program\n', { mode: 0o700 });
  const asked: string[] = [];
  const ask = async ({ prompt, hidden }: { prompt: string; hidden: boolean }): Promise<string> => {
    asked.push(`${prompt}${hidden ? '(hidden)' : ''}`);
    return 'typed';
  };
  const read = (flags: string) => {
    const where = world(`a.yaml ${flags}`, { ask, cwd: folder });
    return readPasswords(parseCommandLine(where.argv, {}), where);
  };
  expect(await read('--connection-password-file pass --become-password-file program')).toMatchObject({
    connection: 'from file',
    become: 'from program',
    faults: [],
  });
  expect(await read('-k -K --vault-id dev@prompt --vault-id ops@pass --vault-password-file v')).toEqual({
    connection: 'typed',
    become: 'typed',
    faults: [],
    vault: [
      { id: 'default', file: 'v' },
      { id: 'dev', password: 'typed' },
      { id: 'ops', file: 'pass' },
    ],
  });
  expect(asked).toEqual([
    'SSH password: (hidden)',
    'BECOME password [defaults to SSH password]: (hidden)',
    'Vault password (dev): (hidden)',
  ]);
  expect((await read('--become-password-file nothing')).faults.map(found => found.code)).toEqual(['E465']);
  rmSync(folder, { recursive: true });
});

test('without a terminal a password is not waited for', async () => {
  expect(await run('a.yaml -k')).toMatchObject({ code: 5, err: expect.stringContaining('--connection-password-file') });
});

test('a hidden answer is not echoed', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough({ encoding: 'utf8' });
  const answer = askAt({ input, output }, { prompt: 'Password: ', hidden: true });
  input.write('hunter2\r');
  expect(await answer).toBe('hunter2');
  expect(output.read()).toBe('Password: \n');
});

test('a question that cannot be asked has no answer', async () => {
  expect(await askAt({ input: new PassThrough(), output: new PassThrough() }, { prompt: '?', hidden: false })).toBeNull();
});
