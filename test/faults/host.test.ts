// Hosts that fall ill in the middle: a full disk, a read-only file system, a killed shell, a frozen sshd, a handler that was owed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Played } from '../support/run-playbook.ts';
import { has, isRoot, startSshd } from '../support/sshd.ts';
import { type SshScene, sshScene } from '../support/ssh-scene.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const play = (tasks: readonly object[], handlers: readonly object[] = []): string =>
  JSON.stringify([{ hosts: 'h1', gather_facts: false, tasks, handlers }]);

async function raise(files: Readonly<Record<string, string>>): Promise<SshScene> {
  const one = await sshScene(files);
  ends.push(() => one.stop());
  return one;
}
const text = (one: SshScene, name: string): string => readFileSync(join(one.dir, name), 'utf8');
/** Why hosts were lost, for the message of a test that fails. */
const lostOf = (played: Played): string => JSON.stringify(played.events.filter(({ event }) => event === 'host_unreachable'));
const failure = (played: Played) => played.results.find(result => result.failed)?.fault;

/** A small file system on SCRATCH/small with one file in it. */
function mountSmall(one: SshScene, size = 'size=64k'): string {
  const folder = join(one.dir, 'small');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder]);
  ends.push(() => execFileSync('umount', ['-l', folder]));
  writeFileSync(join(folder, 'file'), 'old\n');
  return folder;
}

function mayMount(): boolean {
  if (!isRoot) return false;
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!mayMount())('a file system that takes nothing', () => {
  const ways: Readonly<Record<string, object>> = {
    'a text': { content: 'x'.repeat(200_000) },
    'a large file': { src: 'SCRATCH/large' },
  };
  it.each(Object.entries(ways))('full: %s leaves the old file, no temporary, and names the mend', async (_, what) => {
    const one = await raise({ 'site.yaml': play([{ name: 'fill', copy: { dest: 'SCRATCH/small/file', ...what } }]) });
    writeFileSync(join(one.dir, 'large'), Buffer.alloc(2_000_000, 1));
    const folder = mountSmall(one);
    const played = await one.play();
    expect(played.code, lostOf(played)).toBe(2);
    expect(failure(played)?.why).toMatch(/No space left/);
    expect(failure(played)?.mend).toMatch(/df -h/);
    expect(readdirSync(folder)).toEqual(['file']);
    expect(text(one, 'small/file')).toBe('old\n');
  });

  it('no inode left: the old file stays, and a new one is refused with the mend', async () => {
    const tasks = ['file', 'another'].map(name => ({
      name,
      copy: { dest: `SCRATCH/small/${name}`, content: 'new\n' },
      ignore_errors: true,
    }));
    const one = await raise({ 'site.yaml': play(tasks) });
    // The folder and the old file take one each.
    const folder = mountSmall(one, 'nr_inodes=2');
    const played = await one.play();
    expect(played.results.map(({ status }) => status)).toEqual(['failed', 'failed']);
    expect(failure(played)?.why).toMatch(/No space left/);
    expect(failure(played)?.mend).toMatch(/df -i/);
    expect([readdirSync(folder), text(one, 'small/file')]).toEqual([['file'], 'old\n']);
  });

  it('of the runner: a fetch leaves the old file and no part of the new one, and the play goes on', async () => {
    const fetch = { name: 'fetch', fetch: { src: 'SCRATCH/large', dest: 'SCRATCH/small/file', flat: true }, ignore_errors: true };
    const one = await raise({ 'site.yaml': play([fetch, { name: 'after', copy: { dest: 'SCRATCH/after', content: 'x' } }]) });
    writeFileSync(join(one.dir, 'large'), Buffer.alloc(2_000_000, 1));
    const folder = mountSmall(one);
    const played = await one.play();
    expect(
      played.results.map(({ task, status }) => [task, status]),
      lostOf(played),
    ).toEqual([
      ['fetch', 'failed'],
      ['after', 'changed'],
    ]);
    expect([readdirSync(folder), text(one, 'small/file')]).toEqual([['file'], 'old\n']);
  });

  it('read-only: the old file stays, and the mend names it', async () => {
    const one = await raise({ 'site.yaml': play([{ name: 'write', copy: { dest: 'SCRATCH/small/file', content: 'new\n' } }]) });
    const folder = mountSmall(one);
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    const played = await one.play();
    expect(played.code).toBe(2);
    expect(failure(played)?.mend).toMatch(/read-only/);
    expect(readdirSync(folder)).toEqual(['file']);
    expect(text(one, 'small/file')).toBe('old\n');
  });
});

