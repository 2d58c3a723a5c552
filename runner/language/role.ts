// Finds a role and reads what it declares: inputs, defaults, vars, dependencies, files of tasks. Parses no task.
import { basename, dirname, join, resolve } from 'node:path';
import { didYouMean, fault } from '../core/fault.ts';
import type { Layer, Value } from '../core/site.ts';
import type { Fault, JsonSchema, Span } from '../core/types.ts';
import type { Files } from './files.ts';
import { mapOf } from './grammar/fields.ts';
import { layerOf } from './grammar/inherit.ts';
import type { MapNode, YamlNode } from './node.ts';
import { readDeclaration } from './role-declaration.ts';

export interface RoleInput {
  readonly name: string;
  readonly span: Span;
  /** draft-07, without `default`. */
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly unique: boolean;
  readonly secret: boolean;
}

export interface RoleCheck {
  readonly that: import('../core/site.ts').Expression;
  readonly message: string;
  readonly span: Span;
}

export interface Role {
  readonly name: string;
  readonly dir: string;
  /** Level 1. */
  readonly defaults: Layer;
  /** Level 15. */
  readonly vars: Layer;
  readonly inputs: readonly RoleInput[];
  /** Whether the inputs are the whole list, so that another param is a mistake. */
  readonly closed: boolean;
  readonly uses: readonly string[];
  readonly checks: readonly RoleCheck[];
  readonly dependencies: readonly YamlNode[];
  readonly allowDuplicates: boolean;
}

export interface RoleSearch {
  readonly files: Files;
  readonly faults: Fault[];
  readonly rolesPath: readonly string[];
  readonly roles: Map<string, Role | undefined>;
}

const ends = ['.yaml', '.yml'];

/** The file `stem.yaml`, `stem.yml` or, with an ending given, the stem itself. */
export function yamlFile(files: Files, stem: string): string | undefined {
  if (/\.ya?ml$/.test(stem)) return files.isFile(stem) ? stem : undefined;
  return ends.map(end => stem + end).find(files.isFile) ?? (files.isFile(stem) ? stem : undefined);
}

export function roleFolders(search: RoleSearch, playbookDir: string, roleDir: string | null): string[] {
  const beside = roleDir ? [dirname(roleDir)] : [];
  const paths = search.rolesPath.map(path => resolve(search.files.cwd, path));
  return [...new Set([join(playbookDir, 'roles'), join(playbookDir, '..', 'roles'), ...paths, ...beside, playbookDir])];
}

/** The role of a name (or a path), read once; undefined with a fault that lists every place tried. */
export function findRole(
  name: string,
  at: Span,
  search: RoleSearch,
  playbookDir: string,
  roleDir: string | null,
): Role | undefined {
  const folders = roleFolders(search, playbookDir, roleDir);
  const dir = folders.map(folder => resolve(folder, name)).find(search.files.isFolder);
  if (!dir) {
    const why = `looked in ${folders.map(search.files.shown).join(', ')}`;
    const near = didYouMean(name, knownRoles(search, folders));
    search.faults.push(
      fault('E213', {
        what: `no role "${name}"`,
        at,
        why,
        mend: near ? `did you mean "${near}"?` : 'put it there, or name its folder with --roles-path',
      }),
    );
    return undefined;
  }
  if (!search.roles.has(dir)) search.roles.set(dir, readRole(basename(name), dir, search));
  return search.roles.get(dir);
}

const knownRoles = (search: RoleSearch, folders: readonly string[]): string[] =>
  folders.slice(0, -1).flatMap(folder => search.files.list(folder));

function readRole(name: string, dir: string, search: RoleSearch): Role {
  const { files, faults } = search;
  const meta = mapFile(search, join(dir, 'meta', 'main'));
  const declared = readDeclaration(
    mapFile(search, join(dir, 'role')),
    mapFile(search, join(dir, 'meta', 'argument_specs')) ?? meta,
    faults,
  );
  const defaults = varsOf(search, join(dir, 'defaults', 'main'), 1, `defaults of role ${name}`);
  const inputDefaults: ReadonlyMap<string, Value> = declared.defaults;
  const dependencies = declared.dependencies ?? meta?.entries.find(({ key }) => key === 'dependencies')?.value;
  const duplicates = meta?.entries.find(({ key }) => key === 'allow_duplicates')?.value;
  if (!yamlFile(files, join(dir, 'role')) && !hasAnsibleLayout(files, dir)) {
    faults.push(
      fault('E213', {
        what: `${files.shown(dir)} is no role`,
        why: 'it has neither role.yaml nor tasks',
        mend: `write ${files.shown(join(dir, 'tasks.yaml'))}`,
      }),
    );
  }
  return {
    name,
    dir,
    defaults: { ...defaults, vars: new Map([...defaults.vars, ...inputDefaults]) },
    vars: varsOf(search, join(dir, 'vars', 'main'), 15, `vars of role ${name}`),
    inputs: declared.inputs,
    closed: declared.closed,
    uses: declared.uses,
    checks: declared.checks,
    dependencies: dependencies?.kind === 'list' ? dependencies.items : [],
    allowDuplicates: declared.allowDuplicates || (duplicates?.kind === 'scalar' && duplicates.value === true),
  };
}

const parts = ['tasks', 'tasks/main', 'handlers', 'handlers/main', 'defaults/main', 'vars/main', 'meta/main'];
const hasAnsibleLayout = (files: Files, dir: string): boolean =>
  parts.some(part => yamlFile(files, join(dir, part)) !== undefined) ||
  ['tasks', 'templates', 'files'].some(part => files.isFolder(join(dir, part)));

function mapFile(search: RoleSearch, stem: string): MapNode | undefined {
  const path = yamlFile(search.files, stem);
  const node = path && search.files.yaml(path, search.faults);
  return node ? mapOf(search.files.shown(path), node, search.faults) : undefined;
}

/** `main.yaml`, or all files of the folder `main/` in the order of their names. */
function varsOf(search: RoleSearch, stem: string, level: number, from: string): Layer {
  const names = search.files.isFolder(stem)
    ? search.files
        .list(stem)
        .filter(name => /\.ya?ml$/.test(name))
        .map(name => join(stem, name))
    : [stem];
  const maps = names.flatMap(name => mapFile(search, name) ?? []);
  const layers = maps.map(map => layerOf(map, level, from, search.faults));
  return { level, from, vars: new Map(layers.flatMap(layer => [...layer.vars])) };
}

/** A file of the role's tasks or handlers: `part/main.yaml`, `part.yaml`, or the one that `*_from` names. */
export function partFile(
  files: Files,
  role: Role,
  part: 'tasks' | 'handlers' | 'vars' | 'defaults',
  from?: string,
): string | undefined {
  if (from !== undefined) return yamlFile(files, join(role.dir, part, from)) ?? yamlFile(files, join(role.dir, from));
  return yamlFile(files, join(role.dir, part)) ?? yamlFile(files, join(role.dir, part, 'main'));
}
