// What must change for a user to be as wanted: the words for useradd and usermod, and what they alter. Pure.
import type { Passwd } from './accounts.ts';
import { findGroup } from './accounts.ts';
import type { Group, Shadow } from './accounts.ts';
import type { List } from './kinds.ts';
import { items } from './kinds.ts';

export interface UserArgs {
  readonly name: string;
  readonly state: 'present' | 'absent';
  readonly uid?: number;
  readonly non_unique: boolean;
  readonly group?: string | number;
  readonly groups?: List;
  readonly append: boolean;
  readonly comment?: string;
  readonly home?: string;
  readonly shell?: string;
  readonly password?: string;
  readonly update_password: 'always' | 'on_create';
  readonly password_lock?: boolean;
  readonly password_expire_max?: number;
  readonly password_expire_min?: number;
  readonly expires?: number;
  readonly system: boolean;
  readonly create_home: boolean;
  readonly move_home: boolean;
  readonly skeleton?: string;
  readonly umask?: string;
  readonly seuser?: string;
  readonly remove: boolean;
  readonly force: boolean;
  readonly local?: boolean;
  readonly generate_ssh_key?: boolean;
  readonly ssh_key_bits: number;
  readonly ssh_key_type: string;
  readonly ssh_key_file?: string;
  readonly ssh_key_comment?: string;
  readonly ssh_key_passphrase?: string;
}
export interface UserState {
  readonly user: Passwd | null;
  readonly shadow: Shadow | null;
  readonly groups: readonly Group[];
  readonly homeExists: boolean;
  readonly key: { readonly fingerprint: string; readonly public: string } | null;
  readonly hasTools: boolean;
}
/** One field that differs: what it was, what it will be, and the words that make it so. */
export interface Alteration {
  readonly field: string;
  readonly before: string;
  readonly after: string;
  readonly words: readonly string[];
  /** For chpasswd, which reads it from its standard input. */
  readonly hash?: string;
}

export const expiryWord = (seconds: number): string => (seconds < 0 ? '' : new Date(seconds * 1000).toISOString().slice(0, 10));
const daysOf = (seconds: number): number => (seconds < 0 ? -1 : Math.floor(seconds / 86400));
const dayWord = (days: number): string => (days < 0 ? 'never' : new Date(days * 86_400_000).toISOString().slice(0, 10));

export function creationWords(args: UserArgs, seen: UserState): readonly string[] {
  const groups = items(args.groups);
  const own = args.group === undefined && findGroup(seen.groups, args.name) ? ['-N'] : [];
  return [
    ...(args.uid === undefined ? [] : ['-u', String(args.uid), ...(args.non_unique ? ['-o'] : [])]),
    ...(args.seuser === undefined ? [] : ['-Z', args.seuser]),
    ...(args.group === undefined ? own : ['-g', String(args.group)]),
    ...(groups.length > 0 ? ['-G', groups.join(',')] : []),
    ...(args.comment === undefined ? [] : ['-c', args.comment]),
    ...(args.home === undefined ? [] : ['-d', args.home]),
    ...(args.shell === undefined ? [] : ['-s', args.shell]),
    ...(args.expires === undefined ? [] : ['-e', expiryWord(args.expires)]),
    ...(args.create_home ? ['-m'] : ['-M']),
    ...(args.create_home && args.skeleton !== undefined ? ['-k', args.skeleton] : []),
    ...(args.create_home && args.umask !== undefined ? ['-K', `UMASK=${args.umask}`] : []),
    ...(args.system ? ['-r'] : []),
    args.name,
  ];
}

const alteration = (
  field: string,
  before: string | number,
  after: string | number,
  words: readonly string[],
): readonly Alteration[] =>
  String(before) === String(after) ? [] : [{ field, before: String(before), after: String(after), words }];

export function alterations(args: UserArgs, seen: UserState, user: Passwd): readonly Alteration[] {
  const group = args.group === undefined ? undefined : findGroup(seen.groups, String(args.group));
  return [
    ...(args.uid === undefined
      ? []
      : alteration('uid', user.uid, args.uid, ['-u', String(args.uid), ...(args.non_unique ? ['-o'] : [])])),
    ...(group === undefined ? [] : alteration('group', user.gid, group.gid, ['-g', String(group.gid)])),
    ...memberships(args, seen),
    ...(args.comment === undefined ? [] : alteration('comment', user.comment, args.comment, ['-c', args.comment])),
    ...(args.home === undefined
      ? []
      : alteration('home', user.home, args.home, ['-d', args.home, ...(args.move_home ? ['-m'] : [])])),
    ...(args.shell === undefined ? [] : alteration('shell', user.shell, args.shell, ['-s', args.shell])),
    ...expiry(args, seen.shadow),
    ...passwords(args, seen.shadow),
  ];
}

/** Only groups that list the user count; its first group does not list it. */
function memberships(args: UserArgs, seen: UserState): readonly Alteration[] {
  if (args.groups === undefined) return [];
  const now = seen.groups.filter(group => group.members.includes(args.name)).map(({ name }) => name);
  const wanted = items(args.groups).map(name => findGroup(seen.groups, name)?.name ?? name);
  const missing = wanted.filter(name => !now.includes(name));
  const surplus = args.append ? [] : now.filter(name => !wanted.includes(name));
  if (missing.length === 0 && surplus.length === 0) return [];
  const after = args.append ? [...now, ...missing] : wanted;
  return [
    {
      field: 'groups',
      before: now.join(','),
      after: after.join(','),
      words: [...(args.append ? ['-a'] : []), '-G', wanted.join(',')],
    },
  ];
}

function expiry(args: UserArgs, shadow: Shadow | null): readonly Alteration[] {
  if (args.expires === undefined || shadow === null) return [];
  const now = shadow.expires < 0 ? -1 : shadow.expires;
  return alteration('expires', dayWord(now), dayWord(daysOf(args.expires)), ['-e', expiryWord(args.expires)]);
}

/** The text of a hash never shows. A lock is a `!` before it. */
function passwords(args: UserArgs, shadow: Shadow | null): readonly Alteration[] {
  const now = shadow?.hash ?? '';
  const locked = now.startsWith('!');
  const bare = (hash: string) => hash.replace(/^!+/, '');
  if (args.update_password === 'always' && args.password !== undefined && bare(now) !== bare(args.password)) {
    const hash = args.password_lock ? `!${args.password}` : args.password;
    return [{ field: 'password', before: '(a password)', after: '(another password)', words: [], hash }];
  }
  if (args.password_lock === true && !locked) return [{ field: 'password', before: 'unlocked', after: 'locked', words: ['-L'] }];
  // usermod does not unlock a user who then had no password.
  if (args.password_lock === false && locked && bare(now) !== '')
    return [{ field: 'password', before: 'locked', after: 'unlocked', words: ['-U'] }];
  return [];
}

export function ageing(args: UserArgs, shadow: Shadow | null): readonly Alteration[] {
  const { password_expire_max: max, password_expire_min: min } = args;
  const now = shadow ?? { min: -1, max: -1 };
  return [
    ...(max === undefined ? [] : alteration('password_expire_max', now.max, max, ['-M', String(max)])),
    ...(min === undefined ? [] : alteration('password_expire_min', now.min, min, ['-m', String(min)])),
  ];
}
