// Users of the host: their entry, groups, password, home and ssh key. The comparing is in parts/user-plan.ts.
import { lines, raw, sh } from '../core/shell.ts';
import type { Change, Fact, Footprint, Module, Plan, Script, Step, Vars } from '../core/types.ts';
import { allGroups, findGroup, lookup, readGroups, readPasswd, readShadow } from './parts/accounts.ts';
import { gives, items, takes } from './parts/kinds.ts';
import { line, plain, readSections, section, framed } from './parts/sections.ts';
import { ageing, alterations, creationWords, expiryWord } from './parts/user-plan.ts';
import type { Alteration, UserArgs, UserState } from './parts/user-plan.ts';
import { homeScript, keyScript } from './parts/user-home.ts';
import { userKinds } from './parts/user-kinds.ts';

type Action = { readonly script: Script; readonly stdin?: string; readonly name: string };

const homeOf = (args: UserArgs, seen: UserState | null): string => args.home ?? seen?.user?.home ?? `/home/${args.name}`;
const keyFile = (args: UserArgs): string => args.ssh_key_file ?? `.ssh/id_${args.ssh_key_type}`;

function probeScript(args: UserArgs): Script {
  const named = [...items(args.groups), ...(args.group === undefined ? [] : [String(args.group)])];
  const key = keyFile(args);
  const path = sh`case ${key} in /*) k=${key};; *) k=$h/${key};; esac`;
  return lines(
    section('user', lookup('passwd', args.name, args.local === true)),
    section('shadow', lookup('shadow', args.name, args.local === true)),
    allGroups(named),
    sh`command -v usermod >/dev/null || [ -x /usr/sbin/usermod ] && t=yes || t=no`,
    line('tools', sh`"$t"`),
    args.home === undefined ? sh`h=$(getent passwd ${args.name} 2>/dev/null | cut -d: -f6)` : sh`h=${args.home}`,
    sh`[ -e "$h" ] && e=yes || e=no`,
    line('home', sh`"$e"`),
    ...(args.generate_ssh_key
      ? [path, sh`if [ -e "$k" ]; then`, section('key', sh`cat "$k.pub"; ssh-keygen -lf "$k"`), sh`fi`]
      : []),
  );
}

const touchesOf = (args: UserArgs, seen: UserState): readonly Footprint[] => [
  `user:${args.name}`,
  'group:',
  'file:/etc/passwd',
  'file:/etc/shadow',
  'file:/etc/group',
  'file:/etc/gshadow',
  `file:${homeOf(args, seen).replace(/\/$/, '')}/`,
];

function change(
  args: UserArgs,
  seen: UserState,
  what: readonly Alteration[],
  action: Action,
  facts: readonly Fact[] = [],
): Change<Action> {
  const rows = (side: 'before' | 'after') => what.map(one => `${one.field}: ${one[side]}\n`).join('');
  const diff = { target: `user ${args.name}`, before: rows('before'), after: rows('after') };
  const summary = `${args.name}: ${what.map(one => `${one.field} ${one.before || "''"} -> ${one.after || "''"}`).join(', ')}`;
  return { summary, diff, touches: touchesOf(args, seen), foretells: [{ user: args.name }, ...facts], action };
}

function creation(args: UserArgs, seen: UserState): Change<Action> {
  const home = homeOf(args, seen);
  const parent = home.slice(0, home.lastIndexOf('/')) || '/';
  const made = args.create_home ? [sh`[ -d ${parent} ] || mkdir -p ${parent}`] : [];
  const hash = args.password === undefined ? undefined : `${args.password_lock ? '!' : ''}${args.password}`;
  const lock = args.password_lock && hash === undefined ? [sh`usermod -L ${args.name}`] : [];
  // useradd leaves the ageing of a system user out.
  const expiry = args.system && args.expires !== undefined ? [sh`usermod -e ${expiryWord(args.expires)} ${args.name}`] : [];
  const script = lines(
    sh`set -e`,
    ...made,
    sh`useradd ${creationWords(args, seen)} </dev/null`,
    ...(hash === undefined ? [] : [sh`chpasswd -e`]),
    ...lock,
    ...expiry,
    ...ageScript(args, seen),
  );
  const what = [
    { field: 'user', before: 'absent', after: `present${args.uid === undefined ? '' : ` (uid ${args.uid})`}`, words: [] },
  ];
  const facts: Fact[] = [
    ...(args.group === undefined ? [{ group: args.name }] : []),
    ...(args.create_home ? [{ path: home, is: 'directory' as const, owner: args.name }] : []),
  ];
  return change(args, seen, what, withInput(args, script, hash), facts);
}

