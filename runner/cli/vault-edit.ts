// The plain text of a secret in an editor: in a folder and file that only the user may read, gone when the editor has ended.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { World } from './world.ts';

/** The text as it was left, or why there is none. */
export async function edited(plain: Buffer, file: string, world: World): Promise<Buffer | string> {
  const { env } = world;
  // A file system in memory where the login has one: a plain text that was on a disk can be found there again.
  const folder = await mkdtemp(join(env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'tsrun-vault-'));
  try {
    const path = join(folder, basename(file));
    await writeFile(path, plain, { mode: 0o600 });
    const editor = env['VISUAL'] || env['EDITOR'] || 'vi';
    const code = await ended(editor, path, world);
    return code === 0 ? await readFile(path) : `${editor} ${code}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The editor is a command line, as git takes it. */
const ended = (editor: string, path: string, { cwd, env }: World): Promise<0 | string> =>
  new Promise(resolve => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { cwd, env, stdio: 'inherit' });
    child.on('error', error => resolve(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => resolve(code === 0 ? 0 : `ended with ${signal ?? code}`));
  });
