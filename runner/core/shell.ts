// The `sh` tag: the one way to make a Script. It quotes every value, so that no byte of a value becomes shell.
import type { Script } from './types.ts';

export type ShellValue = string | number | boolean | Script | Raw | readonly (string | number | Script | Raw)[];

/** Script text that goes in as it is: made by `sh` and `script` alone. */
interface Raw {
  readonly raw: string;
}

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && 'raw' in value;

/** One shell word for any text without NUL; throws RangeError on NUL, which no argument can carry. */
export function quote(text: string): string {
  if (text.includes('\0')) throw new RangeError('a shell word cannot hold a NUL byte');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const word = (value: string | number | boolean | Raw): string => (isRaw(value) ? value.raw : quote(String(value)));

/** The cooked text counts: write `\\n` for a backslash and n, `\${x}` for a shell variable in braces.
 *  sh`mv ${from} ${to}`: strings, numbers and booleans are quoted, lists become words, `raw(script)` goes in as it is. */
export function sh(text: TemplateStringsArray, ...values: readonly ShellValue[]): Script {
  const parts = values.map(
    (value, i) => (Array.isArray(value) ? value.map(word).join(' ') : word(value as string)) + text[i + 1],
  );
  return ((text[0] ?? '') + parts.join('')) as Script;
}

/** Puts a Script into another one unquoted. */
export const raw = (script: Script): Raw => ({ raw: script });

/** Scripts one after the other, each on its own line. */
export const lines = (...scripts: readonly Script[]): Script => scripts.join('\n') as Script;

/** The user's own shell text (the `shell` module, `validate`): it is a script already. */
export const asWritten = (text: string): Script => text as Script;
