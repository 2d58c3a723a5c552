// tsrun explain HOST --task NAME: every reason for and against, and the word on the host. Connects to nothing.
import { describe, expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { scratch } from '../support/scratch.ts';

const cwd = scratch({
  'hosts.yaml': 'web: { hosts: { h1: { n: 1 }, h2: , h3: }, vars: { port: 80 } }\n',
  'inner.yaml': '- { name: Inner, command: "true", when: port > 100 }\n',
  'site.yaml': `
- name: First
  hosts: web
  serial: 1
  vars: { mode: fast }
  tasks:
    - { name: Own, command: "true", tags: conf, when: [port == 80, mode == "slow"] }
    - { name: Ask, command: id, register: r, changed_when: false }
    - name: Block
      when: port == 80
      block: [{ name: Inside, command: "true", when: vars.?n.orValue(0) == 1 }]
      rescue: [{ name: Rescue, command: "true" }]
    - { name: Include, include_tasks: inner.yaml, when: mode == "fast", tags: inc }
    - { name: Items, command: "echo {{ item }}", loop: [1, 2], when: item > 1 }
    - { name: Answer, command: "true", when: r.stdout == "x" }
    - { name: Fact, command: "true", when: ansible_facts.os_family == "Debian" }
    - { name: Never, command: "true", tags: [never, x] }
    - { name: Stop, meta: end_host }
    - { name: Last, command: "true", notify: Tell }
  handlers: [{ name: Tell, command: "true" }]
`,
});
const explain = (...words: readonly string[]) =>
  commandLine(['explain', 'h1', '--task', ...words, 'site.yaml', '-i', 'hosts.yaml'], { cwd });
/** "mark about" of each reason, and what the last word says. */
const told = ({ out }: Awaited<ReturnType<typeof explain>>): readonly string[] => [
  ...[...out.matchAll(/^ {2}(yes|no|perhaps) +(\S.*?) {2}/gm)].map(([, mark, about]) => `${mark} ${about}`),
  /^why {2}(only a run can tell|\S+ runs it|\S+ does not run it)/m.exec(out)?.[1] ?? out,
];

describe('tsrun explain --task', () => {
  it('shows each condition with its values and their places', async () => {
    const said = await explain('Own');
    expect(said.err).toBe('');
    expect(said.out).toBe(`"Own" (site.yaml:7:7) in play "First" (site.yaml:2:3)
  yes      hosts   "web" has h1
  yes      when    port == 80 (site.yaml:7:56)
                     port = 80, group web in hosts.yaml (hosts.yaml:1:58)
  no       when    mode == "slow" (site.yaml:7:68)
                     mode = fast, play vars (site.yaml:5:17)
  yes      serial  batch 1 of 3: h1
why  h1 does not run it: when: mode == "slow" (site.yaml:7:68)
`);
  });
  it.each<[string, readonly string[], readonly string[]]>([
    ['Inside', [], ['yes hosts', 'yes when', 'yes when', 'yes serial', 'h1 runs it']],
    ['Rescue', [], ['yes hosts', 'perhaps rescue', 'yes when', 'yes serial', 'only a run can tell']],
    ['Inner', [], ['yes hosts', 'yes include "Include"', 'no when', 'yes serial', 'h1 does not run it']],
    ['Items', [], ['yes hosts', 'yes loop', 'no item 1', 'yes item 2', 'yes serial', 'h1 runs it']],
    ['Answer', [], ['yes hosts', 'perhaps when', 'yes serial', 'only a run can tell']],
    ['Fact', [], ['yes hosts', 'perhaps when', 'yes serial', 'only a run can tell']],
    ['Never', [], ['yes hosts', 'no tags', 'yes serial', 'h1 does not run it']],
    ['Never', ['-t', 'x'], ['yes hosts', 'yes tags', 'yes serial', 'h1 runs it']],
    ['Ask', ['-t', 'conf'], ['yes hosts', 'no tags', 'yes serial', 'h1 does not run it']],
    ['Ask', ['-l', 'h2'], ['yes hosts', 'no --limit', 'h1 does not run it']],
    ['Tell', [], ['yes hosts', 'perhaps handler', 'yes serial', 'only a run can tell']],
    ['site.yaml:8', [], ['yes hosts', 'yes serial', 'h1 runs it']],
  ])('%s %j', async (task, flags, expected) => {
    expect(told(await explain(task, ...flags))).toEqual(expected);
  });
  it('names what a run must do first, and what may end the play before', async () => {
    expect((await explain('Answer')).out).toContain('r.stdout is known once "Ask" (site.yaml:8:7) has run');
    expect((await explain('Fact')).out).toContain('is a fact of the host: known in the run');
    expect((await explain('Last')).out).toContain('note  "Stop" (site.yaml:18:7) before it may end the play for the host');
  });
  it('says what it was meant to be where no task has the name', async () => {
    const said = await explain('Answr');
    expect([said.code, said.err.includes('did you mean "Answer"')]).toEqual([5, true]);
  });
});