describe('a very slow link', () => {
  it('is slow, and no fault', async () => {
    const one = await raise({ 'site.yaml': play([{ name: 'large', copy: { src: 'SCRATCH/large', dest: 'SCRATCH/copied' } }]) });
    writeFileSync(join(one.dir, 'large'), Buffer.alloc(60_000, 1));
    one.proxy.pace(30_000);
    const played = await one.play();
    expect(played.code, lostOf(played)).toBe(0);
    expect(text(one, 'copied').length).toBe(60_000);
  });
});

describe('out of memory', () => {
  it('a program that the kernel kills fails with its signal, and the host goes on', async () => {
    // The limit on the address space is what a cgroup does, without one: the program's own allocation fails or it is killed.
    const grow = 'ulimit -v 20000; exec awk \'BEGIN { s = "x"; while (1) s = s s }\'';
    const tasks = [
      { name: 'grow', shell: grow, ignore_errors: true },
      { name: 'killed', shell: 'kill -9 $$', ignore_errors: true },
      { name: 'after', copy: { dest: 'SCRATCH/after', content: 'x' } },
    ];
    const one = await raise({ 'site.yaml': play(tasks) });
    const played = await one.play();
    expect(
      played.results.map(({ task, status }) => [task, status]),
      lostOf(played),
    ).toEqual([
      ['grow', 'failed'],
      ['killed', 'failed'],
      ['after', 'changed'],
    ]);
    expect(JSON.stringify(played.results[1])).toContain('137');
  });
});

describe('the shell on the host', () => {
  it('is replaced where a task kills it, and the lock is taken again', async () => {
    const one = await raise({
      'site.yaml': play([
        { name: 'kill', shell: 'kill -9 -$(ps -o pgid= -p $$ | tr -d " ")', ignore_errors: true },
        {
          name: 'held',
          command: { argv: ['flock', '-n', 'SCRATCH/lock-h1', 'true'] },
          register: 'held',
          failed_when: 'held.rc == 0',
        },
        { name: 'after', copy: { dest: 'SCRATCH/after', content: 'new\n' } },
      ]),
    });
    const played = await one.play();
    expect(played.results.map(({ task, status, ignored }) => [task, status, ignored])).toEqual([
      ['kill', 'failed', true],
      ['held', 'changed', false],
      ['after', 'changed', false],
    ]);
    expect(played.code).toBe(0);
  });
});

/** Stops the sshd that serves this very connection. */
const freeze = `p=$$
while ! grep -q sshd /proc/$p/comm; do p=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$p/status); done
echo $p >SCRATCH/frozen; kill -STOP $p; sleep 3`;

