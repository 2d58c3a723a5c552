// Alternatives: which program stands behind a name (update-alternatives of Debian, alternatives of EL).
import { lines, raw, sh } from '../core/shell.ts';
import type { Change, Module, Plan, Script } from '../core/types.ts';
import { choice, gives, takes, text, whole } from './parts/kinds.ts';
import { plain, readSections, section, framed } from './parts/sections.ts';

interface Link {
  readonly name: string;
  readonly path: string;
  readonly link: string;
}
interface Args {
  readonly name: string;
  readonly path: string;
  readonly link?: string;
  readonly priority?: number;
  readonly state: 'present' | 'selected' | 'absent' | 'auto';
  readonly subcommands?: readonly Link[];
}
interface Choice {
  readonly path: string;
  readonly priority: number;
  readonly slaves: Readonly<Record<string, string>>;
}
interface State {
  readonly link: string | null;
  readonly mode: 'auto' | 'manual';
  readonly current: string | null;
  readonly choices: readonly Choice[];
  readonly exists: boolean;
}
interface Action {
  readonly words: readonly string[];
}

const find: Script = sh`a=update-alternatives; command -v $a >/dev/null || a=alternatives`;

/** `--query` of Debian: blocks of `Key: value`. */
function readQuery(text: string): Omit<State, 'exists'> {
  const [head = '', ...blocks] = text.split(/\n\n/);
  const of = (block: string, key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(block)?.[1];
  const choices = blocks.flatMap(block => {
    const path = of(block, 'Alternative');
    const slaves = [...block.matchAll(/^ (\S+) (\S+)$/gm)].map(found => [found[1] ?? '', found[2] ?? ''] as const);
    return path ? [{ path, priority: Number(of(block, 'Priority') ?? 0), slaves: Object.fromEntries(slaves) }] : [];
  });
  const value = of(head, 'Value');
  return {
    link: of(head, 'Link') ?? null,
    mode: of(head, 'Status') === 'manual' ? 'manual' : 'auto',
    current: value && value !== 'none' ? value : null,
    choices,
  };
}

/** `--display` of EL: `/usr/bin/x - priority 10`, slaves indented below it. */
function readDisplay(text: string, link: string | null): Omit<State, 'exists'> {
  const choices: { path: string; priority: number; slaves: Record<string, string> }[] = [];
  for (const row of text.split('\n')) {
    const [, path, priority] = /^(\/\S+) - (?:family \S+ )?priority (-?\d+)/.exec(row) ?? [];
    if (path) choices.push({ path, priority: Number(priority), slaves: {} });
    const [, name, slave] = /^ (?:slave|follower) (\S+?): (\S+)$/.exec(row) ?? [];
    const last = choices.at(-1);
    if (name && slave && last) last.slaves[name] = slave;
  }
  const current = /link currently points to (\S+)/.exec(text)?.[1] ?? null;
  return { link, mode: text.includes('status is manual') ? 'manual' : 'auto', current, choices };
}

function install(args: Args, seen: State): readonly Change<Action>[] {
  const old = seen.choices.find(choice => choice.path === args.path);
  const slaves = args.subcommands ?? [];
  const same =
    old &&
    (args.priority === undefined || old.priority === args.priority) &&
    (args.subcommands === undefined || slaves.every(one => old.slaves[one.name] === one.path));
  if (same) return [];
  const link = args.link ?? seen.link ?? '';
  const priority = args.priority ?? old?.priority ?? 50;
  const more = slaves.flatMap(one => ['--slave', one.link, one.name, one.path]);
  return [
    change(args, `priority ${old?.priority ?? 'absent'}`, `priority ${priority}`, [
      '--install',
      link,
      args.name,
      args.path,
      String(priority),
      ...more,
    ]),
  ];
}

const change = (args: Args, before: string, after: string, words: readonly string[]): Change<Action> => ({
  summary: `${args.name} (${args.path}): ${before} -> ${after}`,
  diff: { target: `alternative ${args.name}`, before, after },
  touches: [`alternative:${args.name}`, 'file:/etc/alternatives/', 'file:/usr/bin/', 'file:/var/lib/'],
  action: { words },
});

function plan(args: Args, seen: State): Plan<Action> {
  const { name, path, state } = args;
  const has = seen.choices.some(choice => choice.path === path);
  const refused = (why: string, mend: string): Plan<Action> => ({ changes: [], result: {}, refuse: { why, mend } });
  if (state === 'absent')
    return { changes: has ? [change(args, 'present', 'absent', ['--remove', name, path])] : [], result: {} };
  if (!seen.exists && !has) return refused(`there is no file ${path} on the host`, 'install what has it before');
  if (!has && args.link === undefined && seen.link === null)
    return refused(`the alternative ${name} is new`, 'write "link", the path that stands for it');
  const installed = install(args, seen);
  if (state === 'auto') {
    const auto = seen.mode === 'manual' ? [change(args, 'manual', 'auto', ['--auto', name])] : [];
    return { changes: [...installed, ...auto], result: {} };
  }
  const select =
    state === 'selected' && seen.current !== path ? [change(args, seen.current ?? 'none', path, ['--set', name, path])] : [];
  return { changes: [...installed, ...select], result: {} };
}

export const module: Module<Args, State, Action> = {
  summary: 'Choose the program behind a name.',
  collection: 'community.general',
  args: takes(
    {
      name: text('The name, as java.'),
      path: text('The program.'),
      link: text('The path that stands for it, as /usr/bin/java; needed where the name is new.'),
      priority: whole('Its priority; default for a new one: 50.'),
      state: choice(
        'present: known; selected: chosen; auto: chosen by priority; absent: not known.',
        ['present', 'selected', 'absent', 'auto'],
        'selected',
      ),
      subcommands: {
        type: 'array',
        aliases: ['slaves'],
        description: 'Names that follow it.',
        items: takes({ name: text('The name.'), path: text('Its file.'), link: text('Its path.') }, ['name', 'path', 'link']),
      },
    },
    ['name', 'path'],
  ),
  returns: gives(),
  examples: [{ title: 'Choose a Java', yaml: 'alternatives: { name: java, path: /usr/lib/jvm/java-17-openjdk-amd64/bin/java }' }],
  notes: ['Needs update-alternatives or alternatives.'],
  probe: ({ name, path }) => ({
    ask: framed(
      lines(
        find,
        sh`command -v $a >/dev/null || exit 3; [ -e ${path} ] && printf '@exists\\n\tyes\\n\\n'`,
        section('query', sh`$a --query ${name}`),
        section('display', sh`LC_ALL=C $a --display ${name}`),
        section('link', sh`sed -n 2p /var/lib/alternatives/${raw(sh`${name}`)} /var/lib/dpkg/alternatives/${raw(sh`${name}`)}`),
      ),
    ),
    reads: [`alternative:${name}`, `file:${path}`],
    parse: out => {
      if (out.code === 3) throw new Error('the host has neither update-alternatives nor alternatives');
      const sections = readSections(out);
      const query = sections.get('query') ?? '';
      const read =
        query.trim() === '' ? readDisplay(sections.get('display') ?? '', plain(sections, 'link') || null) : readQuery(query);
      return { ...read, exists: sections.has('exists') };
    },
  }),
  plan,
  apply: ({ words }) => [{ run: { sh: lines(find, sh`$a ${words}`) } }],
  foresee: (args, seen, foretold) => {
    if (seen === null) return null;
    const comes = foretold.some(
      fact => ('path' in fact && fact.path === args.path && fact.is !== 'absent') || ('package' in fact && fact.is === 'present'),
    );
    return { ...seen, exists: seen.exists || comes };
  },
};
