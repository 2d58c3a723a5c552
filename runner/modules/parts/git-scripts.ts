// What git is asked and told on a host: the probe, a clone, an update. Scripts alone; nothing is decided.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import { parentOf } from './paths.ts';
import { pathScript } from './survey.ts';

export interface GitArgs {
  readonly repo: string;
  readonly dest?: string;
  readonly version: string;
  readonly remote: string;
  readonly refspec?: string;
  readonly reference?: string;
  readonly force: boolean;
  readonly depth?: number;
  readonly clone: boolean;
  readonly update: boolean;
  readonly verify_commit: boolean;
  readonly accept_hostkey: boolean;
  readonly accept_newhostkey: boolean;
  readonly key_file?: string;
  readonly ssh_opts?: string;
  readonly executable?: string;
  readonly bare: boolean;
  readonly recursive: boolean;
  readonly single_branch: boolean;
  readonly track_submodules: boolean;
  readonly umask?: string;
}
export interface GitState {
  readonly path: string;
  readonly hasGit: boolean;
  /** 'repo', 'absent', 'empty' (a folder without anything) or 'other'. */
  readonly is: string;
  readonly head: string;
  readonly modified: readonly string[];
  readonly url: string;
  /** What `version` is, as a commit, on the server; empty where it could not be asked. */
  readonly wanted: string;
  /** Whether it is a branch, a tag or a commit there. */
  readonly kind: 'branch' | 'tag' | 'commit' | '';
  /** The branch that HEAD names there. */
  readonly branch: string;
  readonly submodules: readonly string[];
  readonly error: string;
}

export const isCommit = (version: string): boolean => /^[0-9a-f]{40}$/i.test(version);
export const repoUrl = ({ repo }: GitArgs): string => (repo.startsWith('/') ? `file://${repo}` : repo);

function sshScript(args: GitArgs): Script {
  const options = [
    ...(args.key_file === undefined ? [] : ['-i', args.key_file, '-o', 'IdentitiesOnly=yes']),
    ...(args.accept_hostkey
      ? ['-o', 'StrictHostKeyChecking=no']
      : args.accept_newhostkey
        ? ['-o', 'StrictHostKeyChecking=accept-new']
        : []),
    '-o',
    'BatchMode=yes',
  ];
  // Git splits this variable as a shell does: what is quoted here stays one word there.
  return lines(
    sh`export GIT_TERMINAL_PROMPT=0 LC_ALL=C GIT_SSH_COMMAND=${`${sh`ssh ${options}`} ${args.ssh_opts ?? ''}`.trim()}`,
    sh`git() { command ${args.executable ?? 'git'} "$@"; }`,
    args.umask === undefined ? sh`` : sh`umask ${args.umask}`,
  );
}

const gitDir = (args: GitArgs): Script => (args.bare ? sh`$p` : sh`$p/.git`);

export function probeScript(args: GitArgs): Script {
  const version = args.version;
  const list = sh`l=$(git ls-remote --symref ${repoUrl(args)} HEAD ${`refs/heads/${version}`} ${`refs/tags/${version}`} ${`refs/tags/${version}^{}`} 2>&1) || e=$l`;
  return lines(
    args.dest === undefined ? sh`p=` : pathScript(args.dest),
    sh`printf '%s\\0' "$p"; e=; l=; if command -v ${args.executable ?? 'git'} >/dev/null; then printf y; fi; printf '\\0'`,
    sshScript(args),
    sh`if [ -z "$p" ]; then k=absent; elif [ -f ${raw(gitDir(args))}/config ] || [ -f "$p/.git" ]; then k=repo; elif [ -d "$p" ]; then k=other; [ -n "$(ls -A -- "$p")" ] || k=empty; elif [ -e "$p" ]; then k=other; else k=absent; fi; printf '%s\\0' "$k"`,
    sh`if [ $k = repo ]; then git -C "$p" rev-parse HEAD 2>/dev/null; printf '\\0'; ${raw(args.bare ? sh`:` : sh`git -C "$p" status --porcelain --untracked-files=no 2>&1`)}; printf '\\0'; git -C "$p" config --get ${`remote.${args.remote}.url`}; printf '\\0'`,
    sh`${raw(args.recursive && !args.bare ? sh`git -C "$p" submodule status --recursive 2>/dev/null` : sh`:`)}; printf '\\0'; else printf '\\0\\0\\0\\0'; fi`,
    isCommit(version) ? sh`:` : sh`if [ $k != repo ] || [ ${args.update ? 'y' : ''} ]; then ${raw(list)}; fi`,
    sh`printf '%s\\0%s\\0' "$l" "$e"`,
  );
}

