// The time zone of the host and what its hardware clock keeps.
import { lines, sh } from '../core/shell.ts';
import type { Change, Module, Plan, Step } from '../core/types.ts';
import { choice, gives, takes, text } from './parts/kinds.ts';
import { fileSection, line, plain, readSections, framed } from './parts/sections.ts';

interface Args {
  readonly name?: string;
  readonly hwclock?: 'local' | 'UTC';
}
interface State {
  readonly zone: string;
  readonly named: string | null;
  readonly known: boolean;
  readonly clock: 'local' | 'UTC';
  readonly adjtime: string | null;
}
type Action = { readonly zone: string; readonly named: boolean } | { readonly clock: string; readonly adjtime: string };

function changesOf(args: Args, seen: State): readonly Change<Action>[] {
  const { name, hwclock } = args;
  const zone = name === undefined || (seen.zone === name && (seen.named === null || seen.named === name)) ? [] : [name];
  const rows = (seen.adjtime ?? '0.0 0 0\n0\nUTC\n').split('\n');
  const adjtime = `${[rows[0] ?? '0.0 0 0', rows[1] ?? '0', hwclock === 'local' ? 'LOCAL' : 'UTC'].join('\n')}\n`;
  return [
    ...zone.map(
      (to): Change<Action> => ({
        summary: `time zone: ${seen.zone || 'unset'} -> ${to}`,
        diff: { target: 'time zone', before: `${seen.zone}\n`, after: `${to}\n` },
        touches: ['host:timezone', 'file:/etc/localtime', 'file:/etc/timezone'],
        action: { zone: to, named: seen.named !== null },
      }),
    ),
    ...(hwclock === undefined || hwclock === seen.clock
      ? []
      : [
          {
            summary: `hardware clock: ${seen.clock} -> ${hwclock}`,
            diff: { target: '/etc/adjtime', before: seen.adjtime ?? '', after: adjtime },
            touches: ['host:timezone', 'file:/etc/adjtime'] as const,
            action: { clock: hwclock, adjtime },
          },
        ]),
  ];
}

/** The link comes by a rename, so a zone is never missing. */
function steps(action: Action): readonly Step[] {
  if ('clock' in action) return [{ put: '/etc/adjtime', content: action.adjtime, mode: 0o644 }];
  const target = `/usr/share/zoneinfo/${action.zone}`;
  const link = sh`ln -sfn ${target} /etc/localtime.tsrun && mv -f /etc/localtime.tsrun /etc/localtime`;
  return [{ run: { sh: link } }, ...(action.named ? [{ put: '/etc/timezone', content: `${action.zone}\n`, mode: 0o644 }] : [])];
}

function plan(args: Args, seen: State): Plan<Action> {
  if (args.name !== undefined && !seen.known) {
    return {
      changes: [],
      result: {},
      refuse: {
        why: `the host has no time zone ${args.name}`,
        mend: 'mend the name ("ls /usr/share/zoneinfo"), or install the package tzdata before',
      },
    };
  }
  return { changes: changesOf(args, seen), result: {} };
}

export const module: Module<Args, State, Action> = {
  summary: 'Set the time zone.',
  collection: 'community.general',
  args: takes({
    name: text('The zone, as Asia/Shanghai.'),
    hwclock: choice('What the hardware clock keeps.', ['local', 'UTC'], undefined, { aliases: ['rtc'] }),
  }),
  returns: gives(),
  examples: [{ title: 'UTC everywhere', yaml: 'timezone: { name: Etc/UTC }' }],
  differs: [
    'It sets the link /etc/localtime itself (and /etc/timezone where the host has it); programs that run keep the zone they started with.',
  ],
  check: args => (args.name === undefined && args.hwclock === undefined ? ['one of "name" and "hwclock" is needed'] : []),
  probe: ({ name }) => ({
    ask: framed(
      lines(
        line('zone', sh`"$(readlink /etc/localtime)"`),
        fileSection('named', '/etc/timezone'),
        name === undefined ? sh`k=yes` : sh`[ -f ${`/usr/share/zoneinfo/${name}`} ] && k=yes || k=no`,
        line('known', sh`"$k"`),
        fileSection('adjtime', '/etc/adjtime'),
      ),
    ),
    reads: ['host:timezone', 'file:/etc/localtime', 'file:/etc/timezone', 'file:/etc/adjtime', 'package:tzdata'],
    parse: out => {
      const sections = readSections(out);
      const adjtime = sections.get('adjtime') ?? null;
      return {
        zone: plain(sections, 'zone').replace(/^.*zoneinfo\//, ''),
        named: sections.has('named') ? plain(sections, 'named').trim() : null,
        known: plain(sections, 'known') === 'yes',
        clock: adjtime?.includes('LOCAL') ? 'local' : 'UTC',
        adjtime,
      };
    },
  }),
  plan,
  apply: steps,
  foresee: (_args, seen, foretold) =>
    seen && { ...seen, known: seen.known || foretold.some(fact => 'package' in fact && fact.package === 'tzdata') },
};
