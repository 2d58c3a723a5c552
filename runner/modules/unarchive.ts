// An archive unpacked into a folder of the host, where what is in it differs from what is there.
import { lines, raw, sh } from '../core/shell.ts';
import type { Blob, Fact, Module, Plan, Script, Vars } from '../core/types.ts';
import {
  type ArchiveArgs,
  attributesScript,
  countedDifferences,
  differScript,
  kindScript,
  listScript,
  wrongAttributes,
} from './parts/archive.ts';
import { fileKinds, ownerRefusal, wishesOf } from './parts/attributes.ts';
import { fields } from './parts/fields.ts';
import { foreseeEntry, foreseeSurvey } from './parts/foresee.ts';
import { flag, gives, takes, text } from './parts/kinds.ts';
import { baseName, fileKey, treeKey } from './parts/paths.ts';
import { entryResult } from './parts/report.ts';
import { fileFields } from './parts/returns.ts';
import { stateScript, type Unpacking, unpackSteps } from './parts/unpack.ts';
import { pathScript, readSurvey, readsOf, type Survey, type SurveyWish, surveyScript } from './parts/survey.ts';

interface Args extends ArchiveArgs {
  readonly src: Blob | string;
  readonly remote_src: boolean;
  readonly copy: boolean;
  readonly creates?: string;
  readonly list_files: boolean;
}
interface State {
  readonly survey: Survey;
  readonly isRoot: boolean;
  readonly created: boolean;
  /** Where archives of the runner are kept for the time of the task, and receipts of them after it. */
  readonly store: string;
  /** 'there', 'missing', or for an archive of the runner 'known' or 'new': whether a receipt tells its names. */
  readonly archive: 'there' | 'missing' | 'known' | 'new';
  /** Lines of tar --diff and the like; of a receipt, what is no longer as it was unpacked. */
  readonly differences: readonly string[];
  readonly wrong: readonly string[];
  readonly files: readonly string[];
  /** Why tar cannot read the archive of the host; empty where it can. */
  readonly broken: string;
  /** Programs that are not there. */
  readonly lacks: string;
}
const wishOf = (args: Args): SurveyWish => {
  const { attributes: _, ...rest } = args;
  return { path: args.dest, follow: true, ...wishesOf(rest) };
};

const storeScript = sh`if [ -z "$XDG_STATE_HOME" ] && [ "$(id -u)" = 0 ]; then s=/var/lib/tsrun/unpacked; else s=\${XDG_STATE_HOME:-$HOME/.local/state}/tsrun/unpacked; fi`;

/** One archive may be unpacked in several places and in several ways. */
const receiptName = (args: Args): string =>
  JSON.stringify([args.dest, args.exclude, args.include, args.extra_opts])
    .replace(/[^A-Za-z0-9]+/g, '_')
    .slice(-100);

const receipt = (args: Args, blob: Blob): string => `${blob.sha256}-${receiptName(args)}`;

/** An archive of the runner is not sent to be compared: a receipt tells what came out of it. */
function receiptScript(args: Args, blob: Blob): Script {
  return lines(
    sh`r=$s/${receipt(args, blob)}; if [ -r "$r.names" ]; then w=known; else w=new; fi; printf '%s\\0' $w`,
    sh`if [ $w = known ]; then ${raw(stateScript)} <"$r.names" | diff "$r.state" - | sed -n 's/^> [^/]*\\/.*\\(\\/.*\\)$/\\1: differs/p'; fi; printf '\\0'`,
    sh`if [ $w = known ]; then while IFS= read -r f; do stat -c %f/%u/%g/%n -- "$p/$f" 2>/dev/null; done <"$r.names"; fi; printf '\\0'`,
    sh`if [ $w = known ]; then cat "$r.names"; fi; printf '\\0'`,
    sh`for c in tar; do command -v $c >/dev/null || printf '%s ' $c; done; printf '\\0'`,
  );
}

function remoteScript(args: Args, src: string): Script {
  return lines(
    sh`o=$p; ${raw(pathScript(src))}; a=$p; p=$o; if [ -f "$a" ] && [ -r "$a" ]; then w=there; else w=missing; fi; printf '%s\\0' $w`,
    sh`if [ $w = there ]; then ${raw(kindScript)}; case $k in zip) c=unzip;; *) c=tar;; esac; command -v $c >/dev/null && c=; else c=; fi`,
    sh`if [ $w = there ] && [ -z "$c" ] && [ -d "$p" ]; then`,
    sh`${raw(differScript(args))}; printf '\\0'; ${raw(attributesScript(args))}; printf '\\0'; ${raw(listScript(args))}; printf '\\0'`,
    sh`else printf '\\0\\0\\0'; fi; printf '%s\\0' "$c"`,
  );
}

