// The verb schema: JSON Schemas for editors, printed or written beside the site. It connects to nothing.
import { join } from 'node:path';
import { fault } from '../core/fault.ts';
import type { Fault } from '../core/types.ts';
import { editorSchemas, type SchemaName } from '../language/editor-schema.ts';
import { findUserModules, moduleNames, openModules } from '../modules/index.ts';
import { complain } from './complain.ts';
import { type CommandLine, has } from './parse.ts';
import { writeNew, writeWhole } from './place.ts';
import type { World } from './world.ts';

const FOLDER = '.tsrun/schemas';
type Schemas = ReturnType<typeof editorSchemas>;

/** Which files are of which kind, where they lie as in the README's map. */
const places: Readonly<Record<SchemaName, readonly string[]>> = {
  playbook: ['playbooks/*.yaml', 'playbooks/*.yml', 'site.yaml', 'site.yml'],
  tasks: ['roles/*/tasks.yaml', 'roles/*/handlers.yaml', 'roles/*/tasks/*.y*ml', 'roles/*/handlers/*.y*ml'],
  role: ['roles/*/role.yaml'],
  inventory: ['inventory/*.yaml', 'inventory/*.yml'],
};

export async function schemaVerb(line: CommandLine, world: World): Promise<number> {
  const schemas = editorSchemas(await allModules(world.cwd));
  const [name, ...more] = line.words;
  const wanted = Object.keys(schemas).find(one => one === name) as SchemaName | undefined;
  const isWrong = more.length > 0 || (name !== undefined && !wanted) || (name === undefined) !== has(line, 'write');
  if (isWrong) return complain(line, world, [miscalled(name)]);
  if (wanted) world.out.write(`${JSON.stringify(schemas[wanted], null, 2)}\n`);
  else await writeAll(schemas, world);
  return 0;
}

async function allModules(cwd: string): Promise<Parameters<typeof editorSchemas>[0]> {
  const users = findUserModules([cwd, join(cwd, 'playbooks')], [join(cwd, 'roles')]);
  const names = [...moduleNames(), ...users.keys()];
  const open = await openModules(names, users);
  return new Map(names.flatMap(name => (open.get(name) ? [[name, open.get(name)!] as const] : [])));
}

/** Settings of VS Code that are there already are the user's: what to add to them is printed, not written. */
async function writeAll(schemas: Schemas, world: World): Promise<void> {
  const there = await writeSchemas(world.cwd, schemas);
  world.out.write(`${FOLDER}/{${Object.keys(schemas).join(',')}}.json are written\n`);
  if (there === undefined) world.out.write('.vscode/settings.json is written\n');
  else if (!there.includes(FOLDER)) world.out.write(`.vscode/settings.json is left as it is; add to it:\n${settings()}\n`);
  world.out.write(`other editors: "# yaml-language-server: $schema=${FOLDER}/playbook.json" as the first line of a file\n`);
}

/** Writes schemas, and settings where none are; answers the settings that are there. */
export async function writeSchemas(folder: string, given?: Schemas): Promise<string | undefined> {
  const schemas = given ?? editorSchemas(await allModules(folder));
  for (const [name, schema] of Object.entries(schemas))
    await writeWhole(join(folder, FOLDER, `${name}.json`), `${JSON.stringify(schema)}\n`);
  return writeNew(join(folder, '.vscode/settings.json'), `${settings()}\n`);
}

const settings = (): string =>
  JSON.stringify(
    { 'yaml.schemas': Object.fromEntries(Object.entries(places).map(([name, globs]) => [`${FOLDER}/${name}.json`, globs])) },
    null,
    2,
  );

const miscalled = (name: string | undefined): Fault =>
  fault('E463', {
    what: name === undefined ? 'tsrun schema names no schema' : `no schema "${name}" to print`,
    why: `there are ${Object.keys(places).join(', ')}`,
    mend: 'tsrun schema --write writes all of them where editors find them; tsrun schema playbook prints one',
  });
