// `tsrun explain HOST VARIABLE PLAYBOOK...`: the variable at each place of the plays where it differs. It connects to nothing.
import { explainInSite } from '../language/explain-site.ts';
import { complain } from './complain.ts';
import { noHost } from './inventory.ts';
import type { CommandLine } from './parse.ts';
import { readSite } from './read-site.ts';
import type { World } from './world.ts';

export async function explainPlaces(written: CommandLine, world: World): Promise<number> {
  const [name = '', variable = '', ...playbooks] = written.words;
  const { line, loaded, mistakes, sources } = await readSite(written, playbooks, world);
  if (mistakes.length > 0) return complain(line, world, mistakes, sources);
  const { site } = loaded;
  const host = site.inventory.hosts.get(name);
  if (!host) return complain(line, world, [noHost(name, site.inventory)]);
  const found = explainInSite(site, host, variable);
  const missing = found.flatMap(one => one.faults);
  if (found.every(one => one.candidates.length === 0)) return complain(line, world, missing.slice(0, 1));
  world.out.write(`${found.map(one => [`in ${one.place}`, ...one.lines].join('\n')).join('\n\n')}\n`);
  return 0;
}