const isUrl = (src: Args['src']): src is string => typeof src === 'string' && src.includes('://');
const sourceName = ({ src }: Args): string => (typeof src === 'string' ? src : src.path);

function planUnpack(args: Args, state: State): Plan<Unpacking> {
  const { survey, archive } = state;
  const result: Vars = {
    dest: survey.real.path,
    src: sourceName(args),
    ...entryResult(survey.real),
    ...(args.list_files ? { files: state.files } : {}),
  };
  if (state.created) return { changes: [], result: { ...result, msg: `skipped, since ${args.creates} exists` } };
  const refuse = refusal(args, state) ?? ownerRefusal(args, survey);
  if (refuse) return { changes: [], refuse, result };
  const differing = [...state.differences, ...state.wrong.map(path => `${path}: owner or mode`)];
  if (archive !== 'new' && differing.length === 0) return { changes: [], result };
  const why = archive === 'new' ? 'not unpacked here before' : `${differing.length} differ`;
  const change = {
    summary: `${survey.real.path}/: ${why} -> as in ${baseName(sourceName(args))}`,
    diff: {
      target: `${survey.real.path}/`,
      before: `${differing.slice(0, 100).join('\n') || why}\n`,
      after: `as in ${sourceName(args)}\n`,
    },
    touches: [fileKey(args.dest), treeKey(args.dest), treeKey(survey.real.path)],
    foretells: createdFact(args),
    action: { archive: args.src, args: archiveArgs(args), store: `${state.store}/${storeName(args)}`, dest: survey.real.path },
  };
  return { changes: [change], result };
}

/** What `creates` names is there when the archive is unpacked: that is what it says. */
const createdFact = ({ creates }: Args): readonly Fact[] => (creates === undefined ? [] : [{ path: creates, is: 'file' }]);

const storeName = (args: Args): string => (typeof args.src === 'string' ? '' : receipt(args, args.src));

const archiveArgs = ({
  dest,
  keep_newer,
  exclude,
  include,
  extra_opts,
  owner,
  group,
  mode,
  unsafe_writes,
}: Args): ArchiveArgs => ({
  dest,
  keep_newer,
  exclude,
  include,
  extra_opts,
  unsafe_writes,
  ...(owner === undefined ? {} : { owner }),
  ...(group === undefined ? {} : { group }),
  ...(mode === undefined ? {} : { mode }),
});

function refusal(args: Args, { survey, archive, files, lacks, broken }: State) {
  if (survey.real.is !== 'directory')
    return { why: `${args.dest} is ${survey.real.is}, not a folder`, mend: 'make it first: file with state: directory' };
  if (archive === 'missing')
    return { why: `${sourceName(args)} is not on the host`, mend: 'fetch it first, or leave out remote_src' };
  if (lacks.trim() !== '')
    return { why: `the host has no ${lacks.trim()}`, mend: `install it first: package: { name: ${lacks.trim()} }` };
  if (broken !== '')
    return { why: `${sourceName(args)} cannot be unpacked: ${broken}`, mend: 'see that it is a whole tar or zip archive' };
  const climbing = files.find(name => name.split('/').includes('..'));
  if (climbing !== undefined)
    return { why: `the archive holds ${climbing}, which leads out of ${args.dest}`, mend: 'leave it out by "exclude"' };
  return undefined;
}

