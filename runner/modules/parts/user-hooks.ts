// How Node finds and reads a module of the user's: `tsrun/module` is the tsrun that runs, TypeScript loses its types. Text only:
// the hooks run in a thread of Node's own, from a data: URL, so that they are the same in the sources and in the package.

export interface HookData {
  /** What `import 'tsrun/module'` means. */
  readonly entry: string;
  /** The package that takes types away; not asked where Node does it itself. */
  readonly amaro: string;
  /** Files that are the user's, as the start of their URLs. */
  readonly folders: readonly string[];
  /** The builtin that reads them, in the thread of the hooks. */
  readonly reader: 'node:fs/promises';
}

const hooks = `
let data;
export const initialize = given => void (data = given);
export const resolve = (name, context, next) =>
  name === 'tsrun/module' ? { url: data.entry, shortCircuit: true } : next(name, context);
export async function load(url, context, next) {
  if (!url.endsWith('.ts') || !data.folders.some(folder => url.startsWith(folder))) return next(url, context);
  const { readFile } = await import(data.reader);
  const text = await readFile(new URL(url), 'utf8');
  const amaro = await import(data.amaro);
  const { transformSync } = amaro.default ?? amaro;
  return { format: 'module', source: transformSync(text, { mode: 'strip-only' }).code, shortCircuit: true };
}`;

export const hooksUrl = `data:text/javascript,${encodeURIComponent(hooks)}`;
