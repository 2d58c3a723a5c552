// A new file or folder of a name that nobody has, for this run. It makes another one in each run.
import { lines, raw, sh } from '../core/shell.ts';
import type { Module } from '../core/types.ts';
import { fields } from './parts/fields.ts';
import { choice, gives, takes, text } from './parts/kinds.ts';
import { fileKey, treeKey } from './parts/paths.ts';
import { pathScript } from './parts/survey.ts';

interface Args {
  readonly state: 'file' | 'directory';
  readonly path?: string;
  readonly prefix: string;
  readonly suffix: string;
}
interface State {
  readonly folder: string;
  readonly isThere: boolean;
}
type Action = Args & { readonly folder: string };

const folderScript = ({ path }: Args) => (path === undefined ? sh`p=\${TMPDIR:-/tmp}` : pathScript(path));

export const module: Module<Args, State, Action> = {
  summary: 'Make a temporary file or folder; its path is in the result.',
  collection: 'ansible.builtin',
  args: takes({
    state: choice('What to make.', ['file', 'directory'], 'file'),
    path: text('The folder that it is made in. Default: $TMPDIR, else /tmp.'),
    prefix: text('How its name begins.', { default: 'ansible.' }),
    suffix: text('How its name ends.', { default: '' }),
  }),
  returns: gives({ path: { type: 'string', description: 'What was made.' } }),
  examples: [
    {
      title: 'A folder for a build',
      yaml: 'name: Work\ntempfile: { state: directory, path: /scratch/tree, suffix: build }\nregister: work',
    },
  ],
  notes: ['It is not removed by itself.'],
  probe: args => ({
    ask: { sh: lines(folderScript(args), sh`[ -d "$p" ] && k=y || k=; printf '%s\\0%s\\0' "$p" "$k"`) },
    reads: [fileKey(args.path ?? '/tmp')],
    parse(out) {
      const answer = fields(out);
      return { folder: answer.next(), isThere: answer.next() === 'y' };
    },
  }),
  plan(args, { folder, isThere }) {
    if (!isThere) return { changes: [], refuse: { why: `the folder ${folder} is not there`, mend: 'make it first' }, result: {} };
    const name = `${folder}/${args.prefix}*${args.suffix}`;
    const change = {
      summary: `${name}: absent -> ${args.state}`,
      diff: { target: name, before: 'state: absent\n', after: `state: ${args.state}\n` },
      touches: [treeKey(folder), fileKey(args.path ?? '/tmp')],
      action: { ...args, folder },
    };
    return { changes: [change], result: {}, repeats: true };
  },
  apply({ folder, prefix, suffix, state }) {
    // Neither mkdir nor noclobber takes a name that someone else has.
    const make = state === 'file' ? sh`( set -C; : >"$f" ) 2>/dev/null` : sh`mkdir -- "$f" 2>/dev/null`;
    return [
      {
        run: {
          sh: sh`umask 077; for i in 1 2 3 4 5 6 7 8 9; do n=$(tr -dc a-z0-9 </dev/urandom | head -c 8); f=${folder}/${prefix}$n${suffix}
if ${raw(make)}; then printf '%s\\0' "$f"; exit 0; fi; done; echo "nothing can be made in" ${folder} >&2; exit 1`,
        },
      },
    ];
  },
  result: (_args, _state, [out]) => (out ? { path: fields(out).next() } : {}),
  foresee: (args, seen, foretold) =>
    seen && foretold.some(fact => 'path' in fact && fact.path === args.path && fact.is === 'directory')
      ? { ...seen, isThere: true }
      : null,
};
