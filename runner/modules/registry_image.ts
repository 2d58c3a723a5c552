// An image in a registry, copied there from another registry or from an archive, and known by its digest.
import { lines, raw, sh } from '../core/shell.ts';
import type { Change, Fact, Footprint, Module, Output, Plan, Script, Vars } from '../core/types.ts';
import { errorText } from './parts/fields.ts';
import {
  type Args,
  bothLogins,
  bothSides,
  type Manifest,
  nowhere,
  pinned,
  probeScript,
  readState,
  sourceOf,
  type State,
  targetOf,
} from './parts/image-probe.ts';
import { type Wanted, wantedFrom } from './parts/image-wanted.ts';
import { choice, flag, gives, takes, text, whole } from './parts/kinds.ts';
import { byDigest, digestOf, parts, sideOptions, toldBy } from './parts/registry.ts';

interface Action {
  readonly script: Script;
  readonly stdin: string;
}

const configurationIn = (manifest: string): string | undefined =>
  manifest === '' ? undefined : (JSON.parse(manifest) as { config?: { digest?: string } }).config?.digest;
/** The repository, not the tag: a delete may take other tags along, and a digest has no tag. */
const key = (image: string): Footprint => `image:${parts(image).host}/${parts(image).path}`;

function planImage(args: Args, state: State): Plan<Action> {
  const result = resultOf(args, state.target);
  if (!state.tool)
    return {
      changes: [],
      result,
      refuse: { why: 'there is no skopeo on the host', mend: 'install it first: package: { name: skopeo }' },
    };
  const { told, unknown } = state.target;
  if (told && !unknown) return { changes: [], result, refuse: { ...told, why: `${args.image}: ${told.why}` } };
  if (args.state === 'absent') return planAbsent(args, state);
  const found = wantedFrom(args, state);
  if ('refuse' in found) return { changes: [], result, refuse: found.refuse };
  const { wanted } = found;
  const has = wanted.by === 'manifest' ? state.target.digest : configurationIn(state.target.text);
  if (has === wanted.digest) return { changes: [], result };
  return {
    changes: [changeOf(args, state.target.digest, wanted)],
    result: { ...result, digest: wanted.by === 'manifest' ? wanted.digest : '' },
  };
}

function changeOf(args: Args, before: string, wanted: Wanted): Change<Action> {
  const after = wanted.by === 'manifest' ? wanted.digest : `image ${wanted.digest}`;
  return {
    summary: `${args.image}: ${before || 'absent'} -> ${after}`,
    diff: {
      target: args.image,
      before: before === '' ? '' : `${before}\n`,
      after: `${after}\nfrom ${args.archive ?? args.from}\n`,
    },
    touches: [key(args.image)],
    action: { script: copyScript(args, wanted), stdin: bothLogins(args) },
  };
}

