// Loads an inventory: its sources, merged in their order, and the variables beside them and beside the playbooks.
import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fault } from '../core/fault.ts';
import type { Inventory } from '../core/site.ts';
import { type Source, shownPath } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';
import { createVarsFolders, listFolder, type VarsFolders } from './host-vars.ts';
import { addHosts, createDraft, type Draft, type DraftGroup, type Origin } from './inventory-draft.ts';
import { readIniInventory } from './inventory-ini.ts';
import { finishInventory, type Places } from './inventory-layers.ts';
import { readScriptInventory } from './inventory-script.ts';
import { readYamlInventory } from './inventory-yaml.ts';
import { type Decrypt, kindOf, type Read, type Reading, readPlain } from './read-source.ts';
import { parseYaml } from './yaml.ts';

export interface InventoryOptions {
  readonly sources: readonly string[];
  readonly cwd: string;
  readonly playbookDirs: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly read?: Read;
  readonly decryptText?: Decrypt;
  readonly remember?: (read: Source) => void;
}

interface Loading {
  readonly draft: Draft;
  readonly reading: Reading;
  readonly options: InventoryOptions;
}

/** The inventory, and what it was made of, so that it can grow. */
export interface LoadedInventory {
  readonly inventory: Inventory;
  readonly faults: Fault[];
  readonly draft: Draft;
  readonly folders: VarsFolders;
  readonly places: Places;
}

export async function loadInventory(options: InventoryOptions): Promise<LoadedInventory> {
  const faults: Fault[] = [];
  const { cwd, read, decryptText, remember } = options;
  const reading: Reading = { cwd, faults, read, decryptText, remember };
  const loading: Loading = { draft: createDraft(faults), reading, options };
  const folders: string[] = [];
  for (const written of options.sources) {
    const folder = await readGiven(loading, written);
    if (folder !== undefined) folders.push(folder);
  }
  const playbookDirs = options.playbookDirs.map(folder => resolve(cwd, folder));
  const made = {
    draft: loading.draft,
    folders: createVarsFolders(reading),
    places: { sources: options.sources, folders, playbookDirs },
  };
  return { ...made, inventory: await finishInventory(made.draft, made.folders, made.places), faults };
}

/** Reads one `-i`; answers the folder whose group_vars and host_vars belong to it. */
async function readGiven(loading: Loading, written: string): Promise<string | undefined> {
  const path = resolve(loading.options.cwd, written);
  const kind = kindOf(path);
  if (kind !== 'none') {
    await readPath(loading, path);
    return kind === 'folder' ? path : dirname(path);
  }
  if (written.includes(',')) readHostList(loading.draft, written, path);
  else loading.draft.faults.push(missing(written));
  return undefined;
}

function missing(written: string): Fault {
  const why = 'there is no such file or folder';
  const isName = /^[\w.-]+$/.test(written) && !/\.(ya?ml|ini|json)$/.test(written);
  const mend = isName ? `for a host of that name write: -i '${written},'` : 'give the path from the current folder';
  return fault('E401', { what: `the inventory ${written} is not there`, why, mend });
}

function readHostList(draft: Draft, written: string, path: string): void {
  const origin: Origin = { file: '-i', path, lenient: false };
  let col = 1;
  for (const part of written.split(',')) {
    const at: Span = { file: '-i', line: 1, col, length: Math.max(1, part.length) };
    if (part.trim() !== '') addHosts(draft, part.trim(), at, origin, draft.groups.get('ungrouped') as DraftGroup);
    col += part.length + 1;
  }
}

const ignoredSuffix = /(\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.cfg|\.retry)$/;
const ignoredName = /^(\.|(host_vars|group_vars|vars_plugins)$)/;

async function readPath(loading: Loading, path: string): Promise<void> {
  if (kindOf(path) === 'folder') return readFolder(loading, path);
  const origin: Origin = { file: shownPath(path, loading.options.cwd), path, lenient: false };
  const suffix = extname(path);
  if (isProgram(path)) {
    return readScriptInventory(loading.draft, { ...origin, lenient: true }, loading.options);
  }
  await readText(loading, origin, suffix);
}

/** Executable, and beginning as a program does: on some file systems every file is executable. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const start = Buffer.alloc(4);
      return readSync(file, start) > 0 && /^(#!|\x7fELF)/.test(start.toString('latin1'));
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

async function readFolder(loading: Loading, path: string): Promise<void> {
  for (const name of listFolder(path, loading.reading)) {
    if (ignoredName.test(name) || ignoredSuffix.test(name)) continue;
    if (name.endsWith('.ini')) loading.draft.faults.push(iniInFolder(shownPath(join(path, name), loading.options.cwd)));
    else await readPath(loading, join(path, name));
  }
}

/** Ansible leaves them out, because they were the settings of inventory scripts. */
const iniInFolder = (file: string): Fault =>
  fault('W941', {
    what: `${file} is not read`,
    why: 'a .ini file in an inventory folder is left out, as Ansible does',
    mend: `name it without ".ini", or give it by itself: -i ${file}`,
  });

async function readText(loading: Loading, origin: Origin, suffix: string): Promise<void> {
  const from = await readPlain(origin.path, loading.reading);
  if (!from) return;
  if (suffix === '.toml') {
    const mend = 'write it as YAML';
    loading.draft.faults.push(
      fault('E402', { what: `${origin.file} is a TOML inventory`, why: 'tsrun does not read TOML', mend }),
    );
  } else if (isYaml(from.text, suffix)) {
    const { documents, faults } = parseYaml(from);
    loading.draft.faults.push(...faults);
    readYamlInventory(loading.draft, documents, origin);
  } else if (from.text.startsWith('#!')) {
    const why = 'it begins as a program and is not executable';
    loading.draft.faults.push(fault('E409', { what: `${origin.file} cannot be run`, why, mend: `run: chmod +x ${origin.file}` }));
  } else readIniInventory(loading.draft, from, origin);
}

/** By its suffix; a file without one by its first line that says something. */
function isYaml(text: string, suffix: string): boolean {
  if (/^\.(ya?ml|json)$/.test(suffix)) return true;
  if (suffix === '.ini') return false;
  const line = text.split('\n').find(one => one.trim() !== '' && !/^\s*[#;]/.test(one)) ?? '';
  return /^(---|%YAML|\{|["']?[\w.-]+["']?:(\s|$))/.test(line.trim());
}
