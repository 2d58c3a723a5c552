// The verbs inventory and explain: what the inventory holds, and where a variable comes from. They connect to nothing.
import { didYouMean, fault, isError } from '../core/fault.ts';
import type { Host, Inventory, Layer } from '../core/site.ts';
import type { Source } from '../core/source.ts';
import type { Fault } from '../core/types.ts';
import { explainVariable, hostVariables, inventoryGraph, inventoryList } from '../language/explain.ts';
import { loadExtra } from '../language/extra-vars.ts';
import { loadInventory } from '../language/inventory.ts';
import { openVault } from '../language/vault.ts';
import { asJson } from '../report/text.ts';
import { complain } from './complain.ts';
import { all, type CommandLine, has, one } from './parse.ts';
import { readPasswords } from './password.ts';
import { withSettings } from './settings.ts';
import type { World } from './world.ts';

interface Loaded {
  readonly inventory: Inventory;
  readonly extra: Layer;
  readonly faults: readonly Fault[];
  readonly sources: Map<string, Source>;
}

export async function inventoryVerb(line: CommandLine, world: World): Promise<number> {
  const loaded = await read(line, world, line.words.length > 1);
  const { inventory } = loaded;
  if (loaded.faults.some(isError)) return complain(line, world, loaded.faults, loaded.sources);
  const name = one(line, 'host');
  if (name !== undefined) {
    const host = inventory.hosts.get(name);
    if (!host) return complain(line, world, [noHost(name, inventory)]);
    world.out.write(`${asJson(hostVariables(host), 2)}\n`);
  } else if (has(line, 'list')) world.out.write(`${asJson(inventoryList(inventory), 2)}\n`);
  else {
    const [group] = line.words;
    const graph = inventoryGraph(inventory, { vars: has(line, 'vars'), ...(group === undefined ? {} : { group }) });
    if (graph.faults.length > 0) return complain(line, world, graph.faults);
    world.out.write(`${graph.lines.join('\n')}\n`);
  }
  return 0;
}

export async function explainVerb(line: CommandLine, world: World): Promise<number> {
  if (has(line, 'task')) return (await import('./explain-task.ts')).explainTaskVerb(line, world);
  const [name = '', variable = '', ...playbooks] = line.words;
  if (playbooks.length > 0) return (await import('./explain-places.ts')).explainPlaces(line, world);
  const loaded = await read(line, world, line.words.length !== 2);
  if (loaded.faults.some(isError)) return complain(line, world, loaded.faults, loaded.sources);
  const host: Host | undefined = loaded.inventory.hosts.get(name);
  if (!host) return complain(line, world, [noHost(name, loaded.inventory)]);
  const explained = explainVariable(host, variable, [loaded.extra]);
  if (explained.faults.length > 0) return complain(line, world, explained.faults);
  world.out.write(`${explained.lines.join('\n')}\n`);
  return 0;
}

async function read(written: CommandLine, world: World, isMiscounted: boolean): Promise<Loaded> {
  const sources = new Map<string, Source>();
  const { line } = withSettings({ ...written, words: [] }, world, sources);
  const remember = (from: Source): void => void sources.set(from.file, from);
  const { cwd, env } = world;
  const passwords = await readPasswords(line, world);
  const { decryptText } = openVault({ sources: passwords.vault, identities: all(line, 'identity'), cwd });
  const given = { sources: all(line, 'inventory'), cwd, env, playbookDirs: [cwd], remember, decryptText };
  const { inventory, faults } = await loadInventory(given);
  const extra = await loadExtra(all(line, 'extra-vars'), { cwd, remember, decryptText });
  const wrong = [...(isMiscounted ? [miscounted(written)] : []), ...passwords.faults];
  return { inventory, extra: extra.layer, faults: [...wrong, ...line.faults, ...faults, ...extra.faults], sources };
}

const miscounted = ({ verb, words }: CommandLine): Fault =>
  fault('E463', {
    what: `tsrun ${verb} with ${words.length} words`,
    why: 'it takes other words',
    mend: `tsrun ${verb} --help shows which`,
  });

export function noHost(name: string, inventory: Inventory): Fault {
  const near = didYouMean(name, inventory.hosts.keys());
  const mend = near ? `did you mean ${near}?` : 'tsrun inventory -i INVENTORY shows the hosts';
  return fault('E463', { what: `no host "${name}"`, why: 'no inventory that was given has it', mend });
}