describe.skipIf(!has('sshd'))('a frozen sshd', () => {
  it('is unreachable after a short silence, and holds up nobody', async () => {
    const sshd = await startSshd();
    ends.push(() => sshd.stop());
    const { user } = sshd.target();
    const tasks = [
      { name: 'freeze', shell: freeze, when: "inventory_hostname == 'h1'" },
      { name: 'write', copy: { dest: 'SCRATCH/{{ inventory_hostname }}', content: 'new\n' } },
    ];
    const one = await raise({ 'site.yaml': JSON.stringify([{ hosts: 'all', gather_facts: false, tasks }]) });
    const vars = {
      ansible_port: sshd.port,
      ansible_user: user,
      ansible_ssh_private_key_file: join(sshd.folder, 'key'),
      ansible_ssh_common_args: `-o UserKnownHostsFile=${join(sshd.folder, 'known_hosts')} -o IdentitiesOnly=yes -o ServerAliveInterval=1 -o ServerAliveCountMax=2`,
      tsrun_lock: `${one.dir}/lock-{{ inventory_hostname }}`,
    };
    const hosts = { h1: { ansible_host: '127.0.0.1' }, h2: { ansible_host: '127.0.0.2' } };
    writeFileSync(join(one.dir, 'hosts.yaml'), JSON.stringify({ all: { vars, hosts } }));
    const played = await one.play();
    process.kill(Number(text(one, 'frozen')), 'SIGKILL');
    expect(played.events).toContainEqual(
      expect.objectContaining({
        event: 'host_unreachable',
        host: 'h1',
        task: 'freeze',
        fault: expect.objectContaining({ code: 'E612' }),
      }),
    );
    expect(played.recap).toMatchObject({ h1: { unreachable: 1 }, h2: { changed: 1, unreachable: 0 } });
    expect(played.code).toBe(4);
  });
});

describe('a handler that a cut run owes', () => {
  const handler = `serve ${process.pid}`;
  const conf = { name: 'conf', copy: { dest: 'SCRATCH/conf', content: 'port 2\n' }, notify: handler };
  const wait = { name: 'wait', shell: 'touch SCRATCH/now; sleep 2', when: "is_cut == 'yes'" };
  const serve = { name: handler, shell: 'cat SCRATCH/conf >SCRATCH/served' };
  const files = {
    'site.yaml': play([conf, wait], [serve]),
    'without.yaml': play([{ name: 'conf', copy: { dest: 'SCRATCH/conf', content: 'port 2\n' } }]),
  };
  const ran = (played: Played) =>
    played.events.flatMap(event => (event.event === 'handler_result' ? [`${event.task} ${event.status}`] : []));

  async function cutBefore(one: SshScene): Promise<void> {
    const cut = one.play({ load: { extra: ['is_cut=yes'] } });
    for (let n = 0; n < 400 && !readdirSync(one.dir).includes('now'); n++) await new Promise(done => setTimeout(done, 25));
    one.server.cut();
    expect((await cut).code).toBe(4);
    expect(text(one, 'conf')).toBe('port 2\n');
    expect(readdirSync(one.dir)).not.toContain('served');
    // The shell that was cut off holds the lock until its task has ended.
    await one.settled();
  }
  const next = (one: SshScene, more: Parameters<SshScene['play']>[0] = {}) =>
    one.play({ ...more, load: { extra: ['is_cut=no'], ...more.load } });

  it('is shown by a check, run by the next run, and then owed no more', { timeout: 60_000 }, async () => {
    const one = await raise(files);
    await cutBefore(one);
    expect(ran(await next(one, { check: true }))).toEqual([`${handler} changed`]);
    const again = await next(one);
    expect(again.code).toBe(0);
    expect(ran(again)).toEqual([`${handler} changed`]);
    expect(text(one, 'served')).toBe('port 2\n');
    expect(ran(await next(one))).toEqual([]);
  });

  it('is told as a warning where no play has it any more', { timeout: 60_000 }, async () => {
    const one = await raise(files);
    await cutBefore(one);
    const without = await next(one, { load: { playbooks: ['without.yaml'] } });
    expect(without.findings).toEqual(['W932']);
    expect(without.code).toBe(0);
    // One task beside the playbooks could not have paid, so it says nothing.
    expect((await next(one, { exec: { pattern: 'all', module: 'ping', args: '' } })).findings).toEqual([]);
    expect(ran(await next(one))).toEqual([`${handler} changed`]);
    expect((await next(one, { load: { playbooks: ['without.yaml'] } })).findings).toEqual([]);
  });
});
