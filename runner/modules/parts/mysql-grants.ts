// Privileges of MySQL as Ansible writes them (`db.*:SELECT,INSERT/*.*:PROCESS`) and as SHOW GRANTS gives them. Pure.
import { identifier } from './mysql.ts';

/** For each object (`*.*`, `db.*`, `db.table`), unquoted, its privileges in capitals; GRANT is the right to pass them on. */
export type Grants = ReadonlyMap<string, ReadonlySet<string>>;

// What ALL is on every version since 8.0; a server writes out the list that it knows.
const ALL_EVERYWHERE =
  'SELECT,INSERT,UPDATE,DELETE,CREATE,DROP,RELOAD,SHUTDOWN,PROCESS,FILE,REFERENCES,INDEX,ALTER,SHOW DATABASES,SUPER,CREATE TEMPORARY TABLES,LOCK TABLES,EXECUTE,REPLICATION SLAVE,REPLICATION CLIENT,CREATE VIEW,SHOW VIEW,CREATE ROUTINE,ALTER ROUTINE,CREATE USER,EVENT,TRIGGER,CREATE TABLESPACE,CREATE ROLE,DROP ROLE'.split(
    ',',
  );

const plainName = (text: string): string => text.replace(/`((?:[^`]|``)*)`/g, (_, name: string) => name.replaceAll('``', '`'));

/** Commas, but not those between the columns of `SELECT (a, b)`. */
const privilegesIn = (text: string): readonly string[] =>
  (text.match(/(?:[^,(]|\([^)]*\))+/g) ?? []).map(one => {
    const [, name = '', columns] = /^\s*([^(]*?)\s*(\([^)]*\))?\s*$/.exec(one) ?? [];
    const named = name
      .toUpperCase()
      .replace(/^ALL PRIVILEGES$/, 'ALL')
      .replace(/^GRANT OPTION$/, 'GRANT');
    return columns === undefined ? named : `${named} ${columns.replaceAll('`', '').replace(/\s+/g, '').replaceAll(',', ', ')}`;
  });

function gathered(pairs: readonly (readonly [string, readonly string[]])[]): Grants {
  const grants = new Map<string, Set<string>>();
  for (const [object, privileges] of pairs) {
    const all = grants.get(object) ?? new Set();
    for (const one of privileges) if (one !== '' && one !== 'USAGE') all.add(one);
    grants.set(object, all);
  }
  return grants;
}

/** The argument `priv`. */
export function wantedGrants(priv: string | Readonly<Record<string, unknown>>): Grants {
  const pairs =
    typeof priv === 'string'
      ? priv.split('/').map(part => [part.slice(0, part.lastIndexOf(':')), part.slice(part.lastIndexOf(':') + 1)] as const)
      : Object.entries(priv).map(([object, list]) => [object, String(list)] as const);
  return gathered(pairs.map(([object, list]) => [plainName(object.trim()), privilegesIn(list)]));
}

/** Rows of SHOW GRANTS; roles and proxies are passed over. */
export const shownGrants = (rows: readonly string[]): Grants =>
  gathered(
    rows.flatMap(row => {
      const [, list, object = '', rest = ''] = /^GRANT (.+?) ON (?:TABLE )?(\S+) TO (.*)$/.exec(row) ?? [];
      if (list === undefined || list === 'PROXY') return [];
      return [[plainName(object), [...privilegesIn(list), ...(rest.endsWith('WITH GRANT OPTION') ? ['GRANT'] : [])]] as const];
    }),
  );

const without = (some: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] =>
  [...some].filter(one => !others.has(one));

/** An account with all has each; all is had by who has each. */
function missing(object: string, wanted: ReadonlySet<string>, has: ReadonlySet<string>): readonly string[] {
  if (has.has('ALL')) return wanted.has('GRANT') && !has.has('GRANT') ? ['GRANT'] : [];
  const hasAll = object === '*.*' && ALL_EVERYWHERE.every(one => has.has(one));
  return without(wanted, has).filter(one => one !== 'ALL' || !hasAll);
}

const surplus = (wanted: ReadonlySet<string>, has: ReadonlySet<string>): readonly string[] =>
  wanted.has('ALL') ? (has.has('GRANT') && !wanted.has('GRANT') ? ['GRANT'] : []) : without(has, wanted);

const target = (object: string): string => {
  const dot = object.indexOf('.');
  const part = (name: string) => (name === '*' ? '*' : identifier(name));
  return `${part(object.slice(0, dot))}.${part(object.slice(dot + 1))}`;
};
const listed = (privileges: readonly string[]): string =>
  privileges.map(one => (one === 'GRANT' ? 'GRANT OPTION' : one)).join(', ');

/** Statements that lead from what an account has to what it shall have. */
export function grantStatements(account: string, has: Grants, wanted: Grants, keepOthers: boolean): readonly string[] {
  const none: ReadonlySet<string> = new Set();
  const revokes = [...has].flatMap(([object, had]) => {
    const extra = keepOthers ? [] : surplus(wanted.get(object) ?? none, had);
    return extra.length === 0 ? [] : [`REVOKE ${listed(extra)} ON ${target(object)} FROM ${account}`];
  });
  const grants = [...wanted].flatMap(([object, want]) => {
    const lacks = missing(object, want, has.get(object) ?? none);
    const plain = lacks.filter(one => one !== 'GRANT');
    if (lacks.length === 0) return [];
    const tail = lacks.includes('GRANT') ? ' WITH GRANT OPTION' : '';
    return [`GRANT ${plain.length === 0 ? 'USAGE' : plain.join(', ')} ON ${target(object)} TO ${account}${tail}`];
  });
  return [...revokes, ...grants];
}
