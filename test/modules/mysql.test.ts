import { describe, expect, it } from 'vitest';
import type { AnyModule, Output, Vars } from '../../runner/core/types.ts';
import { openModules } from '../../runner/modules/index.ts';
import { grantStatements, shownGrants, wantedGrants } from '../../runner/modules/parts/mysql-grants.ts';
import { cachingSha2, isPassword } from '../../runner/modules/parts/mysql-hash.ts';
import { answerOf, literal, question, statementsOf } from '../../runner/modules/parts/mysql.ts';

const modules = await openModules(['mysql_query', 'mysql_user', 'mysql_replication']);
const login = { client: 'mysql', login_host: 'localhost', login_port: 3306 };
const plan = (name: string, args: Vars, sets: readonly (readonly Vars[])[], code = 0, error = '') =>
  (modules.get(name) as AnyModule).plan({ ...login, ...args }, { code, error, sets });
const statements = (one: ReturnType<typeof plan>) => one.changes.flatMap(({ action }) => action.statements);

const output = (stdout: string): Output => ({
  code: 0,
  stdout: Buffer.from(stdout),
  stderr: new Uint8Array(),
  text: () => stdout,
});
const counted = (count: number) =>
  `<resultset statement="x"><row><field name="tsrun_row_count">${count}</field></row></resultset>`;

describe('the client', () => {
  it('gets the password by stdin, never by a word of its command line', () => {
    const asked = question({ login: { ...login, login_user: 'root', login_password: 's3cret\\' }, statements: ['SELECT 1'] });
    expect('sh' in asked && asked.sh).not.toContain('s3cret');
    expect('sh' in asked && asked.stdin).toContain('password="s3cret\\\\"\n');
  });

  it('answers rows with entities and NULL, and a statement without rows has none', () => {
    const row = '<row><field name="a&lt;b">1 &amp; 2</field><field name="n" xsi:nil="true" /></row>';
    const out = output(`<resultset statement="q">${row}</resultset>${counted(-1)}${counted(3)}`);
    expect(statementsOf(out)).toEqual([
      { rows: [{ 'a<b': '1 & 2', n: null }], count: 1 },
      { rows: [], count: 3 },
    ]);
    expect(answerOf(out).sets).toHaveLength(2);
  });

  it.each([
    ["it's", "'it\\'s'"],
    ['a\\', "'a\\\\'"],
    ['a\nb', "'a\\nb'"],
  ])('quotes %j as %s', (text, quoted) => expect(literal(text)).toBe(quoted));
});

describe('passwords', () => {
  // openssl passwd -5 -salt abcdefghijklmnop secret12
  const known = 'gHzRGUoV67LLAcxYbmr/RaLhQaWLVfCquCF1AaPmhs6';
  it('are hashed as crypt(3) hashes them', () =>
    expect(cachingSha2('secret12', Buffer.from('abcdefghijklmnop'), 5).toString()).toBe(`$A$005$abcdefghijklmnop${known}`));

  const stored = cachingSha2('secret12', Buffer.from('abcdefghijklmnopqrst'), 5).toString('hex');
  it.each([
    ['secret12', 'caching_sha2_password', stored, true],
    ['secret13', 'caching_sha2_password', stored, false],
    ['', 'caching_sha2_password', '', true],
    ['', 'caching_sha2_password', stored, false],
    ['password', 'mysql_native_password', Buffer.from('*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19').toString('hex'), true],
    ['x', 'auth_socket', '61', null],
  ])('%j against %s', (password, plugin, hash, same) => expect(isPassword(password, plugin, hash)).toBe(same));
});

describe('privileges', () => {
  it.each([
    ['*.*:REPLICATION SLAVE', ['GRANT REPLICATION SLAVE ON *.* TO `r`@`h`'], []],
    ['*.*:replication client', ['GRANT USAGE ON *.* TO `r`@`h`'], ['GRANT REPLICATION CLIENT ON *.* TO u']],
    ['a.*:SELECT', ['GRANT SELECT, INSERT ON `a`.* TO `r`@`h`'], ['REVOKE INSERT ON `a`.* FROM u']],
    ['a.*:ALL', ['GRANT ALL PRIVILEGES ON `a`.* TO `r`@`h`'], []],
    ['a.t:SELECT (x,y)', ['GRANT SELECT (`x`, `y`) ON `a`.`t` TO `r`@`h`'], []],
    ['a.*:SELECT,GRANT', ['GRANT SELECT ON `a`.* TO `r`@`h`'], ['GRANT USAGE ON `a`.* TO u WITH GRANT OPTION']],
  ])('%s on %j', (priv, shown, made) =>
    expect(grantStatements('u', shownGrants(shown), wantedGrants(priv), false)).toEqual(made),
  );
});

