// Small images, made without a container engine: one as `docker save` writes it, one as a tar of an OCI layout for two platforms.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { $ } from '../command.ts';

/** What an archive holds: the digest of its manifest (OCI) or its configuration (docker). */
export interface LabImage {
  readonly path: string;
  readonly digest: string;
  /** Of an OCI layout: the manifest of each platform. */
  readonly platforms: Readonly<Record<string, string>>;
}

const hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** The same bytes on every machine and at every time. */
async function tarOf(folder: string, path: string): Promise<void> {
  const part = `${path}.part`;
  await $`tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --format=ustar -C ${folder} -cf ${part} ${(await readdir(folder)).sort()}`;
  await rename(part, path);
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tsrun-image-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function layerOf(content: string): Promise<Buffer> {
  return inFolder(async folder => {
    await mkdir(join(folder, 'root/srv'), { recursive: true });
    await writeFile(join(folder, 'root/srv/version'), content);
    await tarOf(join(folder, 'root'), join(folder, 'layer.tar'));
    return Buffer.from((await $`base64 -w0 ${join(folder, 'layer.tar')}`).stdout, 'base64');
  });
}

const configOf = (layer: Buffer, architecture: string): string =>
  JSON.stringify({
    architecture,
    os: 'linux',
    config: { Cmd: ['/srv/version'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${hex(layer)}`] },
  });

/** An archive with one image for each name. */
export async function dockerArchive(path: string, contents: Readonly<Record<string, string>>): Promise<LabImage> {
  await mkdir(dirname(path), { recursive: true });
  return inFolder(async folder => {
    const images = [];
    for (const [name, content] of Object.entries(contents)) {
      const layer = await layerOf(content);
      const config = configOf(layer, 'amd64');
      await writeFile(join(folder, `${hex(config)}.json`), config);
      await writeFile(join(folder, `${hex(layer)}.tar`), layer);
      images.push({ Config: `${hex(config)}.json`, RepoTags: [name], Layers: [`${hex(layer)}.tar`] });
    }
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(images));
    await tarOf(folder, path);
    return { path, digest: `sha256:${images[0]?.Config.slice(0, 64)}`, platforms: {} };
  });
}

/** A tar of an OCI layout with one image for amd64 and arm64. */
export async function ociArchive(path: string, content: string): Promise<LabImage> {
  await mkdir(dirname(path), { recursive: true });
  return inFolder(async folder => {
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
    const blob = async (bytes: Buffer | string, mediaType: string, more: object = {}): Promise<{ digest: string }> => {
      await writeFile(join(folder, 'blobs/sha256', hex(bytes)), bytes);
      return {
        ...{ mediaType: `application/vnd.oci.image.${mediaType}` },
        digest: `sha256:${hex(bytes)}`,
        ...{ size: Buffer.byteLength(bytes) },
        ...more,
      };
    };
    const manifests = [];
    for (const architecture of ['amd64', 'arm64']) {
      const layer = await layerOf(`${content} ${architecture}\n`);
      const layers = [await blob(layer, 'layer.v1.tar')];
      const config = await blob(configOf(layer, architecture), 'config.v1+json');
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config,
        layers,
      });
      manifests.push({
        architecture,
        listed: await blob(manifest, 'manifest.v1+json', { platform: { os: 'linux', architecture } }),
      });
    }
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: manifests.map(one => one.listed),
    });
    const top = await blob(index, 'index.v1+json', { annotations: { 'org.opencontainers.image.ref.name': 'v0.0.1' } });
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [top] }));
    await tarOf(folder, path);
    return {
      path,
      digest: top.digest,
      platforms: Object.fromEntries(manifests.map(one => [`linux/${one.architecture}`, one.listed.digest])),
    };
  });
}

/** What the lab's registry is filled with: the names of the guide, under other names in the archives, as vendors send them. */
export async function ensureLabImages(folder: string): Promise<string> {
  await dockerArchive(join(folder, 'dcompact.tar'), { 'topling/dcompact-enterprise:v0.1.11': 'dcompact\n' });
  await ociArchive(join(folder, 'nginx-labour.tar'), 'nginx-labour');
  return folder;
}
