// The role mytopling without a host: what its inputs render to for each topology and edition, and what it refuses.
import { describe, expect, test } from 'vitest';
import { base, primary, render, replica, type Vars } from '../support/render-mytopling.ts';

/** All "${name}" of a document. */
const names = (document: unknown): readonly string[] =>
  Array.from(JSON.stringify(document).matchAll(/\$\{([^}]+)\}/g), ([, name]) => name as string);
/** All keys two levels deep: what a name may mean. */
const defined = (document: Readonly<Record<string, object>>): readonly string[] =>
  Object.values(document).flatMap(part => (typeof part === 'object' ? Object.keys(part) : []));

const editions = ['community', 'enterprise'] as const;

describe('classic', () => {
  test.each(editions)('%s: each instance has its own data, binlog and executor', async edition => {
    const { code, cnf, plugin } = await render({ topology: 'classic', edition });
    expect(code).toBe(0);
    for (const [host, name] of [
      ['one', 'instance-1'],
      ['two', 'instance-2'],
    ] as const) {
      expect(cnf(host)).toEqual(
        expect.arrayContaining([
          `datadir = /mnt/mynfs/datadir/${name}`,
          `log-bin = /mnt/mynfs/log-bin/${name}/binlog`,
          `rocksdb-datadir = /mnt/mynfs/datadir/${name}/.rocksdb`,
          'gtid-mode = ON',
          `super-read-only = ${host === 'two' ? 'ON' : 'OFF'}`,
        ]),
      );
      expect(cnf(host).join('\n')).not.toMatch(/ddl-only|disable-log-bin/);
      expect(plugin(host)).toMatchObject({
        databases: { '.rocksdb': { method: 'TransactionDB::Open' } },
        DBOptions: { dbopt: { wal_dir: `/mnt/mynfs/wal/${name}`, db_log_dir: `/mnt/mynfs/infolog/${name}` } },
        CompactionExecutorFactory: {
          dcompact: {
            class: 'DcompactEtcd',
            params: { instance_name: name, nfs_mnt_src: `${host}.mytopling.in:/mnt/mynfs/datadir/${name}` },
          },
        },
      });
    }
  });

  test.each(editions)('%s: every name in side-plugin.json means something in it', async edition => {
    const { plugin } = await render({ edition });
    const document = plugin('one');
    expect(names(document).filter(name => !defined(document).includes(name))).toEqual([]);
    const { readers, level_writers: writers } = (document as never as { TableFactory: { dispatch: { params: Dispatch } } })
      .TableFactory.dispatch.params;
    expect(
      [...Object.values(readers), ...writers].filter(one => !Object.keys(document.TableFactory ?? {}).includes(one)),
    ).toEqual([]);
  });
});

interface Dispatch {
  readonly readers: Readonly<Record<string, string>>;
  readonly level_writers: readonly string[];
}

describe('shared', () => {
  test.each(editions)('%s: the secondary reads the engine of the primary and writes nothing', async edition => {
    const { code, cnf, plugin } = await render({ topology: 'shared', edition });
    expect(code).toBe(0);
    expect(cnf('one')).toEqual(
      expect.arrayContaining(['binlog-ddl-only = ON', 'rocksdb-datadir = /mnt/mynfs/datadir/instance-1/.rocksdb']),
    );
    expect(cnf('two')).toEqual(
      expect.arrayContaining([
        'disable-log-bin',
        'replica-parallel-workers = 0',
        'read-only = ON',
        'datadir = /mnt/mynfs/datadir/instance-2',
        'rocksdb-datadir = /mnt/mynfs/datadir/instance-1/.rocksdb',
        'binlog-ddl-only-follower = ON',
        'rocksdb-write-disable-wal = ON',
      ]),
    );
    expect(cnf('two').join('\n')).not.toMatch(/^log-bin/m);
    expect(plugin('two')).toMatchObject({
      databases: {
        '.rocksdb': { method: 'TransactionDB::OpenAsSecondary', params: { secondary_path: '/mnt/mynfs/infolog/instance-2' } },
      },
      DBOptions: { dbopt: { wal_dir: '/mnt/mynfs/wal/instance-1' } },
    });
    expect(plugin('two')).not.toHaveProperty('CompactionExecutorFactory');
    expect(plugin('two')).not.toHaveProperty('CFOptions.default.compaction_executor_factory');
    expect(plugin('one')).toHaveProperty('CFOptions.default.compaction_executor_factory', 'dcompact');
  });
});

