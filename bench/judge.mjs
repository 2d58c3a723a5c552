// Whether hosts are in the end state of the workload, judged by their files: a peer that is fast and wrong is shown as wrong.
import { lstat, readFile, readlink } from 'node:fs/promises';
import { endState } from './workload.mjs';

const octal = mode => (mode & 0o7777).toString(8);

async function ofFolder({ path, mode }) {
  const seen = await lstat(path);
  return seen.isDirectory() && octal(seen.mode) === octal(mode) ? [] : [`${path} is not a folder of mode ${octal(mode)}`];
}

async function ofFile({ path, mode, content }) {
  const seen = await lstat(path);
  if (!seen.isFile()) return [`${path} is not a file`];
  const wrong = mode !== null && octal(seen.mode) !== octal(mode) ? [`${path} has mode ${octal(seen.mode)}`] : [];
  return (await readFile(path, 'utf8')) === content ? wrong : [...wrong, `${path} has other content`];
}

const ofLink = async ({ path, to }) => ((await readlink(path)) === to ? [] : [`${path} does not lead to ${to}`]);

/** The archive is made of what was there when its turn came: it must hold the files, its bytes carry times. */
async function ofArchive(path) {
  const text = await readFile(path, 'latin1');
  return ['app/app.conf', 'app/bin/app.sh'].filter(name => !text.includes(name)).map(name => `${path} lacks ${name}`);
}

async function ofPart(root, host, part) {
  const want = endState(root, host, part);
  const looks = [...want.folders.map(ofFolder), ...want.files.map(ofFile), ...want.links.map(ofLink), ofArchive(want.archive)];
  const found = await Promise.all(looks.map(look => look.catch(error => [`${error.path ?? root}: ${error.code ?? error}`])));
  return found.flat();
}

/** What is not as it should be, of all hosts; empty where all is well. */
export async function differences(roots, parts) {
  const found = [];
  for (const [host, root] of roots) for (let part = 0; part < parts; part += 1) found.push(...(await ofPart(root, host, part)));
  return found;
}

/** What tells whether anything was written: the times of change of all that the workload owns. */
export async function stamp(roots, parts) {
  const paths = roots.flatMap(([host, root]) =>
    Array.from({ length: parts }, (_, part) => {
      const { folders, files, links, archive } = endState(root, host, part);
      return [...[...folders, ...files, ...links].map(({ path }) => path), archive];
    }).flat(),
  );
  const times = await Promise.all(
    paths.map(path =>
      lstat(path).then(
        ({ ctimeMs, ino }) => `${ino} ${ctimeMs}`,
        () => '',
      ),
    ),
  );
  return times.join('\n');
}
