// An inventory that grows in a run (add_host, group_by) and is read again (meta: refresh_inventory). It reads local files alone.
import { isError } from '../core/fault.ts';
import type { Addition, Grower } from '../core/grow.ts';
import type { Host, Inventory, Value } from '../core/site.ts';
import type { Span } from '../core/types.ts';
import { type InventoryOptions, type LoadedInventory, loadInventory } from './inventory.ts';
import { addChild, addGroup, addHost, copyDraft, type Draft, type Origin } from './inventory-draft.ts';
import { finishInventory } from './inventory-layers.ts';

const nowhere: Span = { file: 'add_host', line: 1, col: 1 };
/** The names come out of a run: they are taken as they are. */
const origin: Origin = { file: 'add_host', path: 'add_host', lenient: true };

export function createGrower(loaded: LoadedInventory, options: InventoryOptions): Grower {
  const added: Addition[] = [];
  // Another run of the same site (a check run before it) begins with what the files say.
  let now = { ...loaded, draft: copyDraft(loaded.draft) };
  const take = async (one: Addition): Promise<Inventory> => {
    const { draft, folders, places, inventory } = now;
    put(draft, one);
    now = { ...now, inventory: await finishInventory(draft, folders, places, { inventory, changed: one.host }) };
    return now.inventory;
  };
  return {
    async add(one) {
      const changed = isNews(one, now.inventory);
      if (changed) added.push(one);
      return { changed, inventory: changed ? await take(one) : now.inventory };
    },
    async reread() {
      const again = await loadInventory(options);
      if (again.faults.some(isError)) return { inventory: now.inventory, faults: again.faults };
      now = again;
      for (const one of added) await take(one);
      return { inventory: now.inventory, faults: again.faults };
    },
    namesToCome: () => namesToCome(now),
  };
}

function put(draft: Draft, { host, groups, parents, vars }: Addition): void {
  const all = addGroup(draft, 'all', nowhere, origin);
  const made = addHost(draft, host, nowhere, origin, groups.length === 0 ? all : undefined);
  for (const name of groups) {
    const group = addGroup(draft, name, nowhere, origin);
    group.hosts.add(host);
    for (const parent of parents) addChild(draft, addGroup(draft, parent, nowhere, origin), group, nowhere);
  }
  const values = Object.entries(vars).map(([key, value]): [string, Value] => [key, { is: 'plain', value, span: nowhere }]);
  if (values.length > 0) made.vars.push({ from: 'add_host', vars: new Map(values) });
}

/** As Ansible counts a change: a new host, a new member of a group, a new child of a group, or another value. */
function isNews({ host, groups, parents, vars }: Addition, { hosts, tree }: Inventory): boolean {
  const known = hosts.get(host);
  if (!known || known.implicit) return true;
  if (groups.some(group => !known.groups.includes(group))) return true;
  if (parents.some(parent => groups.some(group => !tree?.get(parent)?.children.includes(group)))) return true;
  return Object.entries(vars).some(([name, value]) => JSON.stringify(ownValue(known, name)) !== JSON.stringify(value));
}

function ownValue(host: Host, name: string): unknown {
  const value = host.layers.findLast(({ level, vars }) => level === 8 && vars.has(name))?.vars.get(name);
  return value?.is === 'plain' ? value.value : undefined;
}

async function namesToCome({ draft, folders, places }: LoadedInventory): Promise<ReadonlySet<string>> {
  const names = new Set([...draft.groups.values()].flatMap(({ vars }) => vars.flatMap(one => [...one.vars.keys()])));
  const owned = [...places.folders, ...places.playbookDirs].flatMap(folder =>
    (['group_vars', 'host_vars'] as const).flatMap(kind =>
      folders.owners(folder, kind).map(owner => folders.layers(folder, kind, owner, 7)),
    ),
  );
  for (const { vars } of (await Promise.all(owned)).flat()) for (const name of vars.keys()) names.add(name);
  return names;
}
