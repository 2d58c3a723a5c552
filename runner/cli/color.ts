// Whether to colour: for a terminal, unless the user says otherwise. Pure.
import { type CommandLine, has } from './parse.ts';
import type { Out, World } from './world.ts';

export function isColored(line: CommandLine, { env }: World, out: Out): boolean {
  if (has(line, 'no-color') || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return out.isTerminal && env['TERM'] !== 'dumb';
}
