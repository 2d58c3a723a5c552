// Files and folders from the runner (or from elsewhere on the host) to a place on the host, sent only where they differ.
import type { Blob, Module, Tree } from '../core/types.ts';
import { fileKinds } from './parts/attributes.ts';
import type { CopyArgs as Args } from './parts/copy-args.ts';
import { foreseeRemote, planRemote, type RemoteState, remoteProbe } from './parts/copy-remote.ts';
import { foreseeTree, planTree, type TreeState, treeProbe } from './parts/copy-tree.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { reported } from './parts/report.ts';
import { pythonJson } from './parts/form.ts';
import { flag, takes, text } from './parts/kinds.ts';
import { MODE_PATTERN, octal } from './parts/mode.ts';
import { baseName } from './parts/paths.ts';
import { foreseePlaced, placedKinds, placedWish, planPlaced, type Source } from './parts/placed.ts';
import { contentReturns } from './parts/returns.ts';
import { type Survey, surveyProbe } from './parts/survey.ts';

type State =
  | { readonly of: 'file'; readonly seen: Survey }
  | { readonly of: 'tree'; readonly seen: TreeState }
  | { readonly of: 'remote'; readonly seen: RemoteState };

const isTree = (src: Args['src']): src is Tree => typeof src === 'object' && 'files' in src;

/** A map or list as content becomes JSON, as json.dumps writes it. */
const contentText = (content: unknown): string =>
  typeof content === 'object' && content !== null ? pythonJson(content) : String(content ?? '');

function sourceOf({ src, content }: Args): Source {
  if (typeof src !== 'object') return { content: contentText(content) };
  const blob = src as Blob;
  return { content: blob.text ?? blob, name: baseName(blob.path) };
}

/** `preserve` is the mode of the source, which is known here. */
const concrete = (args: Args): Args =>
  args.mode === 'preserve' && typeof args.src === 'object' && !isTree(args.src) ? { ...args, mode: octal(args.src.mode) } : args;

function plan(args: Args, state: State) {
  if (state.of === 'remote') return planRemote(args, state.seen);
  if (state.of === 'tree') return planTree(args, args.src as Tree, state.seen);
  return planPlaced(concrete(args), sourceOf(args), state.seen);
}

export const module: Module<Args, State, Deeds> = {
  summary: 'Put a file, a folder or a text on the host.',
  collection: 'ansible.builtin',
  args: takes(
    {
      src: text(
        'File or folder of the runner, looked up in the folders named files; a folder with a slash at the end: what is in it.',
        {
          minLength: 1,
        },
      ),
      content: {
        type: ['string', 'number', 'boolean', 'object', 'array'],
        description: 'The text itself, in place of src; a map or a list becomes JSON.',
      },
      ...placedKinds,
      remote_src: flag('src is a path of the host.', false),
      local_follow: flag('In a folder, copy what links lead to; false: the links. Default: true for a folder of the runner.'),
      directory_mode: text('Mode of folders that are made on the way.', { pattern: MODE_PATTERN }),
      checksum: text('sha256 (or, for a small text, sha1) that the source must have.', {
        pattern: '^[0-9a-fA-F]{40}([0-9a-fA-F]{24})?$',
      }),
      decrypt: flag('Source files under a vault are decrypted.', true),
      ...fileKinds,
      mode: {
        ...fileKinds.mode,
        pattern: `${MODE_PATTERN}|^preserve$`,
        description: 'Permissions, quoted: octal, symbolic, or "preserve" (those of src).',
      },
    },
    ['dest'],
  ),
  returns: contentReturns(),
  examples: [
    { title: 'A text', yaml: 'name: Greeting\ncopy: { content: "Hello\\n", dest: /scratch/etc/motd, mode: "0644" }' },
    { title: 'Settings as JSON', yaml: 'name: Settings\ncopy: { content: { port: 80 }, dest: /scratch/etc/settings.json }' },
    {
      title: 'A file of the role',
      yaml: 'name: Unit\ncopy: { src: app.service, dest: /scratch/etc/, mode: preserve, backup: true }',
    },
    {
      title: 'A whole folder, in one go',
      yaml: 'name: Site\ncopy: { src: web/, dest: /scratch/srv/web, mode: "0644", directory_mode: "0755" }',
    },
    {
      title: 'From one place of the host to another',
      yaml: 'name: Keep a copy\ncopy: { src: /scratch/etc/hosts, dest: /scratch/etc/hosts.kept, remote_src: true }',
    },
    {
      title: 'A folder of the host',
      yaml: 'name: Keep the parts\ncopy: { src: /scratch/parts, dest: /scratch/kept, remote_src: true }',
    },
  ],
  differs: [
    '`checksum` in the result is sha256; as an argument it may be sha256, or sha1 for a small text.',
    'With a folder as src, `attributes` and the SELinux arguments are not looked at.',
    'With remote_src, links in a folder are copied as links, also where the folder is there already; a folder is not copied into itself.',
  ],
  check(args) {
    const faults: string[] = [];
    if ((args.src === undefined) === (args.content === undefined)) faults.push('give either "src" or "content"');
    if (args.content !== undefined && args.dest.endsWith('/'))
      faults.push('"content" needs the name of a file as "dest", not a folder');
    if (args.content !== undefined && args.mode === 'preserve') faults.push('"mode: preserve" needs "src"');
    if (args.content !== undefined && args.remote_src) faults.push('"remote_src" needs "src"');
    return faults;
  },
  local: ({ src, remote_src, local_follow }) =>
    src === undefined || remote_src ? [] : [{ arg: 'src', as: 'tree', folder: 'files', followLinks: local_follow ?? true }],

  probe(args) {
    const { src } = args;
    if (args.remote_src) {
      const probe = remoteProbe(args);
      return { ...probe, parse: out => ({ of: 'remote', seen: probe.parse(out) }) };
    }
    if (isTree(src)) {
      const probe = treeProbe(args, src);
      return { ...probe, parse: out => ({ of: 'tree', seen: probe.parse(out) }) };
    }
    const probe = surveyProbe(placedWish(args, sourceOf(args)));
    return { ...probe, parse: out => ({ of: 'file', seen: probe.parse(out) }) };
  },
  plan,
  apply: stepsOf,
  failsByCode: true,
  result(args, state, outputs) {
    const { result } = plan(args, state);
    return state.of === 'tree' ? result : reported(result, outputs);
  },
  foresee(args, state, foretold) {
    if (args.remote_src) return wrap('remote', foreseeRemote(args, state ? (state.seen as RemoteState) : null, foretold));
    if (isTree(args.src)) return wrap('tree', foreseeTree(args, args.src, state ? (state.seen as TreeState) : null, foretold));
    return wrap('file', foreseePlaced(concrete(args), sourceOf(args), state ? (state.seen as Survey) : null, foretold));
  },
};

const wrap = (of: State['of'], seen: State['seen'] | null): State | null => (seen ? ({ of, seen } as State) : null);
