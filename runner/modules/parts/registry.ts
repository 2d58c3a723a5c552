// How registries are asked: the scripts that start the host's skopeo, and what its words mean. It decides nothing.
import { createHash } from 'node:crypto';
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';

/** A registry and how to talk to it. */
export interface Side {
  readonly image: string;
  readonly insecure: boolean;
  readonly ca?: string;
  readonly username?: string;
  readonly password?: string;
}
export interface Told {
  readonly code: string;
  readonly why: string;
  readonly mend: string;
}

/** `host:5000/a/b:tag@sha256:...` in its parts; a name without a host is one of docker.io. */
export function parts(image: string): {
  readonly host: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
} {
  const [named = '', digest] = image.split('@');
  const tag = /:([^/:]+)$/.exec(named)?.[1];
  const name = tag === undefined ? named : named.slice(0, -tag.length - 1);
  const first = name.split('/')[0] ?? '';
  const hasHost = name.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const path = hasHost ? name.slice(first.length + 1) : name;
  return {
    host: hasHost ? first : 'docker.io',
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The image by a digest, whatever its tag is now: skopeo takes no name that has both. */
export function byDigest(image: string, digest: string): string {
  const { host, path } = parts(image);
  return `${host}/${path}@${digest}`;
}

/** For stdin, a line each: passwords stand in no script and no process list. */
export const loginLines = (sides: readonly Side[]): string => sides.map(side => `${login(side)}\n`).join('');

function login(side: Side): string {
  if (side.username === undefined) return '{"auths":{}}';
  const auth = Buffer.from(`${side.username}:${side.password ?? ''}`).toString('base64');
  return JSON.stringify({ auths: { [parts(side.image).host]: { auth } } });
}

/** Where a script keeps what skopeo reads; `$d` is gone when it ends. */
export const workFolder: Script = lines(
  sh`command -v skopeo >/dev/null || { echo 'there is no skopeo on the host' >&2; exit 127; }`,
  sh`umask 077; d=$(mktemp -d) || exit; trap 'rm -rf -- "$d"' EXIT; trap 'exit 143' HUP INT TERM`,
);

/** Reads the side's line of stdin, and its CA. */
export const sideScript = (name: string, side: Side): Script =>
  lines(
    sh`IFS= read -r a; printf '%s\\n' "$a" >"$d"/${`${name}.json`}; mkdir "$d"/${name}`,
    side.ca === undefined ? sh`:` : sh`cat -- ${side.ca} >"$d"/${`${name}/ca.crt`} || exit 66`,
  );

/** Options of skopeo for one side; `prefix` is `src-` or `dest-` in a copy. */
export const sideOptions = (name: string, side: Side, prefix = ''): Script =>
  sh`--${prefix}authfile="$d"/${`${name}.json`} --${prefix}tls-verify=${!side.insecure}${raw(
    side.ca === undefined ? sh`` : sh` --${prefix}cert-dir="$d"/${name}`,
  )}`;

/** Prints exit code, what was said, length, and the manifest itself. */
export const manifestScript = (name: string, side: Side, image: string, timeout: number): Script =>
  lines(
    sh`skopeo --command-timeout=${`${timeout}s`} inspect --raw ${raw(sideOptions(name, side))} ${`docker://${image}`} >"$d/out" 2>"$d/err"`,
    sh`c=$?; [ $c = 0 ] || : >"$d/out"; printf '%s\\0%s\\0%s\\0' $c "$(tail -c 2000 "$d/err")" "$(wc -c <"$d/out")"; cat "$d/out"`,
  );

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const CAUSES: readonly (readonly [RegExp, string, string])[] = [
  [
    /server gave HTTP response to HTTPS client/i,
    'E544',
    'it speaks plain http: say so with "insecure: true" (for the source: from_insecure), or give it a certificate',
  ],
  [/x509|certificate|tls: /i, 'E544', 'name the file of its authority on this host in "ca" (for the source: from_ca)'],
  [
    /unauthorized|authentication required|denied|invalid username\/password|\b40[13]\b|no basic auth/i,
    'E541',
    'give user and password of an account that may do this (username, password; for the source: from_username, from_password)',
  ],
  [
    /does not match|digest mismatch|Digest did not match|mismatched digest/i,
    'E543',
    'somebody or something changed the image on its way: find out who before you try again',
  ],
  [
    /manifest unknown|name unknown|not found|\b404\b/i,
    'E542',
    'look which names and tags there are: skopeo list-tags docker://HOST/NAME',
  ],
  [
    /connection refused|no such host|no route to host|i\/o timeout|deadline exceeded|network is unreachable|connection reset|pinging container registry|\bEOF\b/i,
    'E540',
    'see that the service runs and that name, port and firewall let this host reach it: curl -v http://HOST:PORT/v2/',
  ],
  [/no space left/i, 'E501', 'make room in /var/tmp of the host and in the storage of the registry'],
  [/unsupported|405 method/i, 'E503', 'the registry allows no delete: storage.delete.enabled in its configuration'],
];

/** What skopeo said, as a fault; the time stamps and levels of its log are left out. */
export function toldBy(said: string): Told {
  const messages = [...said.matchAll(/msg="((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll('\\"', '"'));
  const why =
    (messages.at(-1) ?? said.trim()).replace(/^Error parsing image name "[^"]*": /, '') || 'skopeo failed and said nothing';
  const [, code, mend] = CAUSES.find(([pattern]) => pattern.test(why)) ?? [];
  return code !== undefined && mend !== undefined
    ? { code, why, mend }
    : { code: 'E501', why, mend: 'run skopeo on the host by hand, with --debug: it shows each request' };
}

/** The registry answered, and has no such manifest. */
export const isUnknown = (said: string): boolean => toldBy(said).code === 'E542';
