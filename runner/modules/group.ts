// Groups of the host. It leaves their members to the user module.
import { lines, sh } from '../core/shell.ts';
import type { Change, Module } from '../core/types.ts';
import { lookup, readGroups } from './parts/accounts.ts';
import type { Group } from './parts/accounts.ts';
import { choice, flag, gives, takes, text, whole } from './parts/kinds.ts';
import { readSections, section, framed } from './parts/sections.ts';

interface Args {
  readonly name: string;
  readonly state: 'present' | 'absent';
  readonly gid?: number;
  readonly system: boolean;
  readonly local: boolean;
  readonly non_unique: boolean;
}
interface State {
  readonly group: Group | null;
  /** Who has the wanted number. */
  readonly holder: string | null;
}
interface Action {
  readonly program: 'groupadd' | 'groupmod' | 'groupdel';
  readonly words: readonly string[];
}

const touches = (name: string) => [`group:${name}`, 'file:/etc/group', 'file:/etc/gshadow'] as const;

function changeOf(args: Args, { group }: State): Change<Action> | null {
  const { name, gid, system, non_unique } = args;
  const number = gid === undefined ? [] : ['-g', String(gid), ...(non_unique ? ['-o'] : [])];
  const target = `group ${name}`;
  if (args.state === 'absent') {
    if (!group) return null;
    const diff = { target, before: `gid ${group.gid}`, after: 'absent' };
    return { summary: `remove group ${name}`, diff, touches: touches(name), action: { program: 'groupdel', words: [name] } };
  }
  const foretells = [{ group: name }];
  if (!group) {
    const diff = { target, before: 'absent', after: gid === undefined ? 'present' : `gid ${gid}` };
    const words = [...number, ...(system ? ['-r'] : []), name];
    return { summary: `add group ${name}`, diff, touches: touches(name), foretells, action: { program: 'groupadd', words } };
  }
  if (gid === undefined || group.gid === gid) return null;
  const diff = { target, before: `gid ${group.gid}`, after: `gid ${gid}` };
  return {
    summary: `${name}: gid ${group.gid} -> ${gid}`,
    diff,
    touches: touches(name),
    foretells,
    action: { program: 'groupmod', words: [...number, name] },
  };
}

export const module: Module<Args, State, Action> = {
  summary: 'Add and remove groups.',
  collection: 'ansible.builtin',
  args: takes(
    {
      name: text('The group.'),
      state: choice('Whether it is there.', ['present', 'absent'], 'present'),
      gid: whole('Its number.', { minimum: 0 }),
      system: flag('Take the number from those of the system.', false),
      local: flag('Look in /etc/group alone, not in a directory.', false),
      non_unique: flag('The number may belong to another group too.', false),
    },
    ['name'],
  ),
  returns: gives({
    name: { type: 'string' },
    state: { type: 'string' },
    gid: { type: ['integer', 'null'] },
    system: { type: 'boolean' },
  }),
  examples: [{ title: 'A system group', yaml: 'group: { name: mysql, system: true }' }],
  notes: ['Needs groupadd, groupmod and groupdel (the package passwd, shadow-utils or shadow).'],
  differs: ['With `local`, groupadd is used too, not lgroupadd.'],
  check: args => (args.non_unique && args.gid === undefined ? ['"non_unique" needs "gid"'] : []),
  probe: args => ({
    ask: framed(
      lines(
        section('group', lookup('group', args.name, args.local)),
        ...(args.gid === undefined ? [] : [section('holder', sh`getent group ${args.gid}`)]),
      ),
    ),
    reads: [`group:${args.name}`, 'file:/etc/group', ...(args.gid === undefined ? [] : (['group:'] as const))],
    parse: out => {
      const sections = readSections(out);
      const group = readGroups(sections.get('group') ?? '').find(found => found.name === args.name) ?? null;
      return { group, holder: readGroups(sections.get('holder') ?? '')[0]?.name ?? null };
    },
  }),
  plan: (args, seen) => {
    const change = changeOf(args, seen);
    const gid = args.state === 'absent' ? null : (args.gid ?? seen.group?.gid ?? null);
    const result = { name: args.name, state: args.state, ...(args.state === 'absent' ? {} : { gid, system: args.system }) };
    const taken = seen.holder !== null && seen.holder !== args.name && !args.non_unique && change && args.state === 'present';
    if (taken) {
      return {
        changes: [],
        result,
        refuse: {
          why: `gid ${args.gid} belongs to the group ${seen.holder}`,
          mend: 'take another number, or write "non_unique: true"',
        },
      };
    }
    return { changes: change ? [change] : [], result };
  },
  apply: ({ program, words }) => [
    { run: { sh: sh`${program} ${words}` } },
    { run: { sh: sh`getent group ${words.at(-1) ?? ''}` }, accept: [0, 1, 2, 127] },
  ],
  failsByCode: true,
  result: (args, _state, outputs) => {
    const made = readGroups(outputs.at(-1)?.text() ?? '')[0];
    return made && args.state === 'present' ? { gid: made.gid } : {};
  },
  foresee: (args, seen, foretold) => {
    if (seen === null || seen.group) return seen;
    const comes = foretold.some(fact => 'group' in fact && !('path' in fact) && fact.group === args.name);
    return comes ? { ...seen, group: { name: args.name, gid: args.gid ?? -1, members: [] } } : seen;
  },
};