export const module: Module<Args, State, Unpacking> = {
  summary: 'Unpack an archive (tar, also packed by gzip, bzip2, xz or zstd, or zip) into a folder of the host.',
  collection: 'ansible.builtin',
  args: takes(
    {
      src: text('The archive: a file of the runner, or with remote_src a path of the host.', { minLength: 1 }),
      dest: text('The folder; it must be there.', { minLength: 1 }),
      remote_src: flag('src is a path of the host.', false),
      copy: flag('false is the old way to write remote_src: true.', true),
      creates: text('Nothing is done where this path is there.'),
      list_files: flag('Give the names in the archive as `files`.', false),
      keep_newer: flag('Leave files that are newer than those in the archive.', false),
      exclude: { type: 'array', items: { type: 'string' }, default: [], description: 'Names (globs) to leave out.' },
      include: { type: 'array', items: { type: 'string' }, default: [], description: 'Only these names.' },
      extra_opts: { type: 'array', items: { type: 'string' }, default: [], description: 'Further options for tar or unzip.' },
      decrypt: flag('An archive under a vault is decrypted.', true),
      ...fileKinds,
    },
    ['src', 'dest'],
  ),
  returns: gives({
    ...fileFields,
    files: { type: 'array', items: { type: 'string' }, description: 'Names in the archive (list_files).' },
  }),
  examples: [
    {
      title: 'A release, once',
      yaml: 'name: Release\nunarchive: { src: app-1.2.tar.gz, dest: /opt, creates: /opt/app-1.2/bin/app }',
    },
    {
      title: 'An archive that is on the host, without its top folder',
      yaml: 'name: Unpack\nunarchive:\n  src: /scratch/app.tar\n  dest: /scratch/release-7\n  remote_src: true\n  extra_opts: [--strip-components=1]\n  mode: u=rwX,go=rX',
    },
  ],
  differs: [
    'With remote_src, an address as src is refused: use get_url first.',
    'An archive of the runner leaves a receipt on the host (a list of names, times and owners), so that it is not sent again to be compared.',
    'Bytes that differ count as a change, also where time and size are equal.',
    'A check run says what would be done for tar archives too.',
    'Where what `creates` names is there, the task is ok; Ansible calls it skipped.',
  ],
  notes: [
    'Needs tar, for zip archives unzip. Without GNU tar each file is compared with its bytes in the archive, which is slow for many.',
  ],
  check(args) {
    const faults: string[] = [];
    if (args.include.length > 0 && args.exclude.length > 0) faults.push('"include" and "exclude" cannot stand together');
    if (isUrl(args.src)) faults.push('an address as "src" is not known here: fetch it with get_url first');
    return faults;
  },
  local: ({ remote_src, copy }) => (remote_src || !copy ? [] : [{ arg: 'src', as: 'blob', folder: 'files' }]),

  probe(args) {
    const wish = wishOf(args);
    const { src } = args;
    const created =
      args.creates === undefined
        ? sh`printf '\\0'`
        : sh`o=$p; ${raw(pathScript(args.creates))}; [ -e "$p" ] && printf y; p=$o; printf '\\0'`;
    return {
      ask: {
        sh: lines(
          surveyScript(wish),
          sh`p=$t; ${raw(storeScript)}; printf '%s\\0' "$s"; id -u; printf '\\0'`,
          created,
          typeof src === 'string' ? remoteScript(args, src) : receiptScript(args, src),
        ),
      },
      reads: [
        ...readsOf(wish),
        treeKey(args.dest),
        ...(typeof src === 'string' ? [fileKey(src)] : []),
        ...(args.creates === undefined ? [] : [fileKey(args.creates)]),
        ...(['package:tar', 'package:unzip'] as const),
      ],
      parse(out) {
        const answer = fields(out);
        const survey = readSurvey(wish, answer);
        const store = answer.next();
        const isRoot = answer.next().trim() === '0';
        const isCreated = answer.next() === 'y';
        const archive = answer.next() as State['archive'];
        const [diff, rows, names, lacks] = [answer.next(), answer.next(), answer.next(), answer.next()];
        const differences = archive === 'there' ? countedDifferences(diff, args, isRoot) : diff.split('\n').filter(Boolean);
        const files = names.split('\n').filter(Boolean);
        // Differences alone are not fatal to tar.
        const broken = /^(?:tar|unzip): Error is not recoverable/m.test(diff) ? (diff.split('\n')[0] ?? diff) : '';
        return {
          survey,
          store,
          isRoot,
          created: isCreated,
          archive,
          differences,
          wrong: wrongAttributes(rows, args, survey),
          files,
          broken,
          lacks,
        };
      },
    };
  },
  plan: planUnpack,
  apply: unpackSteps,
  failsByCode: true,
  result(args, state, outputs) {
    const planned = planUnpack(args, state).result;
    const last = outputs.at(-1);
    if (state.archive !== 'new' || !last) return planned;
    const [diff = '', rows = ''] = last.text().split('\0');
    const changed =
      countedDifferences(diff, args, state.isRoot).length > 0 || wrongAttributes(rows, args, state.survey).length > 0;
    return { ...planned, changed };
  },
  foresee(args, seen, foretold) {
    if (!seen) return null;
    const survey = foreseeSurvey(wishOf(args), seen.survey, foretold);
    const made = foretold.some(fact => 'path' in fact && fact.path === args.creates && fact.is !== 'absent');
    if (made) return { ...seen, created: true };
    if (!survey) return null;
    const lacks = foretold.some(fact => 'package' in fact && fact.package === seen.lacks.trim()) ? '' : seen.lacks;
    const { src } = args;
    // A folder that will be made is empty, whatever the archive holds.
    const fresh = survey.real.is === 'directory' && seen.survey.real.is === 'absent';
    const source =
      typeof src === 'string'
        ? foreseeEntry(
            { entry: { ...seen.survey.entry, path: src, is: 'absent' }, above: { path: '/', isFolder: true } },
            foretold,
          )
        : undefined;
    const archive = source?.known ? (source.entry.is === 'file' ? 'there' : 'missing') : seen.archive;
    if (!fresh) return null;
    return { ...seen, survey, lacks, archive, differences: archive === 'missing' ? [] : ['the folder: missing'] };
  },
};
