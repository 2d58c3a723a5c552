// The user and group databases of a host: how they are asked and read. It changes nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import { section } from './sections.ts';

export interface Passwd {
  readonly name: string;
  readonly password: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}
export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}
export interface Shadow {
  readonly hash: string;
  /** Days; -1 where the field is empty. */
  readonly min: number;
  readonly max: number;
  readonly expires: number;
}

/** One line of a database: by getent, or from the local file alone. */
export const lookup = (database: 'passwd' | 'shadow' | 'group', key: string, local: boolean): Script => {
  const file = sh`while IFS= read -r l; do case $l in ${`${key}:`}*) printf '%s\\n' "$l"; break;; esac; done < /etc/${raw(sh`${database}`)}`;
  return local ? file : sh`if command -v getent >/dev/null; then getent ${database} ${key}; else ${raw(file)}; fi`;
};

/** All groups, and those that are named: a directory may not list what it knows. */
export const allGroups = (named: readonly string[]): Script =>
  section('groups', lines(sh`{ getent group || cat /etc/group; }`, ...(named.length > 0 ? [sh`getent group ${named}`] : [])));

export function readPasswd(text: string): Passwd | null {
  const [name, password = '', uid, gid, comment = '', home = '', shell = ''] = text.trim().split(':');
  return name && uid ? { name, password, uid: Number(uid), gid: Number(gid), comment, home, shell } : null;
}

export function readShadow(text: string): Shadow | null {
  const fields = text.trim().split(':');
  const days = (at: number) => (fields[at] ? Number(fields[at]) : -1);
  return fields.length < 8 ? null : { hash: fields[1] ?? '', min: days(3), max: days(4), expires: days(7) };
}

export const readGroups = (text: string): readonly Group[] =>
  text.split('\n').flatMap(row => {
    const [name, , gid, members = ''] = row.split(':');
    return name && gid ? [{ name, gid: Number(gid), members: members.split(',').filter(Boolean) }] : [];
  });

/** By name, else by number. */
export const findGroup = (groups: readonly Group[], wanted: string): Group | undefined =>
  groups.find(group => group.name === wanted) ?? groups.find(group => String(group.gid) === wanted);
