// tsrun exec: one task on the hosts of a pattern. Hosts are this machine's sh.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { scratch } from '../support/scratch.ts';

const inventory =
  'all:\n  vars: { ansible_connection: local, greeting: hello }\n  children: { web: { hosts: { w1: , w2: } }, db: { hosts: { d1: } } }\n';
const folder = scratch({ 'hosts.yaml': inventory, 'group_vars/db.yaml': 'greeting: good day\n', 'files/note.txt': 'a note\n' });
const exec = (...argv: readonly string[]) => commandLine(['exec', ...argv, '-i', 'hosts.yaml'], { cwd: folder });

/** Hosts come in the order in which they end. */
const byHost = (out: string): string =>
  out
    .split(/^(?=\w+ \| )/m)
    .sort()
    .join('');

describe('tsrun exec', () => {
  it.each([
    [['web', '-a', 'echo hi'], 'w1 | changed | rc=0 >>\nhi\nw2 | changed | rc=0 >>\nhi\n'],
    [['all:!web', '-m', 'shell', '-a', 'echo one; echo two >&2'], 'd1 | changed | rc=0 >>\none\ntwo\n'],
    [['web:db', '-l', 'd1', '-m', 'ping'], 'd1 | ok\n{\n  "ping": "pong"\n}\n'],
    [['d1', '-m', 'debug', '-a', 'msg="{{ greeting }} {{ inventory_hostname }}"'], 'd1 | ok\n{\n  "msg": "good day d1"\n}\n'],
    [['d1', '-m', 'ansible.builtin.debug', '-a', '{"msg": "a b"}'], 'd1 | ok\n{\n  "msg": "a b"\n}\n'],
    [['d1', '-m', 'debug', '-a', 'msg={{ x }}', '-e', 'x=7'], 'd1 | ok\n{\n  "msg": "7"\n}\n'],
    [['d1', '-m', 'debug', '-a', 'msg="{{ size(ansible_facts.kernel) > 0 }}"'], 'd1 | ok\n{\n  "msg": true\n}\n'],
  ])('%j', async (argv, out) => {
    const said = await exec(...argv);
    expect({ code: said.code, out: byHost(said.out) }).toEqual({ code: 0, out });
  });

  it('a check run shows the change and makes none', async () => {
    const target = join(folder, 'copied');
    const { code, out } = await exec('d1', '-m', 'copy', '-a', `src=note.txt dest=${target}`, '-C', '--fail-on-change');
    expect([code, existsSync(target)]).toEqual([3, false]);
    expect(out).toMatch(/^d1 \| changed\n {2}.*copied: absent -> file/);
  });

  it('a command that fails shows what it said, and ends with 2', async () => {
    const said = await exec('d1', '-a', "sh -c 'echo why >&2; exit 3'");
    expect(said).toMatchObject({ code: 2, out: 'd1 | failed | rc=3 >>\nwhy\n' });
  });

  it('--output ndjson has the events of a run', async () => {
    const { out } = await exec('w1', '-m', 'ping', '--output', 'ndjson');
    const events = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { event: string });
    // What hosts owe from other runs is told as findings.
    expect(events.map(({ event }) => event).filter(event => event !== 'finding')).toEqual([
      'run_start',
      'play_start',
      'task_result',
      'play_end',
      'recap',
      'run_end',
    ]);
  });

  it('--list-hosts connects to nothing', async () => {
    expect(await exec('web', '--list-hosts')).toMatchObject({ code: 0, out: expect.stringMatching(/w1\s+w2/) });
  });

  it.each([
    [['web', '-m', 'pign'], 'E202  no module "pign"', 'the command line:5:5'],
    [['web', '-m', 'file', '-a', 'path=/x stat=absent'], 'E203  unknown argument "stat"', 'the command line:5:'],
    [['webb', '-m', 'ping'], 'E411  ', 'write "web"'],
    [['web', '-m', 'debug', '-a', 'msg="{{ greting }}"'], 'E350  ', 'greeting'],
    [['web', '-m', 'ping', '-a', '{"data": '], 'E102  ', 'the command line:5:'],
    [['web', 'db', '-m', 'ping'], 'E463  ', 'one pattern'],
    [['web', '--tags', 'x'], 'E460  ', 'tsrun run'],
    [['-m', 'ping'], 'E463  ', 'one pattern'],
  ])('%j is a mistake, and nothing runs', async (argv, code, more) => {
    const said = await exec(...argv);
    expect([said.code, said.out]).toEqual([5, '']);
    expect(said.err).toContain(code);
    expect(said.err).toContain(more);
  });
});
