// What could cost data on a host with a disk: each is refused before anything changes, and said.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { labHost } from './index.ts';

const execute = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');

async function play(playbook: string, ...flags: string[]): Promise<{ readonly code: number; readonly text: string }> {
  const words = ['--import', 'tsx', 'runner/main.ts', `playbooks/${playbook}.yaml`, '-i', 'inventory/lab.yaml'];
  return execute('node', [...words, '--limit', 'el-1', ...flags], { cwd: checkout, maxBuffer: 1 << 26 }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );
}
const onHost = async (command: string): Promise<string> => (await (await labHost('el-1')).run(command)).stdout;
const disk =
  'mountpoint -q /mnt/mynfs && umount /mnt/mynfs; mountpoint -q /disk1 && umount /disk1; sed -i /disk1/d /etc/fstab; systemctl daemon-reload';

beforeAll(async () => {
  await onHost(`${disk}; rm -rf /mnt/mynfs /disk1; wipefs -aq /dev/vdb; true`);
}, 60_000);

describe('a disk that is not as it should be', { timeout: 240_000 }, () => {
  test('defect 23: files below the mount point are never hidden by a mount', async () => {
    await onHost('mkdir -p /mnt/mynfs/datadir/x; echo precious >/mnt/mynfs/datadir/x/row');
    const refused = await play('storage');
    expect(refused).toMatchObject({ code: 2, text: expect.stringMatching(/\/mnt\/mynfs is not mounted and holds files/) });
    expect(refused.text).toMatch(/changed=0/);
    expect(await onHost('cat /mnt/mynfs/datadir/x/row; blkid /dev/vdb; rm -r /mnt/mynfs/datadir')).toBe('precious\n');
  });

  test('defect 23: --tags nfs alone on a fresh host says what is missing', async () => {
    const refused = await play('site', '--tags', 'nfs');
    expect(refused).toMatchObject({ code: 2, text: expect.stringMatching(/\/mnt\/mynfs is not mounted.*storage/) });
  });

  test('a disk that holds something is not formatted', async () => {
    await onHost('mkfs.ext4 -q /dev/vdb');
    const refused = await play('storage');
    expect(refused.code).toBe(2);
    expect(await onHost('blkid -o value -s TYPE /dev/vdb; wipefs -aq /dev/vdb')).toBe('ext4\n');
  });

  test('a device that is not there is said', async () => {
    const refused = await play('storage', '-e', 'storage_device=/dev/none');
    expect(refused).toMatchObject({ code: 2, text: expect.stringMatching(/\/dev\/none is no block device/) });
  });

  test('another mount in its place is said', async () => {
    await onHost('mkdir -p /mnt/mynfs; mount -t tmpfs other /mnt/mynfs');
    const refused = await play('storage');
    expect(refused).toMatchObject({ code: 2, text: expect.stringMatching(/mounted from other, not from \/dev\/vdb/) });
    await onHost('umount /mnt/mynfs');
  });

  test('a blank disk is formatted and mounted, in the order that a boot needs; again, nothing changes', async () => {
    expect(await play('storage')).toMatchObject({ code: 0 });
    expect(await onHost('grep -c requires-mounts-for=/disk1 /etc/fstab; findmnt -nro MAJ:MIN /disk1 /mnt/mynfs')).toMatch(/^1\n/);
    expect(await play('storage', '--fail-on-change')).toMatchObject({ code: 0 });
  });
});
