// Lines of apt's sources: a repository is there once, in whichever file names it.
import { lines, raw, sh } from '../core/shell.ts';
import type { Change, Module, Plan, Script, Step } from '../core/types.ts';
import { choice, flag, gives, scalar, takes, text, whole } from './parts/kinds.ts';
import { plain, readSections, section, framed } from './parts/sections.ts';

interface Args {
  readonly repo: string;
  readonly state: 'present' | 'absent';
  readonly mode?: string | number;
  readonly filename?: string;
  readonly update_cache: boolean;
  readonly update_cache_retries: number;
  readonly update_cache_retry_max_delay: number;
  readonly validate_certs: boolean;
  readonly codename?: string;
}
interface State {
  readonly files: ReadonlyMap<string, string>;
  readonly hasApt: boolean;
}
interface Action {
  readonly files: readonly { readonly path: string; readonly before: string | null; readonly after: string | null }[];
  readonly mode: number;
  readonly update: Script | null;
}

interface Row {
  readonly source: string;
  readonly enabled: boolean;
}

/** Spaces between words do not count, nor does a comment behind them; a line that is commented out is a disabled one. */
function readRow(line: string): Row | null {
  const enabled = !line.trim().startsWith('#');
  const bare = line
    .trim()
    .replace(/^#+\s*/, '')
    .replace(/\s+#.*$/, '');
  const words = bare.split(/\s+/);
  if (!['deb', 'deb-src'].includes(words[0] ?? '') || words.length < 3) return null;
  return { source: words.join(' '), enabled };
}

/** As Ansible names it: the address without its scheme, options and login. */
function fileName({ repo, filename }: Args): string {
  const address =
    repo
      .replace(/\[[^\]]+\]/, '')
      .replace(/\w+:\/\//, '')
      .split(/\s+/)
      .find(word => word !== 'deb' && word !== 'deb-src' && word !== '') ?? '';
  const name =
    filename ??
    address
      .replace(/^[^@]*@/, '')
      .replace(/[^a-zA-Z0-9]/g, ' ')
      .split(/\s+/)
      .filter(Boolean)
      .join('_');
  return name.startsWith('/') ? name.replace(/(\.list)?$/, '.list') : `/etc/apt/sources.list.d/${name}.list`;
}

function wantedFiles(args: Args, seen: State): Action['files'] {
  const source = readRow(args.repo)?.source ?? args.repo.trim();
  const edited = (path: string, edit: (line: string) => readonly string[]) => {
    const before = seen.files.get(path) ?? '';
    const after = before
      .replace(/\n$/, '')
      .split('\n')
      .flatMap(edit)
      .map(line => `${line}\n`)
      .join('');
    return after === before
      ? []
      : [
          {
            path,
            before,
            after: after.trim() === '' && path.endsWith('.list') && path !== '/etc/apt/sources.list' ? null : after,
          },
        ];
  };
  const isIt = (line: string) => readRow(line)?.source === source;
  if (args.state === 'absent')
    return [...seen.files.keys()].flatMap(path => edited(path, line => (isIt(line) && readRow(line)?.enabled ? [] : [line])));
  const named = [...seen.files].filter(([, content]) => content.split('\n').some(isIt));
  if (named.some(([, content]) => content.split('\n').some(line => isIt(line) && readRow(line)?.enabled))) return [];
  const disabled = named[0]?.[0];
  if (disabled !== undefined) return edited(disabled, line => (isIt(line) ? [source] : [line]));
  const path = fileName(args);
  const before = seen.files.get(path) ?? null;
  return [{ path, before, after: `${before ?? ''}${before && !before.endsWith('\n') ? '\n' : ''}${source}\n` }];
}

/** Lists that cannot be had leave the sources as they were. */
function updating(args: Args): Script {
  const { update_cache_retries: tries, update_cache_retry_max_delay: longest } = args;
  const again = sh`n=$((n+1)); [ $n -lt ${tries} ] || exit 100; sleep $d; d=$((d*2)); [ $d -le ${longest} ] || d=${longest}`;
  const certs = args.validate_certs ? [] : ['-o', 'Acquire::https::Verify-Peer=false'];
  return lines(
    sh`export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8; n=0 d=1`,
    sh`until apt-get -q -y -o APT::Update::Error-Mode=any ${certs} update; do ${raw(again)}; done`,
  );
}

function restore({ files }: Action): Script {
  return lines(...files.map(({ path, before }) => (before === null ? sh`rm -f ${path}` : sh`printf %s ${before} > ${path}`)));
}

function steps(action: Action): readonly Step[] {
  const written = action.files.map(
    ({ path, after }): Step =>
      after === null ? { run: { sh: sh`rm -f ${path}` } } : { put: path, content: after, mode: action.mode },
  );
  if (!action.update) return written;
  return [...written, { run: { sh: sh`( ${raw(action.update)}\n) || { c=$?; ${raw(restore(action))}\nexit $c; }` } }];
}

const modeOf = (mode: Args['mode']): number =>
  mode === undefined ? 0o644 : typeof mode === 'number' ? mode : Number.parseInt(mode, 8);

function plan(args: Args, seen: State): Plan<Action> {
  const result = { repo: args.repo, state: args.state };
  if (!seen.hasApt)
    return {
      changes: [],
      result,
      refuse: { why: 'the host has no apt', mend: 'use yum_repository there, or a condition on the family of the system' },
    };
  const files = wantedFiles(args, seen);
  if (files.length === 0) return { changes: [], result };
  const change: Change<Action> = {
    summary: `${args.repo}: ${args.state === 'present' ? 'absent -> present' : 'present -> absent'} in ${files.map(file => file.path).join(', ')}`,
    diff: {
      target: files[0]?.path ?? '',
      before: files.map(file => file.before ?? '').join(''),
      after: files.map(file => file.after ?? '').join(''),
    },
    touches: [...files.map(file => `file:${file.path}` as const), 'file:/var/lib/apt/', 'package:'],
    foretells: files.map(({ path, after }) =>
      after === null ? { path, is: 'absent' as const } : { path, is: 'file' as const, content: after },
    ),
    action: { files, mode: modeOf(args.mode), update: args.update_cache ? updating(args) : null },
  };
  return { changes: [change], result };
}

export const module: Module<Args, State, Action> = {
  summary: 'Add and remove repositories of apt.',
  collection: 'ansible.builtin',
  args: takes(
    {
      repo: text('The line, as `deb [signed-by=...] https://host/debian bookworm main`.'),
      state: choice('Whether it is there.', ['present', 'absent'], 'present'),
      mode: scalar('The mode of a new file; default 0644.'),
      filename: text('The file in sources.list.d, without .list; default by the address.'),
      update_cache: flag('Update the lists after a change.', true, { aliases: ['update-cache'] }),
      update_cache_retries: whole('How often to try the update.', { default: 5, minimum: 1 }),
      update_cache_retry_max_delay: whole('The longest pause between tries, in seconds.', { default: 12 }),
      install_python_apt: flag('Not used.', true),
      validate_certs: flag('Check the certificates of https sources.', true),
      codename: text('Not used: it is for PPAs.'),
    },
    ['repo'],
  ),
  returns: gives({ repo: { type: 'string' }, state: { type: 'string' } }),
  examples: [
    {
      title: 'A repository with a key of its own',
      yaml: 'apt_repository:\n  repo: deb [signed-by=/etc/apt/keyrings/example.asc] https://deb.example.com/debian bookworm main\n  filename: example',
    },
  ],
  differs: ['`ppa:` is not taken: write its line and put its key there by get_url.'],
  check: args => {
    if (args.repo.startsWith('ppa:')) return ['"ppa:" is not taken: write the line of the repository'];
    return readRow(args.repo) ? [] : [`"${args.repo}" is no line of apt: deb ADDRESS SUITE [COMPONENT...]`];
  },
  probe: () => ({
    ask: framed(
      lines(
        sh`! command -v apt-get >/dev/null || printf '@apt\\n\tyes\\n\\n'`,
        section(
          'files',
          sh`for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do [ -f "$f" ] || continue; printf '=%s\\n' "$f"; sed 's/^/ /' "$f"; done`,
        ),
      ),
    ),
    reads: ['file:/etc/apt/'],
    parse: out => {
      const sections = readSections(out);
      const files = new Map<string, string>();
      let path = '';
      for (const row of plain(sections, 'files').split('\n')) {
        if (row.startsWith('=')) files.set((path = row.slice(1)), '');
        else if (row.startsWith(' ')) files.set(path, `${files.get(path) ?? ''}${row.slice(1)}\n`);
      }
      return { files, hasApt: sections.has('apt') };
    },
  }),
  plan,
  apply: steps,
};
