// What a function of the language is: one shape for CEL and Handlebars. Types, and the readers of arguments that all share.
import { Misuse } from '../signals.ts';

/** What functions may ask of the outside; each call names nothing that changes a host. */
export interface World {
  /** Text of a local file, searched from the task's place; throws Misuse where it is not there. */
  readFile(path: string): string;
  /** The first of the paths that exists, as an absolute path. */
  firstFound(paths: readonly string[]): string | undefined;
  /** Files that match, sorted, absolute. */
  glob(pattern: string): readonly string[];
  env(name: string): string | undefined;
  /** Hosts of a group; [] where it is empty or not there. */
  group(name: string): readonly string[];
  /** A password kept in a file of the runner, made where it is not there. */
  password(path: string, options: Readonly<Record<string, unknown>>): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** The home folder of the user who runs tsrun. */
  home(): string;
}

export interface LanguageFunction {
  /** Least and most arguments. */
  readonly args: readonly [number, number];
  /** For `tsrun doc`: the call, and what it gives. */
  readonly does: string;
  /** Numbers go in and out as doubles: 7.0 stays 7.0. */
  readonly double?: true;
  readonly run: (args: readonly unknown[], world: World) => unknown;
}
export type Functions = Readonly<Record<string, LanguageFunction>>;

const article = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`;
};

/** Text; numbers and booleans as they are printed. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Misuse(
    `it needs a text, and got ${article(value)}`,
    'write to_json(...) around a list or a map, default(x, "") around what may be null',
  );
}

/** How a value looks inside of a text: texts as they are, lists and maps as JSON, null as nothing. */
export function render(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Misuse(
    `it needs a list, and got ${article(value)}`,
    'write [x] for a list of one; dict2items(m) makes a list of a map',
  );
}

export function map(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Misuse(`it needs a map, and got ${article(value)}`, 'items2dict(l) makes a map of a list of key and value');
}

export function whole(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new Misuse(
    `it needs a whole number, and got ${typeof value === 'string' ? JSON.stringify(value) : article(value)}`,
    'write int(...) around it',
  );
}

export function number(value: unknown): number {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof found === 'number' && !Number.isNaN(found)) return found;
  throw new Misuse(
    `it needs a number, and got ${typeof value === 'string' ? JSON.stringify(value) : article(value)}`,
    'write int(...) or double(...) around it',
  );
}

/** Sets a key of a map that was made here; `__proto__` becomes a key like any other. */
export function put(into: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

/** Lists that a function makes grow no longer than this. */
export const most = 100_000;
export function bounded(length: number): void {
  if (length > most) throw new Misuse(`the result would have more than ${most} items`, 'work on a smaller list');
}
