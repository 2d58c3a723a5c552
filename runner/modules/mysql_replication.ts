// Replication by GTID or position: what a replica follows, and whether it runs. By difference; nothing is ever reset.
import type { Change, Fact, Module, Plan, Vars } from '../core/types.ts';
import { choice, flag, scalar, takes, text, whole } from './parts/kinds.ts';
import {
  type Answer,
  answerOf,
  literal,
  type Login,
  loginKinds,
  loginOf,
  noAnswer,
  question,
  type Row,
  serverKey,
  type Sql,
  sqlSteps,
  willStart,
} from './parts/mysql.ts';

type Mode = 'getreplica' | 'changeprimary' | 'startreplica' | 'stopreplica';
interface Args extends Login {
  readonly mode: Mode;
  readonly primary_host?: string;
  readonly primary_port?: number;
  readonly primary_user?: string;
  readonly primary_password?: string;
  readonly primary_auto_position?: boolean;
  readonly primary_ssl?: boolean;
  readonly primary_connect_retry?: number;
  readonly primary_log_file?: string;
  readonly primary_log_pos?: number;
  readonly get_primary_public_key?: boolean;
  readonly fail_on_error: boolean;
}

/** The argument, the option of CHANGE REPLICATION SOURCE, and the column of mysql.slave_master_info that tells it. */
const SETTINGS = [
  ['primary_host', 'SOURCE_HOST', 'Host'],
  ['primary_port', 'SOURCE_PORT', 'Port'],
  ['primary_user', 'SOURCE_USER', 'User_name'],
  ['primary_password', 'SOURCE_PASSWORD', 'secret'],
  ['primary_auto_position', 'SOURCE_AUTO_POSITION', 'Enabled_auto_position'],
  ['primary_ssl', 'SOURCE_SSL', 'Enabled_ssl'],
  ['primary_connect_retry', 'SOURCE_CONNECT_RETRY', 'Connect_retry'],
  ['get_primary_public_key', 'GET_SOURCE_PUBLIC_KEY', 'Get_public_key'],
] as const;

const plainValue = (value: unknown): string => (typeof value === 'boolean' ? String(Number(value)) : String(value));
const sqlValue = (value: unknown): string => (typeof value === 'string' ? literal(value) : plainValue(value));

/** The password never leaves the host: the server says only whether it is the same. */
const asked = (args: Args): readonly string[] => [
  'SHOW REPLICA STATUS',
  `SELECT Host, Port, User_name, Enabled_auto_position, Enabled_ssl, Connect_retry, Get_public_key, User_password = ${literal(args.primary_password ?? '')} AS secret FROM mysql.slave_master_info WHERE Channel_name = ''`,
];

interface Replica {
  readonly status: Row | undefined;
  readonly source: Row | undefined;
}
const replicaOf = ({ sets: [status = [], source = []] }: Answer): Replica => ({ status: status[0], source: source[0] });
const runs = (status: Row | undefined, thread: 'IO' | 'SQL'): boolean =>
  !['No', undefined, null].includes(status?.[`Replica_${thread}_Running`]);

function differences(args: Args, source: Row | undefined): readonly string[] {
  const wanted = SETTINGS.flatMap(([name, , column]) => {
    const value = args[name];
    if (value === undefined) return [];
    return source?.[column] === (name === 'primary_password' ? '1' : plainValue(value)) ? [] : [name];
  });
  // A position moves on by itself: it is set with a new source alone.
  return source === undefined ? [...wanted, ...(args.primary_log_file === undefined ? [] : ['primary_log_file'])] : wanted;
}

function changeSource(args: Args, { status, source }: Replica): Change<Sql> | undefined {
  const different = differences(args, source);
  if (different.length === 0) return undefined;
  const options = SETTINGS.flatMap(([name, option]) => (args[name] === undefined ? [] : [`${option} = ${sqlValue(args[name])}`]));
  const position =
    args.primary_log_file === undefined
      ? []
      : [`SOURCE_LOG_FILE = ${literal(args.primary_log_file)}`, `SOURCE_LOG_POS = ${args.primary_log_pos ?? 4}`];
  const change = `CHANGE REPLICATION SOURCE TO ${[...options, ...position].join(', ')}`;
  const running = runs(status, 'IO') || runs(status, 'SQL');
  const visible = (one: string) => (one === 'primary_password' ? one : `${one}: ${plainValue(args[one as keyof Args])}`);
  return {
    summary: `replication source: ${source ? different.join(', ') : `none -> ${args.primary_host}`}`,
    diff: {
      target: 'replication source',
      before: source ? `${source.User_name}@${source.Host}:${source.Port}\n` : '',
      after: `${different.map(visible).join('\n')}\n`,
    },
    touches: [serverKey],
    ...(running ? { impact: 'restart' as const } : {}),
    action: { login: loginOf(args), statements: running ? ['STOP REPLICA', change, 'START REPLICA'] : [change] },
  };
}