const ageScript = (args: UserArgs, seen: UserState): readonly Script[] => {
  const words = ageing(args, seen.shadow).flatMap(one => one.words);
  return words.length > 0 ? [sh`chage ${words} ${args.name}`] : [];
};

const withInput = ({ name }: UserArgs, script: Script, hash: string | undefined): Action =>
  hash === undefined ? { script, name } : { script, name, stdin: `${name}:${hash}\n` };

function modification(args: UserArgs, seen: UserState, what: readonly Alteration[]): Change<Action> {
  const words = what.flatMap(one => (one.field.startsWith('password_expire') ? [] : one.words));
  const hash = what.find(one => one.hash !== undefined)?.hash;
  const script = lines(
    sh`set -e`,
    ...(words.length > 0 ? [sh`usermod ${words} ${args.name}`] : []),
    ...(hash === undefined ? [] : [sh`chpasswd -e`]),
    ...ageScript(args, seen),
  );
  return change(args, seen, what, withInput(args, script, hash));
}

function presentChanges(args: UserArgs, seen: UserState): readonly Change<Action>[] {
  const key = (home: string) => keyScript(args, keyFile(args), home);
  const later: Change<Action>[] = [];
  if (args.generate_ssh_key && !seen.key) {
    const what = [{ field: 'ssh key', before: 'absent', after: keyFile(args), words: [] }];
    later.push(change(args, seen, what, { script: key(homeOf(args, seen)), name: args.name }));
  }
  if (!seen.user) return [creation(args, seen), ...later];
  const what = [...alterations(args, seen, seen.user), ...ageing(args, seen.shadow)];
  const moved = what.some(one => one.field === 'home') && args.move_home;
  if (args.create_home && !seen.homeExists && !moved) {
    const home = homeOf(args, seen);
    const made = [{ field: 'home', before: 'no folder', after: home, words: [] }];
    later.unshift(
      change(args, seen, made, { script: homeScript(args, home), name: args.name }, [
        { path: home, is: 'directory', owner: args.name },
      ]),
    );
  }
  return what.length > 0 ? [modification(args, seen, what), ...later] : later;
}

function refusal(args: UserArgs, seen: UserState, changes: number): Plan['refuse'] {
  if (changes === 0) return undefined;
  if (!seen.hasTools)
    return {
      why: 'usermod and useradd are not on the host',
      mend: 'install the package passwd (Debian), shadow-utils (EL) or shadow (Alpine)',
    };
  const wanted = [...(args.group === undefined ? [] : [String(args.group)]), ...items(args.groups)];
  const lost = args.state === 'present' ? wanted.filter(name => !findGroup(seen.groups, name)) : [];
  return lost.length > 0
    ? { why: `the host has no group ${lost.join(', ')}`, mend: 'add a "group" task before this one' }
    : undefined;
}

function removal(args: UserArgs, seen: UserState): readonly Change<Action>[] {
  if (!seen.user) return [];
  const words = [...(args.force ? ['-f'] : []), ...(args.remove ? ['-r'] : []), args.name];
  const what = [{ field: 'user', before: `present (uid ${seen.user.uid})`, after: 'absent', words: [] }];
  const { foretells: _none, ...base } = change(args, seen, what, { script: sh`userdel ${words}`, name: args.name });
  return [{ ...base, ...(args.remove && seen.homeExists ? { impact: 'destroys' as const } : {}) }];
}

function resultOf(args: UserArgs, seen: UserState): Vars {
  const { name, state } = args;
  if (state === 'absent') return seen.user ? { name, state, force: args.force, remove: args.remove } : { name, state };
  const { user, key } = seen;
  return {
    name,
    state,
    append: args.append,
    move_home: args.move_home,
    create_home: args.create_home,
    system: args.system,
    ...(user
      ? {
          uid: args.uid ?? user.uid,
          group: user.gid,
          comment: args.comment ?? user.comment,
          home: homeOf(args, seen),
          shell: args.shell ?? user.shell,
        }
      : {}),
    ...(args.groups === undefined ? {} : { groups: items(args.groups).join(',') }),
    ...(key && args.generate_ssh_key
      ? { ssh_key_file: keyFile(args), ssh_fingerprint: key.fingerprint, ssh_public_key: key.public }
      : {}),
  };
}

