// Asks the databases of the host (passwd, group, hosts, ...) by getent. It changes nothing.
import { sh } from '../core/shell.ts';
import type { Module, Plan } from '../core/types.ts';
import { flag, gives, scalar, takes, text } from './parts/kinds.ts';

interface Args {
  readonly database: string;
  readonly key?: string | number;
  readonly service?: string;
  readonly split?: string;
  readonly fail_key: boolean;
}
interface State {
  readonly code: number;
  readonly text: string;
}

const reasons: Readonly<Record<number, string>> = {
  1: 'Missing arguments, or database unknown.',
  2: 'One or more supplied key could not be found in the database.',
  3: 'Enumeration not supported on this database.',
  127: 'getent is not on the host.',
};

function records(args: Args, text: string): Readonly<Record<string, unknown>> {
  const split = args.split ?? (['passwd', 'shadow', 'group', 'gshadow'].includes(args.database) ? ':' : undefined);
  const found: Record<string, string[][]> = {};
  for (const row of text.split('\n').filter(Boolean)) {
    const [key = '', ...rest] = split === undefined ? row.trim().split(/\s+/) : row.split(split);
    (found[key] ??= []).push(rest);
  }
  // A key that comes twice gives a list of records.
  return Object.fromEntries(Object.entries(found).map(([key, all]) => [key, all.length === 1 ? all[0] : all]));
}

function plan(args: Args, { code, text }: State): Plan<never> {
  const tree = `getent_${args.database}`;
  if (code === 0) return { changes: [], result: { ansible_facts: { [tree]: records(args, text) } } };
  const msg = reasons[code] ?? '';
  if (code === 2 && !args.fail_key)
    return { changes: [], result: { ansible_facts: { [tree]: { [String(args.key)]: null } }, msg } };
  return {
    changes: [],
    result: { msg },
    refuse: {
      why: msg,
      mend: `"getent ${args.database} ${args.key ?? ''}" on the host shows the same; "fail_key: false" makes it no failure`,
    },
  };
}

export const module: Module<Args, State, never> = {
  summary: 'Ask a database of the host.',
  collection: 'ansible.builtin',
  args: takes(
    {
      database: text('The database: passwd, group, hosts, services, ...'),
      key: scalar('The key; without it all there is.'),
      service: text('Only this service of nsswitch.'),
      split: text('What stands between the fields.'),
      fail_key: flag('Fail where the key is not there.', true),
    },
    ['database'],
  ),
  returns: gives({
    ansible_facts: { type: 'object', additionalProperties: true, description: 'getent_DATABASE: key -> fields.' },
    msg: { type: 'string' },
  }),
  examples: [{ title: 'Who is mysql', yaml: 'getent: { database: passwd, key: mysql }' }],
  probe: ({ database, key, service }) => ({
    ask: { sh: sh`getent ${service === undefined ? [] : ['-s', service]} ${database} ${key === undefined ? [] : [key]}` },
    reads:
      database === 'passwd' || database === 'shadow'
        ? ['user:', 'file:/etc/passwd', 'file:/etc/shadow']
        : database === 'group'
          ? ['group:', 'file:/etc/group']
          : ['file:/etc/', 'file:/run/'],
    parse: out => {
      if (out.code !== 0 && !(out.code in reasons))
        throw new Error(`getent exited with ${out.code}: ${Buffer.from(out.stderr).toString().trim()}`);
      return { code: out.code, text: out.text() };
    },
  }),
  plan,
  apply: () => [],
};
