// Labels in a run: on every change, lent by handlers, summed up in the recap; what destroys must be allowed by name.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Recap } from '../../runner/core/events.ts';
import { type Scene, scene, told } from '../support/run-playbook.ts';

const one = 'all:\n  vars: { ansible_connection: local }\n  hosts: { h1: }\n';
const open: Scene[] = [];
afterEach(() => open.splice(0).forEach(each => each.end()));
const made = (site: string): Scene => {
  const it = scene({ 'hosts.yaml': one, 'site.yaml': site });
  open.push(it);
  return it;
};

test('a change that notifies a restart is a restart, which the recap counts once', async () => {
  const { play } = made(`
- hosts: all
  gather_facts: false
  tasks:
    - { name: Configure, copy: { dest: SCRATCH/conf, content: x }, notify: Restart }
    - { name: Plain, copy: { dest: SCRATCH/plain, content: x } }
    - { name: Ask, command: "true" }
  handlers:
    - { name: Restart, shell: ": || systemctl restart tsrun-no-such-unit" }
`);
  const played = await play({ check: true });
  expect(played.results.map(({ task, impact, impactOf }) => [task, impact, impactOf])).toEqual([
    ['Configure', 'restart', 'Restart'],
    ['Plain', 'none', undefined],
    ['Ask', undefined, undefined],
  ]);
  const recap = played.events.find((event): event is Recap => event.event === 'recap');
  expect(recap?.impact).toEqual({ none: 1, restart: 1 });
});

test('what destroys fails before it changes anything, in a check run too, unless it is allowed by name', async () => {
  const folder = mkdtempSync(join(homedir(), '.tsrun-impact-'));
  const { play } = made(`
- hosts: all
  gather_facts: false
  tasks:
    - { name: Clear, file: { path: ${folder}, state: absent } }
`);
  try {
    writeFileSync(`${folder}/data`, 'x');
    for (const check of [true, false]) {
      const refused = await play({ check });
      expect([refused.code, refused.results[0]?.fault?.code, refused.results[0]?.impact]).toEqual([2, 'E504', 'destroys']);
    }
    expect(existsSync(`${folder}/data`)).toBe(true);
    expect(told(await play({ allow: ['Clear'] }))).toEqual(['h1 Clear changed']);
    expect(existsSync(folder)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
