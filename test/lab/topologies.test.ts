// The topologies beside classic, with a real MySQL: an instance that stands alone, and a shared pair whose secondary begins with the
// primary's files. A plain MySQL has no engine to share: that part is rendered alone (test/roles/mytopling.test.ts).
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, checkout, forget, on, type Played, play, sql } from './mytopling-scene.ts';

let folder = '';

/** Names of their own on hosts that have an instance already: other ports, folders, and locks of runs. */
const inventory = (topology: string, machine: string, hosts: readonly (readonly [string, number, string])[]) => ({
  all: {
    children: {
      lab: {
        vars: { ansible_host: `{{ lab_addresses['${machine}'] }}` },
        children: {
          mytopling: {
            vars: { topology },
            hosts: Object.fromEntries(
              hosts.map(([name, id, role]) => [
                name,
                {
                  mytopling_instance_name: name,
                  mytopling_server_id: id,
                  mytopling_role: role,
                  mytopling_port: 3300 + id,
                  tsrun_lock: `/run/lock/tsrun-${name}.lock`,
                },
              ]),
            ),
          },
          nfs_servers: { children: { mytopling: null } },
          k8s_nodes: { hosts: { node01: null, node02: null } },
          k8s_control: { hosts: { control: { ansible_connection: 'local' } } },
          registry: { hosts: {} },
        },
      },
    },
  },
});
const of = (name: string, books: string, ...flags: string[]): Promise<Played> =>
  play(books, '-i', join(folder, `${name}.yaml`), ...flags);

beforeAll(async () => {
  await build();
  folder = await mkdtemp(join(tmpdir(), 'tsrun-topologies-'));
  await cp(join(checkout, 'inventory/group_vars'), join(folder, 'group_vars'), { recursive: true });
  const alone = inventory('standalone', 'instance-2', [['alone', 21, 'primary']]);
  const shared = inventory('shared', 'instance-1', [
    ['shared-1', 31, 'primary'],
    ['shared-2', 32, 'replica'],
  ]);
  await writeFile(join(folder, 'alone.yaml'), JSON.stringify(alone));
  await writeFile(join(folder, 'shared.yaml'), JSON.stringify(shared));
}, 60_000);

afterAll(async () => {
  await forget('instance-2', 'alone');
  await forget('instance-1', 'shared-1', 'shared-2');
  await rm(folder, { recursive: true, force: true });
}, 120_000);

// On two machines, so side by side.
test('an instance stands alone, a shared pair is made in one run, both are proved, and a second run changes nothing', async () => {
  const books = 'storage mytopling verify';
  // A host that died in the middle of an initialisation has left this.
  await on(
    'instance-2',
    'mkdir -p /mnt/mynfs/datadir/.tsrun-init-alone/data && touch /mnt/mynfs/datadir/.tsrun-init-alone/data/ibdata1',
  );
  const made = await Promise.all([of('alone', books), of('shared', books)]);
  expect(made).toMatchObject([{ code: 0 }, { code: 0 }]);
  const again = await Promise.all([of('alone', books, '--fail-on-change'), of('shared', books, '--fail-on-change')]);
  expect(again).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect(await on('instance-2', 'ls /mnt/mynfs/datadir/.tsrun-init-alone.aside-*/data')).toBe('ibdata1\n');
});

test('the secondary has a number of its own, no binlog, and what the primary writes', async () => {
  await sql(
    'instance-1',
    'CREATE DATABASE stock; CREATE TABLE stock.t (n INT PRIMARY KEY); INSERT INTO stock.t VALUES (7)',
    'shared-1',
  );
  expect(await of('shared', 'verify')).toMatchObject({ code: 0 });
  expect(await sql('instance-1', 'SELECT n, @@log_bin, @@super_read_only FROM stock.t', 'shared-2')).toBe('7\t0\t1\n');
  const uuids = await on(
    'instance-1',
    'cat /mnt/mynfs/datadir/shared-?/auto.cnf | grep -c uuid; sort -u /mnt/mynfs/datadir/shared-?/auto.cnf | grep -c uuid',
  );
  expect(uuids).toBe('2\n2\n');
});

test('teardown takes away units and configuration and no data, and the same playbook brings all back', async () => {
  expect(await of('alone', 'teardown', '--tags', 'mytopling')).toMatchObject({ code: 2 });
  expect(await on('instance-2', 'systemctl is-active mytopling@alone')).toBe('active\n');
  await sql('instance-2', 'CREATE DATABASE kept', 'alone');
  expect(await of('alone', 'teardown', '--tags', 'mytopling', '-e', 'teardown=lab.test')).toMatchObject({ code: 0 });
  const left =
    'systemctl is-active mytopling@alone; ls /etc/mytopling/alone 2>/dev/null | wc -l; ls /mnt/mynfs/datadir/alone/kept /mnt/mynfs/datadir/alone/ibdata1 -d';
  expect(await on('instance-2', left)).toBe('inactive\n0\n/mnt/mynfs/datadir/alone/ibdata1\n/mnt/mynfs/datadir/alone/kept\n');
  // And as if the host had died while the finished folder was moved into its place.
  const halfway =
    'w=$PWD/.tsrun-init-alone && mkdir -p $w/data && mv alone/ibdata1 alone/mysql.ibd $w/data/ && rm alone/.tsrun-initialised && touch $w/done';
  await on('instance-2', `cd /mnt/mynfs/datadir && ${halfway}`);
  expect(await of('alone', 'mytopling verify')).toMatchObject({ code: 0 });
  expect(await sql('instance-2', "SHOW DATABASES LIKE 'kept'", 'alone')).toBe('kept\n');
});
