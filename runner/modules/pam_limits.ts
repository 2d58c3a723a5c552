// One limit of a user or group in /etc/security/limits.conf or a file beside it.
import type { Module, Plan } from '../core/types.ts';
import { choice, flag, gives, scalar, takes, text } from './parts/kinds.ts';
import { fileSection, readSections, framed } from './parts/sections.ts';
import { isUnlimited, withLimit } from './parts/limits.ts';
import type { Limit } from './parts/limits.ts';

interface Args extends Limit {
  readonly backup: boolean;
  readonly dest: string;
}

interface Action {
  readonly file: string;
  readonly content: string;
  readonly backup: boolean;
}

const ITEMS =
  'core,data,fsize,memlock,nofile,rss,stack,cpu,nproc,as,maxlogins,maxsyslogins,priority,locks,sigpending,msgqueue,nice,rtprio,chroot'.split(
    ',',
  );
function plan(args: Args, file: string | null): Plan<Action> {
  const before = file ?? '';
  const after = withLimit(before, args);
  const row = after
    .split('\n')
    .find(one => one.split(/\s+/).slice(0, 3).join(' ') === `${args.domain} ${args.limit_type} ${args.limit_item}`);
  const result = { msg: row ?? '' };
  if (after.replace(/\n$/, '') === before.replace(/\n$/, '') && file !== null) return { changes: [], result };
  return {
    changes: [
      {
        summary: `${args.dest}: ${args.domain} ${args.limit_type} ${args.limit_item} -> ${args.value}`,
        diff: { target: args.dest, before, after },
        touches: [`file:${args.dest}`],
        foretells: [{ path: args.dest, is: 'file', content: after }],
        action: { file: args.dest, content: after, backup: args.backup },
      },
    ],
    result,
  };
}

export const module: Module<Args, string | null, Action> = {
  summary: 'Set a limit of PAM for a user or group.',
  collection: 'community.general',
  args: takes(
    {
      domain: text('A user, @group, * or a wildcard.'),
      limit_type: choice('The kind of limit.', ['hard', 'soft', '-']),
      limit_item: choice('What is limited.', ITEMS),
      value: scalar('The limit: a number, or unlimited, infinity, -1.'),
      use_max: flag('Keep the greater of both values.', false),
      use_min: flag('Keep the smaller of both values.', false),
      backup: flag('Keep a copy of the file that was.', false),
      dest: text('The file.', { default: '/etc/security/limits.conf' }),
      comment: text('A comment behind the limit.', { default: '' }),
    },
    ['domain', 'limit_type', 'limit_item', 'value'],
  ),
  returns: gives({ msg: { type: 'string', description: 'The line of the limit.' } }),
  examples: [
    {
      title: 'Open files of the database',
      yaml: 'pam_limits: { domain: mysql, limit_type: "-", limit_item: nofile, value: 1048576 }',
    },
  ],
  notes: ['It counts from the next login on; a service of systemd takes LimitNOFILE of its unit instead.'],
  check: args => [
    ...(args.use_max && args.use_min ? ['only one of "use_max" and "use_min" may be given'] : []),
    ...(/^-?\d+$/.test(String(args.value)) || isUnlimited(String(args.value))
      ? []
      : ['"value" is a whole number, unlimited, infinity or -1']),
  ],
  probe: ({ dest }) => ({
    ask: framed(fileSection('file', dest)),
    reads: [`file:${dest}`],
    parse: out => readSections(out).get('file') ?? null,
  }),
  plan,
  apply: ({ file, content, backup }) => [{ put: file, content, ...(backup ? { backup } : {}) }],
  foresee: (args, seen, foretold) => {
    const fact = foretold.findLast(one => 'path' in one && one.path === args.dest);
    return fact && 'path' in fact ? (fact.content ?? (fact.is === 'absent' ? null : seen)) : seen;
  },
};