function threads(args: Args, { status }: Replica): Change<Sql> | undefined {
  const start = args.mode === 'startreplica';
  const state = `IO ${runs(status, 'IO') ? 'runs' : 'stopped'}, SQL ${runs(status, 'SQL') ? 'runs' : 'stopped'}`;
  const right = start ? runs(status, 'IO') && runs(status, 'SQL') : !(runs(status, 'IO') || runs(status, 'SQL'));
  if (right) return undefined;
  const after = start ? 'both run' : 'both stopped';
  return {
    summary: `replica: ${state} -> ${after}`,
    diff: { target: 'replica threads', before: `${state}\n`, after: `${after}\n` },
    touches: [serverKey],
    action: { login: loginOf(args), statements: [start ? 'START REPLICA' : 'STOP REPLICA'] },
  };
}

function resultOf({ status }: Replica): Vars {
  return status ? { ...status, Is_Replica: true } : { Is_Replica: false };
}

function planReplication(args: Args, seen: Answer): Plan<Sql> {
  if (seen.code !== 0) return { changes: [], refuse: noAnswer(seen), result: {} };
  const replica = replicaOf(seen);
  const result = resultOf(replica);
  if (args.mode === 'getreplica') return { changes: [], result };
  if (args.mode === 'startreplica' && !replica.source)
    return {
      changes: [],
      refuse: { why: 'this server follows no source yet', mend: 'a task with mode: changeprimary comes before' },
      result,
    };
  const change = args.mode === 'changeprimary' ? changeSource(args, replica) : threads(args, replica);
  return { changes: change ? [change] : [], result };
}

/** Check runs: a server that would be made by an earlier task follows nobody; one that would be told whom can be started. */
function fresh(args: Args, seen: Answer | null, foretold: readonly Fact[]): Answer | null {
  if (!willStart(foretold) || seen?.code === 0 || args.mode === 'getreplica') return null;
  return { code: 0, error: '', sets: [[], args.mode === 'startreplica' ? [{}] : []] };
}

export const module: Module<Args, Answer, Sql> = {
  summary: 'Have a MySQL server follow another one, and its replication run.',
  collection: 'community.mysql',
  args: takes({
    mode: choice(
      'getreplica asks; changeprimary says whom to follow; startreplica and stopreplica have both threads run or not.',
      ['changeprimary', 'getreplica', 'startreplica', 'stopreplica'],
      'getreplica',
    ),
    primary_host: text('The server that is followed.', { aliases: ['master_host'], minLength: 1 }),
    primary_port: whole('Its port.', { aliases: ['master_port'], minimum: 1, maximum: 65535 }),
    primary_user: text('The account there.', { aliases: ['master_user'] }),
    primary_password: text('Its password.', { aliases: ['master_password'], secret: true }),
    primary_auto_position: { type: 'boolean', description: 'By GTID.', aliases: ['master_auto_position'] },
    primary_ssl: { type: 'boolean', description: 'Over TLS.', aliases: ['master_ssl'] },
    primary_connect_retry: whole('Seconds between two tries to connect.', { aliases: ['master_connect_retry'], minimum: 1 }),
    primary_log_file: text('Where to begin without GTIDs; read with a new source alone.', { aliases: ['master_log_file'] }),
    primary_log_pos: whole('The position in that file.', { aliases: ['master_log_pos'], minimum: 4 }),
    get_primary_public_key: {
      type: 'boolean',
      description: 'Ask the source for its RSA key: caching_sha2_password without TLS needs it.',
    },
    fail_on_error: flag('Not used: an error always fails.', true),
    ...loginKinds,
  }),
  returns: {
    type: 'object',
    additionalProperties: true,
    properties: { Is_Replica: { type: 'boolean' }, Seconds_Behind_Source: scalar('') },
  },
  examples: [
    {
      title: 'A replica by GTID',
      yaml: '- mysql_replication:\n    mode: changeprimary\n    primary_host: 10.6.0.31\n    primary_user: repl\n    primary_password: "{{ repl_password }}"\n    primary_auto_position: true\n    get_primary_public_key: true\n    login_user: root\n- mysql_replication: { mode: startreplica, login_user: root }',
    },
  ],
  differs: [
    'changeprimary compares first; where replication runs it is stopped for the change and started again.',
    'There is no resetreplica, resetprimary or resetreplicaall: they lose what a server knows of its transactions.',
  ],
  notes: ['For MySQL 8.0.23 and later (CHANGE REPLICATION SOURCE). Channels other than the unnamed one are left alone.'],
  check: args =>
    args.mode === 'changeprimary' && args.primary_host === undefined ? ['"primary_host" is needed with mode: changeprimary'] : [],
  probe: args => ({
    ask: question({ login: loginOf(args), statements: asked(args) }),
    reads: [serverKey, 'unit:', `file:${args.client}`],
    parse: answerOf,
  }),
  plan: planReplication,
  apply: sqlSteps,
  foresee: fresh,
};
