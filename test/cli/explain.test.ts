import { expect, test } from 'vitest';
import { tsrun } from '../../runner/cli.ts';
import { scratch } from '../support/scratch.ts';

const files = {
  'hosts.yaml': 'web: { hosts: { h1: }, vars: { port: 1 } }\n',
  'site.yaml': `
- name: First
  hosts: web
  vars: { port: 12 }
  tasks:
    - name: Own
      debug: { msg: "{{ port }}" }
      vars: { port: 17 }
`,
  'wrong.yaml': '- hosts: wob\n',
};

async function explain(words: string) {
  const said = { out: '', err: '' };
  const stream = (key: 'out' | 'err') => ({ write: (text: string) => void (said[key] += text), isTerminal: false, columns: 80 });
  const code = await tsrun({
    argv: ['explain', ...words.split(' '), '-i', 'hosts.yaml'],
    env: {},
    cwd: scratch(files),
    out: stream('out'),
    err: stream('err'),
    clock: { now: () => 0, sleep: async () => {} },
    signal: new AbortController().signal,
    ask: async () => null,
  });
  return { code, ...said };
}

test('explain with a playbook shows each place where the variable differs', async () => {
  expect(await explain('h1 port site.yaml')).toEqual({
    code: 0,
    err: '',
    out: `in play First
port of h1
* 12  play vars                site.yaml:4:17   12
   3  group web in hosts.yaml  hosts.yaml:1:38  1
why  play vars (12) wins over vars of a group in the inventory (3)

in task Own (site.yaml:6:7)
port of h1
* 17  task vars                site.yaml:8:21   17
  12  play vars                site.yaml:4:17   12
   3  group web in hosts.yaml  hosts.yaml:1:38  1
why  task vars (17) wins over play vars (12)
`,
  });
});

test.each([
  ['h2 port site.yaml', 'E463'],
  ['h1 prt site.yaml', 'E350'],
  ['h1 port wrong.yaml', 'E411'],
])('explain %s ends with 5 and %s', async (words, code) => {
  const found = await explain(words);
  expect([found.code, found.out, found.err.includes(code)]).toEqual([5, '', true]);
});
