// Waits on the host for a port, a file or a text in it, within one round trip. It changes nothing.
import { lines, raw, sh } from '../core/shell.ts';
import type { Module, Output, Script, Step, Vars } from '../core/types.ts';
import { choice, gives, items, list, takes, text, whole } from './parts/kinds.ts';
import type { List } from './parts/kinds.ts';
import { regexpFault } from './parts/python-regexp.ts';
import { connects, drained, needsTool, serves } from './parts/tcp.ts';

interface Args {
  readonly host: string;
  readonly port?: number;
  readonly path?: string;
  readonly search_regex?: string;
  readonly state: 'absent' | 'drained' | 'present' | 'started' | 'stopped';
  readonly timeout: number;
  readonly connect_timeout: number;
  readonly delay: number;
  readonly sleep: number;
  readonly exclude_hosts?: List;
  readonly active_connection_states: readonly string[];
  readonly msg?: string;
}

const isGone = ({ state }: Args): boolean => state === 'absent' || state === 'stopped';

/** Python's expressions are Perl's nearly; a grep without -P gets them as extended ones. */
const fits = (regex: string, file: Script): Script => {
  const perl = regex.replaceAll('(?P<', '(?<');
  return sh`{ grep -qP -e ${perl} ${raw(file)} 2>/dev/null; c=$?; [ $c -lt 2 ] || { grep -qE -e ${regex} ${raw(file)}; c=$?; }; [ $c = 0 ]; }`;
};

function fileCondition(args: Args, path: string): Script {
  const there = sh`[ -e ${path} ]`;
  if (args.search_regex === undefined) return isGone(args) ? sh`! ${raw(there)}` : there;
  const found = fits(args.search_regex, sh`${path}`);
  return isGone(args) ? sh`${raw(there)} || exit 0; ! ${raw(found)}` : sh`${raw(there)} && ${raw(found)}`;
}

function condition(args: Args): Script | null {
  const { host, port, path, search_regex } = args;
  if (path !== undefined) return fileCondition(args, path);
  if (port === undefined) return null;
  if (args.state === 'drained') return drained(host, port, args.active_connection_states, items(args.exclude_hosts));
  if (search_regex !== undefined && !isGone(args)) return serves(host, port, args.connect_timeout, search_regex);
  const open = connects(host, port, args.connect_timeout);
  return isGone(args) ? sh`! { ${raw(open)}; }` : open;
}

function subject({ host, port, path, search_regex, state }: Args): string {
  const what = path ?? (port === undefined ? 'the time' : `${host}:${port}`);
  return search_regex === undefined ? `${what} to be ${state}` : `${JSON.stringify(search_regex)} in ${what}`;
}

function steps(args: Args): readonly Step[] {
  const { path, port, delay, sleep, timeout } = args;
  const until = condition(args);
  const now = sh`date +%s`;
  if (until === null) return [{ run: { sh: lines(now, sh`sleep ${timeout}`) } }, { run: { sh: now } }];
  const tools = path === undefined && port !== undefined && args.state !== 'drained' ? [needsTool] : [];
  return [
    { run: { sh: lines(...tools, now, ...(delay > 0 ? [sh`sleep ${delay}`] : [])) } },
    { until, every: sleep, within: timeout, what: args.msg ?? `Timeout when waiting for ${subject(args)}` },
    { run: { sh: now } },
    ...(path !== undefined && args.search_regex !== undefined
      ? [{ run: { sh: sh`tail -c 1000000 ${path}` }, accept: [0, 1] }]
      : []),
  ];
}

function groups(regex: string, text: string): Vars {
  const found = new RegExp(regex.replaceAll('(?P<', '(?<'), 'm').exec(text);
  return { match_groups: found ? found.slice(1).map(group => group ?? null) : [], match_groupdict: { ...found?.groups } };
}

function after(args: Args, outputs: readonly Output[]): Vars {
  const last = outputs[condition(args) === null ? 1 : 2];
  const began = Number(outputs[0]?.text().trim().split('\n').at(-1));
  const ended = Number(last?.text());
  const matched = args.search_regex !== undefined && outputs[3] ? groups(args.search_regex, outputs[3].text()) : {};
  return { ...(began && ended ? { elapsed: ended - began } : {}), ...matched };
}

/** A pattern that JavaScript cannot read would fail only when the wait is over. */
function badRegex(regex: string | undefined): readonly string[] {
  const fault = regexpFault(regex ?? '', { multiline: true });
  return fault === undefined ? [] : [`"search_regex": ${fault}`];
}

export const module: Module<Args, null, Args> = {
  summary: 'Wait for a port, a file, or a text in it.',
  collection: 'ansible.builtin',
  args: takes({
    host: text('The host whose port is tried.', { default: '127.0.0.1' }),
    port: whole('A TCP port.', { minimum: 1, maximum: 65535 }),
    path: text('A path on the host.'),
    search_regex: text('A text to find: in the file, or in what the port says first.'),
    state: choice(
      'What to wait for: started, present; stopped, absent; drained: no connection left.',
      ['absent', 'drained', 'present', 'started', 'stopped'],
      'started',
    ),
    timeout: whole('Seconds until it fails.', { default: 300 }),
    connect_timeout: whole('Seconds for one try of the port.', { default: 5 }),
    delay: whole('Seconds before the first try.', { default: 0 }),
    sleep: whole('Seconds between tries.', { default: 1 }),
    exclude_hosts: list('drained: addresses whose connections do not count.'),
    active_connection_states: {
      type: 'array',
      items: { type: 'string' },
      description: 'drained: the states that count.',
      default: ['ESTABLISHED', 'FIN_WAIT1', 'FIN_WAIT2', 'SYN_RECV', 'SYN_SENT', 'TIME_WAIT'],
    },
    msg: text('What the failure says.'),
  }),
  returns: gives({
    elapsed: { type: 'integer', description: 'Seconds that it took.' },
    state: { type: 'string' },
    port: { type: ['integer', 'null'] },
    path: { type: ['string', 'null'] },
    search_regex: { type: ['string', 'null'] },
    match_groups: { type: 'array', items: { type: ['string', 'null'] } },
    match_groupdict: { type: 'object', additionalProperties: true },
  }),
  examples: [
    { title: 'Until the registry answers', yaml: 'wait_for: { port: 5000, timeout: 60 }' },
    {
      title: 'Until the server says that it is ready',
      yaml: 'wait_for: { path: /var/log/mysqld.log, search_regex: ready for connections }',
    },
  ],
  differs: ['Groups of a match are given for files, not for ports.'],
  notes: [
    'A port is tried by bash, nc or curl, whichever is there; a local port can do without them.',
    'It is not done in a check run.',
  ],
  check: args => [
    ...(args.port !== undefined && args.path !== undefined ? ['only one of "port" and "path" may be given'] : []),
    ...(args.state === 'drained' && args.port === undefined ? ['"state: drained" needs "port"'] : []),
    ...(args.exclude_hosts !== undefined && args.state !== 'drained' ? ['"exclude_hosts" goes with "state: drained"'] : []),
    ...badRegex(args.search_regex),
  ],
  probe: () => ({ ask: { sh: sh`:` }, reads: [], parse: () => null }),
  plan: args => ({
    changes: [],
    acts: [args],
    result: {
      elapsed: 0,
      state: args.state,
      port: args.port ?? null,
      path: args.path ?? null,
      search_regex: args.search_regex ?? null,
      match_groups: [],
      match_groupdict: {},
    },
  }),
  apply: steps,
  result: (args, _state, outputs) => (outputs.length === 0 ? {} : after(args, outputs)),
  foresee: (_args, seen) => seen,
};
