// A file of the host kept on the runner, where the copy that is there has other bytes. The host stays as it is.
import type { LocalTarget, Module } from '../core/types.ts';
import { foreseeSurvey } from './parts/foresee.ts';
import { flag, gives, takes, text } from './parts/kinds.ts';
import { baseName } from './parts/paths.ts';
import { readsOf, type Survey, type SurveyWish, surveyProbe } from './parts/survey.ts';

interface Args {
  readonly src: string;
  readonly dest: string;
  readonly flat: boolean;
  readonly fail_on_missing: boolean;
  /** Put there by bind. */
  readonly target: LocalTarget;
}
interface Action {
  readonly from: string;
  readonly into: string;
}

const wishOf = ({ src }: Args): SurveyWish => ({ path: src, follow: true, sha256: true });

/** One folder a host, with the whole path in it, unless `flat` says that the names do not collide. */
function placeOf({ src, dest, flat }: Args): string {
  if (flat) return dest.endsWith('/') ? `${dest}${baseName(src)}` : dest;
  return `${dest.replace(/\/+$/, '')}/{host}/${src.replace(/^[~/]+/, '')}`;
}

export const module: Module<Args, Survey, Action> = {
  summary: 'Copy a file of the host to the runner.',
  collection: 'ansible.builtin',
  args: takes(
    {
      src: text('The file of the host.', { minLength: 1 }),
      dest: text('A folder of the runner; the file is put below it by the name of the host and its whole path.', {
        minLength: 1,
      }),
      flat: flag('dest is the file itself, or with a slash at the end its folder.', false),
      fail_on_missing: flag('Fail where the file is not there.', true),
      validate_checksum: flag('Compare checksums after the transfer. (Always so here.)', true),
    },
    ['src', 'dest'],
  ),
  returns: gives({
    dest: { type: 'string', description: 'The file on the runner.' },
    file: { type: 'string', description: 'The file on the host.' },
    checksum: { type: 'string', description: 'sha256 of the content.' },
    remote_checksum: { type: 'string' },
    msg: { type: 'string' },
  }),
  examples: [
    { title: 'The hosts file of each host', yaml: 'name: Keep\nfetch: { src: /scratch/etc/hosts, dest: /scratch/fetched }' },
    {
      title: 'One file from one host',
      yaml: 'name: Keep\nfetch: { src: /scratch/etc/hosts, dest: /scratch/fetched/, flat: true }',
    },
  ],
  differs: ['Checksums are sha256.', 'A check run compares, and says what would be fetched.'],
  local: args => [{ arg: 'target', as: 'target', folder: 'files', path: placeOf(args) }],
  probe(args) {
    const probe = surveyProbe(wishOf(args));
    return { ...probe, reads: [...readsOf(wishOf(args)), `local:${args.target.path}`] };
  },
  plan(args, { real, readable, sha256 }) {
    const { target, src } = args;
    const result = { dest: target.path, file: src, checksum: sha256, remote_checksum: sha256 };
    const refuse = refusal(real.is, readable, src, target);
    if (refuse && !args.fail_on_missing && real.is !== 'file')
      return { changes: [], result: { file: src, msg: `${refuse.why}, ignored` } };
    if (refuse) return { changes: [], refuse, result };
    if (target.sha256 === sha256) return { changes: [], result };
    return {
      changes: [
        {
          summary: `${target.path}: ${target.is} -> ${src} of the host`,
          diff: {
            target: target.path,
            before: target.sha256 === '' ? '' : `sha256 ${target.sha256}\n`,
            after: `sha256 ${sha256}\n`,
          },
          touches: [`local:${target.path}`],
          action: { from: real.path, into: target.path },
        },
      ],
      result,
    };
  },
  apply: ({ from, into }) => [{ get: from, into }],
  foresee: (args, seen, foretold) => foreseeSurvey(wishOf(args), seen, foretold),
};

function refusal(is: Survey['real']['is'], readable: boolean, src: string, target: LocalTarget) {
  if (is === 'absent') return { why: `${src} is not there`, mend: 'make it first, or say fail_on_missing: false' };
  if (is !== 'file') return { why: `${src} is a ${is}, not a file`, mend: 'name a file in it' };
  if (!readable) return { why: `${src} cannot be read by this user`, mend: 'say become: true' };
  if (target.is === 'directory') return { why: `${target.path} is a folder of the runner`, mend: 'end dest with a slash' };
  return undefined;
}
