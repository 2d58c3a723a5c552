// The passwords of a run: from files, from programs that print them, or asked for. Read before anything is connected to.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { fault } from '../core/fault.ts';
import type { VaultSource } from '../core/request.ts';
import type { Fault } from '../core/types.ts';
import { all, type CommandLine, has, one } from './parse.ts';
import type { World } from './world.ts';

export interface Passwords {
  readonly connection?: string;
  readonly become?: string;
  readonly vault: readonly VaultSource[];
  readonly faults: readonly Fault[];
}
type Got = { readonly password: string } | { readonly fault: Fault };

export async function readPasswords(line: CommandLine, world: World): Promise<Passwords> {
  const faults: Fault[] = [];
  const keep = (got: Got | undefined): string | undefined => {
    if (got && 'fault' in got) faults.push(got.fault);
    return got && 'password' in got ? got.password : undefined;
  };
  const one_ = async (file: string, flag: string, prompt: string): Promise<string | undefined> => {
    const path = one(line, file);
    if (path !== undefined) return keep(await fromFile(path, file, world));
    return has(line, flag) ? keep(await fromTerminal(prompt, file, world)) : undefined;
  };
  // One after the other: two questions cannot share a terminal.
  const connection = await one_('connection-password-file', 'ask-pass', 'SSH password: ');
  const suffix = connection === undefined ? '' : ' [defaults to SSH password]';
  const become =
    (await one_('become-password-file', 'ask-become-pass', `BECOME password${suffix}: `)) ||
    (has(line, 'ask-become-pass') ? connection : undefined);
  const vault = await vaultSources(line, async prompt => keep(await fromTerminal(prompt, 'vault-password-file', world)));
  return { ...(connection === undefined ? {} : { connection }), ...(become === undefined ? {} : { become }), vault, faults };
}

async function vaultSources(
  line: CommandLine,
  ask: (prompt: string) => Promise<string | undefined>,
): Promise<readonly VaultSource[]> {
  const sources: VaultSource[] = all(line, 'vault-password-file').map(file => ({ id: 'default', file }));
  const asked = has(line, 'ask-vault-pass') ? ['default@prompt'] : [];
  for (const text of [...all(line, 'vault-id'), ...asked]) {
    const at = text.indexOf('@');
    const [id, from] = at < 0 ? ['default', text] : [text.slice(0, at) || 'default', text.slice(at + 1)];
    if (from !== 'prompt') sources.push({ id, file: from });
    else {
      const password = await ask(`Vault password${id === 'default' ? '' : ` (${id})`}: `);
      if (password !== undefined) sources.push({ id, password });
    }
  }
  return sources;
}

async function fromTerminal(prompt: string, file: string, world: World): Promise<Got> {
  const password = await world.ask({ prompt, hidden: true });
  if (password !== null) return { password };
  return {
    fault: fault('E466', {
      what: `no answer to "${prompt.trim()}"`,
      why: 'stdin is no terminal, or the question was broken off',
      mend: `write the password into a file of mode 0600 and give it with --${file}`,
    }),
  };
}

async function fromFile(path: string, flag: string, world: World): Promise<Got> {
  const full = resolve(world.cwd, path.replace(/^~(?=\/)/, world.env['HOME'] ?? '~'));
  const wrong = (why: string): Got => ({
    fault: fault('E465', {
      what: `--${flag} ${path}`,
      why,
      mend: 'give a file whose first line is the password, or a program that prints it',
    }),
  });
  try {
    const text = (await isProgram(full)) ? (await promisify(execFile)(full)).stdout : await readFile(full, 'utf8');
    const password = text.split(/\r?\n/, 1)[0] ?? '';
    return password === '' ? wrong('its first line is empty') : { password };
  } catch (error) {
    return wrong(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
