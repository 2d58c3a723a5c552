// A folder of the runner put on the host: one survey of all its files, a change for each that differs. Pure.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Blob, Change, Fact, Plan, Probe, Script, Tree } from '../../core/types.ts';
import { type FileArgs, ownerRefusal } from './attributes.ts';
import { attributeChanges, folderFact, planContent, settingsOf, wantedOf } from './content.ts';
import type { CopyArgs } from './copy-args.ts';
import type { Deeds } from './deeds.ts';
import { type Entry, readEntry } from './entry.ts';
import { fields } from './fields.ts';
import { foreseeEntry, foreseeSurvey } from './foresee.ts';
import { octal, resolveMode } from './mode.ts';
import { baseName, joinPath, parentOf, pathsBetween, tidyPath, treeKey } from './paths.ts';
import { readSurvey, readsOf, type Survey, type SurveyWish, surveyScript } from './survey.ts';

interface Seen {
  readonly entry: Entry;
  readonly sha256: string;
}
export interface TreeState {
  readonly root: Survey;
  readonly folders: readonly Entry[];
  readonly files: readonly Seen[];
  readonly links: readonly Entry[];
}

/** `src: web` is copied with its name, `src: web/` is what is in it. */
const targetOf = (args: CopyArgs, tree: Tree): string =>
  tree.path.endsWith('/') ? tidyPath(args.dest) : joinPath(tidyPath(args.dest), baseName(tree.path));

const wishOf = (args: CopyArgs, tree: Tree): SurveyWish => ({
  path: targetOf(args, tree),
  follow: true,
  owner: args.owner,
  group: args.group,
});

const loop = (paths: readonly string[], deed: Script): Script =>
  paths.length === 0 ? sh`` : sh`for f in ${paths}; do f=$t/$f; ${raw(deed)}; done`;

export function treeProbe(args: CopyArgs, tree: Tree): Probe<TreeState> {
  const wish = wishOf(args, tree);
  const hash = sh`look "$f"; if [ -f "$f" ] && [ ! -L "$f" ]; then sha256sum <"$f"; fi; printf '\\0'`;
  const script = lines(
    surveyScript(wish),
    loop(names(tree.folders), sh`look "$f"`),
    loop(names(tree.files), hash),
    loop(names(tree.links), sh`look "$f"`),
    sh`:`,
  );
  return {
    ask: { sh: script },
    reads: [...readsOf(wish), treeKey(wish.path)],
    parse(out) {
      const answer = fields(out);
      const root = readSurvey(wish, answer);
      const at = (path: string): Entry => readEntry(joinPath(root.real.path, path), answer);
      const folders = names(tree.folders).map(at);
      const files = names(tree.files).map(path => ({ entry: at(path), sha256: answer.next().slice(0, 64) }));
      return { root, folders, files, links: names(tree.links).map(at) };
    },
  };
}

const names = (parts: readonly { readonly path: string }[]): readonly string[] => parts.map(({ path }) => path);

export function planTree(args: CopyArgs, tree: Tree, state: TreeState): Plan<Deeds> {
  const { root } = state;
  const result = { dest: `${tidyPath(args.dest)}/`, src: tree.path };
  const refuse = treeRefusal(state) ?? ownerRefusal(args, root);
  if (refuse) return { changes: [], refuse, result };
  const changes = [
    ...(root.real.is === 'absent' ? [folderChange(args, root, root.real)] : folderAttributes(args, root, root.real, tree)),
    ...state.folders.flatMap(entry =>
      entry.is === 'absent' ? [folderChange(args, root, entry)] : attributeChanges(folderArgs(args), entry, root),
    ),
    ...tree.files.flatMap(({ blob }, i) => fileChanges(args, root, blob, state.files[i])),
    ...tree.links.flatMap(({ target }, i) => linkChanges(state.links[i], target)),
  ];
  return { changes, result };
}

function treeRefusal({ root, folders, files }: TreeState) {
  const wrong = [root.real, ...folders].find(({ is }) => is !== 'absent' && is !== 'directory' && is !== 'link');
  if (wrong) return { why: `${wrong.path} is there already, and no folder`, mend: 'remove it first' };
  const folder = files.find(({ entry }) => entry.is === 'directory');
  return folder ? { why: `${folder.entry.path} is a folder`, mend: 'remove it first' } : undefined;
}

