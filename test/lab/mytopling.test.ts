// The databases on the lab's hosts, with a real MySQL: a first run that is killed again and again, then runs that change nothing, the
// daily playbooks, and the traps that could cost data.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { $ } from './command.ts';
import { build, checkout, cutShort, forget, on, type Played, play, sql } from './mytopling-scene.ts';

const datadir = '/mnt/mynfs/datadir/instance-2';
const unit = 'mytopling@instance-2.service';
const facts = parse(readFileSync(join(checkout, 'inventory/group_vars/lab/addresses.yaml'), 'utf8')) as {
  readonly mytopling_archive: string;
  readonly mytopling_version: string;
};

const rows = 'SELECT COUNT(*), SUM(n) FROM shop.orders';
const isRefused = (played: Played, why: RegExp): void => {
  expect(played.code).toBe(2);
  expect(played.text).toMatch(why);
};

beforeAll(async () => {
  await build();
  await play('storage', '--limit', 'mytopling');
  await forget('instance-1', 'instance-1');
  await forget('instance-2', 'instance-2');
  for (const host of ['instance-1', 'instance-2'])
    await on(host, 'rm -rf /mnt/mynfs/opt/* /mnt/mynfs/opt/.t* /mnt/mynfs/backup /mnt/mynfs/away');
}, 600_000);

describe('the first run', () => {
  test('the primary is made without a replica, and has data', async () => {
    expect(await play('mytopling', '--limit', 'instance-1')).toMatchObject({ code: 0 });
    await sql(
      'instance-1',
      'CREATE DATABASE shop; CREATE TABLE shop.orders (n INT PRIMARY KEY); INSERT INTO shop.orders VALUES (1), (2), (39)',
    );
  });

  // Each run is killed in the middle of the task behind its first change, so that a task more is done each time.
  test('killed in the middle of each task and run again, the replica is made, and nothing is lost', async () => {
    const cuts: string[] = [];
    let last: Played | undefined;
    while (!last && cuts.length < 60) {
      const one = await cutShort('mytopling', (cuts.length % 3) * 20);
      if ('task' in one) cuts.push(one.task);
      // What was left alone on the host has the lock until it ends.
      else if (one.code !== 8) last = one;
    }
    expect(last).toEqual({ code: 0, text: '' });
    expect(new Set(cuts).size).toBeGreaterThan(4);
    expect(await sql('instance-2', rows)).toBe('3\t42\n');
    const unfinished = 'ls -d /mnt/mynfs/datadir/.tsrun-init-instance-2 2>/dev/null | wc -l';
    expect(await on('instance-2', `ls ${datadir}/.tsrun-initialised >/dev/null && ${unfinished}`)).toBe('0\n');
  });

  test('a second run and a check change nothing', async () => {
    expect(await play('mytopling', '--fail-on-change')).toMatchObject({ code: 0 });
    expect(await play('mytopling', '--check', '--fail-on-change')).toMatchObject({ code: 0 });
  });

  // Defects 44 and 53: success is proved, and root has a password from the first start on.
  test('defect 53: root without a password is refused', async () => {
    const client = '/mnt/mynfs/opt/bin/mysql --no-defaults -uroot -S /run/mytopling-instance-2/mysql.sock';
    expect(await on('instance-2', `${client} -e 'select 1' 2>&1 || true`)).toMatch(/ERROR 1045/);
  });

  test('defect 55: nothing listens on the port of the X protocol', async () => {
    expect(await on('instance-2', "ss -Hltn 'sport = :33060'")).toBe('');
    expect(await on('instance-2', "ss -Hltn 'sport = :3306'")).not.toBe('');
  });

  test('defect 50: the replica cannot be written to, not by root either', async () => {
    await expect(sql('instance-2', 'CREATE DATABASE here')).rejects.toThrow(/super-read-only/);
  });
});

