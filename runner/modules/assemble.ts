// A file made of all the files of a folder, in the order of their names. The pieces come from the host or from the runner.
import { lines, sh } from '../core/shell.ts';
import type { Module, Script, Tree } from '../core/types.ts';
import { fileKinds, wishesOf } from './parts/attributes.ts';
import { fromLatin, TEXT_LIMIT, toLatin, utf8 } from './parts/bytes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { type Fields, fields } from './parts/fields.ts';
import { foreseeSurvey } from './parts/foresee.ts';
import { flag, takes, text } from './parts/kinds.ts';
import { fileKey, treeKey } from './parts/paths.ts';
import { type PlacedArgs, planPlaced, validateKind } from './parts/placed.ts';
import { pythonRegexp, regexpFault } from './parts/python-regexp.ts';
import { reported } from './parts/report.ts';
import { contentReturns } from './parts/returns.ts';
import { pathScript, readSurvey, readsOf, type Survey, type SurveyWish, surveyScript } from './parts/survey.ts';

interface Args extends PlacedArgs {
  readonly src: Tree | string;
  readonly remote_src: boolean;
  readonly delimiter?: string;
  readonly regexp?: string;
  readonly ignore_hidden: boolean;
}
interface Piece {
  readonly name: string;
  /** One character a byte. */
  readonly text: string;
}
interface State {
  readonly survey: Survey;
  /** null: the folder is not there. */
  readonly pieces: readonly Piece[] | null;
}

const wishOf = (args: Args): SurveyWish => ({
  path: args.dest,
  follow: false,
  ...wishesOf(args),
  sha256: true,
  content: { most: TEXT_LIMIT },
});

const piecesScript = (src: string): Script =>
  lines(
    pathScript(src),
    sh`if [ -d "$p" ]; then printf 'd\\0'; for f in "$p"/* "$p"/.[!.]* "$p"/..?*; do [ -f "$f" ] || continue
printf '%s\\0' "\${f##*/}"; stat -Lc %s -- "$f"; printf '\\0'; cat -- "$f"; done; else printf '\\0'; fi`,
  );

function readPieces(answer: Fields): readonly Piece[] | null {
  const isFolder = answer.next() === 'd';
  const pieces: Piece[] = [];
  for (let name = answer.next(); name !== ''; name = answer.next()) {
    const size = Number(answer.next());
    pieces.push({ name, text: toLatin(answer.take(size)) });
  }
  return isFolder ? pieces : null;
}

/** By the bytes of their names, whatever the locale. */
const byName = (a: Piece, b: Piece): number => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };
const unescaped = (text: string): string =>
  text.replace(/\\(x[0-9a-fA-F]{2}|[ntr\\'"])/g, (_, code: string) =>
    code.startsWith('x') ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (UNESCAPED[code] ?? code),
  );

function assembled(args: Args, pieces: readonly Piece[]): string {
  const regexp = args.regexp === undefined ? undefined : pythonRegexp(args.regexp);
  const wanted = [...pieces]
    .filter(({ name }) => !(args.ignore_hidden && name.startsWith('.')))
    .filter(({ name }) => !regexp || name.search(regexp) >= 0)
    .sort(byName);
  const delimiter = args.delimiter ? toLatin(unescaped(args.delimiter)).replace(/[^\n]$/, end => `${end}\n`) : '';
  const separated = wanted.map(({ text }, i) => (i === wanted.length - 1 || text.endsWith('\n') ? text : `${text}\n`));
  return separated.join(delimiter);
}

function plan(args: Args, { survey, pieces }: State) {
  if (!pieces)
    return {
      changes: [],
      refuse: { why: `${String(args.src)} is not a folder of the host`, mend: 'make it first, or say remote_src: false' },
      result: {},
    };
  if (pieces.some(({ text }) => text === MISSING))
    return { changes: [], refuse: { why: 'a piece on the runner is no text, or too large', mend: 'use copy' }, result: {} };
  const bytes = fromLatin(assembled(args, pieces));
  const content = utf8(bytes);
  if (content === undefined)
    return { changes: [], refuse: { why: 'the pieces are not UTF-8 text', mend: 'join them with the shell module' }, result: {} };
  const planned = planPlaced(args, { content }, survey);
  return { ...planned, result: { ...planned.result, src: typeof args.src === 'string' ? args.src : args.src.path, msg: 'OK' } };
}

const MISSING = '\0';
const localPieces = (tree: Tree): readonly Piece[] =>
  tree.files
    .filter(({ path }) => !path.includes('/'))
    .map(({ path, blob }) => ({ name: path, text: blob.text === undefined ? MISSING : toLatin(blob.text) }));

export const module: Module<Args, State, Deeds> = {
  summary: 'Make one file of all the files of a folder.',
  collection: 'ansible.builtin',
  args: takes(
    {
      src: text('The folder of the pieces.', { minLength: 1 }),
      dest: text('The file.', { minLength: 1 }),
      remote_src: flag('The pieces are on the host; false: on the runner.', true),
      delimiter: text('A line between the pieces; \\n is a newline.'),
      regexp: text('Only pieces whose names this regular expression fits.'),
      ignore_hidden: flag('Leave out pieces whose names begin with a dot.', false),
      backup: flag('Keep the old file beside the new one.', false),
      validate: validateKind,
      decrypt: flag('Pieces under a vault are decrypted.', true),
      ...fileKinds,
    },
    ['src', 'dest'],
  ),
  returns: contentReturns(),
  examples: [
    {
      title: 'One file of many',
      yaml: 'name: Parts\nassemble: { src: /scratch/parts, dest: /scratch/etc/whole.conf, mode: "0644" }',
    },
    {
      title: 'Of the runner, with a line between them',
      yaml: 'name: Parts\nassemble: { src: parts, dest: /scratch/etc/whole.conf, remote_src: false, delimiter: "# ---" }',
    },
  ],
  differs: ['Pieces that are not UTF-8 text are refused.', '`checksum` in the result is sha256.'],
  check(args) {
    const why = args.regexp === undefined ? undefined : regexpFault(args.regexp);
    return why ? [`"regexp": ${why}`] : [];
  },
  local: ({ remote_src }) => (!remote_src ? [{ arg: 'src', as: 'tree', folder: 'files' }] : []),
  probe(args) {
    const { src } = args;
    // The pieces come first, each with its length, because the content of dest has no end of its own.
    const pieces = typeof src === 'string' ? lines(piecesScript(src), sh`printf '\\0'`) : sh``;
    return {
      ask: { sh: lines(pieces, surveyScript(wishOf(args))) },
      reads: [...readsOf(wishOf(args)), ...(typeof src === 'string' ? [fileKey(src), treeKey(src)] : [])],
      parse(out) {
        const answer = fields(out);
        const found = typeof src === 'string' ? readPieces(answer) : localPieces(src);
        return { survey: readSurvey(wishOf(args), answer), pieces: found };
      },
    };
  },
  plan: (args, state) => plan({ ...args, force: true, follow: false }, state),
  apply: stepsOf,
  failsByCode: true,
  result: (args, state, outputs) => reported(plan({ ...args, force: true, follow: false }, state).result, outputs),
  foresee(args, seen, foretold) {
    if (!seen) return null;
    const { src } = args;
    const touched =
      typeof src === 'string' && foretold.some(fact => 'path' in fact && (fact.path === src || fact.path.startsWith(`${src}/`)));
    const survey = foreseeSurvey(wishOf(args), seen.survey, foretold);
    return touched || !survey ? null : { ...seen, survey };
  },
};
