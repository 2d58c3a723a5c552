// Extra variables, `-e k=v`, `-e '{"a": 1}'`, `-e @file` -> the highest layer. Later ones win over earlier ones.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import type { Layer, Value } from '../core/site.ts';
import { type Source, source } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';
import { readVars } from './inventory-draft.ts';
import type { MapEntry } from './node.ts';
import { textNode } from './python-literal.ts';
import { type Decrypt, encryptedFault, isEncrypted, type Read, readSource } from './read-source.ts';
import { splitWords } from './words.ts';
import { parseYaml } from './yaml.ts';

export interface ExtraOptions {
  readonly cwd?: string;
  readonly remember?: (read: Source) => void;
}

/** `read` gives the text of a file by its absolute path; it throws what node:fs throws. */
export function extraLayer(
  args: readonly string[],
  read?: Read,
  { cwd = '/', remember }: ExtraOptions = {},
): { layer: Layer; faults: Fault[] } {
  const faults: Fault[] = [];
  const vars = new Map<string, Value>();
  for (const arg of args) {
    const text = arg.trim();
    const entries = text.startsWith('@')
      ? fileEntries(text.slice(1), { cwd, faults, read, remember })
      : /^[{[]/.test(text)
        ? mapEntries(source('-e', text), faults)
        : pairEntries(text, faults);
    for (const [name, value] of readVars(entries, faults)) vars.set(name, value);
  }
  return { layer: { level: 22, from: 'extra vars (-e)', vars }, faults };
}

/** As extraLayer, with the files that are encrypted read through the seam to the vault. */
export async function loadExtra(
  args: readonly string[],
  options: ExtraOptions & { readonly decryptText?: Decrypt },
): Promise<{ layer: Layer; faults: Fault[] }> {
  const { cwd = '/', remember, decryptText } = options;
  // Each file is read once: it may be a pipe.
  const texts = new Map<string, string>();
  const secret = new Set<string>();
  const refused: Fault[] = [];
  for (const arg of decryptText ? args : []) {
    const path = resolve(cwd, arg.trim().slice(1));
    // What cannot be read is told by extraLayer.
    const from = arg.trim().startsWith('@') ? readSource(path, { cwd, faults: [] }) : undefined;
    if (!from) continue;
    texts.set(path, from.text);
    if (!decryptText || !isEncrypted(from.text)) continue;
    const plain = await decryptText(from.text, from.file);
    if (typeof plain !== 'string') refused.push(plain);
    texts.set(path, typeof plain === 'string' ? plain : '');
    secret.add(from.file);
  }
  const known = (from: Source): void => void (secret.has(from.file) || remember?.(from));
  const { layer, faults } = extraLayer(args, path => texts.get(path) ?? readFileSync(path), { cwd, remember: known });
  return { layer, faults: [...refused, ...faults] };
}

function fileEntries(path: string, reading: Parameters<typeof readSource>[1]): readonly MapEntry[] {
  const from = readSource(resolve(reading.cwd, path), reading);
  if (!from) return [];
  if (!isEncrypted(from.text)) return mapEntries(from, reading.faults);
  reading.faults.push(encryptedFault(from.file, { file: from.file, line: 1, col: 1 }));
  return [];
}

function mapEntries(from: Source, faults: Fault[]): readonly MapEntry[] {
  const { documents, faults: found } = parseYaml(from);
  faults.push(...found);
  const [top] = documents;
  if (!top || (top.kind === 'scalar' && top.value === null)) return [];
  if (top.kind === 'map') return top.entries;
  const mend = 'write a map: {"name": "value"}';
  faults.push(
    fault('E414', { what: 'extra variables are no map', at: top.span, why: 'each variable is a key with its value', mend }),
  );
  return [];
}

/** `a=1 b="x y"`: text, all of it. */
function pairEntries(text: string, faults: Fault[]): readonly MapEntry[] {
  const split = splitWords(text, { templates: true });
  if ('why' in split) {
    const at: Span = { file: '-e', line: 1, col: split.offset + 1 };
    faults.push(
      fault('E414', { what: `-e ${text} cannot be read`, at, why: split.why, mend: 'close the quote, or quote the whole' }),
    );
    return [];
  }
  return split.words.flatMap(({ text: word, offset }) => {
    const at: Span = { file: '-e', line: 1, col: offset + 1, length: word.length };
    const equals = word.indexOf('=');
    if (equals > 0) return [{ key: word.slice(0, equals), keySpan: at, value: textNode(word.slice(equals + 1), at) }];
    const mend = /\.(ya?ml|json)$|\//.test(word) ? `write -e @${word}` : `write -e ${word.replace(/^=/, '') || 'NAME'}=VALUE`;
    const why = 'extra variables are NAME=VALUE, a JSON object or @FILE';
    faults.push(fault('E414', { what: `-e ${word} is not a variable`, at, why, mend }));
    return [];
  });
}
