// Files, folders and links as such: that they are there or not, and whose. It writes no content.
import { lines, raw, sh } from '../core/shell.ts';
import type { Fact, Module, Plan, Script } from '../core/types.ts';
import { fileKinds, ownerRefusal, wishesOf } from './parts/attributes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { reported } from './parts/report.ts';
import { lookFunction, readEntry } from './parts/entry.ts';
import { fields } from './parts/fields.ts';
import { planState } from './parts/file-plan.ts';
import { type FileModuleArgs as Args, type FileState as State, settledState } from './parts/file-state.ts';
import { emptyScript, mountsScript, readStrays, strayScript } from './parts/folder.ts';
import { foreseeEntry, foreseeSurvey } from './parts/foresee.ts';
import { choice, flag, takes, text } from './parts/kinds.ts';
import { baseName, fileKey, parentOf, treeKey } from './parts/paths.ts';
import { fileReturns } from './parts/returns.ts';
import { pathScript, readsOf, readSurvey, type SurveyWish, surveyScript } from './parts/survey.ts';
import { parseTime } from './parts/times.ts';

const wishOf = (args: Args): SurveyWish => ({
  path: args.path,
  // Into a folder a hard link goes by the name of its source.
  ...(args.state === 'hard' && args.src !== undefined ? { within: baseName(args.src) } : {}),
  follow: args.follow && args.state !== 'absent' && args.state !== 'hard',
  ...wishesOf(args),
});

/** The source of a link as the kernel will read it: beside the link, or absolute. */
function sourceScript(args: Args): Script {
  if (args.src === undefined) return sh`printf '\\0'; look ''; printf '\\0'; look ''`;
  const place = args.src.startsWith('/') || args.state === 'hard' ? sh`` : sh`case $p in */*) s=\${p%/*}/$s;; esac`;
  return lines(
    sh`o=$p; ${raw(pathScript(args.src))}; s=$p; p=$o`,
    place,
    sh`printf '%s\\0' "$s"; look "$s"; r=$(readlink -f -- "$s" 2>/dev/null; echo x); r=\${r%x}; r=\${r%"\n"}; printf '%s\\0' "$r"; look "$r"`,
  );
}

const timeScript = (word: string | undefined, format: string): Script => {
  const time = word === undefined ? undefined : parseTime(word, format);
  return time ? sh`date -d ${time.date} +%s; printf '\\0'` : sh`printf '\\0'`;
};

const ask = (args: Args): Script =>
  lines(
    surveyScript(wishOf(args)),
    // Of a survey, content comes last; here none is asked for, and more fields follow.
    lookFunction,
    sourceScript(args),
    args.state === 'link' || args.state === 'absent' ? emptyScript : sh`printf '\\0'`,
    args.state === 'absent' ? mountsScript : sh`printf '\\0'`,
    args.recurse ? strayScript(args, args.follow) : sh`printf '\\0'`,
    timeScript(args.access_time, args.access_time_format),
    timeScript(args.modification_time, args.modification_time_format),
  );

const stamp = (description: string) => text(`${description}: "preserve", "now", or a time. Default: preserve, for touch now.`);

