// run_once on words that bring tasks or steer a play: one host has what they bring, the others go on behind it.
import { afterEach, expect, it } from 'vitest';
import { type Scene, scene, told } from '../support/run-playbook.ts';

let stage: Scene | undefined;
afterEach(() => stage?.end());
const play = (tasks: string): ReturnType<Scene['play']> => {
  stage = scene({
    'inner.yaml': '- { name: inner, command: "true" }\n- { name: once, command: "true", run_once: true }\n',
    'roles/r/tasks/main.yaml': '- { name: in role, command: "true" }\n',
    'site.yaml': `- hosts: all\n  gather_facts: false\n  tasks:\n    ${tasks}\n    - { name: last, command: "true" }\n`,
  });
  return stage.play();
};

it.each([
  [
    '- { include_tasks: inner.yaml, run_once: true }',
    ['h1 inner changed', 'h1 last changed', 'h1 once changed', 'h2 last changed'],
  ],
  ['- { include_role: { name: r }, run_once: true }', ['h1 in role changed', 'h1 last changed', 'h2 last changed']],
  [
    '- { include_role: { name: r }, run_once: true, when: inventory_hostname == "h2" }',
    ['h1 last changed', 'h2 in role changed', 'h2 last changed'],
  ],
  ['- { meta: end_host, run_once: true }', []],
])('%s', async (task, wanted) => {
  const played = await play(task);
  expect([played.code, played.findings]).toEqual([0, []]);
  expect([...told(played)].filter(one => !/include|meta/.test(one)).sort()).toEqual(wanted);
});