describe('the daily playbooks', () => {
  let scratch = '';
  let next: readonly string[] = [];

  test('backup: a dump with checksum and GTIDs, of the replica', async () => {
    expect(await play('backup')).toMatchObject({ code: 0 });
    const manifest = JSON.parse(
      await on('instance-2', 'cd /mnt/mynfs/backup/instance-2-* && sha256sum --quiet -c SHA256SUMS && cat manifest.json'),
    ) as Record<string, string>;
    expect(manifest).toMatchObject({ instance: 'instance-2', role: 'replica' });
    expect(`${manifest['gtids']}\n`).toBe(await sql('instance-1', 'SELECT @@GLOBAL.gtid_executed'));
  });

  // The same build under another name: what is shown is the way from one version to another, not a new MySQL.
  test('upgrade: the replica first, then the primary, and the old version stays', async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tsrun-upgrade-'));
    const [old, version] = [`mytopling-${facts.mytopling_version}`, `${facts.mytopling_version}-next`];
    await $`tar -C ${scratch} -xzf ${facts.mytopling_archive} --wildcards '*/bin/*'`;
    await $`mv ${scratch}/${old} ${scratch}/mytopling-${version}`;
    for (const part of ['lib', 'libexec', 'share']) await $`ln -s ../${old}/${part} ${scratch}/mytopling-${version}/${part}`;
    await $`tar -C ${scratch} -czf ${scratch}/next.tar.gz mytopling-${version}`;
    const { stdout } = await $`sha256sum ${scratch}/next.tar.gz`;
    next = [
      '-e',
      JSON.stringify({
        mytopling_archive: `${scratch}/next.tar.gz`,
        mytopling_sha256: stdout.slice(0, 64),
        mytopling_version: version,
      }),
    ];
    const upgraded = await play('upgrade verify status', ...next);
    expect(upgraded).toMatchObject({ code: 0 });
    const restarts = [...upgraded.text.matchAll(/changed\s+(\S+)\s+mytopling : restart mytopling/g)].map(([, host]) => host);
    expect(restarts).toEqual(['instance-2', 'instance-1']);
    expect(upgraded.text).toMatch(
      new RegExp(`instance-2 \\(classic, replica\\): active, enabled, mytopling-${version}.*IO Yes, SQL Yes`),
    );
    expect(upgraded.text).toMatch(/no offload to prove: mytopling_engine is innodb/);
    expect(await on('instance-2', 'ls -d /mnt/mynfs/opt/mytopling-*')).toContain(`/${old}\n`);
  });

  test('a configuration that mysqld refuses replaces nothing, and the primary is not touched', async () => {
    const before = await on('instance-2', 'cat /etc/mytopling/instance-2/my.cnf');
    const refused = await play('upgrade', ...next, '-e', JSON.stringify({ mytopling_options: { 'no-such-option': 1 } }));
    isRefused(refused, /unknown variable 'no-such-option=1'/);
    expect(await on('instance-2', 'cat /etc/mytopling/instance-2/my.cnf')).toBe(before);
    expect(refused.text).toMatch(/instance-1 : .*changed=0/);
    expect(await on('instance-2', `systemctl is-active ${unit}`)).toBe('active\n');
  });

  test('restart: a replica that does not follow stops it before anything is touched', async () => {
    await sql('instance-2', 'STOP REPLICA');
    const refused = await play('restart', ...next);
    isRefused(refused, /replication does not run here, nothing was touched/);
    expect(refused.text).not.toMatch(/changed=[1-9]/);
    await sql('instance-2', 'START REPLICA');
  });

  test('restart: the replica first, then the primary; and back to the old version by the same playbook', async () => {
    const restarted = await play('restart', ...next);
    expect(restarted).toMatchObject({ code: 0 });
    const order = [...restarted.text.matchAll(/changed\s+(\S+)\s+mytopling : Restart the server/g)].map(([, host]) => host);
    expect(order).toEqual(['instance-2', 'instance-1']);
    expect(await play('upgrade verify')).toMatchObject({ code: 0 });
    expect(await sql('instance-2', rows)).toBe('3\t42\n');
    await rm(scratch, { recursive: true });
  });
});

