// Keys that may log in as a user: lines of his authorized_keys, and the folder that it stands in.
import { lines, sh } from '../core/shell.ts';
import type { Change, Fact, Module, Plan, Vars } from '../core/types.ts';
import { fromLatin, toLatin, utf8 } from './parts/bytes.ts';
import { planContent, wantedOf } from './parts/content.ts';
import { type Deed, type Deeds, stepsOf } from './parts/deeds.ts';
import { fields } from './parts/fields.ts';
import { foreseeSurvey } from './parts/foresee.ts';
import { choice, flag, takes, text } from './parts/kinds.ts';
import { fileKey, parentOf, treeKey } from './parts/paths.ts';
import { entryResult, reported } from './parts/report.ts';
import { contentReturns } from './parts/returns.ts';
import { editKeys, type KeyWishes, wantedKeys } from './parts/ssh-keys.ts';
import { readSurvey, readsOf, type Survey, type SurveyWish, surveyScript } from './parts/survey.ts';

interface Args extends KeyWishes {
  readonly user: string;
  readonly path?: string;
  readonly manage_dir: boolean;
  readonly follow: boolean;
}
interface State {
  readonly survey: Survey;
  readonly gid: string;
}

const wishOf = (args: Args): SurveyWish => ({
  path: args.path ?? `~${args.user}/.ssh/authorized_keys`,
  follow: args.follow,
  owner: args.user,
  content: { most: 8 * 1024 * 1024 },
});

function plan(args: Args, { survey, gid }: State): Plan<Deeds> {
  const { entry } = survey;
  const at = args.follow ? survey.real : entry;
  const result: Vars = { path: at.path, keyfile: at.path };
  const wanted = wantedKeys(args);
  if (typeof wanted === 'string')
    return { changes: [], refuse: { why: `"${wanted}" is no public key`, mend: 'mend "key"' }, result };
  if (survey.uid === null)
    return {
      changes: [],
      refuse: { why: `there is no user "${args.user}" on the host`, mend: 'add a "user" task before this one' },
      result,
    };
  if (survey.real.is !== 'absent' && survey.content === undefined)
    return {
      changes: [],
      refuse: { why: `${entry.path} cannot be read as a file`, mend: 'say become: true, or mend "path"' },
      result,
    };
  const old = toLatin(survey.content ?? '');
  const latin = toLatin(editKeys(args, utf8(fromLatin(old)) ?? old, wanted));
  if (latin === old) return { changes: [], result: { ...result, ...entryResult(at) } };
  const owner = survey.uid === undefined || survey.uid < 0 ? args.user : String(survey.uid);
  const own = { owner, ...(gid === '' ? {} : { group: gid }) };
  const bytes = fromLatin(latin);
  const goal = {
    args: { ...own, mode: '0600', unsafe_writes: false },
    survey: { ...survey, gid: gid === '' ? undefined : Number(gid) },
    at,
    wanted: wantedOf(utf8(bytes) ?? bytes),
    parents: {},
  };
  return { changes: planContent(goal).map(change => withFolder(args, change, own)), result };
}

/** The folder gets owner and mode whenever the keys are written. */
function withFolder(args: Args, change: Change<Deeds>, own: { readonly owner: string; readonly group?: string }): Change<Deeds> {
  if (!args.manage_dir) return change;
  const folder = parentOf(change.diff.target);
  const make: Deed = { folder, to: { ...own, mode: 0o700 } };
  const rest = change.action.filter(deed => !('folder' in deed && deed.folder === folder));
  const above = rest.filter(deed => 'folder' in deed);
  const fact: Fact = { path: folder, is: 'directory', mode: 0o700, owner: args.user };
  return {
    ...change,
    touches: [...change.touches, fileKey(folder), treeKey(folder)],
    foretells: [fact, ...(change.foretells ?? []).filter(told => !('path' in told && told.path === folder))],
    action: [...above, make, ...rest.filter(deed => !('folder' in deed))],
  };
}

export const module: Module<Args, State, Deeds> = {
  summary: 'Let public keys log in as a user, or no longer.',
  collection: 'ansible.posix',
  args: takes(
    {
      user: text('The user.', { minLength: 1, pattern: '^[^/:]+$' }),
      key: text('The public keys, a line each.', { minLength: 1 }),
      path: text('The file. Default: .ssh/authorized_keys in the home of the user.'),
      manage_dir: flag('Make the folder of the file, and give it to the user with mode 0700.', true),
      state: choice('Whether the keys may log in.', ['absent', 'present'], 'present'),
      key_options: text('Options in front of each key, with commas.'),
      exclusive: flag('No other keys may log in.', false),
      comment: text('The comment of each key, in place of its own.'),
      follow: flag('Where the file is a link, change what it leads to.', false),
      validate_certs: flag('For addresses as key, which are not known here.', true),
    },
    ['user', 'key'],
  ),
  returns: contentReturns({ keyfile: { type: 'string', description: 'The file.' } }),
  examples: [
    {
      title: 'The key of the build machine, and no other',
      yaml: 'name: Key\nauthorized_key:\n  user: root\n  path: /scratch/home/.ssh/authorized_keys\n  exclusive: true\n  key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5WbZr8Hp4kQ5p1l5Bq build@ci',
    },
  ],
  differs: [
    'An address as `key` is refused.',
    'The order of options in front of a key does not count.',
    'A last line without a newline gets one before a key is added.',
  ],
  check(args) {
    if (/^https?:/.test(args.key)) return ['an address as "key" is not known here: put the key into a file or a variable'];
    const wanted = wantedKeys(args);
    return typeof wanted === 'string' ? [`"${wanted}" is no public key`] : [];
  },
  probe(args) {
    const wish = wishOf(args);
    return {
      ask: { sh: lines(sh`id -g -- ${args.user} 2>/dev/null; printf '\\0'`, surveyScript(wish)) },
      reads: [...readsOf(wish), `user:${args.user}`],
      parse(out) {
        const answer = fields(out);
        const gid = answer.next().trim();
        return { survey: readSurvey(wish, answer), gid };
      },
    };
  },
  plan,
  apply: stepsOf,
  failsByCode: true,
  result: (args, state, outputs) => reported(plan(args, state).result, outputs),
  foresee(args, seen, foretold) {
    const survey = foreseeSurvey(wishOf(args), seen?.survey ?? null, foretold);
    return seen && survey ? { ...seen, survey } : null;
  },
};
