// Bytes as text and back, without loss. Pure.
import { createHash } from 'node:crypto';

/** Text for a diff, and how much of a file is worth fetching for one. */
export const TEXT_LIMIT = 128 * 1024;

/** The text, or undefined where the bytes are not UTF-8 or hold NUL. */
export function utf8(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** One character a byte: text functions then keep every byte, and a regexp sees bytes as Python's does. */
export const toLatin = (bytes: Uint8Array | string): string => Buffer.from(bytes as string).toString('latin1');
export const fromLatin = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
export const byteLength = (content: string | Uint8Array): number =>
  typeof content === 'string' ? Buffer.byteLength(content) : content.length;

/** What a diff shows of a file: its text, or one line where it is binary. */
export function shown(content: Uint8Array | string): string {
  const text = typeof content === 'string' ? content : utf8(content);
  return text ?? `(binary, ${content.length} bytes, sha256 ${sha256(content)})\n`;
}