/** The entry as it is after the deed: a number that was left open is known then. */
const steps = ({ script, stdin, name }: Action): readonly Step[] => [
  { run: stdin === undefined ? { sh: script } : { sh: script, stdin } },
  { run: { sh: sh`${raw(lookup('passwd', name, false))}` }, accept: [0, 1, 2] },
];

export const module: Module<UserArgs, UserState, Action> = {
  summary: 'Add, change and remove users.',
  collection: 'ansible.builtin',
  args: takes(userKinds, ['name']),
  returns: gives({
    name: { type: 'string' },
    state: { type: 'string' },
    uid: { type: 'integer' },
    group: { type: 'integer', description: 'The number of its first group.' },
    groups: { type: 'string' },
    comment: { type: 'string' },
    home: { type: 'string' },
    shell: { type: 'string' },
    append: { type: 'boolean' },
    move_home: { type: 'boolean' },
    create_home: { type: 'boolean' },
    system: { type: 'boolean' },
    force: { type: 'boolean' },
    remove: { type: 'boolean' },
    ssh_key_file: { type: 'string' },
    ssh_fingerprint: { type: 'string' },
    ssh_public_key: { type: 'string' },
  }),
  examples: [
    {
      title: 'A system user without a login',
      yaml: 'user: { name: mysql, system: true, shell: /usr/sbin/nologin, create_home: false }',
    },
    { title: 'One more group', yaml: 'user: { name: deploy, groups: [docker], append: true }' },
  ],
  differs: [
    'With `local`, useradd and usermod are used too, not luseradd.',
    'The words for other systems (login_class, hidden, profile, authorization, role) are not taken.',
    '`password_lock: false` on a user without a password changes nothing; Ansible says changed each time.',
  ],
  notes: [
    'Needs useradd, usermod, userdel, chpasswd and chage; the adduser of BusyBox alone is not enough. A hash goes by standard input.',
  ],
  probe: args => ({
    ask: framed(probeScript(args)),
    reads: [
      `user:${args.name}`,
      'group:',
      'file:/etc/passwd',
      'file:/etc/shadow',
      'file:/etc/group',
      `file:${args.home ?? `/home/${args.name}`}`,
    ],
    parse: out => {
      const sections = readSections(out);
      const key = sections.get('key')?.trim().split('\n');
      return {
        user: readPasswd(plain(sections, 'user')),
        shadow: readShadow(plain(sections, 'shadow')),
        groups: readGroups(sections.get('groups') ?? ''),
        homeExists: plain(sections, 'home') === 'yes',
        key: key ? { public: key[0] ?? '', fingerprint: key[1] ?? '' } : null,
        hasTools: plain(sections, 'tools') === 'yes',
      };
    },
  }),
  plan: (args, seen) => {
    const changes = args.state === 'absent' ? removal(args, seen) : presentChanges(args, seen);
    const refuse = refusal(args, seen, changes.length);
    return refuse ? { changes: [], result: resultOf(args, seen), refuse } : { changes, result: resultOf(args, seen) };
  },
  apply: steps,
  failsByCode: true,
  result: (args, _state, outputs) => {
    const entry = args.state === 'present' ? readPasswd(outputs.at(-1)?.text() ?? '') : null;
    return entry ? { uid: entry.uid, group: entry.gid, comment: entry.comment, home: entry.home, shell: entry.shell } : {};
  },
  foresee: (args, seen, foretold) => {
    if (seen === null) return null;
    if (!seen.user && foretold.some(fact => 'user' in fact && fact.user === args.name)) return null;
    const come = foretold.flatMap(fact =>
      'group' in fact && !('path' in fact) && fact.group ? [{ name: fact.group, gid: -1, members: [] }] : [],
    );
    const tools = seen.hasTools || foretold.some(fact => 'package' in fact && fact.is === 'present');
    return { ...seen, groups: [...seen.groups, ...come.filter(group => !findGroup(seen.groups, group.name))], hasTools: tools };
  },
};
