// Finds modules by their file name and imports those that a site names, one at a time. It knows no module by itself.
import { readdirSync } from 'node:fs';
import type { AnyModule, Modules } from '../core/types.ts';

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

const COLLECTIONS = [
  'ansible.builtin',
  'ansible.legacy',
  'ansible.posix',
  'community.general',
  'community.mysql',
  'kubernetes.core',
];

/** `ansible.builtin.copy` -> `copy`; a name of a collection that is not ours stays as it is. */
export function shortName(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && COLLECTIONS.includes(name.slice(0, dot)) ? name.slice(dot + 1) : name;
}

/** Imports the modules named; a name that no module has is passed over, for the caller to report. */
export async function openModules(names: Iterable<string>): Promise<Modules> {
  const open = new Map<string, AnyModule>();
  const wanted = [...new Set([...names].map(shortName))].filter(name => Object.hasOwn(importers(), name));
  await Promise.all(wanted.map(async name => open.set(name, (await importers()[name]?.())?.module as AnyModule)));
  return { names: moduleNames, get: name => open.get(shortName(name)) };
}