describe('mysql_user', () => {
  const args = {
    name: 'repl',
    host: '%',
    password: 'secret12',
    update_password: 'always',
    append_privs: false,
    state: 'present',
  };
  const hash = cachingSha2('secret12', Buffer.from('abcdefghijklmnopqrst'), 5).toString('hex');
  const there = [[{ plugin: 'caching_sha2_password', auth_hex: hash }], [{ x: 'GRANT USAGE ON *.* TO `repl`@`%`' }]];

  it('makes who is not there', () =>
    expect(statements(plan('mysql_user', args, [[]], 1, 'ERROR 1141 (42000)'))).toEqual([
      "CREATE USER 'repl'@'%' IDENTIFIED BY 'secret12'",
    ]));
  it('changes nothing where the password is the same', () => expect(plan('mysql_user', args, there).changes).toEqual([]));
  it('sets another password, and shows neither', () => {
    const changed = plan('mysql_user', { ...args, password: 'other-secret' }, there);
    expect(statements(changed)).toEqual(["ALTER USER 'repl'@'%' IDENTIFIED BY 'other-secret'"]);
    expect(JSON.stringify(changed.changes.map(({ summary, diff }) => [summary, diff]))).not.toContain('other-secret');
  });
  it('refuses where the server does not answer', () =>
    expect(plan('mysql_user', args, [], 1, "ERROR 2002 (HY000): Can't connect").refuse?.mend).toMatch(/start the server/));
});

describe('mysql_replication', () => {
  const args = {
    mode: 'changeprimary',
    primary_host: 'a',
    primary_user: 'repl',
    primary_password: 'p',
    primary_auto_position: true,
  };
  const source = { Host: 'a', Port: '3306', User_name: 'repl', secret: '1', Enabled_auto_position: '1' };
  const running = { Replica_IO_Running: 'Yes', Replica_SQL_Running: 'Yes' };

  it('follows where nobody is followed', () =>
    expect(statements(plan('mysql_replication', args, [[], []]))).toEqual([
      "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'a', SOURCE_USER = 'repl', SOURCE_PASSWORD = 'p', SOURCE_AUTO_POSITION = 1",
    ]));
  it('changes nothing where all is so', () => expect(plan('mysql_replication', args, [[running], [source]]).changes).toEqual([]));
  it('stops, changes and starts what runs, and never resets', () => {
    const made = statements(plan('mysql_replication', args, [[running], [{ ...source, Host: 'b' }]]));
    expect(made.map(one => one.split(' ').slice(0, 2).join(' '))).toEqual([
      'STOP REPLICA',
      'CHANGE REPLICATION',
      'START REPLICA',
    ]);
  });
  it('starts what is stopped', () =>
    expect(statements(plan('mysql_replication', { mode: 'startreplica' }, [[], [source]]))).toEqual(['START REPLICA']));
  it('does not start who follows nobody', () =>
    expect(plan('mysql_replication', { mode: 'startreplica' }, [[], []]).refuse?.why).toMatch(/follows no source/));
});

describe('mysql_query', () => {
  it('asks what only reads, and changes nothing', () =>
    expect(plan('mysql_query', { query: 'SELECT 1 AS one', single_transaction: false }, [[{ one: '1' }]])).toMatchObject({
      changes: [],
      result: { query_result: [[{ one: '1' }]], rowcount: [1] },
    }));
  const insert = { query: 'INSERT INTO t VALUES (%s)', positional_args: ["it's"], single_transaction: false };
  it('puts values in as literals', () =>
    expect(statements(plan('mysql_query', insert, []))).toEqual(["INSERT INTO t VALUES ('it\\'s')"]));
  it('does nothing where `unless` gives a row', () =>
    expect(plan('mysql_query', { ...insert, unless: 'SELECT 1' }, [[{ 1: '1' }]]).changes).toEqual([]));
});
