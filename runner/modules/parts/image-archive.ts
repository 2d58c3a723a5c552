// Which images an archive holds: what `docker save` wrote, or a tar of an OCI layout. Reads the texts of the archive alone.
import { lines, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import type { Fields } from './fields.ts';

export interface ArchivedImage {
  readonly names: readonly string[];
  /** The manifest's digest in an OCI layout; in a docker archive the image's id, the digest of its configuration. */
  readonly digest: string;
  /** What skopeo copies from. */
  readonly from: string;
}
export interface Archive {
  readonly kind: 'docker' | 'oci' | 'other' | 'absent';
  readonly images: readonly ArchivedImage[];
}

/** Prints both lists of contents; tar seeks over the layers of an archive that is not compressed. */
export const archiveScript = (path: string): Script =>
  lines(
    sh`a=${path}; if [ -r "$a" ]; then e=y; else e=; fi; m=$(tar -xOf "$a" manifest.json 2>/dev/null)`,
    // The name of a configuration is its digest by habit alone.
    sh`c=$(printf '%s' "$m" | grep -o '"Config": *"[^"]*"' | cut -d'"' -f4 | while IFS= read -r n; do printf '%s %s\n' "$(tar -xOf "$a" "$n" 2>/dev/null | sha256sum | cut -d' ' -f1)" "$n"; done)`,
    sh`printf '%s\\0' "$e" "$m" "$c" "$(tar -xOf "$a" index.json 2>/dev/null || tar -xOf "$a" ./index.json 2>/dev/null)"`,
  );

/** A docker archive tells its names whole, so it goes first where both are in it. */
export function readArchive(path: string, answer: Fields): Archive {
  const [there, docker, digests, oci] = [answer.next(), answer.next(), answer.next(), answer.next()];
  if (there === '') return { kind: 'absent', images: [] };
  if (docker !== '') return { kind: 'docker', images: dockerImages(path, JSON.parse(docker), digests) };
  if (oci !== '') return { kind: 'oci', images: ociImages(path, JSON.parse(oci)) };
  return { kind: 'other', images: [] };
}

function dockerImages(path: string, listed: unknown, digests: string): readonly ArchivedImage[] {
  const digestOf = (config: string): string =>
    digests
      .split('\n')
      .find(one => one.slice(65) === config)
      ?.slice(0, 64) ?? '';
  return (listed as readonly { Config: string; RepoTags?: readonly string[] | null }[]).map(({ Config, RepoTags }, index) => ({
    names: RepoTags ?? [],
    digest: `sha256:${digestOf(Config)}`,
    from: `docker-archive:${path}:@${index}`,
  }));
}

function ociImages(path: string, index: unknown): readonly ArchivedImage[] {
  const { manifests } = index as { manifests: readonly { digest: string; annotations?: Readonly<Record<string, string>> }[] };
  return manifests.map(({ digest, annotations = {} }) => {
    const name = annotations['org.opencontainers.image.ref.name'];
    return {
      names: name === undefined ? [] : [name],
      digest,
      from: manifests.length > 1 && name !== undefined ? `oci-archive:${path}:${name}` : `oci-archive:${path}`,
    };
  });
}
