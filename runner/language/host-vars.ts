// group_vars/ and host_vars/ beside an inventory or a playbook -> layers of variables, each file read once. Knows no group tree.
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fault } from '../core/fault.ts';
import { shownPath } from '../core/source.ts';
import type { Layer, Value } from '../core/site.ts';
import type { Fault } from '../core/types.ts';
import { readVars } from './inventory-draft.ts';
import { kindOf, type Reading, readPlain, reasonOf } from './read-source.ts';
import { parseYaml } from './yaml.ts';

/** In the order in which Ansible looks; the first that is there is read. */
const suffixes = ['', '.yml', '.yaml', '.json'] as const;
export type VarsKind = 'group_vars' | 'host_vars';

export interface VarsFolders {
  /** The layers that `folder/kind` has for the name, in file order. */
  layers(folder: string, kind: VarsKind, name: string, level: number): Promise<readonly Layer[]>;
  /** Every name that `folder/kind` has something for. */
  owners(folder: string, kind: VarsKind): readonly string[];
}

export function createVarsFolders(reading: Reading): VarsFolders {
  const listings = new Map<string, ReadonlySet<string>>();
  const files = new Map<string, Promise<ReadonlyMap<string, Value>>>();
  const listing = (folder: string): ReadonlySet<string> => {
    const known = listings.get(folder) ?? new Set(listFolder(folder, reading));
    listings.set(folder, known);
    return known;
  };
  const read = (path: string): Promise<ReadonlyMap<string, Value>> => {
    const known = files.get(path) ?? readVarsFile(path, reading);
    files.set(path, known);
    return known;
  };
  return {
    owners: (folder, kind) =>
      [...listing(join(folder, kind))].filter(name => !name.startsWith('.')).map(name => name.replace(/\.(?:ya?ml|json)$/, '')),
    async layers(folder, kind, name, level) {
      const inside = join(folder, kind);
      // A name such as ../../etc is a name, not a path.
      if (name.includes('/')) return [];
      const layers: Layer[] = [];
      for (const path of varsFiles(inside, name, listing(inside), reading)) {
        layers.push({ level, from: shownPath(path, reading.cwd), vars: await read(path) });
      }
      return layers;
    },
  };
}

/** Names in the order of their bytes, as Ansible sorts them; none where there is no folder. */
export function listFolder(folder: string, reading: Reading): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      const what = `${shownPath(folder, reading.cwd)} cannot be read`;
      reading.faults.push(fault('E101', { what, why: reasonOf(error), mend: `see: ls -ld ${folder}`, cause: error }));
    }
    return [];
  }
}

const isFolder = (path: string): boolean => kindOf(path) === 'folder';

function varsFiles(folder: string, name: string, listed: ReadonlySet<string>, reading: Reading): readonly string[] {
  const [first, ...others] = suffixes.map(suffix => name + suffix).filter(file => listed.has(file));
  if (first === undefined) return [];
  const path = join(folder, first);
  for (const other of others) reading.faults.push(...shadowed(join(folder, other), path, reading));
  return isFolder(path) ? filesBelow(path, reading) : [path];
}

/** Once a file, however many levels and hosts ask for it. */
function shadowed(path: string, by: string, reading: Reading): Fault[] {
  const what = `${shownPath(path, reading.cwd)} is not read`;
  if (reading.faults.some(found => found.code === 'W941' && found.what === what)) return [];
  const shown = shownPath(by, reading.cwd);
  const why = `${shown} is there too, and the first of NAME, NAME.yml, NAME.yaml, NAME.json counts`;
  return [fault('W941', { what, why, mend: isFolder(by) ? `move it into ${shown}/` : 'keep one of the two' })];
}

function filesBelow(folder: string, reading: Reading): string[] {
  return listFolder(folder, reading).flatMap(name => {
    if (name.startsWith('.') || name.endsWith('~')) return [];
    const path = join(folder, name);
    const suffix = extname(name);
    if (isFolder(path)) return suffix === '' ? filesBelow(path, reading) : [];
    return (suffixes as readonly string[]).includes(suffix) ? [path] : [];
  });
}

async function readVarsFile(path: string, reading: Reading): Promise<ReadonlyMap<string, Value>> {
  const from = await readPlain(path, reading);
  if (!from) return new Map();
  const { documents, faults } = parseYaml(from);
  reading.faults.push(...faults);
  const [top, second] = documents;
  if (second) reading.faults.push(notAMap(`${from.file} has more than one document`, second.span));
  if (!top || (top.kind === 'scalar' && top.value === null)) return new Map();
  if (top.kind === 'map') return readVars(top.entries, reading.faults);
  reading.faults.push(notAMap(`${from.file} is not a map of variables`, top.span));
  return new Map();
}

const notAMap = (what: string, at: Fault['at']): Fault =>
  fault('E417', { what, at, why: 'each variable is a key with its value', mend: 'write "NAME: VALUE" lines' });
