// Two runs on one host: the second ends with 8 and says who is there; a check passes; a dead holder's lock is free.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { has } from '../support/sshd.ts';
import { type SshScene, sshScene } from '../support/ssh-scene.ts';
import { scratch } from '../support/scratch.ts';

const open: SshScene[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map(one => one.stop()))));
const raise = async (...words: Parameters<typeof sshScene>): Promise<SshScene> => {
  const one = await sshScene(...words);
  open.push(one);
  return one;
};

/** The first task lets the test in while the run holds the host. */
const slow = `
- hosts: h1
  gather_facts: false
  tasks:
    - { name: hold, shell: "touch SCRATCH/holds; n=0; while [ ! -e SCRATCH/go ] && [ $n -lt 600 ]; do n=$((n+1)); sleep 0.1; done" }
`;
const quick = `
- hosts: all
  gather_facts: false
  tasks:
    - block:
        - { name: one, copy: { dest: "SCRATCH/{{ inventory_hostname }}", content: x }, ignore_errors: true, ignore_unreachable: true }
      rescue:
        - { name: mend, copy: { dest: SCRATCH/mended, content: x } }
`;
const files = { 'slow.yaml': slow, 'quick.yaml': quick };

async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; n < 600 && !holds(); n++) await new Promise(done => setTimeout(done, 50));
}
const isThere = (path: string): boolean => {
  try {
    return readFileSync(path) !== undefined;
  } catch {
    return false;
  }
};

/** A run that stays on h1 until `go`. */
async function occupied(one: SshScene) {
  const first = one.play({ load: { playbooks: ['slow.yaml'], env: { USER: 'alice' } } });
  await until(() => isThere(join(one.dir, 'holds')));
  return { first, go: () => writeFileSync(join(one.dir, 'go'), '') };
}
const second = (one: SshScene, more: Parameters<SshScene['play']>[0] = {}) =>
  one.play({ load: { playbooks: ['quick.yaml'] }, ...more });

const shells = ['dash', 'bash', ...(has('busybox') ? ['busybox'] : [])];

describe.each(shells)('a host whose shell is %s', shell => {
  // In a folder of its own on the PATH, "sh" is this shell.
  const env = (): Record<string, string> => {
    const folder = scratch({ sh: `#!/bin/sh\nexec ${shell === 'busybox' ? 'busybox sh' : shell} "$@"\n` });
    return { PATH: `${folder}:${process.env['PATH']}` };
  };

  it('is kept for the run that is there; the second ends with 8 and knows whose it is', async () => {
    const one = await raise(files, { env: env() });
    const { first, go } = await occupied(one);
    const played = await second(one);
    go();
    expect((await first).code).toBe(0);
    expect(played.code).toBe(8);
    const refused = played.results.filter(({ host }) => host === 'h1');
    expect(refused).toMatchObject([{ status: 'failed', task: 'one', ignored: false, fault: { code: 'E530' } }]);
    expect(refused[0]?.message).toMatch(/^alice@\S+ runs there, run [0-9a-f-]{36}, for \d+ s$/);
    expect(played.recap).toMatchObject({ h1: { failed: 1, ok: 0, rescued: 0 }, h2: { failed: 0, changed: 1 } });
    expect(isThere(join(one.dir, 'h1'))).toBe(false);
    expect(isThere(join(one.dir, 'mended'))).toBe(false);
  });
});

describe('the lock of a host', () => {
  it('does not keep a check out, which takes none', async () => {
    const one = await raise(files);
    const { first, go } = await occupied(one);
    const played = await second(one, { check: true });
    go();
    await first;
    expect(played.code).toBe(0);
  });

  it('goes with the connection of its holder', async () => {
    const one = await raise(files);
    const { first, go } = await occupied(one);
    one.server.cut();
    go();
    expect((await first).code).toBe(4);
    expect((await second(one)).code).toBe(0);
  });

  it('is not inherited by what a task leaves running', async () => {
    const left = '- { hosts: h1, gather_facts: false, tasks: [{ shell: "sleep 20 >/dev/null 2>&1 & echo $! >SCRATCH/left" }] }';
    const one = await raise({ ...files, 'left.yaml': left });
    expect((await one.play({ load: { playbooks: ['left.yaml'] } })).code).toBe(0);
    expect((await second(one)).code).toBe(0);
    process.kill(Number(readFileSync(join(one.dir, 'left'), 'utf8')));
  });

  it('a run does not lock itself out: two names of one host', async () => {
    const one = await raise(files);
    const played = await one.play({ load: { playbooks: ['quick.yaml'], extra: [`tsrun_lock=${one.dir}/both`] } });
    expect(played.code).toBe(0);
  });

  it('where the host has no flock there is one warning and the run goes on', async () => {
    const folder = scratch();
    const { symlinkSync } = await import('node:fs');
    for (const name of [
      'sh',
      'cat',
      'rm',
      'mv',
      'stat',
      'sync',
      'chmod',
      'chown',
      'sha256sum',
      'id',
      'ls',
      'sed',
      'mkdir',
      'readlink',
    ])
      symlinkSync(`/bin/${name}`, join(folder, name));
    const one = await raise(files, { env: { PATH: folder } });
    const played = await second(one, { load: { playbooks: ['quick.yaml'], limit: 'h1' } });
    expect(played.code).toBe(0);
    expect(played.findings).toEqual(['W931']);
  });
});
