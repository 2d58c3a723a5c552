// Repositories of dnf and yum: one section of a file in /etc/yum.repos.d.
import { sh } from '../core/shell.ts';
import type { Change, JsonSchema, Module, Plan, Step } from '../core/types.ts';
import { choice, flag, gives, list, scalar, takes, text } from './parts/kinds.ts';
import { fileSection, readSections, framed } from './parts/sections.ts';
import { CHOICES, FLAGS, LISTS, SECRETS, TEXTS, withRepository } from './parts/yum-repo.ts';
import type { Repository as Args } from './parts/yum-repo.ts';

type State = { readonly file: string | null };
interface Action {
  readonly path: string;
  readonly content: string | null;
  readonly mode?: number;
  readonly owner?: string;
  readonly group?: string;
}

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
    ask: framed(fileSection('file', pathOf(args))),
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
