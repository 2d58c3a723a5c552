// The local files of a site: each read and parsed once, remembered for the excerpts of faults. Follows no playbook.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import { type Source, shownPath, source } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';
import type { YamlNode } from './node.ts';
import { type Decrypt, encryptedFault, isEncrypted, readSource } from './read-source.ts';
import { parseYaml } from './yaml.ts';

export interface Files {
  readonly cwd: string;
  /** By file as shown. */
  readonly sources: Map<string, Source>;
  /** The text of a file; undefined with a fault where it cannot be read. `at` is the place that names it. */
  text(path: string, faults: Fault[], at?: Span): Source | undefined;
  /** The first document of a file; null where it is empty, undefined where it cannot be read. Faults come once a file. */
  yaml(path: string, faults: Fault[], at?: Span): YamlNode | null | undefined;
  /** The bytes as they are; throws what node:fs throws. */
  raw(path: string): Uint8Array;
  /** Puts the plain text in place of what was found to be encrypted; false where nothing new is readable. */
  decrypt(by: Decrypt | undefined): Promise<boolean>;
  isFile(path: string): boolean;
  isFolder(path: string): boolean;
  /** Names in a folder, sorted; none where it is not there. */
  list(path: string): readonly string[];
  shown(path: string): string;
}

export function openFiles(cwd: string, sources: Map<string, Source> = new Map()): Files {
  const texts = new Map<string, Source | undefined>();
  const parsed = new Map<string, YamlNode | null | undefined>();
  const encrypted = new Map<string, Encrypted>();
  const text = (path: string, faults: Fault[], at?: Span): Source | undefined => {
    const file = resolve(cwd, path);
    if (!texts.has(file)) texts.set(file, readFile(file, { cwd, faults, remember: read => sources.set(read.file, read) }, at));
    return texts.get(file);
  };
  const yaml = (path: string, faults: Fault[], at?: Span): YamlNode | null | undefined => {
    const file = resolve(cwd, path);
    const from = text(path, faults, at);

    if (from && isEncrypted(from.text)) {
      const refused = encrypted.get(file);
      if (!refused) encrypted.set(file, { from });
      return void faults.push(refused?.fault ?? encryptedFault(from.file, { file: from.file, line: 1, col: 1 }));
    }
    if (!parsed.has(file)) parsed.set(file, parse(from, faults));
    return parsed.get(file);
  };
  const decrypt = (by: Decrypt | undefined): Promise<boolean> => decryptAll(encrypted, texts, parsed, by);
  const shown = (path: string): string => shownPath(resolve(cwd, path), cwd);
  const raw = (path: string): Uint8Array => readFileSync(resolve(cwd, path));
  return {
    cwd,
    sources,
    text,
    yaml,
    raw,
    decrypt,
    isFile: path => kindOf(path) === 'file',
    isFolder: path => kindOf(path) === 'folder',
    list,
    shown,
  };
}

interface Encrypted {
  readonly from: Source;
  /** Why it could not be decrypted. */
  fault?: Fault;
}

async function decryptAll(
  encrypted: ReadonlyMap<string, Encrypted>,
  texts: Map<string, Source | undefined>,
  parsed: Map<string, unknown>,
  by: Decrypt | undefined,
): Promise<boolean> {
  const found = [...encrypted].filter(([file, one]) => !one.fault && isEncrypted(texts.get(file)?.text ?? ''));
  if (!by || found.length === 0) return false;
  for (const [file, one] of found) {
    const plain = await by(one.from.text, one.from.file);
    if (typeof plain === 'string') texts.set(file, source(one.from.file, plain));
    else one.fault = plain.at ? plain : { ...plain, at: { file: one.from.file, line: 1, col: 1 } };
  }
  parsed.clear();
  return true;
}

function parse(from: Source | undefined, faults: Fault[]): YamlNode | null | undefined {
  if (!from) return undefined;
  const { documents, faults: found } = parseYaml(from);
  faults.push(...found);
  const second = documents[1];
  if (second)
    faults.push(
      fault('E102', {
        what: `${from.file} holds several documents`,
        at: second.span,
        why: 'only the first would be read',
        mend: 'make it a file of its own',
      }),
    );
  return documents.length === 0 && found.length > 0 ? undefined : (documents[0] ?? null);
}

function readFile(file: string, reading: Parameters<typeof readSource>[1], at: Span | undefined): Source | undefined {
  // A device never ends, and neither would reading it.
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isCharacterDevice()) return readSource(file, reading, at);
  reading.faults.push(fault('E101', { what: `${file} cannot be read`, at, why: 'it is a device', mend: 'name a file' }));
  return undefined;
}

const list = (path: string): readonly string[] => (kindOf(path) === 'folder' ? readdirSync(path).sort() : []);

function kindOf(path: string): 'file' | 'folder' | 'none' {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 'none';
  return found.isDirectory() ? 'folder' : 'file';
}
