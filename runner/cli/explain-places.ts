// `tsrun explain HOST VARIABLE PLAYBOOK...`: the variable at each place of the plays where it differs. It connects to nothing.
import { isError } from '../core/fault.ts';
import type { Source } from '../core/source.ts';
import { explainInSite } from '../language/explain-site.ts';
import { load } from '../language/load.ts';
import { moduleNames, openModules } from '../modules/index.ts';
import { complain } from './complain.ts';
import { noHost } from './inventory.ts';
import type { CommandLine } from './parse.ts';
import { readPasswords } from './password.ts';
import { loadRequest } from './run.ts';
import { withSettings } from './settings.ts';
import type { World } from './world.ts';

export async function explainPlaces(written: CommandLine, world: World): Promise<number> {
  const [name = '', variable = '', ...playbooks] = written.words;
  const sources = new Map<string, Source>();
  const { line } = withSettings({ ...written, words: playbooks }, world, sources);
  const { vault, faults: unread } = await readPasswords(line, world);
  const modules = { names: moduleNames, open: openModules };
  const { site, findings, sources: read } = await load({ ...loadRequest(line, world, vault), modules });
  const faults = [...line.faults, ...unread, ...findings].filter(isError);
  if (faults.length > 0) return complain(line, world, faults, new Map([...sources, ...read]));
  const host = site.inventory.hosts.get(name);
  if (!host) return complain(line, world, [noHost(name, site.inventory)]);
  const found = explainInSite(site, host, variable);
  const missing = found.flatMap(one => one.faults);
  if (found.every(one => one.candidates.length === 0)) return complain(line, world, missing.slice(0, 1));
  world.out.write(`${found.map(one => [`in ${one.place}`, ...one.lines].join('\n')).join('\n\n')}\n`);
  return 0;
}
