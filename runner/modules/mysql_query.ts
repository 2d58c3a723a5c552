// Statements for MySQL. Those that only read are asked and give rows; others are changes.
import type { Change, Fact, Module, Output, Plan, Vars } from '../core/types.ts';
import { sqlImpact } from './parts/impact.ts';
import { flag, gives, takes, text } from './parts/kinds.ts';
import {
  type Answer,
  answerOf,
  errorOf,
  identifier,
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
  statementsOf,
  willStart,
} from './parts/mysql.ts';

interface Args extends Login {
  readonly query: string | readonly string[];
  readonly login_db?: string;
  readonly positional_args?: readonly unknown[];
  readonly named_args?: Vars;
  readonly single_transaction: boolean;
  readonly unless?: string;
}

const READS = /^\s*(?:\(\s*)*(?:select|show|explain|describe|desc|table|values|with)\b/i;
// A SELECT may write all the same: a file, or what a lock holds.
const WRITES = /\binto\s+(?:outfile|dumpfile)\b|\bwith\b[\s\S]*\b(?:delete|update)\b/i;
const onlyReads = (statement: string): boolean => READS.test(statement) && !WRITES.test(statement);

const valueOf = (value: unknown): string =>
  value === null || value === undefined
    ? 'NULL'
    : typeof value === 'number'
      ? String(value)
      : typeof value === 'boolean'
        ? String(Number(value))
        : literal(typeof value === 'string' ? value : JSON.stringify(value));

/** As PyMySQL does it: %s in order, %(name)s by name, %% for a percent sign; without arguments nothing is replaced. */
function filled(statement: string, args: Args): string {
  if (args.named_args)
    return statement.replace(/%\((\w+)\)s|%%/g, (all, name?: string) =>
      name ? valueOf(args.named_args?.[name]) : (all[0] ?? ''),
    );
  if (!args.positional_args) return statement;
  let at = 0;
  return statement.replace(/%[s%]/g, all => (all === '%%' ? '%' : valueOf(args.positional_args?.[at++])));
}

const statementsIn = (args: Args): readonly string[] =>
  (typeof args.query === 'string' ? [args.query] : args.query).map(one => filled(one, args));
const readOnly = (args: Args): boolean => statementsIn(args).every(onlyReads);
const use = (args: Args): readonly string[] => (args.login_db === undefined ? [] : [`USE ${identifier(args.login_db)}`]);

function sqlOf(args: Args, statements: readonly string[]): Sql {
  const whole = args.single_transaction ? ['START TRANSACTION', ...statements, 'COMMIT'] : statements;
  return { login: loginOf(args), statements: [...use(args), ...whole] };
}

/** What is asked before: the query itself where it only reads, else what `unless` says. */
const askedIn = (args: Args): readonly string[] =>
  readOnly(args) ? statementsIn(args) : args.unless === undefined ? [] : [filled(args.unless, args)];

const resultOf = (args: Args, sets: readonly (readonly Row[])[], rowcount: readonly number[]): Vars => ({
  executed_queries: statementsIn(args),
  query_result: sets,
  rowcount,
});

function planQuery(args: Args, seen: Answer): Plan<Sql> {
  const nothing = resultOf(args, [], []);
  if (seen.code !== 0) return { changes: [], refuse: noAnswer(seen), result: nothing };
  const sets = seen.sets.slice(use(args).length);
  if (readOnly(args))
    return {
      changes: [],
      result: resultOf(
        args,
        sets,
        sets.map(rows => rows.length),
      ),
    };
  if (args.unless !== undefined && (sets[0] ?? []).length > 0) return { changes: [], result: nothing };
  const shown = typeof args.query === 'string' ? args.query : args.query.join('; ');
  const change: Change<Sql> = {
    summary: `run ${shown.replace(/\s+/g, ' ').trim()}`,
    diff: { target: 'SQL', before: '', after: `${shown.trim()}\n` },
    touches: [serverKey],
    impact: sqlImpact(statementsIn(args)),
    action: sqlOf(args, statementsIn(args)),
  };
  // What it gives, only the run knows.
  return { changes: [change], result: { executed_queries: nothing['executed_queries'] }, repeats: args.unless === undefined };
}

const DATA = /^\s*(?:insert|update|delete|replace)\b/i;

/** A statement that changes data says how many rows; any other that does not read is a change by itself. */
function done(args: Args, outputs: readonly Output[]): Vars {
  const out = outputs.at(-1);
  if (!out) return {};
  const before = use(args).length + (args.single_transaction ? 1 : 0);
  const found = statementsOf(out).slice(before, before + statementsIn(args).length);
  const changed = statementsIn(args).some((one, i) => !onlyReads(one) && (!DATA.test(one) || (found[i]?.count ?? 0) > 0));
  const result = resultOf(
    args,
    found.map(({ rows }) => rows),
    found.map(({ count }) => Math.max(0, count)),
  );
  return { ...result, changed, ...(out.code === 0 ? {} : { failed: true, changed: true, msg: errorOf(out) }) };
}

/** Check runs: on a server that would be made by an earlier task `unless` finds nothing; what a query would read there is unknown. */
const fresh = (args: Args, seen: Answer | null, foretold: readonly Fact[]): Answer | null =>
  willStart(foretold) && !readOnly(args) && (seen === null || seen.code !== 0) ? { code: 0, error: '', sets: [] } : null;

export const module: Module<Args, Answer, Sql> = {
  summary: 'Run SQL statements on a MySQL server.',
  collection: 'community.mysql',
  args: takes(
    {
      query: { type: ['string', 'array'], items: { type: 'string' }, minItems: 1, description: 'One statement, or a list.' },
      login_db: text('The database that is used.'),
      positional_args: { type: 'array', description: 'Values for each %s, in order.' },
      named_args: { type: 'object', description: 'Values for each %(name)s.' },
      single_transaction: flag('All statements in one transaction.', false),
      unless: text('A statement that reads: where it gives a row, nothing is done.'),
      ...loginKinds,
    },
    ['query'],
  ),
  returns: gives({
    query_result: { type: 'array', description: 'For each statement its rows, each a map of column to text or null.' },
    rowcount: { type: 'array', items: { type: 'integer' } },
    executed_queries: { type: 'array', items: { type: 'string' } },
    msg: { type: 'string' },
  }),
  examples: [
    {
      title: 'Which transactions a server has',
      yaml: 'mysql_query: { query: "SELECT @@gtid_executed AS gtids", login_user: root, login_unix_socket: /run/mysqld/mysqld.sock }\nregister: state',
    },
    {
      title: 'A row, once',
      yaml: 'mysql_query:\n  query: INSERT INTO site.marks (name) VALUES (%s)\n  positional_args: [here]\n  unless: SELECT 1 FROM site.marks WHERE name = %s\n  login_user: root',
    },
  ],
  differs: [
    '`unless` and `client` are ours. Values in query_result are text: the client tells no types.',
    'A statement that only reads is done in a check run too.',
  ],
  check(args) {
    if (args.named_args && args.positional_args) return ['only one of "named_args" and "positional_args" may be given'];
    return args.unless === undefined || onlyReads(args.unless) ? [] : ['"unless" must be a statement that only reads'];
  },
  probe: args => ({
    ask: question({ login: loginOf(args), statements: [...use(args), ...askedIn(args)] }),
    reads: [serverKey, 'unit:', `file:${args.client}`],
    parse: answerOf,
  }),
  plan: planQuery,
  apply: sqlSteps,
  failsByCode: true,
  result: (args, _state, outputs) => done(args, outputs),
  foresee: fresh,
};
