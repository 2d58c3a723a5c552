// The defects of the upstream way that concern the databases and the playbooks, by their number: each has a guard. What needs a real
// server is in test/lab/mytopling.test.ts under the same numbers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { primary, type Rendered, render, replica } from '../support/render-mytopling.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const folder = (path: string): string =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => entry.name)
    .map(name => text(join(path, name)))
    .join('\n');
const role = folder('roles/mytopling');
const templates = folder('templates/mytopling');
const playbooks = folder('playbooks');
const unit = text('templates/mytopling/mytopling.service.hbs');
const task = (name: string): string => role.split('\n\n').find(part => part.includes(`- name: ${name}\n`)) ?? '';

interface Params {
  readonly CompactionExecutorFactory: { readonly dcompact: { readonly params: Readonly<Record<string, unknown>> } };
}
const paramsOf = (rendered: Rendered, host: string) =>
  (rendered.plugin(host) as unknown as Params).CompactionExecutorFactory.dcompact.params;

let classic: Rendered;
let shared: Rendered;
let enterprise: Rendered;
beforeAll(async () => {
  classic = await render({});
  shared = await render({ topology: 'shared' });
  enterprise = await render({ edition: 'enterprise' });
}, 120_000);

const guards: readonly (readonly [string, string, () => void | Promise<void>])[] = [
  [
    '20',
    'http_workers leads to the NodePorts',
    () =>
      expect(paramsOf(classic, 'one')['http_workers']).toEqual(
        ['node01', 'node02'].map(node => ({
          url: `http://${node}.mytopling.in:30000`,
          base_url: `http://${node}.mytopling.in:30001`,
          web_url: `http://${node}.mytopling.in:30001`,
        })),
      ),
  ],
  [
    '21',
    'no start script is referred to: a unit starts the server',
    () => {
      expect(role + templates + playbooks).not.toMatch(/start-(mytopling|mysqld)[\w-]*\.sh/);
      expect(unit).toMatch(/ExecStart=.*\/mysqld --defaults-file=/);
    },
  ],
  [
    '22',
    'every step of the guide has a row, the number that is used twice too',
    () => expect(text('docs/deploy.md')).toMatch(/\| 6\.2 trim [\s\S]*\| 6\.3 [\s\S]*\| 6\.2 \(again\)/),
  ],
  [
    '33',
    'repositories and packages of EL 8 and 9 are told apart',
    () => {
      expect(text('roles/mytopling/role.yaml')).toMatch(/'8' \? \['powertools'\] : \['crb', 'epel'\]/);
      expect(task('Packages that the build needs, with their repositories')).toContain('enablerepo');
    },
  ],
  [
    '36',
    'instance_name is spelled as the engine reads it, and the misspelt word is refused',
    async () => {
      expect(paramsOf(classic, 'one')).toHaveProperty('instance_name', 'instance-1');
      const side = { CompactionExecutorFactory: { dcompact: { params: { insatnce_name: 'x' } } } };
      expect((await render({ mytopling_side_plugin: side })).code).toBe(5);
    },
  ],
  ['37', 'http_workers has its s', () => expect(paramsOf(classic, 'one')).not.toHaveProperty('http_worker')],
  [
    '38',
    'the JSON is made of data and parses',
    () => {
      expect(role).not.toMatch(/\bsed -i/);
      expect(() => shared.plugin('two')).not.toThrow();
    },
  ],
  [
    '39',
    'names of nodes are those of the inventory, and the JSON has no comment',
    () => {
      const all = JSON.stringify([classic.plugin('one'), enterprise.plugin('two')]);
      expect(all).not.toMatch(/"(\/\/|#)/);
      expect(new Set(all.match(/node\d\d/g))).toEqual(new Set(['node01', 'node02']));
    },
  ],
  [
    '40',
    'nothing asks, and nothing is removed below the data',
    () => {
      expect(role).not.toMatch(/\bread -p|rm -rf? .*(mytopling_root|mytopling_datadir|\/datadir|\/wal|\/log-bin|\/infolog)/);
      expect(task('Initialise the data folder, once')).toContain('mv --');
    },
  ],
  [
    '41',
    "a secondary begins with the primary's files once, by a marker",
    () => {
      expect(task('Initialise the data folder, once')).toContain('creates: "{{ mytopling_marker }}"');
      expect(text('roles/mytopling/role.yaml')).not.toContain('dataidr');
    },
  ],
  [
    '42',
    'a secondary reads the engine of the primary, whatever the edition',
    () => expect(shared.cnf('two')).toContain('rocksdb-datadir = /mnt/mynfs/datadir/instance-1/.rocksdb'),
  ],
  ['43', 'no process is looked for by its name', () => expect(role + templates).not.toMatch(/\b(pgrep|pkill|killall)\b/)],
  [
    '44',
    'started means that it answers as itself',
    () => {
      expect(unit).toContain('ExecStartPost=');
      expect(task('Number, GTIDs and data folder are as configured')).toContain('server_id == string(mytopling_server_id)');
    },
  ],
  [
    '45',
    'the server is a unit that starts at boot and again after a failure',
    () => {
      expect(unit).toMatch(/Restart=on-failure[\s\S]*WantedBy=multi-user.target/);
      expect(task('Start the server now and at boot')).toContain('enabled: true');
    },
  ],
  [
    '46',
    "temporary files are the unit's own",
    () => {
      expect(unit).toContain('PrivateTmp=yes');
      expect(role).not.toContain('/tmp/Topling');
    },
  ],
  [
    '47',
    'the binlogs are in the folder that is made for them',
    () => expect(classic.cnf('one')).toContain('log-bin = /mnt/mynfs/log-bin/instance-1/binlog'),
  ],
  [
    '48',
    'the account of replicas has a secret password, few rights and known hosts',
    async () => {
      expect(task('Account for the replicas')).toMatch(/host: "\{\{ item \}\}"[\s\S]*REPLICATION SLAVE,REPLICATION CLIENT"/);
      expect((await render({ mytopling_repl_password: 'sync' })).code).toBe(5);
    },
  ],
  [
    '49',
    'replication is set by difference, in every topology that has a replica, and never reset',
    () => {
      expect(task('Whom to follow')).toContain('mode: changeprimary');
      expect(role + playbooks).not.toMatch(/\bRESET (SLAVE|REPLICA|MASTER|BINARY)/i);
    },
  ],
  [
    '50',
    'a replica is read-only in my.cnf',
    () => expect(classic.cnf('two')).toEqual(expect.arrayContaining(['read-only = ON', 'super-read-only = ON'])),
  ],
  [
    '51',
    'both instances mount by the same options',
    () => expect(paramsOf(classic, 'one')['nfs_mnt_opt']).toBe(paramsOf(classic, 'two')['nfs_mnt_opt']),
  ],
  [
    '52',
    'there is one writer for each level, in both editions',
    () => {
      const writers = (one: Rendered) =>
        (one.plugin('one') as unknown as { TableFactory: { dispatch: { params: { level_writers: string[] } } } }).TableFactory
          .dispatch.params.level_writers;
      expect([writers(classic).length, writers(enterprise).length]).toEqual([7, 7]);
    },
  ],
  [
    '53',
    'root has its password before the first start',
    () => expect(task('Initialise the data folder, once')).toContain("ALTER USER 'root'@'localhost' IDENTIFIED BY"),
  ],
  [
    '54',
    'no my.cnf but its own is read',
    () => {
      expect(unit).toContain('--defaults-file=/etc/mytopling/%i/my.cnf');
      expect(text('roles/mytopling/role.yaml')).toContain('--defaults-file={{ mytopling_config }}/my.cnf');
    },
  ],
  ['55', 'the X protocol is off', () => expect(classic.cnf('one')).toContain('mysqlx = 0')],
  [
    '57',
    'an upgrade says that the workers come first',
    () => expect(text('playbooks/upgrade.yaml')).toMatch(/workers' image of the same version first/),
  ],
  [
    '58',
    "the port of the engine's pages is an input, and one that is taken is told",
    async () => {
      const moved = await render({ mytopling_web_port: 8001 });
      expect(moved.plugin('one')).toHaveProperty('http.listening_ports', '8001');
      expect(task('What this machine has')).toContain('mytopling_ports');
    },
  ],
  [
    '59',
    'names of instances must differ',
    async () =>
      expect((await render({}, { one: primary, two: { ...replica, mytopling_instance_name: 'instance-1' } })).code).toBe(5),
  ],
  [
    '60',
    'a proof tells remote compaction from the silent local one',
    () => {
      expect(text('playbooks/site.yaml')).toContain('import_playbook: verify.yaml');
      expect(task('Workers have finished jobs of this load')).toMatch(/Compactions\.finished/);
    },
  ],
];

describe('defects of the upstream way', () => {
  test.each(guards)('defect %s: %s', async (_, __, guard) => {
    await guard();
    expect.hasAssertions();
  });
});
