// Differences for people: the unified diff of two texts, and of two values as YAML-like lines. Pure. Import it lazily.
import { structuredPatch } from 'diff';

const CONTEXT = 3;
/** jsdiff is quadratic in the number of differences; beyond this it is of no use to a reader either. */
const LIMIT = { timeout: 200, maxEditLength: 5000 };

/** The lines of a unified diff without the file header; empty where both are the same. */
export function unifiedDiff(before: string, after: string): readonly string[] {
  if (before === after) return [];
  if (isBinary(before) || isBinary(after)) return [`binary content differs (${size(before)} -> ${size(after)})`];
  const patch = structuredPatch('', '', before, after, undefined, undefined, { context: CONTEXT, ...LIMIT });
  if (!patch) return [`too much differs to show (${lineCount(before)} -> ${lineCount(after)} lines)`];
  return patch.hunks.flatMap(hunk => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines,
  ]);
}

/** Two values of any shape, compared as indented JSON. */
export const valueDiff = (before: unknown, after: unknown): readonly string[] => unifiedDiff(asText(before), asText(after));

/** As diff -u writes it: an empty side stands before its line. */
const range = (start: number, count: number): string =>
  count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`;
const isBinary = (text: string): boolean => text.includes('\0') || text.includes('\uFFFD');
const size = (text: string): string => `${Buffer.byteLength(text)} bytes`;
const lineCount = (text: string): number => text.split('\n').length;
const asText = (value: unknown): string => (typeof value === 'string' ? value : `${JSON.stringify(value, sorted, 2) ?? ''}\n`);

/** Keys in order, so that only values differ. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
