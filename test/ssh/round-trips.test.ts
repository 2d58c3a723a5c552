// What a run costs in waits for the host: the count of the recap against what an ssh server saw, and flat as tasks grow.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scene } from '../support/run-playbook.ts';
import { newKey, type SshServer, startSshServer } from '../support/ssh-server.ts';

let server: SshServer;
let keys = '';
beforeAll(async () => {
  keys = mkdtempSync(join(tmpdir(), 'tsrun-keys-'));
  const key = newKey();
  writeFileSync(join(keys, 'id'), key.private, { mode: 0o600 });
  server = await startSshServer({ users: { worker: { keys: [key.public] } } });
  writeFileSync(join(keys, 'known_hosts'), `${server.known}\n`);
});
afterAll(async () => {
  await server.close();
  rmSync(keys, { recursive: true, force: true });
});

/** Ten kinds of tasks over and over: folders, files, templates, lines, links, commands with a guard, a register and its reader. */
function playbook(tasks: number): string {
  const kinds = (n: number): readonly object[] => [
    { file: { path: `SCRATCH/root/d${n}`, state: 'directory', mode: '0755' } },
    { copy: { dest: `SCRATCH/root/d${n}/a`, content: `a ${n}\n`, mode: '0644' } },
    { template: { src: 'conf.hbs', dest: `SCRATCH/root/d${n}/conf`, mode: '0644' } },
    { lineinfile: { path: `SCRATCH/root/d${n}/a`, line: `more ${n}` } },
    { file: { src: `SCRATCH/root/d${n}/a`, dest: `SCRATCH/root/d${n}/link`, state: 'link' } },
    { command: { argv: ['touch', `SCRATCH/root/d${n}/made`], creates: `SCRATCH/root/d${n}/made` } },
    { stat: { path: `SCRATCH/root/d${n}/marker` }, register: `marker${n}` },
    { copy: { dest: `SCRATCH/root/d${n}/marker`, content: 'x\n', mode: '0644' }, when: `!marker${n}.stat.exists` },
    { blockinfile: { path: `SCRATCH/root/d${n}/conf`, block: `block ${n}` } },
    { ini_file: { path: `SCRATCH/root/d${n}/ini`, section: 's', option: 'o', value: `${n}`, mode: '0644' } },
  ];
  const all = Array.from({ length: tasks / 10 }, (_, n) => kinds(n)).flat();
  // What one task writes another must not write again: the copy keeps its hands off the file that gets lines.
  const settled = all.filter((_, i) => i % 10 !== 3 && i % 10 !== 8);
  return JSON.stringify([{ hosts: 'all', gather_facts: false, tasks: settled.map((task, i) => ({ name: `t${i}`, ...task })) }]);
}

const inventory = (): string =>
  JSON.stringify({
    all: {
      vars: {
        ansible_host: '127.0.0.1',
        ansible_port: server.port,
        ansible_user: 'worker',
        tsrun_lock: 'SCRATCH/lock',
        ansible_ssh_private_key_file: join(keys, 'id'),
        ansible_ssh_common_args: `-o UserKnownHostsFile=${join(keys, 'known_hosts')} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes`,
      },
      hosts: { h1: {} },
    },
  });

describe('a converged host', () => {
  // More than a command line holds goes by stdin, which waits for the shell first: three, however many tasks there are.
  it.each([
    [20, 2],
    [60, 3],
    [180, 3],
  ])('of %i tasks costs %i round trips, as the server counts them', { timeout: 120_000 }, async (tasks, trips) => {
    const one = scene({
      'site.yaml': playbook(tasks),
      'hosts.yaml': inventory(),
      'templates/conf.hbs': 'host {{inventory_hostname}}\n',
    });
    try {
      const first = await one.play();
      expect(first.results.filter(result => result.failed).map(result => result.message)).toEqual([]);
      expect(first.code).toBe(0);
      const before = server.seen.turns;
      const again = await one.play();
      expect(again.recap['h1']).toMatchObject({ changed: 0, failed: 0, unreachable: 0, roundTrips: trips });
      expect(server.seen.turns - before).toBe(trips);
      const check = await one.play({ check: true });
      expect(check.recap['h1']).toMatchObject({ changed: 0, unknown: 0, roundTrips: trips });
    } finally {
      one.end();
    }
  });
});

/** Deeds that have nothing to do with each other, a loop among them; one of them tells a handler. */
const independent = (tasks: number): string =>
  JSON.stringify([
    {
      hosts: 'all',
      gather_facts: false,
      tasks: [
        { name: 'looped', copy: { dest: 'SCRATCH/root/{{ item }}', content: '{{ item }}\n' }, loop: ['x', 'y', 'z'] },
        ...Array.from({ length: tasks - 1 }, (_, n) => ({
          name: `t${n}`,
          copy: { dest: `SCRATCH/root/f${n}`, content: `${n}\n`, mode: '0644' },
          ...(n === 3 ? { notify: 'told' } : {}),
        })),
      ],
      handlers: [{ name: 'told', copy: { dest: 'SCRATCH/root/told', content: 'told\n' } }],
    },
  ]);

describe('a first run', () => {
  // To open and ask, to do, to ask for the handler and do it; what a command line cannot hold is one more.
  it.each([
    [5, 5],
    [20, 5],
    [50, 6],
  ])(
    'of %i independent changes costs at most %i round trips, as the server counts them',
    { timeout: 120_000 },
    async (tasks, most) => {
      const one = scene({ 'site.yaml': independent(tasks), 'hosts.yaml': inventory(), 'root/.keep': '' });
      try {
        const before = server.seen.turns;
        const first = await one.play();
        expect(first.recap['h1']).toMatchObject({ changed: tasks + 1, failed: 0, unreachable: 0 });
        expect(first.recap['h1']?.roundTrips).toBe(server.seen.turns - before);
        expect(first.recap['h1']?.roundTrips).toBeLessThanOrEqual(most);
        expect((await one.play()).recap['h1']).toMatchObject({ changed: 0 });
      } finally {
        one.end();
      }
    },
  );

  it('of tasks that build on each other costs less than half a round trip a task', { timeout: 120_000 }, async () => {
    const one = scene({
      'site.yaml': playbook(60),
      'hosts.yaml': inventory(),
      'templates/conf.hbs': 'host {{inventory_hostname}}\n',
    });
    try {
      const { recap } = await one.play();
      expect(recap['h1']).toMatchObject({ failed: 0, unreachable: 0 });
      expect(recap['h1']?.roundTrips).toBeLessThan(24);
    } finally {
      one.end();
    }
  });
});
