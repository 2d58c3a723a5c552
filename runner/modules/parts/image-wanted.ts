// Which manifest shall stand in the target, or why that cannot be said. Pure.
import type { Plan } from '../../core/types.ts';
import type { Archive, ArchivedImage } from './image-archive.ts';
import { type Args, pinned, type State } from './image-probe.ts';
import { byDigest } from './registry.ts';

export interface Wanted {
  readonly digest: string;
  /** By what the target is compared: its own digest, or that of the configuration in it. */
  readonly by: 'manifest' | 'configuration';
  readonly from: string;
}
type Found = { readonly wanted: Wanted } | { readonly refuse: NonNullable<Plan['refuse']> };
const refused = (code: string, why: string, mend: string): Found => ({ refuse: { code, why, mend } });

/** Which manifest shall stand in the target. */
export function wantedFrom(args: Args, state: State): Found {
  if (state.archive) return wantedOfArchive(args, state.archive);
  const from = args.from ?? '';
  if (!state.source) return { wanted: { digest: state.target.digest, by: 'manifest', from } };
  const { told, digest, text: manifest } = state.source;
  if (told) return refused(told.code, `${from}: ${told.why}`, told.mend);
  const pin = pinned(args);
  if (pin !== undefined && digest !== pin)
    return refused('E543', `${from} came as ${digest}, wanted is ${pin}`, 'ask who keeps the source which digest is right');
  const one = args.platform === undefined ? digest : platformIn(manifest, args.platform, digest);
  if (one === undefined)
    return refused('E542', `${from} has no image for ${args.platform}`, 'leave "platform" out to copy all that it has');
  return { wanted: { digest: one, by: 'manifest', from: `docker://${byDigest(from, one)}` } };
}

function platformIn(manifest: string, platform: string, own: string): string | undefined {
  const { manifests } = JSON.parse(manifest) as {
    manifests?: readonly { digest: string; platform?: { os: string; architecture: string; variant?: string } }[];
  };
  if (!manifests) return own;
  const name = (one: (typeof manifests)[number]): string =>
    [one.platform?.os, one.platform?.architecture, one.platform?.variant].filter(Boolean).join('/');
  return (manifests.find(one => name(one) === platform) ?? manifests.find(one => name(one).startsWith(`${platform}/`)))?.digest;
}

function wantedOfArchive(args: Args, { kind, images }: Archive): Found {
  const path = args.archive ?? '';
  if (kind === 'absent')
    return refused('E503', `${path} is not there or cannot be read`, 'bring the archive to this host first: copy, get_url');
  if (kind === 'other' || images.length === 0)
    return refused(
      'E503',
      `${path} holds no image: it has neither manifest.json nor index.json`,
      'make it by "docker save" or "skopeo copy ... oci-archive:"',
    );
  const found = images.filter(image => args.archive_image === undefined || image.names.includes(args.archive_image));
  const named = images.flatMap(image => image.names).join(', ') || 'images without a name';
  if (found.length !== 1)
    return refused(
      'E542',
      `${path} holds ${named}: ${found.length} of ${images.length} images fit`,
      'name the one that is meant in "archive_image"',
    );
  const [image] = found as [ArchivedImage];
  if (args.digest !== undefined && args.digest !== image.digest)
    return refused(
      'E543',
      `the image in ${path} is ${image.digest}, wanted is ${args.digest}`,
      'take the right archive, or its digest',
    );
  return { wanted: { digest: image.digest, by: kind === 'oci' ? 'manifest' : 'configuration', from: image.from } };
}
