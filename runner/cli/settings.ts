// Defaults of the command line from tsrun.yaml, TSRUN_* and ansible.cfg, put where the user gave nothing.
import { dirname } from 'node:path';
import type { Source } from '../core/source.ts';
import { readSettings } from '../language/settings.ts';
import type { CommandLine } from './parse.ts';
import type { World } from './world.ts';

interface Completed {
  readonly line: CommandLine;
  readonly settings: { readonly hostKeyChecking?: boolean };
}

export function withSettings(line: CommandLine, world: World, sources: Map<string, Source>): Completed {
  const { settings, faults } = readSettings({
    cwd: world.cwd,
    playbookDir: dirname(line.words[0] ?? '.'),
    home: world.env['HOME'],
    env: world.env,
    remember: read => void sources.set(read.file, read),
  });
  const given = new Map(line.given);
  for (const [name, value] of Object.entries(settings)) {
    const flag = name.replaceAll('_', '-');
    if (!given.has(flag) && value !== false) given.set(flag, textsOf(value));
  }
  const { host_key_checking: hostKeyChecking } = settings;
  return {
    line: { ...line, given, faults: [...line.faults, ...faults] },
    settings: hostKeyChecking === undefined ? {} : { hostKeyChecking },
  };
}

const textsOf = (value: readonly string[] | string | number | true): readonly string[] =>
  value === true ? [''] : typeof value === 'object' ? value : [String(value)];
