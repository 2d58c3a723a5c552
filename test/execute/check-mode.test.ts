// check_mode: true on a task of a real run: it looks at the host as it is, for nothing that such a task foretells is ever made.
import { readdirSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import type { Seams } from '../../runner/run.ts';
import { type Scene, scene, told } from '../support/run-playbook.ts';

let stage: Scene | undefined;
const play = (tasks: string, options: Parameters<Scene['play']>[0] = {}): ReturnType<Scene['play']> => {
  stage = scene({ 'site.yaml': `- hosts: h1\n  gather_facts: false\n  tasks:\n${tasks.replaceAll(/^/gm, '    ')}\n` });
  return stage.play(options);
};
afterEach(() => stage?.end());

it('tasks with check_mode: true do not believe what the ones before them foretell', async () => {
  const played = await play(`- { name: folder, file: { path: SCRATCH/d, state: directory }, check_mode: true }
- { name: again, file: { path: SCRATCH/d, state: directory }, check_mode: true }
- { name: state, stat: { path: SCRATCH/d }, check_mode: true, register: s }
- { name: real, file: { path: SCRATCH/d, state: directory } }
- { name: after, file: { path: SCRATCH/d, state: directory }, check_mode: true }`);
  expect(told(played)).toEqual(['h1 folder changed', 'h1 again changed', 'h1 state ok', 'h1 real changed', 'h1 after ok']);
  expect(played.results[2]?.result).toMatchObject({ stat: { exists: false } });
  expect(readdirSync(stage?.dir ?? '')).toContain('d');
});

it('what such a task would have said is a failure of the task that reads it, not a task left undone', async () => {
  const played = await play(`- { name: look, shell: echo x, check_mode: true, register: r }
- { name: may, debug: { msg: "{{ r.changed }}" } }
- { name: cannot, command: "echo {{ r.stdout }}" }`);
  expect(told(played)).toEqual(['h1 look changed', 'h1 may ok', 'h1 cannot failed']);
  expect(played.code).toBe(2);
});

it('in a check run nothing that a command would say is taken as known', async () => {
  const played = await play(
    `- { name: look, shell: echo x, register: r }
- { name: text, command: "true", when: 'r.stdout == "x"' }
- { name: code, command: "true", when: r.rc != 0 }
- { name: changed, command: "true", when: r.changed }`,
    { check: true },
  );
  expect(told(played)).toEqual(['h1 look changed', 'h1 text unknown', 'h1 code unknown', 'h1 changed changed']);
});

it('a deed that bears on nothing (lists updated beside a package that is there) leaves the task ok', async () => {
  const aside: Partial<Seams> = {
    module: (_name, real) => ({ ...real, plan: () => ({ changes: [], acts: [{}], aside: true, result: { ping: 'pong' } }) }),
  };
  const text = `- { name: act, ping: , register: r }
- { name: reads, debug: { msg: "{{ r.ping }}" } }`;
  expect(told(await play(text, { check: true, seams: aside }))).toEqual(['h1 act ok', 'h1 reads ok']);
});
