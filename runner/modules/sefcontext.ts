// Rules of SELinux for the contexts of files (semanage fcontext). It relabels no file.
import { lines, sh } from '../core/shell.ts';
import type { Change, Module, Plan } from '../core/types.ts';
import { choice, flag, gives, takes, text } from './parts/kinds.ts';
import { line, plain, readSections, section, framed } from './parts/sections.ts';

interface Args {
  readonly target: string;
  readonly ftype: string;
  readonly setype?: string;
  readonly seuser?: string;
  readonly selevel?: string;
  readonly substitute?: string;
  readonly state: 'present' | 'absent';
  readonly reload: boolean;
  readonly ignore_selinux_state: boolean;
}
interface Rule {
  readonly user: string;
  readonly type: string;
  readonly level: string;
}
interface State {
  readonly enabled: boolean;
  readonly hasSemanage: boolean;
  readonly rule: Rule | null;
  /** The rule is the host's own, not the policy's. */
  readonly local: boolean;
  readonly equal: string | null;
}
interface Action {
  readonly words: readonly string[];
}

const KINDS: Readonly<Record<string, string>> = {
  a: 'all files',
  b: 'block device',
  c: 'character device',
  d: 'directory',
  f: 'regular file',
  l: 'symbolic link',
  p: 'named pipe',
  s: 'socket',
};

/** `/srv/web(/.*)?    all files    system_u:object_r:httpd_sys_content_t:s0` */
function readRule(text: string, target: string, ftype: string): Rule | null {
  const row = text.split('\n').find(
    one =>
      one.startsWith(`${target} `) &&
      one
        .slice(target.length)
        .trimStart()
        .startsWith(KINDS[ftype] ?? ''),
  );
  const [user, , type, ...level] = (row?.trim().split(/\s+/).at(-1) ?? '').split(':');
  return user && type ? { user, type, level: level.join(':') } : null;
}

const shown = (rule: Rule | null): string => (rule ? `${rule.user}:object_r:${rule.type}:${rule.level}` : 'absent');

function plan(args: Args, seen: State): Plan<Action> {
  const { target, ftype, setype, seuser, selevel, state } = args;
  const result = { target, ftype, setype: setype ?? null, seuser: seuser ?? null, selevel: selevel ?? null, state };
  const refused = (why: string, mend: string): Plan<Action> => ({ changes: [], result, refuse: { why, mend } });
  if (!seen.enabled && !args.ignore_selinux_state)
    return refused('SELinux is disabled on the host', 'leave the task out there, or write "ignore_selinux_state: true"');
  if (!seen.hasSemanage) return refused('semanage is not on the host', 'install the package policycoreutils-python-utils');
  const quiet = args.reload ? [] : ['-N'];
  const change = (before: string, after: string, words: readonly string[]): Plan<Action> => {
    const one: Change<Action> = {
      summary: `${target}: ${before} -> ${after}`,
      diff: { target: `SELinux context of ${target}`, before, after },
      touches: [`fcontext:${target}`, 'selinux:'],
      action: { words: [...words.slice(0, 2), ...quiet, ...words.slice(2)] },
    };
    return { changes: [one], result };
  };
  const { substitute } = args;
  if (substitute !== undefined || (state === 'absent' && seen.equal !== null && setype === undefined))
    return equality(args, seen, change, result);
  if (state === 'absent')
    return seen.local ? change(shown(seen.rule), 'absent', ['fcontext', '-d', '-f', ftype, target]) : { changes: [], result };
  const wanted = {
    user: seuser ?? seen.rule?.user ?? 'system_u',
    type: setype ?? '',
    level: selevel ?? seen.rule?.level ?? 's0',
  };
  if (seen.rule && shown(seen.rule) === shown(wanted)) return { changes: [], result };
  const level = wanted.level === '' ? [] : ['-r', wanted.level];
  return change(shown(seen.rule), shown(wanted), [
    'fcontext',
    seen.rule ? '-m' : '-a',
    '-f',
    ftype,
    '-t',
    wanted.type,
    '-s',
    wanted.user,
    ...level,
    target,
  ]);
}

