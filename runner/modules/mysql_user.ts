// An account of MySQL: whether it is there, its password, its privileges.
import type { Change, Fact, Module, Plan, Vars } from '../core/types.ts';
import { choice, flag, gives, takes, text } from './parts/kinds.ts';
import {
  type Answer,
  answerOf,
  hostKind,
  literal,
  type Login,
  loginKinds,
  loginOf,
  noAnswer,
  question,
  serverKey,
  type Sql,
  sqlSteps,
  willStart,
} from './parts/mysql.ts';
import { grantStatements, type Grants, shownGrants, wantedGrants } from './parts/mysql-grants.ts';
import { isPassword } from './parts/mysql-hash.ts';

interface Args extends Login {
  readonly name: string;
  readonly host: string | number;
  readonly password?: string;
  readonly plugin?: string;
  readonly update_password: 'always' | 'on_create';
  readonly priv?: string | Vars;
  readonly append_privs: boolean;
  readonly state: 'present' | 'absent';
}
interface Account {
  readonly plugin: string;
  readonly stored: string;
  readonly grants: Grants;
}

const accountOf = (args: Args): string => `${literal(args.name)}@${literal(String(args.host))}`;
const shown = (args: Args): string => `${args.name}@${args.host}`;

const asked = (args: Args): readonly string[] => [
  `SELECT plugin, HEX(authentication_string) AS auth_hex FROM mysql.user WHERE user = ${literal(args.name)} AND host = ${literal(String(args.host))}`,
  // The last one: of an account that is not there it is an error, and the client ends.
  `SHOW GRANTS FOR ${accountOf(args)}`,
];

const isNobody = ({ code, error, sets }: Answer): boolean => code !== 0 && sets.length === 1 && error.includes('ERROR 1141');

function readAccount({ sets: [rows = [], grants = []] }: Answer): Account | null {
  const row = rows[0];
  if (!row) return null;
  return {
    plugin: row.plugin ?? '',
    stored: row.auth_hex ?? '',
    grants: shownGrants(grants.map(one => Object.values(one)[0] ?? '')),
  };
}

const identified = (args: Args): string =>
  args.password === undefined
    ? args.plugin === undefined
      ? ''
      : ` IDENTIFIED WITH ${args.plugin}`
    : ` IDENTIFIED ${args.plugin === undefined ? '' : `WITH ${args.plugin} `}BY ${literal(args.password)}`;

/** Why the way to log in must be set again; empty: it need not. */
function loginDiffers(args: Args, account: Account): string {
  if (args.plugin !== undefined && args.plugin !== account.plugin) return `plugin ${account.plugin} -> ${args.plugin}`;
  if (args.password === undefined || args.update_password === 'on_create') return '';
  return isPassword(args.password, account.plugin, account.stored) === true ? '' : 'password';
}

function changeOf(args: Args, what: string, statements: readonly string[], told = statements): Change<Sql> {
  return {
    summary: `account ${shown(args)}: ${what}`,
    diff: { target: `account ${shown(args)}`, before: '', after: `${told.join('\n')}\n` },
    touches: [serverKey],
    action: { login: loginOf(args), statements },
  };
}

function planPresent(args: Args, account: Account | null): readonly Change<Sql>[] {
  const grants =
    args.priv === undefined
      ? []
      : grantStatements(accountOf(args), account?.grants ?? new Map(), wantedGrants(args.priv), args.append_privs);
  const change = grants.length === 0 ? [] : [changeOf(args, 'privileges', grants)];
  if (account === null)
    return [changeOf(args, 'absent -> present', [`CREATE USER ${accountOf(args)}${identified(args)}`], ['present']), ...change];
  const why = loginDiffers(args, account);
  return why === '' ? change : [changeOf(args, why, [`ALTER USER ${accountOf(args)}${identified(args)}`], [why]), ...change];
}

function planUser(args: Args, seen: Answer): Plan<Sql> {
  const result = { user: args.name };
  if (seen.code !== 0 && !isNobody(seen)) return { changes: [], refuse: noAnswer(seen), result };
  const account = readAccount(seen);
  if (args.state === 'present') return { changes: planPresent(args, account), result };
  if (account === null) return { changes: [], result };
  return { changes: [changeOf(args, 'present -> absent', [`DROP USER ${accountOf(args)}`])], result };
}

/** Check runs: a server that would be made by an earlier task has no accounts yet but root's own. */
const fresh = (args: Args, seen: Answer | null, foretold: readonly Fact[]): Answer | null =>
  willStart(foretold) && args.name !== 'root' && (seen === null || !(seen.code === 0 || isNobody(seen)))
    ? { code: 0, error: '', sets: [[], []] }
    : null;

export const module: Module<Args, Answer, Sql> = {
  summary: 'Have an account on a MySQL server, with its password and privileges.',
  collection: 'community.mysql',
  args: takes(
    {
      name: text('The account.', { aliases: ['user'], minLength: 1 }),
      host: hostKind,
      password: text('Its password.', { secret: true }),
      plugin: text("How it proves itself; without it the server's default.", { pattern: '^\\w+$' }),
      update_password: choice('Whether the password of an account that is there is set.', ['always', 'on_create'], 'always'),
      priv: {
        type: ['string', 'object'],
        description: 'What it may do: "db.*:SELECT,INSERT/*.*:PROCESS", or a map. Others are revoked, unless append_privs.',
      },
      append_privs: flag('Keep the privileges that `priv` does not name.', false),
      state: choice('Whether it shall be there.', ['absent', 'present'], 'present'),
      ...loginKinds,
    },
    ['name'],
  ),
  returns: gives({ user: { type: 'string' } }),
  examples: [
    {
      title: 'The account of a replica',
      yaml: 'mysql_user:\n  name: repl\n  host: 10.6.0.%\n  password: "{{ repl_password }}"\n  priv: "*.*:REPLICATION SLAVE"\n  login_user: root\n  login_unix_socket: /run/mysqld/mysqld.sock',
    },
  ],
  differs: [
    'A password is compared with the hash that the server keeps (caching_sha2_password, mysql_native_password): no new one is set that is the same.',
    'There is no check_implicit_admin, subtract_privs, host_all or tls_requires; `client` is ours.',
  ],
  probe: args => ({
    ask: question({ login: loginOf(args), statements: asked(args) }),
    reads: [serverKey, 'unit:', `file:${args.client}`],
    parse: answerOf,
  }),
  plan: planUser,
  apply: sqlSteps,
  foresee: fresh,
};