function planAbsent(args: Args, { target, shared }: State): Plan<Action> {
  const result = resultOf(args, target);
  if (target.digest === '') return { changes: [], result };
  if (shared.length > 0) {
    const why = `${args.image} is the same manifest as the tags ${shared.join(', ')}: a registry deletes manifests, they would go too`;
    return { changes: [], result, refuse: { why, mend: 'give the other tags another image first, or leave this one' } };
  }
  const change: Change<Action> = {
    summary: `${args.image}: ${target.digest} -> absent`,
    diff: { target: args.image, before: `${target.digest}\n`, after: '' },
    touches: [key(args.image)],
    action: {
      script: lines(bothSides(args), sh`skopeo delete ${raw(sideOptions('target', targetOf(args)))} ${`docker://${args.image}`}`),
      stdin: bothLogins(args),
    },
  };
  return { changes: [change], result };
}

/** The manifest is pushed last: a copy that is cut leaves no tag, and the next one finds the layers that came through. */
function copyScript(args: Args, wanted: Wanted): Script {
  const exact = wanted.by === 'manifest';
  const source = args.from === undefined ? sh`` : sideOptions('source', sourceOf(args), 'src-');
  const holds = exact
    ? sh`[ "sha256:$(sha256sum <"$d/out" | cut -d' ' -f1)" = ${wanted.digest} ]`
    : sh`grep -qF ${wanted.digest} "$d/out"`;
  return lines(
    bothSides(args),
    sh`skopeo copy --quiet ${exact ? ['--all', '--preserve-digests'] : []} ${raw(source)} ${raw(sideOptions('target', targetOf(args), 'dest-'))} ${wanted.from} ${`docker://${args.image}`} >&2 || exit`,
    sh`skopeo inspect --raw ${raw(sideOptions('target', targetOf(args)))} ${`docker://${args.image}`} >"$d/out" || exit`,
    sh`${raw(holds)} || { echo ${`msg="digest mismatch: ${args.image} is not ${wanted.digest} after the copy"`} >&2; exit 65; }`,
    sh`cat "$d/out"`,
  );
}

const resultOf = (args: Args, { digest, text: manifest }: Manifest): Vars => {
  const type = manifest === '' ? '' : ((JSON.parse(manifest) as { mediaType?: string }).mediaType ?? '');
  const reference = digest === '' ? '' : byDigest(args.image, digest);
  return { image: args.image, digest, reference, media_type: type };
};

const made = (args: Args, outputs: readonly Output[]): Vars | undefined => {
  const out = outputs.at(-1);
  if (!out || out.code !== 0 || args.state === 'absent') return undefined;
  return resultOf(args, { digest: digestOf(out.stdout), text: out.text(), unknown: false });
};

/** Check runs: a registry that is installed in this run is empty; an archive that is brought in this run holds the image. */
function foresee(args: Args, seen: State | null, foretold: readonly Fact[]): State | null {
  if (!seen) return null;
  const comes = (name: RegExp): boolean =>
    foretold.some(fact => 'package' in fact && fact.is === 'present' && name.test(fact.package));
  const isFresh = comes(/registry|distribution/);
  const tool = seen.tool || comes(/^skopeo$/);
  const answers = seen.tool && (!seen.target.told || seen.target.unknown);
  if (!tool || (!answers && !isFresh)) return null;
  const target = answers ? seen.target : nowhere;
  const brought = foretold.some(fact => 'path' in fact && fact.path === args.archive && fact.is === 'file');
  if (args.archive !== undefined && brought)
    return {
      ...seen,
      tool,
      target,
      archive: { kind: 'docker', images: [{ names: [args.archive_image ?? ''], digest: args.digest ?? '', from: '' }] },
    };
  const source = args.from === undefined || (seen.source && !seen.source.told) ? seen.source : undefined;
  if (args.from !== undefined && !source)
    return pinned(args) === undefined
      ? null
      : { ...seen, tool, target, source: { digest: pinned(args) ?? '', text: '{}', unknown: false } };
  return { ...seen, tool, target };
}

const digestKind = (description: string) => text(description, { pattern: '^sha256:[0-9a-f]{64}$' });

export const module: Module<Args, State, Action> = {
  summary: 'Copy an image into a registry, by its digest, from another registry or from an archive.',
  args: takes(
    {
      image: text('The name that it shall have, with the registry: registry.example.com:5000/team/app:1.2.', {
        minLength: 1,
        aliases: ['name'],
      }),
      from: text('The image in another registry: quay.io/team/app:1.2, or ...@sha256:DIGEST.', { minLength: 1 }),
      archive: text('A file on the host, instead of "from": of "docker save", or a tar of an OCI layout.', { minLength: 1 }),
      archive_image: text('Which image of the archive, by its name in there, where it holds several.'),
      digest: digestKind(
        'What it must be: the digest of the manifest; for an archive of "docker save" the id of the image. Without it, what the source has now.',
      ),
      platform: text('One platform of a multi-platform image, such as linux/amd64; default: all, so that the digest stays.'),
      state: choice('absent: the manifest is deleted, where the registry allows it.', ['absent', 'present'], 'present'),
      insecure: flag('The registry speaks plain http, or its certificate is not checked.', false),
      ca: text('A file on the host: the authority of its certificate.'),
      username: text('Account at the registry.'),
      password: text('Its password. It goes to the host by stdin, into a file that only the user can read.', { secret: true }),
      from_insecure: flag('The same for the source.', false),
      from_ca: text('The same for the source.'),
      from_username: text('Account at the source.'),
      from_password: text('Its password.', { secret: true }),
      timeout: whole('Seconds for a question to a registry; a copy may take as long as it takes.', { default: 30, minimum: 1 }),
    },
    ['image'],
  ),
  returns: gives({
    image: { type: 'string' },
    digest: { type: 'string', description: "Of the registry's manifest; empty where there is none." },
    reference: { type: 'string', description: 'The name by its digest: pin this.' },
    media_type: { type: 'string' },
    msg: { type: 'string' },
  }),
  examples: [
    {
      title: 'From another registry, by digest',
      yaml: 'registry_image:\n  image: registry.example.com:5000/team/app:1.2\n  from: quay.io/team/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n  insecure: true',
    },
    {
      title: 'From an archive that a vendor sent',
      yaml: 'registry_image: { image: "registry.example.com:5000/team/app:1.2", archive: /srv/app.tar, archive_image: "vendor/app:1.2" }',
    },
  ],
  notes: [
    'Needs skopeo 1.7 or later, sha256sum and tar on the host that does it; with `delegate_to: localhost` that is the runner.',
    'Layers stream from one registry to the other and are never held in memory. Manifests of the old schema 1 are not copied.',
    'What registry:2 returns for a delete: the manifest is gone at once, its layers with the next garbage collection of the registry.',
  ],
  check(args) {
    const faults: string[] = [];
    const { digest, host } = parts(args.image);
    if (digest !== undefined) faults.push('"image" has a digest: write it as "digest"');
    if (host === 'docker.io' && !args.image.startsWith('docker.io/'))
      faults.push(`"image" names no registry, so "${args.image}" would be pushed to docker.io: write HOST:PORT/ before it`);
    const given = [args.from, args.archive].filter(one => one !== undefined).length;
    if (args.state === 'present' && given !== 1) faults.push('one of "from" and "archive" is needed');
    if (args.state === 'absent' && given > 0)
      faults.push('"from" and "archive" say where an image comes from: leave them out with "state: absent"');
    const inName = args.from === undefined ? undefined : parts(args.from).digest;
    if (inName !== undefined && args.digest !== undefined && inName !== args.digest)
      faults.push('"from" and "digest" name two digests');
    if (args.archive !== undefined && args.platform !== undefined) faults.push('"platform" is for images of a registry');
    return faults;
  },
  probe: args => ({
    ask: { sh: probeScript(args), stdin: bothLogins(args) },
    reads: [
      key(args.image),
      'package:',
      'unit:',
      ...(args.from === undefined ? [] : [key(args.from)]),
      ...(args.archive === undefined ? [] : ([`file:${args.archive}`] as const)),
    ],
    parse: out => readState(args, out),
  }),
  plan: planImage,
  apply: ({ script, stdin }) => [{ run: { sh: script, stdin } }],
  result: (args, state, outputs) => made(args, outputs) ?? planImage(args, state).result,
  explain: out => toldBy(errorText(out)),
  foresee,
};
