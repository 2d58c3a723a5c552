// Finds modules by their file name and imports those that a site names, one at a time. It knows no module by itself.
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fault } from '../core/fault.ts';
import { shortName } from '../core/module-name.ts';
import type { AnyModule, Fault, Modules } from '../core/types.ts';
import { type HookData, hooksUrl } from './parts/user-hooks.ts';

type Importer = () => Promise<{ readonly module: AnyModule }>;

/** In the built package scripts/build.mjs puts the list of all modules here: name -> `() => import('./x.ts')`. */
declare const TSRUN_MODULES: Readonly<Record<string, Importer>> | undefined;

const isModuleFile = (name: string): boolean => name.endsWith('.ts') && name !== 'index.ts' && !name.endsWith('.d.ts');

function fromFolder(): Readonly<Record<string, Importer>> {
  const names = readdirSync(new URL('.', import.meta.url))
    .filter(isModuleFile)
    .map(name => name.slice(0, -3));
  return Object.fromEntries(names.sort().map(name => [name, () => import(new URL(`${name}.ts`, import.meta.url).href)]));
}

let found: Readonly<Record<string, Importer>> | undefined;
const importers = (): Readonly<Record<string, Importer>> => {
  found ??= typeof TSRUN_MODULES === 'undefined' ? fromFolder() : TSRUN_MODULES;
  return found;
};

export const moduleNames = (): readonly string[] => Object.keys(importers());

/** Modules of the user's, by name: files of `modules/` folders beside playbooks and in roles. */
export type UserModules = ReadonlyMap<string, string>;

/** Looks in each folder's `modules/`, and in that of each role in the folders of roles. One that is not there holds none;
 *  a later one wins. */
export function findUserModules(folders: readonly string[], roleFolders: readonly string[]): UserModules {
  const found = new Map<string, string>();
  const roles = roleFolders.flatMap(folder => namesIn(folder).map(role => join(folder, role)));
  for (const folder of [...roles, ...folders].map(one => join(one, 'modules'))) {
    for (const file of namesIn(folder)) {
      const name = /^([a-z][a-z0-9_]*)\.(?:m?js|ts)$/.exec(file)?.[1];
      if (name !== undefined) found.set(name, join(folder, file));
    }
  }
  return found;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

let hooked = false;

/** Once a process: from now on `tsrun/module` is this tsrun, and the user's TypeScript can be read. */
function hook(users: UserModules): void {
  if (hooked) return;
  hooked = true;
  const source = new URL('../module.ts', import.meta.url);
  const isBuilt = typeof TSRUN_MODULES !== 'undefined';
  const files = [...users.values()].map(path => pathToFileURL(path).href);
  const data: HookData = {
    entry: isBuilt ? new URL('../module.js', import.meta.url).href : source.href,
    amaro: import.meta.resolve('amaro'),
    reader: 'node:fs/promises',
    // From the sources, what `tsrun/module` imports is TypeScript too.
    folders: isBuilt ? files : [...files, new URL('.', source).href],
  };
  register(hooksUrl, { parentURL: import.meta.url, data });
}

/** Imports the modules named; a name that no module has is passed over, for the caller to report. */
export async function openModules(names: Iterable<string>, users: UserModules = new Map()): Promise<Modules> {
  const open = new Map<string, AnyModule>();
  const faults: Fault[] = [];
  const one = async (name: string): Promise<void> => {
    const path = users.get(name);
    const module = path === undefined ? (await importers()[name]?.())?.module : await userModule(name, path, users, faults);
    if (module) open.set(name, module);
  };
  await Promise.all(
    [...new Set([...names].map(shortName))].filter(name => users.has(name) || Object.hasOwn(importers(), name)).map(one),
  );
  const all = (): readonly string[] => [...moduleNames(), ...users.keys()];
  return { names: all, get: name => open.get(shortName(name)), faults };
}

async function userModule(name: string, path: string, users: UserModules, faults: Fault[]): Promise<AnyModule | undefined> {
  const broken = (why: string): undefined => {
    const mend = 'export const module = { summary, args, returns, examples, probe, plan, apply }; see docs/modules.md';
    faults.push(fault('E221', { what: `the module "${name}" cannot be used`, at: { file: path, line: 1, col: 1 }, why, mend }));
  };
  hook(users);
  try {
    const { module } = (await import(pathToFileURL(path).href)) as { readonly module?: AnyModule };
    const missing = ['args', 'returns', 'probe', 'plan', 'apply'].filter(part => !(part in (module ?? {})));
    return missing.length === 0 ? module : broken(module ? `it has no ${missing.join(', ')}` : 'it exports no "module"');
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error));
  }
}
