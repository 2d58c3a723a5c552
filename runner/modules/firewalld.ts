// Rules of firewalld, running and permanent, both asked in one probe.
import { lines, sh } from '../core/shell.ts';
import type { Change, Module, Plan, Script } from '../core/types.ts';
import { choice, flag, gives, scalar, takes, text, whole } from './parts/kinds.ts';
import { line, plain, readSections, section, framed } from './parts/sections.ts';

interface Forward {
  readonly port: string | number;
  readonly proto: string;
  readonly toport: string | number;
  readonly toaddr?: string;
}
interface Args {
  readonly service?: string;
  readonly port?: string | number;
  readonly protocol?: string;
  readonly rich_rule?: string;
  readonly source?: string;
  readonly interface?: string;
  readonly icmp_block?: string;
  readonly icmp_block_inversion?: string | boolean;
  readonly masquerade?: string | boolean;
  readonly port_forward?: readonly Forward[];
  readonly target?: string;
  readonly zone?: string;
  readonly state: 'enabled' | 'disabled' | 'present' | 'absent';
  readonly permanent?: boolean;
  readonly immediate: boolean;
  readonly offline?: boolean;
  readonly timeout: number;
}
interface State {
  readonly running: boolean;
  readonly installed: boolean;
  /** Answers of the queries: for `now` and `permanent`. */
  readonly now: string;
  readonly permanent: string;
}
interface Action {
  readonly words: readonly string[];
  readonly offline: boolean;
}

const isOn = (args: Args): boolean => args.state === 'enabled' || args.state === 'present';
const isYes = (value: string | boolean): boolean => value === true || /^(yes|true|on|1)$/i.test(String(value));

/** The option behind --query-, --add- and --remove-, and whether it is wanted. */
function subject(args: Args): { readonly option: string; readonly value?: string; readonly on: boolean } | null {
  const on = isOn(args);
  const plainKinds = {
    service: args.service,
    port: args.port,
    protocol: args.protocol,
    source: args.source,
    interface: args.interface,
  } as const;
  for (const [option, value] of Object.entries(plainKinds)) if (value !== undefined) return { option, value: String(value), on };
  if (args.rich_rule !== undefined) return { option: 'rich-rule', value: args.rich_rule, on };
  if (args.icmp_block !== undefined) return { option: 'icmp-block', value: args.icmp_block, on };
  if (args.icmp_block_inversion !== undefined)
    return { option: 'icmp-block-inversion', on: on === isYes(args.icmp_block_inversion) };
  if (args.masquerade !== undefined) return { option: 'masquerade', on: on === isYes(args.masquerade) };
  const forward = args.port_forward?.[0];
  if (!forward) return null;
  const to = `port=${forward.port}:proto=${forward.proto}:toport=${forward.toport}${forward.toaddr ? `:toaddr=${forward.toaddr}` : ''}`;
  return { option: 'forward-port', value: to, on };
}

/** Without a word about it the running firewall is meant; a zone and its target are permanent by nature. */
function scopes(args: Args): { readonly now: boolean; readonly permanent: boolean } {
  const zoneOnly = subject(args) === null;
  const permanent = args.permanent === true || zoneOnly;
  return { permanent, now: !zoneOnly && (args.immediate || !permanent) };
}

const zoneWords = ({ zone }: Args): readonly string[] => (zone === undefined ? [] : [`--zone=${zone}`]);
const withValue = (verb: string, option: string, value: string | undefined): string =>
  `--${verb}-${option}${value === undefined ? '' : `=${value}`}`;

function query(args: Args, permanent: boolean): Script {
  const what = subject(args);
  const scope = permanent ? ['--permanent'] : [];
  if (args.target !== undefined) return sh`$f ${scope} ${zoneWords(args)} --get-target`;
  if (what === null) return sh`$f ${scope} --get-zones`;
  return sh`$f ${scope} ${zoneWords(args)} ${withValue('query', what.option, what.value)}`;
}

function probeScript(args: Args): Script {
  const { now, permanent } = scopes(args);
  return lines(
    sh`i=no r=no f=firewall-cmd; command -v firewall-cmd >/dev/null && i=yes; [ $i = no ] || ! firewall-cmd --state >/dev/null 2>&1 || r=yes`,
    sh`[ $r = yes ] || f=firewall-offline-cmd`,
    line('state', sh`"$i $r"`),
    sh`if [ $r = yes ]; then`,
    ...(now ? [section('now', query(args, false))] : []),
    ...(permanent ? [section('permanent', query(args, true))] : []),
    sh`elif [ $i = yes ]; then`,
    section('permanent', query(args, false)),
    sh`fi`,
  );
}

function deeds(args: Args, on: boolean, permanent: boolean, offline: boolean): readonly string[] {
  const scope = permanent && !offline ? ['--permanent'] : [];
  const what = subject(args);
  if (args.target !== undefined) return [...scope, ...zoneWords(args), `--set-target=${on ? args.target : 'default'}`];
  if (what === null) return [...scope, `--${on ? 'new' : 'delete'}-zone=${args.zone}`];
  const verb = on ? (what.option === 'interface' ? 'change' : 'add') : 'remove';
  const limited = !permanent && on && args.timeout > 0 ? [`--timeout=${args.timeout}`] : [];
  return [...scope, ...zoneWords(args), withValue(verb, what.option, what.value), ...limited];
}

