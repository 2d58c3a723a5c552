// Keys that rpm trusts. The id of a key file is computed here, so the host needs no gpg.
import { lines, raw, sh } from '../core/shell.ts';
import type { Change, Module, Plan, Step } from '../core/types.ts';
import { choice, flag, gives, takes, text } from './parts/kinds.ts';
import { keyFingerprint } from './parts/openpgp.ts';

interface Args {
  readonly key: string;
  readonly state: 'present' | 'absent';
  readonly fingerprint?: string;
  readonly validate_certs: boolean;
}
interface State {
  /** The last eight digits of the ids that rpm has, in small letters. */
  readonly trusted: readonly string[];
  /** Of the key file; null where it cannot be read or is no key. */
  readonly fingerprint: string | null;
  readonly why: string;
}
interface Action {
  readonly import?: string;
  readonly insecure?: boolean;
  readonly erase?: string;
}

const isId = (key: string): boolean => /^(0x)?[0-9A-Fa-f]{8,40}$/.test(key.replaceAll(' ', ''));
const short = (id: string): string => id.replaceAll(' ', '').replace(/^0x/i, '').slice(-8).toLowerCase();
const isUrl = (key: string): boolean => key.includes('://');

function plan(args: Args, seen: State): Plan<Action> {
  const id = isId(args.key) ? short(args.key) : seen.fingerprint === null ? null : short(seen.fingerprint);
  const refused = (why: string, mend: string): Plan<Action> => ({ changes: [], result: {}, refuse: { why, mend } });
  if (id === null)
    return refused(
      `no key can be read from ${args.key}${seen.why ? `: ${seen.why}` : ''}`,
      'mend the path or the address of the key',
    );
  const wanted = args.fingerprint?.replaceAll(' ', '').toUpperCase();
  if (wanted !== undefined && seen.fingerprint !== null && seen.fingerprint !== wanted) {
    return refused(
      `the key has the fingerprint ${seen.fingerprint}, not ${wanted}`,
      'the key is not the one that was meant: ask where it comes from',
    );
  }
  const has = seen.trusted.includes(id);
  if (has === (args.state === 'present')) return { changes: [], result: {} };
  if (args.state === 'present' && isId(args.key))
    return refused(
      `the key ${args.key} is not there, and an id alone cannot be imported`,
      'write the file or the address of the key',
    );
  const target = `rpm key gpg-pubkey-${id}`;
  const [before, after] = has ? ['trusted', 'absent'] : ['absent', 'trusted'];
  const change: Change<Action> = {
    summary: `${target}: ${before} -> ${after}`,
    diff: { target, before, after },
    touches: [`package:gpg-pubkey-${id}`, 'rpmkey:'],
    action: has ? { erase: id } : { import: args.key, insecure: !args.validate_certs },
  };
  return { changes: [change], result: {} };
}

const fetched = (url: string, insecure: boolean) =>
  sh`{ curl -fsSL ${insecure ? ['-k'] : []} ${url} || wget -qO- ${insecure ? ['--no-check-certificate'] : []} ${url}; }`;

function steps({ import: key, insecure, erase }: Action): readonly Step[] {
  if (erase !== undefined) return [{ run: { sh: sh`rpm --erase --allmatches ${`gpg-pubkey-${erase}`}` } }];
  if (key === undefined) return [];
  if (!isUrl(key)) return [{ run: { sh: sh`rpm --import ${key}` } }];
  return [
    {
      run: {
        sh: sh`t=$(mktemp) || exit; ${raw(fetched(key, insecure === true))} > "$t" && rpm --import "$t"; c=$?; rm -f "$t"; exit $c`,
      },
    },
  ];
}

export const module: Module<Args, State, Action> = {
  summary: 'Trust a key for rpm packages, or no longer.',
  collection: 'ansible.builtin',
  args: takes(
    {
      key: text('A file on the host, an address, or (absent) the id of the key.'),
      state: choice('Whether it is trusted.', ['present', 'absent'], 'present'),
      fingerprint: text('The fingerprint that it must have.'),
      validate_certs: flag('Check the certificate of the address.', true),
    },
    ['key'],
  ),
  returns: gives(),
  examples: [{ title: 'The key of a repository', yaml: 'rpm_key: { key: https://repo.example.com/RPM-GPG-KEY }' }],
  notes: ['Needs rpm; for an address curl or wget. An address is read in the probe too: only so the id of the key is known.'],
  probe: ({ key, validate_certs }) => ({
    ask: {
      sh: lines(
        sh`command -v rpm >/dev/null || exit 3; rpm -q --qf '%{VERSION}\\n' gpg-pubkey 2>/dev/null; echo =`,
        isId(key) ? sh`:` : isUrl(key) ? sh`${raw(fetched(key, !validate_certs))}` : sh`cat ${key}`,
      ),
    },
    reads: ['rpmkey:', ...(key.startsWith('/') ? [`file:${key}` as const] : [])],
    parse: out => {
      if (out.code === 3) throw new Error('the host has no rpm');
      const bytes = Buffer.from(out.stdout);
      const end = bytes.indexOf('=\n');
      if (end < 0) throw new Error(`the probe ended early, with exit code ${out.code}`);
      const trusted = bytes
        .subarray(0, end)
        .toString()
        .split('\n')
        .map(row => row.trim().toLowerCase())
        .filter(row => /^[0-9a-f]{8}$/.test(row));
      return { trusted, fingerprint: keyFingerprint(bytes.subarray(end + 2)), why: Buffer.from(out.stderr).toString().trim() };
    },
  }),
  plan,
  apply: steps,
};
