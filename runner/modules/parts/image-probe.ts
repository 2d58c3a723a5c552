// What is asked about an image before it is copied, and the answers. It decides nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Output, Script } from '../../core/types.ts';
import { fields, type Fields } from './fields.ts';
import { type Archive, archiveScript, readArchive } from './image-archive.ts';
import {
  byDigest,
  digestOf,
  isUnknown,
  loginLines,
  manifestScript,
  parts,
  type Side,
  sideOptions,
  sideScript,
  toldBy,
  type Told,
  workFolder,
} from './registry.ts';

export interface Args {
  readonly image: string;
  readonly from?: string;
  readonly archive?: string;
  readonly archive_image?: string;
  readonly digest?: string;
  readonly platform?: string;
  readonly state: 'present' | 'absent';
  readonly insecure: boolean;
  readonly ca?: string;
  readonly username?: string;
  readonly password?: string;
  readonly from_insecure: boolean;
  readonly from_ca?: string;
  readonly from_username?: string;
  readonly from_password?: string;
  readonly timeout: number;
}
export interface Manifest {
  readonly digest: string;
  readonly text: string;
  /** Why there is none. */
  readonly told?: Told;
  readonly unknown: boolean;
}
export interface State {
  readonly tool: boolean;
  readonly target: Manifest;
  readonly source?: Manifest;
  readonly archive?: Archive;
  /** Other tags of the same manifest: a delete would take them along. */
  readonly shared: readonly string[];
}

const optional = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value });
export const targetOf = (args: Args): Side => ({
  image: args.image,
  insecure: args.insecure,
  ...optional('ca', args.ca),
  ...optional('username', args.username),
  ...optional('password', args.password),
});
export const sourceOf = (args: Args): Side => ({
  image: args.from ?? '',
  insecure: args.from_insecure,
  ...optional('ca', args.from_ca),
  ...optional('username', args.from_username),
  ...optional('password', args.from_password),
});
export const bothSides = (args: Args): Script =>
  lines(workFolder, sideScript('target', targetOf(args)), sideScript('source', sourceOf(args)));
export const bothLogins = (args: Args): string => loginLines([targetOf(args), sourceOf(args)]);
export const pinned = ({ digest, from }: Args): string | undefined =>
  digest ?? (from === undefined ? undefined : parts(from).digest);

/** The source is asked only where the target is not already the image of the digest. */
export function probeScript(args: Args): Script {
  const wanted = pinned(args);
  const asked = args.from === undefined ? '' : wanted === undefined ? args.from : byDigest(args.from, wanted);
  const isThere = sh`[ "sha256:$(sha256sum <"$d/out" | cut -d' ' -f1)" = ${wanted ?? 'none'} ]`;
  return lines(
    sh`command -v skopeo >/dev/null || { printf '\\0'; exit 0; }`,
    bothSides(args),
    sh`printf 'y\\0'`,
    manifestScript('target', targetOf(args), args.image, args.timeout),
    args.state === 'absent' ? sharedScript(args) : sh`:`,
    args.from === undefined
      ? sh`:`
      : sh`if ${raw(isThere)}; then :; else ${raw(manifestScript('source', sourceOf(args), asked, args.timeout))}; fi`,
    args.archive === undefined ? sh`:` : archiveScript(args.archive),
  );
}

/** Prints the tags of the same manifest, those of a hundred at most. */
function sharedScript(args: Args): Script {
  const { host, path } = parts(args.image);
  const options = sideOptions('target', targetOf(args));
  return lines(
    sh`[ -s "$d/out" ] && mine=$(sha256sum <"$d/out") && for t in $(skopeo list-tags ${raw(options)} ${`docker://${host}/${path}`} | sed -n 's/^ *"\\([^"]*\\)",\\{0,1\\}$/\\1/p' | head -n 100)`,
    sh`do [ "$(skopeo inspect --raw ${raw(options)} ${`docker://${host}/${path}:`}"$t" 2>/dev/null | sha256sum)" != "$mine" ] || printf '%s ' "$t"; done; printf '\\0'`,
  );
}

function readManifest(answer: Fields): Manifest {
  const [code, said, length] = [answer.next(), answer.next(), Number(answer.next())];
  const bytes = answer.take(length);
  if (code !== '0') return { digest: '', text: '', told: toldBy(said), unknown: isUnknown(said) };
  return { digest: digestOf(bytes), text: new TextDecoder().decode(bytes), unknown: false };
}

export const nowhere: Manifest = { digest: '', text: '', unknown: true };

export function readState(args: Args, out: Output): State {
  const answer = fields(out);
  if (answer.next() === '') return { tool: false, target: nowhere, shared: [] };
  const target = readManifest(answer);
  const tag = parts(args.image).tag ?? 'latest';
  const shared =
    args.state === 'absent'
      ? answer
          .next()
          .split(' ')
          .filter(one => one !== '' && one !== tag)
      : [];
  const source = args.from === undefined || target.digest === pinned(args) ? undefined : readManifest(answer);
  const archive = args.archive === undefined ? undefined : readArchive(args.archive, answer);
  return { tool: true, target, shared, ...(source ? { source } : {}), ...(archive ? { archive } : {}) };
}
