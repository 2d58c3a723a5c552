// A working copy (or a bare repository) at a version. What is there is compared with what the server has; nothing is merged.
import type { Fact, Module, Plan, Script, Vars } from '../core/types.ts';
import { absentEntry } from './parts/entry.ts';
import { fields } from './parts/fields.ts';
import { foreseeEntry } from './parts/foresee.ts';
import { flag, gives, takes, text, whole } from './parts/kinds.ts';
import {
  type GitArgs as Args,
  cloneScript,
  type GitState as State,
  isCommit,
  probeScript,
  repoUrl,
  updateScript,
} from './parts/git-scripts.ts';
import { fileKey, tidyPath, treeKey } from './parts/paths.ts';

interface Action {
  readonly script: Script;
}

/** The version in the answer of ls-remote: a branch goes before a tag, and a tag's commit before the tag. */
function remoteVersion(listing: string, version: string): Pick<State, 'wanted' | 'kind' | 'branch'> {
  const rows = new Map(
    listing.split('\n').flatMap(row => (/^[0-9a-f]{40,}\t/.test(row) ? [row.split('\t').reverse() as [string, string]] : [])),
  );
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listing)?.[1] ?? '';
  if (version === 'HEAD') return { wanted: rows.get('HEAD') ?? '', kind: 'branch', branch };
  const head = rows.get(`refs/heads/${version}`);
  if (head) return { wanted: head, kind: 'branch', branch: version };
  const tag = rows.get(`refs/tags/${version}^{}`) ?? rows.get(`refs/tags/${version}`);
  if (tag) return { wanted: tag, kind: 'tag', branch };
  return { wanted: isCommit(version) ? version.toLowerCase() : '', kind: isCommit(version) ? 'commit' : '', branch };
}

function plan(args: Args, state: State): Plan<Action> {
  const { is, head, wanted, url, path } = state;
  const before = is === 'repo' ? head : null;
  const result: Vars = { before, after: before };
  const refuse = refusal(args, state);
  if (refuse) return { changes: [], refuse, result };
  if (!args.clone && is !== 'repo') return { changes: [], result: { before, after: wanted } };
  if (is === 'repo' && !args.update) return { changes: [], result };
  const urlChanged = is === 'repo' && url !== repoUrl(args) && tidyUrl(url) !== tidyUrl(repoUrl(args));
  const stale = state.submodules.filter(row => /^[-+U]/.test(row));
  const after = {
    ...result,
    after: wanted,
    remote_url_changed: urlChanged,
    ...(stale.length > 0 ? { submodules_changed: true } : {}),
  };
  if (is === 'repo' && head === wanted && !urlChanged && state.modified.length === 0 && stale.length === 0)
    return { changes: [], result: after };
  const was = [
    `commit: ${before ?? 'none'}`,
    ...(urlChanged ? [`remote: ${url}`] : []),
    ...state.modified,
    ...stale.map(row => `submodule: ${row.trim()}`),
  ];
  const change = {
    summary: `${path}: ${before?.slice(0, 12) ?? is} -> ${wanted.slice(0, 12)} (${args.version})`,
    diff: {
      target: path,
      before: `${was.join('\n')}\n`,
      after: `commit: ${wanted}\n${urlChanged ? `remote: ${repoUrl(args)}\n` : ''}`,
    },
    touches: [fileKey(path), treeKey(path), ...(args.dest === undefined ? [] : [fileKey(args.dest)])],
    foretells: [{ path, is: 'directory' as const }],
    action: { script: is === 'repo' ? updateScript(args, state) : cloneScript(args, state) },
  };
  return { changes: [change], result: after };
}