/** Flags and contexts would need a question for each file. */
const fileArgs = ({ owner, group, mode, unsafe_writes }: FileArgs, blob?: Blob): FileArgs => ({
  ...(owner === undefined ? {} : { owner }),
  ...(group === undefined ? {} : { group }),
  ...(mode === undefined ? {} : { mode: mode === 'preserve' ? octal(blob?.mode ?? 0o644) : mode }),
  unsafe_writes,
});
function folderArgs(args: CopyArgs): FileArgs {
  const { mode: _, ...plain } = fileArgs(args);
  return { ...plain, ...(args.directory_mode === undefined ? {} : { mode: args.directory_mode }) };
}

/** What is copied under its own name is one of the folders of the copy; dest itself is not. */
const folderAttributes = (args: CopyArgs, root: Survey, at: Entry, tree: Tree): readonly Change<Deeds>[] =>
  tree.path.endsWith('/') ? [] : attributeChanges(folderArgs(args), at, root);

function folderChange(args: CopyArgs, root: Survey, at: Entry): Change<Deeds> {
  const base = { mode: 0o777 & ~root.umask, isFolder: true, umask: root.umask };
  const mode = args.directory_mode === undefined ? undefined : resolveMode(args.directory_mode, base);
  const to = settingsOf(args, mode);
  const made = at === root.real ? pathsBetween(root.above.path, at.path) : [at.path];
  return {
    summary: `${at.path}: absent -> directory`,
    diff: { target: at.path, before: 'state: absent\n', after: 'state: directory\n' },
    touches: [treeKey(made[0] ?? at.path)],
    foretells: made.map(path => folderFact(path, to, root)),
    action: made.map(folder => ({ folder, to })),
  };
}

function fileChanges(args: CopyArgs, root: Survey, blob: Blob, seen: Seen | undefined): readonly Change<Deeds>[] {
  if (!seen || (!args.force && seen.entry.is !== 'absent')) return [];
  const { entry, sha256 } = seen;
  const survey: Survey = { ...root, path: entry.path, entry, real: entry, sha256, content: undefined, above: there(entry.path) };
  const { validate, backup } = args;
  const goalArgs = { ...fileArgs(args, blob), backup, ...(validate === undefined ? {} : { validate }) };
  const changes = planContent({ args: goalArgs, survey, at: entry, wanted: wantedOf(blob) });
  return changes.map(change => ({ ...change, action: change.action.filter(deed => !('report' in deed)) }));
}
const there = (path: string): Survey['above'] => ({ path: parentOf(path), isFolder: true });

function linkChanges(entry: Entry | undefined, target: string): readonly Change<Deeds>[] {
  if (!entry || (entry.is === 'link' && entry.target === target)) return [];
  const fact: Fact = { path: entry.path, is: 'link', content: target };
  return [
    {
      summary: `${entry.path}: ${entry.is} -> link to ${target}`,
      diff: { target: entry.path, before: `state: ${entry.is}\n`, after: `state: link to ${target}\n` },
      touches: [treeKey(entry.path)],
      foretells: [fact],
      action: [{ link: entry.path, target, over: entry.is === 'absent' ? 'nothing' : 'file' }],
    },
  ];
}

export function foreseeTree(args: CopyArgs, tree: Tree, seen: TreeState | null, foretold: readonly Fact[]): TreeState | null {
  if (!seen) return null;
  const root = foreseeSurvey(wishOf(args, tree), seen.root, foretold) ?? seen.root;
  const above = there(root.real.path);
  const later = (entry: Entry) =>
    foreseeEntry({ entry, above: seen.root.real.is === 'absent' ? seen.root.above : above }, foretold);
  const files = seen.files.map(({ entry, sha256 }) => ({ future: later(entry), sha256 }));
  // A file that some task changes in a way it cannot tell leaves the whole copy open.
  if (files.some(({ future }) => future.content === null && future.sha256 === undefined)) return null;
  const known = root !== seen.root || files.some(({ future }) => future.known);
  if (!known) return null;
  return {
    root,
    folders: seen.folders.map(entry => later(entry).entry),
    files: files.map(({ future, sha256 }) => ({ entry: future.entry, sha256: future.sha256 ?? sha256 })),
    links: seen.links.map(entry => later(entry).entry),
  };
}
