// One run over good hosts and sick ones: each sick host ends alone, with its reason and its code, and the others finish.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Played, type Scene, scene } from '../support/run-playbook.ts';
import { labHost, type ReachableHost } from './index.ts';
import { clientFiles } from './keys.ts';
import { labLayout } from './layout.ts';

const mark = `/tmp/tsrun-hosts-${process.pid}`;
const bare = `tsrun${process.pid % 100000}`;

/** What becomes of each host of the inventory. */
const sick: Readonly<Record<string, { readonly code: string; readonly unreachable: boolean }>> = {
  refused: { code: 'E602', unreachable: true },
  nameless: { code: 'E601', unreachable: true },
  stranger: { code: 'E604', unreachable: true },
  changed: { code: 'E605', unreachable: true },
  uninvited: { code: 'E607', unreachable: true },
  'wrong-password': { code: 'E655', unreachable: false },
  'no-password': { code: 'E651', unreachable: false },
  'no-sudo': { code: 'E652', unreachable: false },
  'no-user': { code: 'E656', unreachable: false },
};
const good = ['good-1', 'good-2', 'right-password'];

const playbook = (ignored: boolean): string =>
  JSON.stringify([
    {
      hosts: 'all',
      gather_facts: false,
      tasks: [
        { name: 'ask', command: 'id', changed_when: false, ...(ignored ? { ignore_unreachable: true } : {}) },
        ...(ignored ? [] : [{ name: 'write', copy: { dest: `${mark}-{{ inventory_hostname }}`, content: 'x\n' } }]),
      ],
    },
  ]);

let one: Scene;
let node01: ReachableHost;
let node02: ReachableHost;
let played: Played;

/** A login that finds no sudo on its PATH. */
const makeBare = `
mkdir -p /opt/${bare}/bin && ln -sf /bin/sh /bin/env /bin/cat /opt/${bare}/bin/
printf '#!/bin/sh\\nPATH=/opt/${bare}/bin; export PATH; exec /bin/sh "$@"\\n' >/opt/${bare}/login && chmod 755 /opt/${bare}/login
useradd -m -s /opt/${bare}/login ${bare} && mkdir -p ~${bare}/.ssh && cp /root/.ssh/authorized_keys ~${bare}/.ssh/
chown -R ${bare} ~${bare}/.ssh`;
const removeBare = `userdel -f -r ${bare} 2>/dev/null; rm -rf /opt/${bare} ${mark}-*`;

function inventory(password: string): object {
  const { key, knownHosts } = clientFiles(labLayout());
  const lines = readFileSync(knownHosts, 'utf8').split('\n');
  const keyOf = (host: ReachableHost): string => lines.find(line => line.startsWith(`${host.address} `)) ?? '';
  const other = keyOf(node02).replace(node02.address, node01.address);
  writeFileSync(join(one.dir, 'none'), '');
  writeFileSync(join(one.dir, 'other'), `${other}\n`);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(one.dir, 'mine')]);
  const args = (file: string): object => ({
    ansible_ssh_common_args: `-o UserKnownHostsFile=${file} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes`,
  });
  const ops = { ansible_user: 'ops', ansible_become: true };
  const on = (host: ReachableHost, vars: object = {}): object => ({ ansible_host: host.address, ...vars });
  const hosts = {
    'good-1': on(node01),
    'good-2': on(node01, ops),
    'right-password': on(node02, { ...ops, ansible_become_password: password }),
    refused: on(node01, { ansible_port: 1 }),
    nameless: { ansible_host: 'nowhere.invalid' },
    stranger: on(node01, args(join(one.dir, 'none'))),
    changed: on(node01, args(join(one.dir, 'other'))),
    uninvited: on(node01, { ansible_ssh_private_key_file: join(one.dir, 'mine') }),
    'wrong-password': on(node02, { ...ops, ansible_become_password: `not ${password}` }),
    'no-password': on(node02, ops),
    'no-sudo': on(node01, { ansible_user: bare, ansible_become: true }),
    'no-user': on(node01, { ...ops, ansible_become_user: 'nobody-here' }),
  };
  // Many names are one machine here, and other runs may be on it.
  const vars = { ansible_user: 'root', ansible_ssh_private_key_file: key, tsrun_lock: 'none', ...args(knownHosts) };
  return { all: { vars, hosts } };
}

beforeAll(async () => {
  [node01, node02] = await Promise.all([labHost('node01'), labHost('node02')]);
  const made = await node01.run(`{ ${removeBare}; } ; ${makeBare}`);
  if (made.exitCode !== 0) throw new Error(`no login was made on node01: ${made.stderr}`);
  const password = /lab_ops_password: (\S+)/.exec(readFileSync(labLayout().addresses, 'utf8'))?.[1] ?? '';
  one = scene({ 'site.yaml': playbook(false), 'ignored.yaml': playbook(true) });
  writeFileSync(join(one.dir, 'hosts.yaml'), JSON.stringify(inventory(password)));
  played = await one.play();
}, 60_000);

afterAll(async () => {
  await Promise.all([node01.run(removeBare), node02.run(`rm -f ${mark}-*`)]);
  one.end();
});

const told = (host: string) =>
  played.events.filter(
    event =>
      (event.event === 'host_unreachable' || (event.event === 'task_result' && event.status === 'failed')) && event.host === host,
  );

describe('a run over good hosts and sick ones', () => {
  test.each(Object.entries(sick))('%s ends alone, at its first task', (host, { code, unreachable }) => {
    expect(told(host)).toMatchObject([
      {
        event: unreachable ? 'host_unreachable' : 'task_result',
        task: 'ask',
        fault: { code, mend: expect.stringMatching(/\w/) },
      },
    ]);
    expect(played.recap[host]).toMatchObject({ ok: 0, unreachable: unreachable ? 1 : 0, failed: unreachable ? 0 : 1 });
  });

  test.each(good)('%s finishes', host => {
    expect(told(host)).toEqual([]);
    expect(played.recap[host]).toMatchObject({ ok: 2, changed: 1, unreachable: 0, failed: 0 });
  });

  test('a host that failed gives 2, also beside unreachable ones', () => expect(played.code).toBe(2));

  test('hosts that are unreachable alone give 4', async () => {
    const limit = ['good-1', ...Object.keys(sick).filter(host => sick[host]?.unreachable)].join(':');
    const again = await one.play({ load: { limit } });
    expect(again.code).toBe(4);
    expect(again.recap['good-1']).toMatchObject({ ok: 2, changed: 0 });
  });

  test('ignore_unreachable goes on and gives 0', async () => {
    const again = await one.play({ load: { playbooks: ['ignored.yaml'], limit: 'good-1:refused' } });
    expect(again.code).toBe(0);
    expect(again.events).toContainEqual(expect.objectContaining({ event: 'host_unreachable', host: 'refused', ignored: true }));
  });
});
