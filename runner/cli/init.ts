// The verb init: a project that works at once, in this folder or a new one. It overwrites nothing.
import { join, relative } from 'node:path';
import { fault } from '../core/fault.ts';
import { complain } from './complain.ts';
import { projectFiles } from './init-files.ts';
import type { CommandLine } from './parse.ts';
import { writeNew } from './place.ts';
import { writeSchemas } from './schema.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

export async function initVerb(line: CommandLine, world: World): Promise<number> {
  if (line.words.length > 1) return complain(line, world, [miscalled(line.words.length)]);
  const folder = join(world.cwd, line.words[0] ?? '.');
  const kept: string[] = [];
  for (const [name, text] of Object.entries(projectFiles(version))) {
    const there = await writeNew(join(folder, name), text);
    if (there !== undefined && there !== text) kept.push(name);
    world.out.write(`${there === undefined ? 'made' : 'kept'}  ${join(line.words[0] ?? '', name)}\n`);
  }
  await writeSchemas(folder);
  const way = relative(world.cwd, folder);
  world.out.write(
    [
      '',
      ...(kept.length > 0 ? [`${kept.length} of them were there and are left as they were.`, ''] : []),
      `What it would do:   ${way === '' ? '' : `cd ${way}; `}npx tsrun site.yaml -i inventory/hosts.yaml --check --diff`,
      'Do it:              npx tsrun site.yaml -i inventory/hosts.yaml',
      '',
    ].join('\n'),
  );
  return 0;
}

const miscalled = (words: number): ReturnType<typeof fault> =>
  fault('E463', {
    what: `tsrun init with ${words} words`,
    why: 'it takes one folder, or none for this one',
    mend: 'tsrun init my-site',
  });