describe('traps', () => {
  test('an archive with another checksum is refused before anything changes', async () => {
    const refused = await play('mytopling', '-e', `mytopling_sha256=${'0'.repeat(64)}`);
    isRefused(refused, /nothing was changed/);
    expect(refused.text).not.toMatch(/changed=[1-9]/);
  });

  test('two instances of one name are refused before anything is connected to', async () => {
    expect(await play('mytopling', '-e', 'mytopling_instance_name=twin')).toMatchObject({ code: 5 });
  });

  test('too little memory and a processor without what the build needs are told before anything changes', async () => {
    const small = await play(
      'mytopling',
      '--limit',
      'instance-2',
      '-e',
      JSON.stringify({ mytopling_options: { 'innodb-buffer-pool-size': '9T' } }),
    );
    isRefused(small, /the buffers want 9437184 MiB and the host has \d+ MiB/);
    const old = await play('mytopling', '--limit', 'instance-2', '-e', JSON.stringify({ mytopling_cpu_flags: ['avx9'] }));
    isRefused(old, /the processor lacks one of avx9/);
    expect(small.text + old.text).not.toMatch(/changed=[1-9]/);
  });

  // Defect 40: upstream deletes here.
  test('defect 40: a data folder of unknown origin is refused and left as it is', async () => {
    await on('instance-2', `mv ${datadir}/.tsrun-initialised ${datadir}/.away`);
    try {
      const before = await on('instance-2', `ls -A ${datadir}`);
      isRefused(await play('mytopling', '--limit', 'instance-2'), /neither .rocksdb\/IDENTITY nor the marker/);
      expect(await on('instance-2', `ls -A ${datadir}; systemctl is-active ${unit}`)).toBe(`${before}active\n`);
    } finally {
      await on('instance-2', `mv ${datadir}/.away ${datadir}/.tsrun-initialised`);
    }
  });

  test('a port that somebody else has, and a disk that is not mounted, are told before anything changes', async () => {
    await on('instance-2', `systemctl stop ${unit}`);
    await on(
      'instance-2',
      'systemd-run -q --unit=squatter systemd-socket-activate -l 3306 /bin/cat; until ss -Hltn | grep -q :3306; do sleep 0.1; done',
    );
    const taken = await play('mytopling', '--limit', 'instance-2');
    await on('instance-2', 'systemctl stop squatter');
    isRefused(taken, /a port that this instance needs is taken: listen .*:3306/);

    await on('instance-2', 'umount /mnt/mynfs');
    const bare = await play('mytopling', '--limit', 'instance-2');
    // To start the unit mounts the disk: it wants it.
    await on('instance-2', `systemctl start ${unit} && mountpoint -q /mnt/mynfs`);
    isRefused(bare, /\/mnt\/mynfs is not a mount point/);
    expect(taken.text + bare.text).not.toMatch(/changed=[1-9]/);
  });

  test('a replica that was stopped runs again', async () => {
    await on('instance-2', `systemctl stop ${unit}; mountpoint -q /mnt/mynfs`);
    expect(await play('mytopling')).toMatchObject({ code: 0 });
    expect(await sql('instance-2', rows)).toBe('3\t42\n');
  });

  test('a replica whose GTIDs the primary has purged is told how to be made anew, and a backup makes it anew', async () => {
    await on('instance-2', `systemctl stop ${unit}`);
    await sql(
      'instance-1',
      'INSERT INTO shop.orders VALUES (58); FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY',
    );
    isRefused(
      await play('mytopling'),
      /has purged transactions that this replica lacks \([0-9a-f-]+:\d+\)[\s\S]*nothing is reset/,
    );
    expect(await sql('instance-2', rows)).toBe('3\t42\n');

    expect(await play('backup', '-e', 'mytopling_backup_from=primary')).toMatchObject({ code: 0 });
    await on(
      'instance-2',
      `systemctl stop ${unit}; mkdir /mnt/mynfs/away && mv ${datadir}/* ${datadir}/.tsrun-initialised /mnt/mynfs/away/ && rm -r /mnt/mynfs/log-bin/instance-2/*`,
    );
    const name = (await on('instance-1', 'ls -d /mnt/mynfs/backup/instance-1-*')).trim();
    const dump = await on('instance-1', `tar -C ${name} -cf - . | base64`);
    await on('instance-2', `mkdir -p ${name} && base64 -d | tar -C ${name} -xf -`, dump);
    isRefused(await play('mytopling'), /has purged transactions/);
    expect(
      await play('restore mytopling verify', '-e', 'restore_host=instance-2', '-e', `mytopling_restore=${name}`),
    ).toMatchObject({ code: 0 });
    expect(await sql('instance-2', rows)).toBe('4\t100\n');
    expect(await on('instance-2', 'ls /mnt/mynfs/away')).toContain('ibdata1');
    isRefused(
      await play('restore', '-e', 'restore_host=instance-2', '-e', `mytopling_restore=${name}`),
      /this server holds data \(shop;/,
    );
    await on('instance-2', 'rm -r /mnt/mynfs/away');
  });
});
