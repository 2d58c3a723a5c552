// The role mytopling without a host: what its inputs render to for each topology and edition, and what it refuses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Scene, scene } from '../support/run-playbook.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The real inputs and templates; the tasks only write down what comes of them. */
const files = {
  'roles/mytopling/role.yaml': text('roles/mytopling/role.yaml'),
  'roles/mytopling/tasks.yaml': JSON.stringify([
    { name: 'cnf', template: { src: 'my.cnf.hbs', dest: 'SCRATCH/{{ inventory_hostname }}.cnf' } },
    { name: 'plugin', copy: { dest: 'SCRATCH/{{ inventory_hostname }}.json', content: '{{ mytopling_side_plugin_json }}' } },
    { name: 'environment', template: { src: 'environment.hbs', dest: 'SCRATCH/{{ inventory_hostname }}.env' } },
  ]),
  'templates/mytopling/my.cnf.hbs': text('templates/mytopling/my.cnf.hbs'),
  'templates/mytopling/environment.hbs': text('templates/mytopling/environment.hbs'),
  'site.yaml': JSON.stringify([
    { hosts: 'mytopling', gather_facts: false, roles: [{ role: 'mytopling', mytopling_part: 'server' }] },
  ]),
};

const base = {
  ansible_connection: 'local',
  domain: 'mytopling.in',
  mytopling_archive: '/srv/a.tar.gz',
  mytopling_sha256: '0'.repeat(64),
  mytopling_version: '8.0.32',
  mytopling_root_password: 'a-long-root-password',
  mytopling_repl_password: 'a-long-repl-password',
  // Facts are not asked for here.
  mytopling_packages: [],
};
const primary = {
  mytopling_instance_name: 'instance-1',
  mytopling_server_id: 1,
  mytopling_role: 'primary',
  ansible_host: '10.0.0.1',
};
const replica = {
  mytopling_instance_name: 'instance-2',
  mytopling_server_id: 2,
  mytopling_role: 'replica',
  ansible_host: '10.0.0.2',
};
type Vars = Readonly<Record<string, unknown>>;

const open: Scene[] = [];
afterAll(() => open.forEach(one => one.end()));

interface Rendered {
  readonly code: number;
  readonly findings: readonly string[];
  readonly why: string;
  readonly cnf: (host: string) => readonly string[];
  readonly plugin: (host: string) => Record<string, never>;
}

const pair: Readonly<Record<string, Vars>> = { one: primary, two: replica };

async function render(vars: Vars, hosts = pair): Promise<Rendered> {
  const inventory = {
    all: {
      vars: { ...base, ...vars },
      children: {
        mytopling: { hosts },
        k8s_nodes: { hosts: { node01: { ansible_host: '10.0.1.1' }, node02: { ansible_host: '10.0.1.2' } } },
      },
    },
  };
  const stage = scene({ ...files, 'hosts.yaml': JSON.stringify(inventory) });
  open.push(stage);
  const { code, findings, events, results } = await stage.play();
  const said = [...events, ...results].map(event => JSON.stringify(event)).join('\n');
  const read = (name: string): string => readFileSync(join(stage.dir, name), 'utf8');
  return {
    code,
    findings,
    why: said,
    cnf: host => read(`${host}.cnf`).split('\n'),
    plugin: host => JSON.parse(read(`${host}.json`)) as Record<string, never>,
  };
}

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