const tidyUrl = (url: string): string =>
  url
    .replace(/^file:\/\//, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');

function refusal(args: Args, state: State) {
  const { path, is } = state;
  if (!state.hasGit) return { why: 'the host has no git', mend: 'install it first: package: { name: git }' };
  if (is === 'other')
    return { why: `${path} is there already, and no repository`, mend: 'remove it first, or choose another dest' };
  if (is === 'repo' && !args.update) return undefined;
  if (state.error !== '')
    return { why: `${args.repo}: ${state.error.trim()}`, mend: 'see that the host reaches the server and may read there' };
  if (is === 'repo' && state.modified.length > 0 && !args.force)
    return {
      why: `${path} has local modifications:\n${state.modified.join('\n')}`,
      mend: 'keep them elsewhere, or say force: true to lose them',
    };
  if (state.wanted === '')
    return { why: `${args.repo} has no branch or tag "${args.version}"`, mend: 'write its name, or a commit in full' };
  return undefined;
}

export const module: Module<Args, State, Action> = {
  summary: 'Have a git repository checked out at a version.',
  collection: 'ansible.builtin',
  args: takes(
    {
      repo: text('Where it comes from.', { aliases: ['name'], minLength: 1 }),
      dest: text('The folder; needed unless clone: false.'),
      version: text('A branch, a tag, a commit in full, or HEAD.', { default: 'HEAD', minLength: 1 }),
      remote: text('The name of the remote.', { default: 'origin' }),
      refspec: text('What else to fetch.'),
      reference: text('A repository of the host to borrow from.'),
      force: flag('Throw local modifications away.', false),
      depth: whole('Only so many commits of history.', { minimum: 1 }),
      clone: flag('Make it where it is not there; false: only tell the version.', true),
      update: flag('Bring it up to date where it is there.', true),
      verify_commit: flag('Check the signature of the commit.', false),
      accept_hostkey: flag('Trust any host key of the server.', false),
      accept_newhostkey: flag('Trust the host key of a server that is not known yet.', false),
      key_file: text('A private key on the host.'),
      ssh_opts: text('Further options for ssh.'),
      executable: text('The git program.'),
      bare: flag('A bare repository.', false),
      recursive: flag('Submodules too.', true),
      single_branch: flag('Only the history of one branch.', false),
      track_submodules: flag('Submodules at the head of their branch.', false),
      umask: text('The umask for what is made, quoted.', { pattern: '^[0-7]{1,4}$' }),
    },
    ['repo'],
  ),
  returns: gives({
    before: { type: ['string', 'null'], description: 'The commit before.' },
    after: { type: ['string', 'null'], description: 'The commit after.' },
    remote_url_changed: { type: 'boolean' },
    submodules_changed: { type: 'boolean' },
  }),
  examples: [
    {
      title: 'A release',
      yaml: 'name: Source\ngit: { repo: "https://example.com/app.git", dest: /opt/app, version: v1.2, depth: 1 }',
    },
    { title: 'From a repository on the host', yaml: 'name: Source\ngit: { repo: /scratch/app.git, dest: /scratch/src/app }' },
  ],
  differs: [
    'The arguments archive, archive_prefix, separate_git_dir and gpg_whitelist are not there.',
    'A branch that is checked out is set to what the server has.',
    'ssh asks for nothing: a host key that is not known is a failure.',
    'With clone: false, a repository that is not there is no change.',
    'A version that the repository does not have leaves no clone behind.',
  ],
  notes: ['Needs git on the host.'],
  check(args) {
    const faults: string[] = [];
    if (args.dest === undefined && args.clone) faults.push('"dest" is needed, unless clone: false');
    if (args.accept_hostkey && args.accept_newhostkey)
      faults.push('"accept_hostkey" and "accept_newhostkey" cannot stand together');
    if (args.version.startsWith('-') || args.repo.startsWith('-')) faults.push('"repo" and "version" cannot begin with a dash');
    return faults;
  },
  probe: args => ({
    ask: { sh: probeScript(args) },
    reads: [
      ...(args.dest === undefined ? [] : [fileKey(args.dest), treeKey(args.dest)]),
      ...(args.repo.startsWith('/') ? [treeKey(args.repo)] : []),
      'package:git',
      'unit:',
    ],
    parse(out) {
      const answer = fields(out);
      const path = tidyPath(answer.next());
      const hasGit = answer.next() === 'y';
      const [is, head, status, url, modules] = [answer.next(), answer.next(), answer.next(), answer.next(), answer.next()];
      const listing = answer.next();
      const error = answer.next();
      const rows = (text: string): readonly string[] => text.split('\n').filter(Boolean);
      return {
        path,
        hasGit,
        is,
        head: head.trim(),
        modified: rows(status),
        url: url.trim(),
        submodules: rows(modules),
        error,
        ...remoteVersion(listing, args.version),
      };
    },
  }),
  plan,
  apply: ({ script }) => [{ run: { sh: script } }],
  failsByCode: true,
  result(args, state, outputs) {
    const { result } = plan(args, state);
    const after = outputs.at(-1)?.text().trim().split('\n').at(-1);
    return after ? { ...result, after } : result;
  },
  foresee(args, seen, foretold) {
    if (!seen || args.dest === undefined) return null;
    const hasGit =
      seen.hasGit || foretold.some((fact: Fact) => 'package' in fact && fact.package === 'git' && fact.is === 'present');
    const entry = { ...absentEntry(seen.path), is: seen.is === 'absent' ? ('absent' as const) : ('directory' as const) };
    const future = foreseeEntry({ entry, above: { path: '/', isFolder: true } }, foretold);
    if (!future.known && hasGit === seen.hasGit) return null;
    const is =
      future.known && future.entry.is === 'directory' && seen.is === 'absent'
        ? 'empty'
        : future.entry.is === 'absent'
          ? 'absent'
          : seen.is;
    // Without git nobody could ask the server yet; that the version will change is sure all the same.
    return { ...seen, hasGit, is, wanted: seen.wanted || (seen.hasGit ? '' : args.version) };
  },
};