function plan(args: Args, seen: State): Plan<Action> {
  const refused = (why: string, mend: string): Plan<Action> => ({ changes: [], result: {}, refuse: { why, mend } });
  if (!seen.installed) return refused('firewall-cmd is not on the host', 'install the package firewalld before');
  if (!seen.running && !args.offline)
    return refused('firewalld does not run on the host', 'start it before, or write "offline: true"');
  const what = subject(args);
  const name = what
    ? `${what.option}${what.value === undefined ? '' : ` ${what.value}`}`
    : args.target === undefined
      ? `zone ${args.zone}`
      : `target of ${args.zone}`;
  const on = what?.on ?? isOn(args);
  const has = (answer: string): boolean => {
    if (args.target !== undefined)
      return on ? answer.trim() === args.target : answer.trim() !== 'default' && answer.trim() === args.target;
    return what === null ? answer.split(/\s+/).includes(args.zone ?? '') : answer.trim() === 'yes';
  };
  const { now, permanent } = scopes(args);
  const wanted = [
    ...(now && seen.running ? ([['running', seen.now, false]] as const) : []),
    ...(permanent || !seen.running ? ([['permanent', seen.permanent, true]] as const) : []),
  ];
  const changes = wanted
    .filter(([, answer]) => has(answer) !== on)
    .map(
      ([where, , isPermanent]): Change<Action> => ({
        summary: `firewall, ${where}: ${name} ${on ? 'off -> on' : 'on -> off'}`,
        diff: {
          target: `firewalld ${where}${args.zone ? `, zone ${args.zone}` : ''}`,
          before: on ? '' : `${name}\n`,
          after: on ? `${name}\n` : '',
        },
        touches: ['firewall:', 'file:/etc/firewalld/'],
        action: { words: deeds(args, on, isPermanent, !seen.running), offline: !seen.running },
      }),
    );
  const result = { msg: changes.map(change => change.summary).join(', ') };
  return { changes, result };
}

export const module: Module<Args, State, Action> = {
  summary: 'Open and close ports and services in firewalld.',
  collection: 'ansible.posix',
  args: takes(
    {
      service: text('A service by its name.'),
      port: scalar('A port or range with its protocol: 8080/tcp.'),
      protocol: text('A protocol.'),
      rich_rule: text('A rich rule.'),
      source: text('A network that belongs to the zone.'),
      interface: text('An interface that belongs to the zone.'),
      icmp_block: text('A kind of ICMP to block.'),
      icmp_block_inversion: { type: ['string', 'boolean'], description: 'Turn the ICMP blocks around.' },
      masquerade: { type: ['string', 'boolean'], description: 'Masquerade.' },
      port_forward: {
        type: 'array',
        maxItems: 1,
        description: 'A port to forward.',
        items: takes(
          {
            port: scalar('The port.'),
            proto: choice('Its protocol.', ['udp', 'tcp']),
            toport: scalar('The port that it goes to.'),
            toaddr: text('The address that it goes to.'),
          },
          ['port', 'proto', 'toport'],
        ),
      },
      target: choice('The target of the zone.', ['default', 'ACCEPT', 'DROP', '%%REJECT%%']),
      zone: text('The zone; default: that of the host.'),
      state: choice('enabled and present: there; disabled and absent: not.', ['absent', 'disabled', 'enabled', 'present']),
      permanent: flag('Keep it after a boot.'),
      immediate: flag('With permanent: also now.', false),
      offline: flag('Change the files where firewalld does not run.'),
      timeout: whole('Seconds until a running rule ends.', { default: 0 }),
    },
    ['state'],
  ),
  returns: gives({ msg: { type: 'string' } }),
  examples: [
    {
      title: 'Open NFS, now and after a boot',
      yaml: 'firewalld: { service: nfs, state: enabled, permanent: true, immediate: true }',
    },
  ],
  notes: ['Needs firewall-cmd.'],
  check: args => {
    const given = [
      args.service,
      args.port,
      args.protocol,
      args.rich_rule,
      args.source,
      args.interface,
      args.icmp_block,
      args.icmp_block_inversion,
      args.masquerade,
      args.port_forward,
      args.target,
    ].filter(value => value !== undefined);
    return [
      ...(given.length > 1 ? ['only one rule may be given in a task'] : []),
      ...(given.length === 0 && args.zone === undefined ? ['a rule or a zone is needed'] : []),
      ...((args.interface !== undefined || args.target !== undefined) && args.zone === undefined
        ? ['"interface" and "target" need "zone"']
        : []),
      ...(args.source !== undefined && args.permanent === undefined ? ['"source" needs "permanent"'] : []),
      ...(given.length > 0 && args.target === undefined && (args.state === 'present' || args.state === 'absent')
        ? ['"present" and "absent" are for zones and targets: write "enabled" or "disabled"']
        : []),
    ];
  },
  probe: args => ({
    ask: framed(probeScript(args)),
    reads: ['firewall:', 'file:/etc/firewalld/', 'unit:firewalld', 'package:firewalld'],
    parse: out => {
      const sections = readSections(out);
      const [installed, running] = plain(sections, 'state').split(' ');
      return {
        installed: installed === 'yes',
        running: running === 'yes',
        now: plain(sections, 'now'),
        permanent: plain(sections, 'permanent'),
      };
    },
  }),
  plan,
  apply: ({ words, offline }) => [{ run: { sh: sh`${offline ? 'firewall-offline-cmd' : 'firewall-cmd'} ${words}` } }],
  foresee: (_args, seen, foretold) => {
    const comes = foretold.some(
      fact => ('package' in fact && fact.package === 'firewalld') || ('unit' in fact && fact.unit === 'firewalld'),
    );
    return seen && (comes ? { ...seen, installed: true, running: true } : seen);
  },
};
