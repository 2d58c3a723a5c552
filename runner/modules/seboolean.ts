// A boolean of the SELinux policy, now and for the next boots.
import { lines, sh } from '../core/shell.ts';
import type { Change, Module, Plan } from '../core/types.ts';
import { flag, gives, takes, text } from './parts/kinds.ts';
import { line, plain, readSections, section, framed } from './parts/sections.ts';

interface Args {
  readonly name: string;
  readonly state: boolean;
  readonly persistent: boolean;
  readonly ignore_selinux_state: boolean;
}
interface State {
  readonly enabled: boolean;
  /** Null where the policy has no such boolean. */
  readonly live: boolean | null;
  /** Null where nobody asked or nobody knows. */
  readonly saved: boolean | null;
}
type Action = { readonly name: string; readonly on: boolean; readonly persistent: boolean };

const word = (is: boolean | null): string => (is === null ? 'unset' : is ? 'on' : 'off');

function plan(args: Args, seen: State): Plan<Action> {
  const { name, state, persistent } = args;
  const result = { name, state, persistent };
  if (!seen.enabled && !args.ignore_selinux_state) {
    return {
      changes: [],
      result,
      refuse: { why: 'SELinux is disabled on the host', mend: 'leave the task out there, or write "ignore_selinux_state: true"' },
    };
  }
  if (seen.enabled && seen.live === null) {
    return {
      changes: [],
      result,
      refuse: { why: `the policy has no boolean ${name}`, mend: '"getsebool -a" on the host shows them' },
    };
  }
  const saved = !persistent || seen.saved === state;
  if ((seen.live === state || !seen.enabled) && saved) return { changes: [], result };
  const before = persistent ? `${word(seen.live)}, after a boot ${word(seen.saved)}` : word(seen.live);
  const after = persistent ? `${word(state)}, after a boot ${word(state)}` : word(state);
  const change: Change<Action> = {
    summary: `${name}: ${before} -> ${word(state)}`,
    diff: { target: `SELinux boolean ${name}`, before, after },
    touches: [`sebool:${name}`, 'selinux:'],
    action: { name, on: state, persistent },
  };
  return { changes: [change], result };
}

export const module: Module<Args, State, Action> = {
  summary: 'Set a boolean of SELinux.',
  collection: 'ansible.posix',
  args: takes(
    {
      name: text('The boolean.'),
      state: flag('Its value.'),
      persistent: flag('Keep it after a boot.', false),
      ignore_selinux_state: flag('Do it though SELinux is disabled (in a chroot).', false),
    },
    ['name', 'state'],
  ),
  returns: gives({ name: { type: 'string' }, state: { type: 'boolean' }, persistent: { type: 'boolean' } }),
  examples: [{ title: 'Let NFS export all', yaml: 'seboolean: { name: nfs_export_all_rw, state: true, persistent: true }' }],
  notes: ['Needs setsebool; for persistent ones semanage is asked where the policy store does not tell.'],
  probe: ({ name, persistent }) => ({
    ask: framed(
      lines(
        sh`e=no; [ ! -e /sys/fs/selinux/enforce ] || e=yes`,
        line('enabled', sh`"$e"`),
        sh`f=${`/sys/fs/selinux/booleans/${name}`}; if [ -r "$f" ]; then`,
        section('live', sh`cat "$f"`),
        sh`fi`,
        ...(persistent
          ? [
              section(
                'local',
                sh`grep -h ${`^${name}=`} /var/lib/selinux/*/active/booleans.local /etc/selinux/*/active/booleans.local /etc/selinux/*/modules/active/booleans.local`,
              ),
              sh`case $(grep -hs ${`^${name}=`} /var/lib/selinux/*/active/booleans.local /etc/selinux/*/active/booleans.local) in '')`,
              section('default', sh`semanage boolean -l -n | grep ${`^${name} `}`),
              sh`;; esac`,
            ]
          : []),
      ),
    ),
    reads: [`sebool:${name}`, 'selinux:'],
    parse: out => {
      const sections = readSections(out);
      const live = sections.has('live') ? plain(sections, 'live').startsWith('1') : null;
      const local = /=\s*(\w+)/.exec(plain(sections, 'local'))?.[1];
      const byDefault = /\(\s*\w+\s*,\s*(\w+)\s*\)/.exec(plain(sections, 'default'))?.[1];
      const found = local ?? byDefault;
      return {
        enabled: plain(sections, 'enabled') === 'yes',
        live,
        saved: found === undefined ? null : ['1', 'on', 'true'].includes(found),
      };
    },
  }),
  plan,
  apply: ({ name, on, persistent }) => [{ run: { sh: sh`setsebool ${persistent ? ['-P'] : []} ${name} ${on ? 'on' : 'off'}` } }],
};
