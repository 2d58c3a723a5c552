// JSON text that people keep by hand: read with the place of a mistake, merged into, and written in its own indentation. Pure.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = Readonly<Record<string, Json>>;

export interface Mistake {
  readonly why: string;
  readonly mend: string;
}

const isMap = (value: unknown): value is JsonMap => typeof value === 'object' && value !== null && !Array.isArray(value);

interface Scan {
  readonly text: string;
  at: number;
}

class BadJson extends Error {
  readonly at: number;
  constructor(at: number, why: string) {
    super(why);
    this.at = at;
  }
}

/** The value, or what is wrong with the text and where. */
export function readJson(text: string): { readonly value: Json } | Mistake {
  const scan: Scan = { text, at: 0 };
  try {
    space(scan);
    const value = read(scan);
    space(scan);
    if (scan.at < text.length) throw new BadJson(scan.at, 'more text after the end of the document');
    return { value };
  } catch (error) {
    if (!(error instanceof BadJson)) throw error;
    const before = text.slice(0, error.at).split('\n');
    return {
      why: `${error.message} at ${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
      mend: error.message.includes('comment')
        ? 'JSON has no comments: take it out'
        : 'mend the file by hand, or replace it with copy',
    };
  }
}

function space(scan: Scan): void {
  while (/[ \t\r\n]/.test(scan.text.charAt(scan.at))) scan.at += 1;
  const next = scan.text.slice(scan.at, scan.at + 2);
  if (next === '//' || next === '/*' || next.startsWith('#')) throw new BadJson(scan.at, 'a comment');
}

function read(scan: Scan): Json {
  const char = scan.text.charAt(scan.at);
  if (char === '{') return readMap(scan);
  if (char === '[') return readList(scan);
  if (char === '"') return readString(scan);
  const word = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)(?![\w.])/.exec(
    scan.text.slice(scan.at, scan.at + 400),
  )?.[0];
  if (word === undefined) throw new BadJson(scan.at, char === '' ? 'the text ends too early' : `"${char}" cannot stand`);
  const value = JSON.parse(word) as Json;
  // Written back, such a number would be another one.
  if (typeof value === 'number' && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))))
    throw new BadJson(scan.at, `the number ${word} is too large to keep`);
  scan.at += word.length;
  return value;
}

function readString(scan: Scan): string {
  const found = /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/.exec(scan.text.slice(scan.at));
  if (!found) throw new BadJson(scan.at, 'a text is not closed, or holds a bad escape');
  scan.at += found[0].length;
  return JSON.parse(found[0]) as string;
}

/** True where the collection goes on behind a comma. */
function goesOn(scan: Scan, end: string): boolean {
  space(scan);
  const char = scan.text.charAt(scan.at);
  if (char !== ',' && char !== end)
    throw new BadJson(scan.at, char === '' ? 'the text ends too early' : `"," or "${end}" is missing`);
  scan.at += 1;
  space(scan);
  return char === ',';
}

function readList(scan: Scan): Json {
  const items: Json[] = [];
  scan.at += 1;
  space(scan);
  if (scan.text.charAt(scan.at) === ']') {
    scan.at += 1;
    return items;
  }
  do items.push(read(scan));
  while (goesOn(scan, ']'));
  return items;
}

function readMap(scan: Scan): Json {
  const entries = new Map<string, Json>();
  scan.at += 1;
  space(scan);
  if (scan.text.charAt(scan.at) === '}') {
    scan.at += 1;
    return {};
  }
  do {
    const at = scan.at;
    if (scan.text.charAt(at) !== '"') throw new BadJson(at, 'a key in double quotes is missing');
    const key = readString(scan);
    if (entries.has(key)) throw new BadJson(at, `the key "${key}" stands twice`);
    space(scan);
    if (scan.text.charAt(scan.at) !== ':') throw new BadJson(scan.at, '":" is missing');
    scan.at += 1;
    space(scan);
    entries.set(key, read(scan));
  } while (goesOn(scan, '}'));
  return Object.fromEntries(entries);
}

/** Maps key by key, lists as a whole or item by item, all else replaced. The old value comes back where nothing differs. */
export function mergeJson(old: Json, wanted: Json, lists: 'replace' | 'union'): Json {
  if (isMap(old) && isMap(wanted)) {
    const merged = Object.entries(wanted).map(([key, value]) => [
      key,
      Object.hasOwn(old, key) ? mergeJson(old[key] ?? null, value, lists) : value,
    ]);
    return { ...old, ...(Object.fromEntries(merged) as typeof old) };
  }
  if (lists === 'union' && Array.isArray(old) && Array.isArray(wanted)) {
    const missing = (wanted as readonly Json[]).filter(item => !(old as readonly Json[]).some(other => sameJson(item, other)));
    return [...(old as readonly Json[]), ...missing];
  }
  return sameJson(old, wanted) ? old : wanted;
}

/** Without the value at the end of this way of keys. */
export function withoutKey(old: Json, way: readonly string[]): Json {
  const [key, ...more] = way;
  if (key === undefined || !isMap(old) || !Object.hasOwn(old, key)) return old;
  if (more.length > 0) return { ...old, [key]: withoutKey(old[key] ?? null, more) };
  const { [key]: _, ...rest } = old;
  return rest;
}

/** The order of keys does not count, that of a list does. */
export function sameJson(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameJson(item as Json, b[i] as Json));
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every(key => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null))
    );
  }
  return a === b;
}

/** In the indentation of the old text, with a newline at the end as it had one. */
export function writeJson(value: Json, old: string | null, indent?: number): string {
  const own = old === null ? undefined : /^[{[][ \t]*\r?\n([ \t]+)\S/.exec(old.trimStart())?.[1];
  const dense = old !== null && old.trim().length > 2 && !old.trim().includes('\n');
  const text = JSON.stringify(value, null, indent ?? own ?? (dense ? 0 : 2));
  return old === null || old.trim() === '' || old.endsWith('\n') ? `${text}\n` : text;
}
