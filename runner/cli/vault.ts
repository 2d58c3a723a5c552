// tsrun vault encrypt|decrypt|view|edit|rekey FILE...: whole files, of Ansible Vault or of age. It connects to nothing.
import { didYouMean, fault } from '../core/fault.ts';
import type { Fault } from '../core/types.ts';
import {
  closeText,
  faultsIn,
  isClosed,
  type Keys,
  lockOf,
  openKeys,
  openText,
  readSecretFile,
  replaceFile,
} from '../language/vault-files.ts';
import { complain } from './complain.ts';
import { Faulty } from '../language/signals.ts';
import { all, type CommandLine, one } from './parse.ts';
import { readPasswords } from './password.ts';
import { withSettings } from './settings.ts';
import { edited } from './vault-edit.ts';
import type { World } from './world.ts';

interface Task {
  readonly files: readonly string[];
  readonly keys: Keys;
  readonly line: CommandLine;
  readonly world: World;
}
type Act = (file: string, task: Task) => Promise<string | undefined>;

const deeds: Readonly<Record<string, Act>> = { encrypt, decrypt, view, edit, rekey };
const HOW = 'give --vault-password-file FILE or --ask-vault-pass, or --age-recipient age1...';

export async function vaultVerb(written: CommandLine, world: World): Promise<number> {
  const [deed = '', ...files] = written.words;
  const act = Object.hasOwn(deeds, deed) ? deeds[deed] : undefined;
  const named = one(written, 'name');
  if (!act || (files.length === 0 && !(deed === 'encrypt' && named !== undefined)))
    return complain(written, world, [misused(deed)]);
  const { line } = withSettings({ ...written, words: [] }, world, new Map());
  const { vault, faults } = await readPasswords(line, world);
  if (faults.length > 0) return complain(line, world, faults);
  try {
    const recipients = all(line, 'age-recipient');
    const keys = openKeys({ vault, identities: all(line, 'identity'), recipients, cwd: world.cwd });
    if (named !== undefined) await encryptValue(named, keys, world);
    for (const file of files) {
      const said = await act(file, { files, keys, line, world });
      if (said !== undefined) world.err.write(`${said}\n`);
    }
    return 0;
  } catch (error) {
    return complain(line, world, faultsIn(error));
  }
}

function misused(deed: string): Fault {
  const near = didYouMean(deed, Object.keys(deeds));
  const why = Object.hasOwn(deeds, deed) ? 'no file is named' : 'it takes encrypt, decrypt, view, edit or rekey, then files';
  const mend = near && near !== deed ? `did you mean ${near}?` : 'tsrun vault edit FILE --vault-password-file PASSWORD';
  return fault('E463', { what: `tsrun vault ${deed}`.trim(), why, mend });
}

async function encrypt(file: string, { keys, world }: Task): Promise<string> {
  const bytes = readSecretFile(file, world.cwd);
  if (isClosed(bytes))
    throwFault(`${file} is encrypted already`, 'twice would hide it from every reader', 'tsrun vault rekey FILE');
  replaceFile(file, await closeText(bytes, lockOf(keys, HOW)), world.cwd);
  return `${file}: encrypted`;
}

async function decrypt(file: string, { keys, world }: Task): Promise<string> {
  const { plain } = await openText(readSecretFile(file, world.cwd), file, keys);
  replaceFile(file, plain, world.cwd);
  return `${file}: decrypted`;
}

async function view(file: string, { keys, world }: Task): Promise<undefined> {
  const { plain } = await openText(readSecretFile(file, world.cwd), file, keys);
  world.out.write(plain.toString('utf8'));
}

async function edit(file: string, { keys, world }: Task): Promise<string> {
  const { plain, lock } = await openText(readSecretFile(file, world.cwd), file, keys);
  // What cannot be closed again is not opened in an editor.
  await closeText(Buffer.alloc(0), lock);
  const after = await edited(plain, file, world);
  if (typeof after === 'string')
    return throwFault(`${file} was not edited`, after, 'set EDITOR to an editor; the file is as it was');
  if (after.equals(plain)) return `${file}: unchanged`;
  replaceFile(file, await closeText(after, lock), world.cwd);
  return `${file}: encrypted`;
}

async function rekey(file: string, task: Task): Promise<string> {
  const { keys, world, line } = task;
  const { plain } = await openText(readSecretFile(file, world.cwd), file, keys);
  const lock =
    keys.recipients.length > 0
      ? { recipients: keys.recipients }
      : lockOf(await newKeys(line, world), 'give --new-vault-password-file FILE or --age-recipient');
  replaceFile(file, await closeText(plain, lock), world.cwd);
  return `${file}: encrypted with the new key`;
}

async function newKeys({ given }: CommandLine, world: World): Promise<Keys> {
  const as = (name: string): readonly string[] => given.get(`new-${name}`) ?? [];
  const named = [...as('vault-password-file').map(file => ({ id: 'default', file })), ...as('vault-id').map(identified)];
  return openKeys({ vault: named, identities: [], recipients: [], cwd: world.cwd });
}

function identified(text: string): { readonly id: string; readonly file: string } {
  const at = text.indexOf('@');
  return at < 0 ? { id: 'default', file: text } : { id: text.slice(0, at), file: text.slice(at + 1) };
}

/** Asked for, and printed as it goes into a file of variables. */
async function encryptValue(name: string, keys: Keys, world: World): Promise<void> {
  const lock = lockOf(keys, HOW);
  const value = await world.ask({ prompt: `Value of ${name}: `, hidden: true });
  if (value === null) return throwFault(`no value for ${name}`, 'stdin is no terminal', 'write it into a file and encrypt that');
  const text = await closeText(Buffer.from(value), lock);
  const tag = 'password' in lock ? '!vault' : '!secret';
  world.out.write(`${name}: ${tag} |\n${text.trimEnd().replaceAll(/^/gm, '  ')}\n`);
}

function throwFault(what: string, why: string, mend: string): never {
  throw new Faulty([fault('E705', { what, why, mend })]);
}