describe('standalone', () => {
  test.each(editions)('%s: there is no executor, and the binlog is whole', async edition => {
    const { code, cnf, plugin } = await render({ topology: 'standalone', edition }, { one: primary });
    expect(code).toBe(0);
    expect(cnf('one')).toEqual(expect.arrayContaining(['gtid-mode = ON', 'super-read-only = OFF']));
    expect(plugin('one')).not.toHaveProperty('CompactionExecutorFactory');
  });
});

test('a plain MySQL is given nothing that only the real build knows', async () => {
  const { cnf } = await render({ mytopling_engine: 'innodb' });
  expect(cnf('one').join('\n')).not.toMatch(/rocksdb|plugin-load|mysqld-engine/);
});

test('what plugins know stands apart, where --initialize and --validate-config do not read it, an option of the user too', async () => {
  const { cnf } = await render({
    mytopling_options: { 'rocksdb-block-size': '8K', 'lower-case-table-names': 1, 'skip-name-resolve': null },
  });
  const at = cnf('one').indexOf('[mysqld-engine]');
  expect(cnf('one').slice(0, at)).toEqual(expect.arrayContaining(['lower-case-table-names = 1', 'skip-name-resolve']));
  expect(cnf('one').slice(0, at).join('\n')).not.toMatch(/rocksdb|plugin-load/);
  expect(cnf('one').slice(at)).toContain('rocksdb-block-size = 8K');
});

// What the files tell is refused before anything is connected to: 5.
test.each<[string, RegExp, Vars, Readonly<Record<string, Vars>>?]>([
  [
    'two instances of one name',
    /mytopling_instance_name/,
    {},
    { one: primary, two: { ...replica, mytopling_instance_name: 'instance-1' } },
  ],
  ['two instances of one server id', /mytopling_server_id/, {}, { one: primary, two: { ...replica, mytopling_server_id: 1 } }],
  ['two primaries', /exactly one host/, {}, { one: primary, two: { ...replica, mytopling_role: 'primary' } }],
  ['a replica that stands alone', /standalone: each host/, { topology: 'standalone' }, { one: replica }],
  ['a secondary with an executor', /only the primary compacts/, { topology: 'shared', dcompact_enabled: true }],
  [
    'fewer level_writers than levels',
    /one entry for each of num_levels/,
    { mytopling_side_plugin: { TableFactory: { dispatch: { params: { level_writers: ['sng'] } } } } },
  ],
  ['workers by name alone', /http_workers/, { dcompact_workers: ['http://node01:30000', 'http://node02:30000'] }],
  [
    'one entry node',
    /two entry nodes/,
    { dcompact_workers: [{ url: 'http://a:1', base_url: 'http://a:2', web_url: 'http://a:2' }] },
  ],
  [
    'dynamic level bytes',
    /level_compaction_dynamic_level_bytes/,
    { mytopling_side_plugin: { CFOptions: { default: { level_compaction_dynamic_level_bytes: true } } } },
  ],
  ['a comment in the JSON', /mytopling_side_plugin_data/, { mytopling_side_plugin: { '// comment': 'x' } }],
  [
    'an executor of the system family',
    /compaction_executor_factory/,
    { mytopling_side_plugin: { CFOptions: { __system__: { compaction_executor_factory: 'dcompact' } } } },
  ],
  [
    'http_worker',
    /mytopling_side_plugin_data/,
    { mytopling_side_plugin: { CompactionExecutorFactory: { dcompact: { params: { http_worker: [] } } } } },
  ],
  ['options of a mount that a shell would read', /nfs_mnt_opt/, { nfs_mnt_opt: 'vers=4.2;reboot' }],
  ['a short password', /mytopling_root_password/, { mytopling_root_password: 'short' }],
  ['one password for both accounts', /are the same/, { mytopling_repl_password: base.mytopling_root_password }],
  ['an archive without a checksum', /mytopling_sha256 is empty/, { mytopling_sha256: '' }],
])('refused: %s', async (_, why, vars, hosts) => {
  const refused = await render(vars, hosts);
  expect(refused.code).toBe(5);
  expect(refused.why).toMatch(why);
});