export const module: Module<Args, State, Deeds> = {
  summary: 'Make, change or remove a file, a folder or a link.',
  collection: 'ansible.builtin',
  args: takes(
    {
      path: text('What is meant.', { aliases: ['dest', 'name'], minLength: 1 }),
      state: choice('What shall be there. Default: what is there, else a file (with recurse a folder).', [
        'absent',
        'directory',
        'file',
        'hard',
        'link',
        'touch',
      ]),
      src: text('What a link leads to.'),
      recurse: flag('Owner, group and mode for all below the folder too.', false),
      force: flag('Make a link although its target is missing or a file is in its place.', false),
      follow: flag('Speak of what a link leads to, not of the link.', true),
      access_time: stamp('Access time'),
      access_time_format: text('How access_time is written (strptime).', { default: '%Y%m%d%H%M.%S' }),
      modification_time: stamp('Modification time'),
      modification_time_format: text('How modification_time is written (strptime).', { default: '%Y%m%d%H%M.%S' }),
      ...fileKinds,
    },
    ['path'],
  ),
  returns: fileReturns,
  examples: [
    {
      title: 'A folder and those above it',
      yaml: 'name: Data\nfile: { path: /scratch/srv/data/db, state: directory, mode: "0750" }',
    },
    { title: 'A link', yaml: 'name: Current release\nfile: { src: release-7, path: /scratch/current, state: link }' },
    { title: 'A whole folder away', yaml: 'name: No cache\nfile: { path: /scratch/cache, state: absent }' },
    {
      title: 'Rights for all below a folder: X is x for folders and what is executable already',
      yaml: 'name: Readable\nfile: { path: /scratch/tree, state: directory, recurse: true, mode: "u=rwX,g=rX,o=rX" }',
    },
    {
      title: 'An empty file, if it is not there',
      yaml: 'name: Marker\nfile: { path: /scratch/marker, state: touch, access_time: preserve, modification_time: preserve }',
    },
  ],
  differs: [
    'A folder at or below which something is mounted is not removed: unmount it first.',
    '`attributes` compares sets of flags, and does not see the flag e of ext4; Ansible sets the flags anew each time.',
    'A link that leads to nothing is not touched through: its target would be made.',
  ],
  check(args) {
    const faults: string[] = [];
    if (args.recurse && args.state !== undefined && args.state !== 'directory') faults.push('"recurse" needs state: directory');
    if (args.src !== undefined && args.state !== 'link' && args.state !== 'hard') faults.push('"src" needs state: link or hard');
    if (args.state === 'absent' && /^\/*$/.test(args.path)) faults.push('the root folder cannot be removed');
    for (const which of ['access_time', 'modification_time'] as const) {
      const word = args[which];
      if (word === undefined || word === 'now' || word === 'preserve') continue;
      if (!parseTime(word, args[`${which}_format`]))
        faults.push(`"${which}" is not "now", "preserve" or a time like ${args[`${which}_format`]} (of the letters YmdHMS)`);
    }
    return faults;
  },

  probe: args => ({
    ask: { sh: ask(args) },
    reads: [
      ...readsOf(wishOf(args)),
      ...(args.recurse || args.state === 'absent' || args.state === 'link' ? [treeKey(args.path)] : []),
      ...(args.src === undefined ? [] : [fileKey(args.src.startsWith('/') ? args.src : `${parentOf(args.path)}/${args.src}`)]),
    ],
    parse(out) {
      const answer = fields(out);
      const survey = readSurvey(wishOf(args), answer);
      const source = readEntry(answer.next(), answer);
      const end = readEntry(answer.next(), answer);
      const empty = answer.next() !== 'n';
      const mounts = answer.next().split('\n').filter(Boolean);
      const strays = readStrays(answer, args, survey);
      const [access, modify] = [answer.next().trim(), answer.next().trim()];
      return { survey, source, end, empty, mounts, strays, access, modify };
    },
  }),

  plan(args, state): Plan<Deeds> {
    const planned = planState(settledState(args, state), state);
    const refusal = args.state === 'absent' ? undefined : ownerRefusal(args, state.survey);
    return refusal && !planned.refuse ? { ...planned, refuse: refusal } : planned;
  },
  apply: stepsOf,
  failsByCode: true,
  result(args, state, outputs) {
    const planned = planState(settledState(args, state), state);
    return reported(planned.result, outputs);
  },

  foresee(args, seen, foretold) {
    if (!seen) return null;
    const wish = wishOf(args);
    const survey = foreseeSurvey(wish, seen.survey, foretold);
    const source = args.src === undefined ? undefined : foreseeEntry({ entry: seen.source, above: seen.survey.above }, foretold);
    if (!survey && !source?.known) return null;
    // What lies below a folder that changes is not foretold, but a folder that will be new is empty.
    const fresh = survey !== null && seen.survey.entry.is === 'absent';
    if (args.recurse && !fresh && touchedBelow(args.path, foretold)) return null;
    const end = source?.known && source.entry.is !== 'link' ? source.entry : seen.end;
    return { ...seen, survey: survey ?? seen.survey, source: source?.entry ?? seen.source, end };
  },
};

const touchedBelow = (path: string, foretold: readonly Fact[]): boolean =>
  foretold.some(fact => 'path' in fact && fact.path.startsWith(`${path}/`));