function equality(
  args: Args,
  seen: State,
  change: (before: string, after: string, words: readonly string[]) => Plan<Action>,
  result: Plan['result'],
): Plan<Action> {
  const { target, substitute, state } = args;
  const before = seen.equal === null ? 'no equal' : `equal to ${seen.equal}`;
  if (state === 'absent') {
    const has = seen.equal !== null && (substitute === undefined || seen.equal === substitute);
    return has ? change(before, 'no equal', ['fcontext', '-d', '-e', seen.equal ?? '', target]) : { changes: [], result };
  }
  if (seen.equal === substitute) return { changes: [], result };
  return change(before, `equal to ${substitute}`, [
    'fcontext',
    seen.equal === null ? '-a' : '-m',
    '-e',
    substitute ?? '',
    target,
  ]);
}

export const module: Module<Args, State, Action> = {
  summary: 'Set the SELinux context that files of a path should have.',
  collection: 'community.general',
  args: takes(
    {
      target: text('The path, a regular expression.', { aliases: ['path'] }),
      ftype: choice('The kind of file: a all, d folders, f files, ...', Object.keys(KINDS), 'a'),
      setype: text('The type.'),
      seuser: text('The user; default system_u.'),
      selevel: text('The level; default s0.', { aliases: ['serange'] }),
      substitute: text('A path whose contexts hold here too.', { aliases: ['equal'] }),
      state: choice('Whether the rule is there.', ['present', 'absent'], 'present'),
      reload: flag('Load the policy again.', true),
      ignore_selinux_state: flag('Do it though SELinux is disabled.', false),
    },
    ['target'],
  ),
  returns: gives(
    Object.fromEntries(
      ['target', 'ftype', 'setype', 'seuser', 'selevel', 'state'].map(key => [key, { type: ['string', 'null'] }]),
    ),
  ),
  examples: [{ title: 'The data of mysqld', yaml: 'sefcontext: { target: "/mnt/data(/.*)?", setype: mysqld_db_t }' }],
  notes: ['Needs semanage. `restorecon -R PATH` gives the files their context afterwards.'],
  check: args => [
    ...(args.state === 'present' && args.setype === undefined && args.substitute === undefined
      ? ['one of "setype" and "substitute" is needed']
      : []),
    ...(args.substitute !== undefined && [args.setype, args.seuser, args.selevel].some(value => value !== undefined)
      ? ['"substitute" goes without setype, seuser and selevel']
      : []),
  ],
  probe: ({ target, ftype }) => ({
    ask: framed(
      lines(
        sh`e=no; [ ! -e /sys/fs/selinux/enforce ] || e=yes; s=no; ! command -v semanage >/dev/null || s=yes`,
        line('tools', sh`"$e $s"`),
        sh`if [ $s = yes ]; then`,
        section('local', sh`semanage fcontext -l -n -C | grep -F -- ${target}`),
        section('all', sh`semanage fcontext -l -n | grep -F -- ${target}`),
        sh`fi`,
      ),
    ),
    reads: [`fcontext:${target}`, 'selinux:', 'package:policycoreutils-python-utils'],
    parse: out => {
      const sections = readSections(out);
      const local = sections.get('local') ?? '';
      const equal = (sections.get('all') ?? '').split('\n').find(row => row.startsWith(`${target} = `));
      const own = readRule(local, target, ftype);
      const [enabled, tools] = plain(sections, 'tools').split(' ');
      return {
        enabled: enabled === 'yes',
        hasSemanage: tools === 'yes',
        rule: own ?? readRule(sections.get('all') ?? '', target, ftype),
        local: own !== null,
        equal: equal?.slice(target.length + 3).trim() ?? null,
      };
    },
  }),
  plan,
  apply: ({ words }) => [{ run: { sh: sh`semanage ${words}` } }],
};
