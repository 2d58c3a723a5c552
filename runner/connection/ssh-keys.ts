// The private keys and the agent that a login may use. Reads key files, sends nothing.
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import ssh2, { BaseAgent, createAgent, type ParsedKey } from 'ssh2';
import type { Target } from '../core/types.ts';
import { keyFault } from './ssh-faults.ts';

export interface LoginKey {
  readonly file: string;
  readonly key: ParsedKey;
}

export interface LoginKeys {
  /** Keys that somebody named, in order; then those of ~/.ssh. */
  readonly named: readonly LoginKey[];
  readonly usual: readonly LoginKey[];
  /** Why files were passed over. */
  readonly notes: readonly string[];
}

/** The files that ssh tries when nobody names one; they need not be there. */
const isUsual = (file: string): boolean =>
  basename(dirname(file)) === '.ssh' && /^id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/.test(basename(file));

const parsed = new Map<string, Promise<ParsedKey | Error>>();

/** A key with a passphrase takes a tenth of a second to open, and each reader needs a file descriptor: it is opened once for all hosts. */
async function parse(file: string, passphrase: string | undefined): Promise<ParsedKey | Error> {
  const { mtimeMs, size } = await stat(file);
  const name = JSON.stringify([file, mtimeMs, size, passphrase ?? null]);
  const before = parsed.get(name) ?? open(file, passphrase);
  parsed.set(name, before);
  before.catch(() => parsed.delete(name));
  return before;
}

async function open(file: string, passphrase: string | undefined): Promise<ParsedKey | Error> {
  const key = ssh2.utils.parseKey(await readFile(file), passphrase);
  return key instanceof Error || key.isPrivateKey() ? key : new Error('it holds a public key, not a private one');
}

const isEncrypted = (error: Error): boolean => /encrypted.*no passphrase/i.test(error.message);

/** Rejects with Unreachable for a key that was named and cannot be used, unless the agent may hold it. */
export async function loginKeys(target: Target, hasAgent: boolean): Promise<LoginKeys> {
  const named: LoginKey[] = [];
  const usual: LoginKey[] = [];
  const notes: string[] = [];
  for (const file of target.privateKeyFiles) {
    const key = await parse(file, target.privateKeyPassphrase).catch((error: NodeJS.ErrnoException) => error);
    if (!(key instanceof Error)) {
      (isUsual(file) ? usual : named).push({ file, key });
      continue;
    }
    const why = isEncrypted(key) ? 'it is encrypted and no passphrase was given' : key.message;
    if (!isUsual(file) && !(isEncrypted(key) && hasAgent)) throw keyFault(target.name, file, why);
    if ((key as NodeJS.ErrnoException).code !== 'ENOENT') notes.push(`${file} (passed over: ${why})`);
  }
  return { named, usual, notes };
}

/** An agent that shows only some of its keys: `IdentitiesOnly`, and none twice. */
class NarrowAgent extends BaseAgent {
  readonly #inner: BaseAgent;
  readonly #shows: (publicKey: string) => boolean;

  constructor(path: string, shows: (publicKey: string) => boolean) {
    super();
    this.#inner = createAgent(path);
    this.#shows = shows;
  }

  override getIdentities(done: Parameters<BaseAgent['getIdentities']>[0]): void {
    this.#inner.getIdentities((error, keys) => {
      if (error) return done(error);
      const shown = (keys ?? []).filter(each => {
        const key = ssh2.utils.parseKey(each as Buffer);
        return !(key instanceof Error) && this.#shows(key.getPublicSSH().toString('base64'));
      });
      done(undefined, shown);
    });
  }

  override sign(...args: readonly unknown[]): void {
    Reflect.apply(this.#inner.sign, this.#inner, args);
  }
}

/** The public halves of the key files, for IdentitiesOnly with keys that only the agent can use. */
async function publicHalves(target: Target, keys: LoginKeys): Promise<ReadonlySet<string>> {
  const halves = [...keys.named, ...keys.usual].map(({ key }) => key.getPublicSSH().toString('base64'));
  for (const file of target.privateKeyFiles) {
    const text = await readFile(`${file}.pub`, 'utf8').catch(() => '');
    halves.push(text.split(/\s+/)[1] ?? '');
  }
  return new Set(halves);
}

export async function narrowAgent(path: string, target: Target, keys: LoginKeys): Promise<BaseAgent> {
  const offered = new Set(keys.named.map(({ key }) => key.getPublicSSH().toString('base64')));
  const halves = target.identitiesOnly ? await publicHalves(target, keys) : undefined;
  return new NarrowAgent(path, key => !offered.has(key) && (halves === undefined || halves.has(key)));
}
