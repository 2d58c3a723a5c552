// The databases on the lab's hosts, with a real MySQL: two runs, a check, and the traps that could cost data.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { askHost } from './ssh.ts';
import { labHost } from './index.ts';
import { labLayout } from './layout.ts';

const execute = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const unit = 'mytopling@instance-2.service';
const datadir = '/mnt/mynfs/datadir/instance-2';

async function play(playbook: string, ...flags: string[]): Promise<{ readonly code: number; readonly text: string }> {
  const words = ['--import', 'tsx', 'runner/main.ts', `playbooks/${playbook}.yaml`, '-i', 'inventory/lab.yaml', ...flags];
  return execute('node', words, { cwd: checkout, maxBuffer: 1 << 26 }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );
}

async function onReplica(command: string): Promise<string> {
  const { address } = await labHost('instance-2');
  return (await askHost(labLayout(), `root@${address}`, command)).stdout;
}

describe('mytopling.yaml', () => {
  test('both instances converge, and a row of the primary is read on the replica', { timeout: 300_000 }, async () => {
    expect(await play('storage', '--limit', 'mytopling')).toMatchObject({ code: 0 });
    expect(await play('mytopling')).toMatchObject({ code: 0 });
  });

  test('a second run and a check change nothing', { timeout: 120_000 }, async () => {
    expect(await play('mytopling', '--fail-on-change')).toMatchObject({ code: 0 });
    expect(await play('mytopling', '--check', '--fail-on-change')).toMatchObject({ code: 0 });
  });

  // Defects 44 and 53: success is proved, and root has a password from the first start on.
  test('root without a password is refused', { timeout: 30_000 }, async () => {
    const client = '/mnt/mynfs/opt/bin/mysql --no-defaults -uroot -S /run/mytopling-instance-2/mysql.sock';
    expect(await onReplica(`${client} -e 'select 1' 2>&1`)).toMatch(/ERROR 1045/);
  });

  test('an archive with another checksum is refused before anything changes', { timeout: 60_000 }, async () => {
    const refused = await play('mytopling', '-e', `mytopling_sha256=${'0'.repeat(64)}`);
    expect(refused.code).not.toBe(0);
    expect(refused.text).toMatch(/nothing was changed/);
    expect(refused.text).toMatch(/changed=0/);
  });

  // Defect 40: upstream deletes here.
  test('a data folder of unknown origin is refused and left as it is', { timeout: 120_000 }, async () => {
    await onReplica(`mv ${datadir}/.tsrun-initialised ${datadir}/.away`);
    try {
      const before = await onReplica(`ls -A ${datadir}`);
      const refused = await play('mytopling', '--limit', 'instance-2');
      expect(refused.code).not.toBe(0);
      expect(refused.text).toMatch(/neither .rocksdb\/IDENTITY nor the marker/);
      expect(await onReplica(`ls -A ${datadir}; systemctl is-active ${unit}`)).toBe(`${before}active\n`);
    } finally {
      await onReplica(`mv ${datadir}/.away ${datadir}/.tsrun-initialised`);
    }
  });

  test('a replica that was stopped runs again', { timeout: 120_000 }, async () => {
    await onReplica(`systemctl stop ${unit}`);
    expect(await play('mytopling')).toMatchObject({ code: 0 });
    expect(await play('mytopling', '--fail-on-change')).toMatchObject({ code: 0 });
  });
});
