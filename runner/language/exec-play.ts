// `tsrun exec`: a pattern, a module and its arguments -> a play of one task, by the same way as one from a file. Reads no file.
import { resolve } from 'node:path';
import type { ExecRequest } from '../core/request.ts';
import type { Play } from '../core/site.ts';
import { source } from '../core/source.ts';
import { emptyPlace, playOf } from './grammar/play.ts';
import type { Work } from './grammar/work.ts';
import { parseYaml } from './yaml.ts';

/** What a fault shows as the file. */
const name = 'the command line';

export function execPlays(request: ExecRequest, cwd: string, work: Work): readonly Play[] {
  const { files, faults } = work;
  const from = source(name, textOf(request));
  files.sources.set(name, from);
  const { documents, faults: found } = parseYaml(from);
  faults.push(...found);
  const [node] = documents;
  const play = node?.kind === 'map' ? playOf(node, emptyPlace(resolve(cwd, 'exec')), work) : undefined;
  return play ? [play] : [];
}

/** JSON texts are YAML too, and say nothing else than what was written. */
function textOf({ pattern, module, args }: ExecRequest): string {
  const quoted = (text: string): string => JSON.stringify(text);
  const given = args.trim() === '' ? '{}' : args.trimStart().startsWith('{') && !args.includes('{{') ? args : quoted(args);
  return `hosts: ${quoted(pattern)}\nname: ${quoted(pattern)}\ntasks:\n  - name: ${quoted(module)}\n    ${quoted(module)}: ${given}\n`;
}
