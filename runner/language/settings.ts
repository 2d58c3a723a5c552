// Defaults for the command line: tsrun.yaml beside the playbook and in the user's folder, TSRUN_* over both, ansible.cfg below.
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { didYouMean, fault } from '../core/fault.ts';
import type { Source } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';
import { readAnsibleSettings } from './settings-ansible.ts';
import type { MapEntry, YamlNode } from './node.ts';
import { kindOf, type Read, type Reading, readSource } from './read-source.ts';
import { parseYaml } from './yaml.ts';

/** What each setting is; its name is that of the long flag. Paths are absolute when they come out. */
const kinds = {
  inventory: 'paths',
  forks: 'number',
  user: 'text',
  private_key: 'path',
  timeout: 'number',
  connection: 'text',
  ssh_common_args: 'text',
  connection_password_file: 'path',
  roles_path: 'paths',
  become: 'boolean',
  become_user: 'text',
  become_method: ['sudo', 'su', 'doas'],
  become_password_file: 'path',
  host_key_checking: 'boolean',
  vault_password_file: 'path',
  identity: 'path',
  output: ['human', 'ndjson', 'json', 'junit'],
  fail_on_change: 'boolean',
  diff: 'boolean',
  force_handlers: 'boolean',
  state: 'path',
} as const;

type Kinds = typeof kinds;
export type SettingName = keyof Kinds;
type SettingValue<K> = K extends 'paths'
  ? readonly string[]
  : K extends 'number'
    ? number
    : K extends 'boolean'
      ? boolean
      : K extends readonly (infer Choice)[]
        ? Choice
        : string;
export type Settings = { readonly [K in SettingName]?: SettingValue<Kinds[K]> };

export interface SettingsOptions {
  readonly cwd: string;
  /** Of the first playbook; the current folder where there is none. */
  readonly playbookDir: string;
  readonly home: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly read?: Read;
  readonly remember?: (read: Source) => void;
}

export function readSettings(options: SettingsOptions): { settings: Settings; faults: Fault[] } {
  const faults: Fault[] = [];
  const { cwd, playbookDir, home, env, read, remember } = options;
  const reading: Reading = { cwd, faults, read, remember };
  const settings: Record<string, unknown> = {};
  for (const { name, text, at } of readAnsibleSettings(cwd, reading))
    take(settings, name, text, { faults, folder: cwd, home, at });
  const config = env.XDG_CONFIG_HOME || (home && join(home, '.config'));
  const files = [...(config ? [join(config, 'tsrun', 'tsrun.yaml')] : []), join(resolve(cwd, playbookDir), 'tsrun.yaml')];
  for (const path of files) if (kindOf(path) === 'file') readFile(settings, path, reading, home);
  readVariables(settings, options, faults);
  return { settings, faults };
}

/** Where a text stands that is a setting, and what a relative path in it is relative to. */
interface Place {
  readonly faults: Fault[];
  readonly folder: string;
  readonly home: string | undefined;
  readonly at?: Span;
  /** For people: "forks in tsrun.yaml", "TSRUN_FORKS". */
  readonly called?: string;
}

function readFile(settings: Record<string, unknown>, path: string, reading: Reading, home: string | undefined): void {
  const from = readSource(path, reading);
  if (!from) return;
  const { documents, faults } = parseYaml(from);
  reading.faults.push(...faults);
  const [top] = documents;
  if (!top || (top.kind === 'scalar' && top.value === null)) return;
  if (top.kind !== 'map') {
    const mend = 'write "NAME: VALUE" lines';
    reading.faults.push(fault('E416', { what: `${from.file} is not a map`, at: top.span, why: 'each setting is a key', mend }));
    return;
  }
  for (const entry of top.entries) readEntry(settings, entry, { faults: reading.faults, folder: dirname(path), home });
}

function readEntry(settings: Record<string, unknown>, { key, keySpan, value }: MapEntry, place: Place): void {
  const name = key.replaceAll('-', '_');
  if (name in kinds) return take(settings, name as SettingName, dataOf(value), { ...place, at: value.span, called: key });
  const near = didYouMean(name, Object.keys(kinds));
  const mend = near ? `write "${near}"` : `one of: ${Object.keys(kinds).join(', ')}`;
  place.faults.push(
    fault('E416', { what: `unknown setting "${key}"`, at: keySpan, why: 'a setting has the name of a long flag', mend }),
  );
}

function dataOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  return node.kind === 'list' && node.items.every(item => item.kind === 'scalar') ? node.items.map(dataOf) : undefined;
}

function readVariables(settings: Record<string, unknown>, { env, cwd, home }: SettingsOptions, faults: Fault[]): void {
  for (const variable of Object.keys(env).sort()) {
    const text = env[variable];
    if (!variable.startsWith('TSRUN_') || text === undefined || text === '') continue;
    const name = variable.slice('TSRUN_'.length).toLowerCase();
    // An unknown one may be another program's; flags that are no defaults are read by the command line.
    if (name in kinds) take(settings, name as SettingName, text, { faults, folder: cwd, home, called: variable });
  }
}

function take(settings: Record<string, unknown>, name: SettingName, raw: unknown, place: Place): void {
  const read = convert(name, raw, place);
  if ('value' in read) settings[name] = read.value;
  else {
    const what = `${place.called ?? name} cannot be ${JSON.stringify(raw) ?? 'that'}`;
    place.faults.push(fault('E416', { what, at: place.at, why: `it takes ${read.needs}`, mend: `write ${read.needs}` }));
  }
}

type Converted = { readonly value: unknown } | { readonly needs: string };

function convert(name: SettingName, raw: unknown, place: Place): Converted {
  const kind = kinds[name];
  if (kind === 'number') {
    const number = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
    return typeof number === 'number' && Number.isInteger(number) && number > 0
      ? { value: number }
      : { needs: 'a whole number above 0' };
  }
  if (kind === 'boolean') {
    const word = typeof raw === 'string' ? raw.toLowerCase() : raw;
    if (word === true || word === 'true' || word === 'yes' || word === '1' || word === 'on') return { value: true };
    if (word === false || word === 'false' || word === 'no' || word === '0' || word === 'off') return { value: false };
    return { needs: 'true or false' };
  }
  if (kind === 'paths') return convertPaths(name, raw, place);
  if (typeof raw !== 'string' || raw === '') return { needs: 'text' };
  if (kind === 'path') return { value: pathIn(raw, place) };
  if (kind === 'text') return { value: raw };
  return (kind as readonly string[]).includes(raw) ? { value: raw } : { needs: kind.join(', ') };
}

/** A list; as one text, inventories are divided at nothing (a comma makes a list of hosts), folders of roles at colons. */
function convertPaths(name: SettingName, raw: unknown, place: Place): Converted {
  const list = typeof raw === 'string' ? (name === 'roles_path' ? raw.split(':').filter(part => part !== '') : [raw]) : raw;
  if (!Array.isArray(list) || list.length === 0 || !list.every(item => typeof item === 'string'))
    return { needs: 'a path, or a list of them' };
  return { value: list.map((item: string) => (item.includes(',') ? item : pathIn(item, place))) };
}

function pathIn(path: string, { folder, home }: Place): string {
  if (home && (path === '~' || path.startsWith('~/'))) return join(home, path.slice(1));
  return isAbsolute(path) ? path : resolve(folder, path);
}
