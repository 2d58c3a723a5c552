// Repositories of dnf and yum: one section of a file in /etc/yum.repos.d.
import { sh } from '../core/shell.ts';
import type { Change, JsonSchema, Module, Plan, Step } from '../core/types.ts';
import { choice, flag, gives, items, list, scalar, takes, text } from './parts/kinds.ts';
import { fileSection, readSections } from './parts/sections.ts';

interface Args extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly file?: string;
  readonly reposdir: string;
  readonly state: 'present' | 'absent';
  readonly description?: string;
  readonly mode?: string | number;
  readonly owner?: string;
  readonly group?: string;
}
type State = { readonly file: string | null };
interface Action {
  readonly path: string;
  readonly content: string | null;
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
}

const FLAGS =
  'enabled,enablegroups,gpgcheck,keepalive,module_hotfixes,protect,repo_gpgcheck,s3_enabled,skip_if_unavailable,ssl_check_cert_permissions,sslverify'.split(
    ',',
  );
const LISTS = 'baseurl,exclude,gpgkey,includepkgs'.split(',');
const TEXTS =
  'bandwidth,cost,deltarpm_metadata_percentage,deltarpm_percentage,gpgcakey,include,metadata_expire,metalink,mirrorlist,mirrorlist_expire,priority,proxy,proxy_username,retries,sslcacert,sslclientcert,sslclientkey,throttle,timeout,ui_repoid_vars,username'.split(
    ',',
  );
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  failovermethod: ['roundrobin', 'priority'],
  http_caching: ['all', 'packages', 'none'],
  ip_resolve: ['4', '6', 'IPv4', 'IPv6', 'whatever'],
  keepcache: ['0', '1'],
  metadata_expire_filter: ['never', 'read-only:past', 'read-only:present', 'read-only:future'],
};
const SECRETS = ['password', 'proxy_password'];
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  sslcacert: ['ca_cert'],
  sslclientcert: ['client_cert'],
  sslclientkey: ['client_key'],
  sslverify: ['validate_certs'],
};

const withAliases = (name: string): JsonSchema => (ALIASES[name] ? { aliases: ALIASES[name] } : {});
const optionKinds: JsonSchema = Object.fromEntries([
  ...FLAGS.map(name => [name, flag(`The option ${name}.`, undefined, withAliases(name))] as const),
  ...LISTS.map(name => [name, list(`The option ${name}.`)] as const),
  ...TEXTS.map(name => [name, scalar(`The option ${name}.`, withAliases(name))] as const),
  ...Object.entries(CHOICES).map(([name, among]) => [name, choice(`The option ${name}.`, among)] as const),
  ...SECRETS.map(name => [name, text(`The option ${name}.`, { secret: true })] as const),
]);

/** Sorted by name; lists are lines, as configparser writes them: behind a tab. */
function sectionText(given: Args): string {
  const args: Args = { ...((given['params'] as Args | undefined) ?? {}), ...given };
  const options: Record<string, string> = {};
  for (const name of [...FLAGS, ...LISTS, ...TEXTS, ...Object.keys(CHOICES), ...SECRETS]) {
    const value = args[name];
    if (value === undefined || value === null) continue;
    if (FLAGS.includes(name)) options[name] = value === true ? '1' : '0';
    else if (LISTS.includes(name))
      options[name] = (Array.isArray(value) ? value.map(String) : items(value as string)).join(
        name === 'exclude' || name === 'includepkgs' ? ' ' : '\n\t',
      );
    else options[name] = String(value);
  }
  if (args.description !== undefined) options['name'] = args.description;
  const rows = Object.keys(options)
    .sort()
    .map(key => `${key} = ${options[key]}\n`);
  return `[${args.name}]\n${rows.join('')}\n`;
}

interface Section {
  readonly name: string;
  readonly text: string;
}
function sectionsOf(file: string): readonly Section[] {
  const parts = file.split(/^(?=\[)/m);
  return parts.map(text => ({ name: /^\[([^\]]*)\]/.exec(text)?.[1] ?? '', text }));
}

