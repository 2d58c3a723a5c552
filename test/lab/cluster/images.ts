// Small images of the lab's own for the real node: a stand-in worker, Debian's nginx, and what holds a pod together. Built without an engine.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $, say } from '../command.ts';

const here = import.meta.dirname;
const inputs = ['images.ts', 'nginx.conf', 'worker/main.go'];

/** The folder of the archives, which `docker load`, skopeo and `ctr images import` read: pause.tar, worker.tar, forwarder.tar. */
export async function ensureImages(cache: string, root: string): Promise<string> {
  const hash = createHash('sha256').update(process.arch);
  for (const file of inputs) hash.update(await readFile(join(here, file)));
  const folder = join(cache, `images-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(folder)) await build(folder, root);
  await utimes(folder, new Date(), new Date());
  return folder;
}

async function build(folder: string, root: string): Promise<void> {
  const work = `${folder}.part`;
  await $`rm -rf --one-file-system ${work}`;
  await mkdir(work, { recursive: true });
  say('building the images of the real node (about 15 s, once)');
  const go = $({ cwd: here, env: { ...process.env, CGO_ENABLED: '0' } });
  await go`go build -trimpath -ldflags ${'-s -w'} -o ${work}/worker ./worker`;

  const [pause, worker, forwarder] = ['pause', 'worker', 'forwarder'].map(name => join(work, `${name}.tree`)) as [
    string,
    string,
    string,
  ];
  for (const tree of [pause, worker]) {
    await mkdir(tree);
    await cp(join(work, 'worker'), join(tree, 'worker'));
  }
  // What the drain before a stop asks of an image: bash with /dev/tcp, grep and sleep; getent shows which names a pod knows.
  await addPrograms(worker, root, ['/bin/bash', '/bin/grep', '/bin/sleep', '/usr/bin/getent']);
  await addNginx(forwarder, work, root);
  await pack(work, 'pause', 'tsrun.test/pause:1', ['/worker', 'pause']);
  await pack(work, 'worker', 'topling/dcompact-community:v0.0.1', ['/worker']);
  await pack(work, 'forwarder', 'topling/forward-nginx:v0.0.1', ['/usr/sbin/nginx', '-c', '/etc/nginx/nginx.conf']);
  await $`rm -r ${work}/worker ${pause} ${worker} ${forwarder}`;
  // A folder under its final name is whole: whoever finds it may use it.
  await rename(work, folder);
}

/** Programs of the Debian root with the libraries that they name, links followed. */
async function addPrograms(tree: string, root: string, programs: readonly string[]): Promise<void> {
  const { stdout } = await $`chroot ${root} ldd ${programs}`;
  const libraries = [...new Set(stdout.match(/\/lib\S+/g) ?? [])].filter(path => !path.endsWith(':'));
  await $`cd ${root} && cp -L --parents ${[...programs, ...libraries].map(path => path.slice(1))} ${tree}`;
}

async function addNginx(tree: string, work: string, root: string): Promise<void> {
  await mkdir(join(work, 'debs'));
  await $`cd ${work}/debs && apt-get download nginx && dpkg-deb --extract nginx_*.deb ${tree}`;
  await $`rm -rf ${work}/debs ${tree}/usr/share ${tree}/etc`;
  const { stdout } = await $`ldd ${tree}/usr/sbin/nginx`;
  const names = [...stdout.matchAll(/(\/lib\S+)/g)].map(([path]) => path);
  await $`cd ${root} && cp -L --parents ${names.map(path => path.slice(1))} ${tree}`;
  for (const path of ['etc/nginx/conf.d', 'tmp', 'var/log/nginx', 'run']) await mkdir(join(tree, path), { recursive: true });
  await cp(join(here, 'nginx.conf'), join(tree, 'etc/nginx/nginx.conf'));
  await writeFile(join(tree, 'etc/passwd'), 'root:x:0:0:root:/:/bin/false\n');
  await writeFile(join(tree, 'etc/group'), 'root:x:0:\n');
}

/** One layer, its settings and a manifest, as `docker save` writes them; the same tree gives the same bytes. */
async function pack(work: string, name: string, tag: string, command: readonly string[]): Promise<void> {
  const folder = join(work, `${name}.image`);
  await mkdir(folder);
  const exact = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await $`tar ${exact} -C ${work}/${name}.tree -cf ${folder}/layer.tar .`;
  const digest = (await $`sha256sum ${folder}/layer.tar`).stdout.slice(0, 64);
  const architecture = (await $`go env GOARCH`).stdout.trim();
  const settings = { Cmd: command, Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] };
  const config = { architecture, os: 'linux', config: settings, rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] } };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [tag], Layers: ['layer.tar'] }];
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  await $`tar ${exact} -C ${folder} -cf ${work}/${name}.tar manifest.json config.json layer.tar`;
  await $`rm -r ${folder}`;
}