const submoduleScript = (args: GitArgs): Script =>
  args.recursive && !args.bare
    ? sh`if [ -f "$p/.gitmodules" ]; then git -C "$p" submodule sync --recursive -q; git -C "$p" submodule update --init --recursive -q ${args.track_submodules ? ['--remote'] : []}; fi`
    : sh`:`;

/** To the version, with the branch of its name where it is one. */
function switchScript(args: GitArgs, { kind, branch, wanted }: GitState): Script {
  if (args.bare) return sh`:`;
  const verify = args.verify_commit ? sh`git -C "$p" verify-commit ${wanted}` : sh`:`;
  const go =
    kind === 'branch' && branch !== ''
      ? sh`git -C "$p" checkout -q --force -B ${branch} ${wanted}; git -C "$p" branch -q --set-upstream-to=${`${args.remote}/${branch}`} 2>/dev/null || :`
      : sh`git -C "$p" checkout -q --force --detach ${wanted}`;
  return lines(verify, go);
}

function fetchScript(args: GitArgs, { kind, branch, wanted }: GitState): Script {
  const depth = args.depth === undefined ? [] : [`--depth=${args.depth}`];
  const ref =
    kind === 'branch' && branch !== ''
      ? `+refs/heads/${branch}:refs/remotes/${args.remote}/${branch}`
      : kind === 'tag'
        ? `+refs/tags/${args.version}:refs/tags/${args.version}`
        : wanted;
  const bare = args.bare ? ['+refs/heads/*:refs/heads/*'] : [];
  const one = [ref, ...(args.refspec === undefined ? [] : [args.refspec])];
  const all = sh`git -C "$p" fetch -q --force --tags ${depth} ${args.remote} ${bare} ${args.refspec === undefined ? [] : [args.refspec]}`;
  // Some servers give single commits by no other name than a branch.
  return args.depth === undefined || args.bare
    ? sh`${raw(all)}; git -C "$p" cat-file -e ${`${wanted}^{commit}`} 2>/dev/null || git -C "$p" fetch -q ${args.remote} ${one}`
    : sh`git -C "$p" fetch -q --force ${depth} ${args.remote} ${one}`;
}

const doneScript = (args: GitArgs): Script => lines(submoduleScript(args), sh`git -C "$p" rev-parse HEAD`);

export function cloneScript(args: GitArgs, state: GitState): Script {
  const { branch, kind } = state;
  const name = kind === 'tag' ? args.version : branch;
  const options = [
    '-q',
    '--origin',
    args.remote,
    ...(args.bare ? ['--bare'] : ['--no-checkout']),
    ...(args.depth === undefined ? [] : [`--depth=${args.depth}`]),
    ...(args.reference === undefined ? [] : ['--reference', args.reference]),
    ...(args.single_branch ? ['--single-branch'] : []),
    ...(kind !== 'commit' && name !== '' ? ['--branch', name] : []),
  ];
  const made = state.is === 'absent' ? sh`rm -rf -- "$p"` : sh`:`;
  return lines(
    sh`set -e; p=${state.path}`,
    sshScript(args),
    sh`mkdir -p -- ${parentOf(state.path)}`,
    // A clone that breaks off leaves no half repository behind.
    sh`trap '[ $? = 0 ] || ${raw(made)}' EXIT`,
    sh`git clone ${options} -- ${repoUrl(args)} "$p"`,
    sh`git -C "$p" cat-file -e ${`${state.wanted}^{commit}`} 2>/dev/null || { ${raw(fetchScript(args, state))}
}`,
    switchScript(args, state),
    doneScript(args),
  );
}

export const updateScript = (args: GitArgs, state: GitState): Script =>
  lines(
    sh`set -e; p=${state.path}`,
    sshScript(args),
    state.modified.length > 0 ? sh`git -C "$p" reset -q --hard HEAD` : sh`:`,
    state.url === repoUrl(args)
      ? sh`:`
      : sh`git -C "$p" remote set-url ${args.remote} ${repoUrl(args)} 2>/dev/null || git -C "$p" remote add ${args.remote} ${repoUrl(args)}`,
    fetchScript(args, state),
    switchScript(args, state),
    doneScript(args),
  );