/** Keys and values, whatever the spaces around them: what a comparison sees. */
function meaning(text: string): string {
  const pairs: string[] = [];
  for (const row of text.split('\n')) {
    if (/^\s+\S/.test(row)) pairs.push(`${pairs.pop() ?? ''}\n${row.trim()}`);
    const [, key, value] = /^([^#;\s[][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(row) ?? [];
    if (key) pairs.push(`${key.toLowerCase()}=${value}`);
  }
  return pairs.sort().join('\u0000');
}

export function withRepository(file: string, args: Args): string | null {
  const all = sectionsOf(file);
  const old = all.find(one => one.name === args.name);
  const rest = all.filter(one => one.name !== args.name);
  if (args.state === 'absent') {
    if (!old) return file;
    return rest.every(one => one.name === '' && one.text.trim() === '') ? null : rest.map(one => one.text).join('');
  }
  const wanted = sectionText(args);
  if (old && meaning(old.text) === meaning(wanted)) return file;
  const before = rest.map(one => one.text).join('');
  return `${before}${before === '' || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n'}${wanted}`;
}

const pathOf = (args: Args): string => `${args.reposdir}/${args.file ?? args.name}.repo`;

function plan(args: Args, seen: State): Plan<Action> {
  const path = pathOf(args);
  const before = seen.file ?? '';
  const after = withRepository(before, args);
  const result = { repo: args.name, state: args.state };
  if (after === before) return { changes: [], result };
  const mode = args.mode === undefined ? {} : { mode: typeof args.mode === 'number' ? args.mode : Number.parseInt(args.mode, 8) };
  const owners = {
    ...(args.owner === undefined ? {} : { owner: args.owner }),
    ...(args.group === undefined ? {} : { group: args.group }),
  };
  const change: Change<Action> = {
    summary: `${path}: [${args.name}] ${args.state}`,
    diff: { target: path, before, after: after ?? '' },
    touches: [`file:${path}`, 'package:'],
    foretells: [after === null ? { path, is: 'absent' } : { path, is: 'file', content: after }],
    action: { path, content: after, ...mode, ...owners },
  };
  return { changes: [change], result };
}

function steps({ path, content, ...more }: Action): readonly Step[] {
  return content === null ? [{ run: { sh: sh`rm -f ${path}` } }] : [{ put: path, content, ...more }];
}

export const module: Module<Args, State, Action> = {
  summary: 'Add and remove repositories of dnf and yum.',
  collection: 'ansible.builtin',
  args: takes(
    {
      name: text('The id of the repository, its section.'),
      description: text('Its name for people.'),
      file: text('The file without .repo; default: the id.'),
      reposdir: text('The folder.', { default: '/etc/yum.repos.d' }),
      state: choice('Whether it is there.', ['present', 'absent'], 'present'),
      mode: scalar('The mode of the file when it is written.'),
      owner: text('The owner of the file when it is written.'),
      group: text('The group of the file when it is written.'),
      params: { type: 'object', description: 'More options, by their names here.' },
      ...optionKinds,
    },
    ['name'],
  ),
  returns: gives({ repo: { type: 'string' }, state: { type: 'string' } }),
  examples: [
    {
      title: 'A local repository',
      yaml: 'yum_repository: { name: local, description: Local packages, baseurl: "file:///srv/repo", gpgcheck: false }',
    },
  ],
  differs: [
    'Other sections of the file stay as they are, with their comments.',
    'mode, owner and group count when the file is written.',
  ],
  check: args => {
    if (args.state === 'absent') return [];
    const source = ['baseurl', 'metalink', 'mirrorlist'].some(
      name => args[name] !== undefined || name in ((args['params'] as object | undefined) ?? {}),
    );
    return [
      ...(source ? [] : ['one of "baseurl", "metalink" and "mirrorlist" is needed']),
      ...(args.description === undefined ? ['"description" is missing'] : []),
    ];
  },
  probe: args => ({
    ask: { sh: fileSection('file', pathOf(args)) },
    reads: [`file:${pathOf(args)}`],
    parse: out => ({ file: readSections(out).get('file') ?? null }),
  }),
  plan,
  apply: steps,
  foresee: (args, seen, foretold) => {
    const fact = foretold.findLast(one => 'path' in one && one.path === pathOf(args));
    return fact && 'path' in fact ? { file: fact.is === 'absent' ? null : (fact.content ?? seen?.file ?? null) } : seen;
  },
};
