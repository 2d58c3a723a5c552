// What functions may ask of the runner (functions/table.ts, World): local files, environment, groups, clock, kept passwords.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Redactor } from '../core/secret.ts';
import type { Inventory } from '../core/site.ts';
import type { World } from './functions/table.ts';
import type { LocalFiles } from './local-files.ts';
import { Misuse } from './signals.ts';
import type { Place } from './variables.ts';

export interface WorldOptions {
  readonly files: LocalFiles;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  readonly now: () => number;
  readonly inventory: () => Inventory;
  readonly redactor?: Pick<Redactor, 'add'> | undefined;
  /** In a check run no file is made: the password is one that nobody keeps. */
  readonly check: boolean;
}

/** Sets of characters that password() knows by name. */
const sets: Readonly<Record<string, string>> = {
  ascii_letters: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ascii_lowercase: 'abcdefghijklmnopqrstuvwxyz',
  ascii_uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  hexdigits: '0123456789abcdef',
  punctuation: '!#$%&()*+,-./:;<=>?@[]^_{|}~',
};

function newPassword(length: number, chars: string): string {
  if (chars.length < 2 || length < 1 || length > 1024)
    throw new Misuse(
      'the length or the characters cannot make a password',
      'write {"length": 20, "chars": ["ascii_letters", "digits"]}',
    );
  let made = '';
  while (made.length < length) {
    // Bytes above the last whole multiple would favour the first characters.
    const limit = 256 - (256 % chars.length);
    for (const byte of randomBytes(length * 2)) if (byte < limit && made.length < length) made += chars[byte % chars.length];
  }
  return made;
}

function keepPassword(path: string, given: Readonly<Record<string, unknown>>, check: boolean): string {
  const names = Array.isArray(given['chars']) ? given['chars'].map(String) : ['ascii_letters', 'digits', '.,:-_'];
  const chars = [...new Set(names.map(name => sets[name] ?? name).join(''))].join('');
  try {
    const kept = readFileSync(path, 'utf8')
      .split('\n')[0]
      ?.replace(/ salt=.*$/, '');
    if (kept) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new Misuse(`${path} cannot be read: ${(error as Error).message}`, 'check its permissions');
  }
  if (check)
    return createHash('sha256')
      .update(path)
      .digest('hex')
      .slice(0, Number(given['length'] ?? 20));
  const made = newPassword(Number(given['length'] ?? 20), chars);
  if (path !== '/dev/null') {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${made}\n`, { mode: 0o600, flag: 'wx' });
  }
  return made;
}

export function createWorld(options: WorldOptions): (place: Place) => World {
  const { files, env, home, cwd, now, inventory, redactor } = options;
  const isFault = (found: unknown): found is { readonly why: string; readonly mend: string } => typeof found === 'object';
  return ({ frame }) => ({
    readFile(path) {
      const found = files.find(path, 'files', frame);
      if (isFault(found)) throw new Misuse(`"${path}" is not there: ${found.why}`, found.mend);
      const text = files.text(found);
      if (isFault(text)) throw new Misuse(text.why, text.mend);
      return text;
    },
    firstFound: paths =>
      paths
        .flatMap(path => [...files.places(path, 'files', frame), ...files.places(path, 'templates', frame)])
        .find(path => files.exists(path)),
    glob: pattern =>
      files
        .places(pattern, 'files', frame)
        .map(path => files.glob(path))
        .find(found => found.length > 0) ?? [],
    env: name => env[name],
    group: name => [...(inventory().groups.get(name) ?? [])],
    password(path, given) {
      const made = keepPassword(resolve(cwd, frame.playbookDir, path.replace(/^~(?=\/)/, home)), given, options.check);
      redactor?.add(made);
      return made;
    },
    now,
    home: () => home,
  });
}
