// How MySQL is asked: the arguments to log in, the script that starts the host's client, and its answers. It decides nothing.
import { lines, sh } from '../../core/shell.ts';
import type { Fact, Footprint, JsonSchema, Output, Question, Step } from '../../core/types.ts';
import { scalar, text, whole } from './kinds.ts';

export interface Login {
  readonly client: string;
  readonly login_user?: string;
  readonly login_password?: string;
  readonly login_host: string;
  readonly login_port: number;
  readonly login_unix_socket?: string;
}
export type Row = Readonly<Record<string, string | null>>;
/** What the client said: its rows, statement by statement, and its error. */
export interface Answer {
  readonly code: number;
  readonly error: string;
  readonly sets: readonly (readonly Row[])[];
}
export interface Sql {
  readonly login: Login;
  readonly statements: readonly string[];
}

export const loginKinds: JsonSchema = {
  client: text('The client program on the host: a path, or a name in PATH.', { default: 'mysql', minLength: 1 }),
  login_user: text('The account; without it and a password, what the client itself is configured with.'),
  login_password: text('Its password. It goes to the host by stdin, into a file that only the user can read.', { secret: true }),
  login_host: text('The server, as the host sees it.', { default: 'localhost' }),
  login_port: whole('Its port.', { default: 3306, minimum: 1, maximum: 65535 }),
  login_unix_socket: text('The socket, instead of host and port.'),
};
export const hostKind = scalar('From where the account may connect.', { default: 'localhost' });
/** Nobody can say beforehand what a statement touches beside the server. */
export const serverKey: Footprint = 'mysql:';

/** A text literal of SQL. */
export const literal = (value: string): string => `'${value.replace(/[\\'\0\n\r\x1a]/g, one => ESCAPES[one] ?? `\\${one}`)}'`;
const ESCAPES: Readonly<Record<string, string>> = { '\0': '\\0', '\n': '\\n', '\r': '\\r', '\x1a': '\\Z' };
export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

const optionLine = (name: string, value: string): string => `${name}="${value.replaceAll('\\', '\\\\')}"\n`;

function optionFile(login: Login): string {
  const place =
    login.login_unix_socket === undefined
      ? optionLine('host', login.login_host) + optionLine('port', String(login.login_port))
      : optionLine('socket', login.login_unix_socket);
  const who = [
    ...(login.login_user === undefined ? [] : [optionLine('user', login.login_user)]),
    ...(login.login_password === undefined ? [] : [optionLine('password', login.login_password)]),
  ];
  return `[client]\n${who.join('')}${place}`;
}

// A word that ends a statement and is in none: statements may hold semicolons.
const END = '$tsrun$';
const MARK = 'tsrun_row_count';

/** Each statement is followed by a row that counts what it changed, so that rows can be told apart by statement. */
export function question({ login, statements }: Sql): Question {
  const file = Buffer.from(optionFile(login));
  const own = login.login_user === undefined && login.login_password === undefined;
  const sql = statements.map(one => `${one.trim().replace(/;+$/, '')}\n${END}\nSELECT ROW_COUNT() AS ${MARK}\n${END}\n`);
  return {
    sh: lines(
      sh`c=${login.client}; command -v "$c" >/dev/null || { echo "there is no $c on the host" >&2; exit 127; }`,
      sh`umask 077; f=$(mktemp) || exit; trap 'rm -f -- "$f"' EXIT; dd bs=1 count=${file.length} of="$f" 2>/dev/null`,
      // dd takes no byte more than it counts: what follows the option file is for the client.
      sh`"$c" "--${own ? 'defaults-extra-file' : 'defaults-file'}=$f" --xml --default-character-set=utf8mb4 --connect-timeout=10`,
    ),
    stdin: `${file.toString()}DELIMITER ${END}\n${sql.join('')}`,
  };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const plainText = (xml: string): string => xml.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');

function rowsOf(resultset: string): readonly Row[] {
  return [...resultset.matchAll(/<row>([\s\S]*?)<\/row>/g)].map(([, row = '']) =>
    Object.fromEntries(
      [...row.matchAll(/<field name="([^"]*)"(?: xsi:nil="true" \/>|>([\s\S]*?)<\/field>)/g)].map(([, name = '', value]) => [
        plainText(name),
        value === undefined ? null : plainText(value),
      ]),
    ),
  );
}

/** The rows and the count of each statement that was done. */
export function statementsOf(out: Output): readonly { readonly rows: readonly Row[]; readonly count: number }[] {
  const done: { rows: readonly Row[]; count: number }[] = [];
  let rows: readonly Row[] = [];
  for (const [, resultset = ''] of out.text().matchAll(/<resultset[^>]*>([\s\S]*?)<\/resultset>/g)) {
    const found = rowsOf(resultset);
    const count = found[0]?.[MARK];
    if (count === undefined || count === null) rows = found;
    else {
      done.push({ rows, count: count === '-1' ? rows.length : Number(count) });
      rows = [];
    }
  }
  return done;
}

export const errorOf = (out: Output): string => Buffer.from(out.stderr).toString('utf8').trim();

export const answerOf = (out: Output): Answer => {
  if (out.cut) throw new Error('the answer is too large');
  return { code: out.code, error: errorOf(out), sets: statementsOf(out).map(({ rows }) => rows) };
};

/** One change of the server: all its statements by one start of the client. */
export const sqlSteps = (sql: Sql): readonly Step[] => [{ run: question(sql) }];

export const loginOf = (args: Login): Login => ({
  client: args.client,
  login_host: args.login_host,
  login_port: args.login_port,
  ...(args.login_user === undefined ? {} : { login_user: args.login_user }),
  ...(args.login_password === undefined ? {} : { login_password: args.login_password }),
  ...(args.login_unix_socket === undefined ? {} : { login_unix_socket: args.login_unix_socket }),
});

/** Why a probe had no answer, and what to do about it. */
export function noAnswer({ code, error }: Answer): { readonly why: string; readonly mend: string } {
  if (code === 127) return { why: error, mend: 'install the client, or say by "client" where it is' };
  if (/ERROR (1045|1698)/.test(error))
    return { why: error, mend: 'mend login_user and login_password, or from where it may log in' };
  if (/ERROR (2002|2003|2005)/.test(error))
    return { why: error, mend: 'start the server, or mend login_unix_socket, login_host and login_port' };
  return { why: error || `the client ended with ${code}`, mend: 'the same statement by hand, on the host, shows more' };
}

/** Check runs: a server that an earlier task would start for the first time has what every fresh server has. */
export const willStart = (foretold: readonly Fact[]): boolean =>
  foretold.some(fact => 'unit' in fact && fact.active === true && /mysql|mytopling|mariadb/.test(fact.unit));
