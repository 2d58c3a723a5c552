// A finished draft -> Inventory: who is in which group, in which order variables win (semantics.md 2.1, levels 2 to 10).
import { dirname } from 'node:path';
import { fault } from '../core/fault.ts';
import type { GroupShape, Host, Inventory, Layer, Value } from '../core/site.ts';
import type { Span } from '../core/types.ts';
import type { VarsFolders, VarsKind } from './host-vars.ts';
import type { Draft, DraftGroup, DraftHost } from './inventory-draft.ts';

export interface Places {
  readonly sources: readonly string[];
  /** Folders of the inventories, then of the playbooks: absolute. */
  readonly folders: readonly string[];
  readonly playbookDirs: readonly string[];
}

interface Finishing {
  readonly draft: Draft;
  readonly folders: VarsFolders;
  readonly inventoryDirs: readonly string[];
  readonly playbookDirs: readonly string[];
  /** Of the first inventory. */
  readonly firstFolder: string | undefined;
  /** Group layers by level and group: made once, shared by the hosts. */
  readonly made: Map<string, readonly Layer[]>;
}

/** `before`: hosts of it are kept where their groups are the same, but for those that are `changed`. */
export async function finishInventory(
  draft: Draft,
  folders: VarsFolders,
  places: Places,
  before?: { readonly inventory: Inventory; readonly changed: string },
): Promise<Inventory> {
  settle(draft);
  const playbookDirs = [...new Set(places.playbookDirs)];
  // A folder that is both counts where it wins.
  const inventoryDirs = [...new Set(places.folders)].filter(folder => !playbookDirs.includes(folder));
  const [firstFolder] = places.folders;
  const finishing: Finishing = { draft, folders, inventoryDirs, playbookDirs, firstFolder, made: new Map() };
  const members = new Map([...draft.groups.keys()].map(name => [name, membersOf(draft, name)]));
  const groups = groupsOfHosts(draft, members);
  const hosts = new Map<string, Host>();
  for (const name of members.get('all') ?? []) {
    const host = draft.hosts.get(name) as DraftHost;
    const own = groups.get(name) ?? [];
    const known = name === before?.changed ? undefined : before?.inventory.hosts.get(name);
    hosts.set(name, known && known.groups.join(':') === own.join(':') ? known : await finishHost(finishing, host, own));
  }
  for (const name of ['localhost', '127.0.0.1', '::1']) {
    if (!hosts.has(name)) hosts.set(name, before?.inventory.hosts.get(name) ?? (await implicitHost(finishing, name)));
  }
  return { hosts, groups: members, sources: places.sources, tree: treeOf(draft) };
}

/** Every group is below `all`; a host that is in no other group is in `ungrouped`. */
function settle(draft: Draft): void {
  const all = draft.groups.get('all') as DraftGroup;
  const ungrouped = draft.groups.get('ungrouped') as DraftGroup;
  const grouped = new Set<string>();
  for (const group of draft.groups.values()) {
    if (group === all) continue;
    if (group.parents.size === 0) {
      all.children.add(group.name);
      group.parents.add('all');
    }
    if (group !== ungrouped) for (const host of group.hosts) grouped.add(host);
  }
  for (const name of draft.hosts.keys()) {
    if (grouped.has(name)) ungrouped.hosts.delete(name);
    else ungrouped.hosts.add(name);
  }
  for (const host of draft.hosts.values()) {
    // A group that is its one host under the same name can be taken for either.
    const both = draft.groups.has(host.name) && membersOf(draft, host.name).join() !== host.name;
    if (both) draft.faults.push(twoFaced(host.name, host.span));
  }
}

const twoFaced = (name: string, at: Span) =>
  fault('W940', {
    what: `"${name}" is both a group and a host`,
    at,
    why: 'a pattern of that name means the host alone',
    mend: 'rename one of the two',
  });

/** Own hosts first, then those of the children, level by level: Ansible's order. */
function membersOf(draft: Draft, name: string): readonly string[] {
  const groups = new Set([name]);
  const members = new Set<string>();
  for (const group of groups) {
    for (const child of draft.groups.get(group)?.children ?? []) groups.add(child);
    for (const host of draft.groups.get(group)?.hosts ?? []) members.add(host);
  }
  return [...members];
}

/** For each host its groups without `all`, in the order in which they are merged: depth, priority, name. */
function groupsOfHosts(draft: Draft, members: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const depths = depthsOf(draft);
  const rank = (name: string): readonly [number, number] => [depths.get(name) ?? 0, draft.groups.get(name)?.priority ?? 1];
  const names = [...members.keys()]
    .filter(name => name !== 'all')
    .sort((a, b) => {
      const [x, y] = [rank(a), rank(b)];
      return x[0] - y[0] || x[1] - y[1] || (a < b ? -1 : 1);
    });
  const groups = new Map<string, string[]>();
  for (const name of names) {
    for (const host of members.get(name) ?? []) {
      const known = groups.get(host);
      if (known) known.push(name);
      else groups.set(host, [name]);
    }
  }
  return groups;
}

/** The longest way down from `all`. There is no circle (addChild refuses them), so each group comes after all its parents. */
function depthsOf(draft: Draft): ReadonlyMap<string, number> {
  const depths = new Map([['all', 0]]);
  const waiting = new Map([...draft.groups].map(([name, { parents }]) => [name, parents.size]));
  // A map that grows at its end while it is walked: parents first.
  const ready = new Set(['all']);
  for (const name of ready) {
    for (const child of draft.groups.get(name)?.children ?? []) {
      depths.set(child, Math.max(depths.get(child) ?? 0, (depths.get(name) ?? 0) + 1));
      const left = (waiting.get(child) ?? 1) - 1;
      waiting.set(child, left);
      if (left === 0) ready.add(child);
    }
  }
  return depths;
}

function treeOf(draft: Draft): ReadonlyMap<string, GroupShape> {
  const shape = (group: DraftGroup): GroupShape => ({
    children: [...group.children],
    hosts: [...group.hosts],
  });
  return new Map([...draft.groups].map(([name, group]) => [name, shape(group)]));
}

async function finishHost(finishing: Finishing, host: DraftHost, groups: readonly string[]): Promise<Host> {
  const source = new Map<string, Value>([
    ['inventory_file', { is: 'plain', value: host.source, span: host.span }],
    ['inventory_dir', { is: 'plain', value: dirname(host.source), span: host.span }],
  ]);
  const own = [{ from: 'the inventory', vars: source }, ...host.vars].map(vars => ({ level: 8, ...vars }));
  return { name: host.name, groups, layers: await layersOf(finishing, host.name, groups, own) };
}

/** localhost that no inventory has: in no group, over a local connection, with the variables of `all`. */
async function implicitHost(finishing: Finishing, name: string): Promise<Host> {
  const span: Span = { file: 'the implicit localhost', line: 1, col: 1 };
  const vars = new Map<string, Value>([['ansible_connection', { is: 'plain', value: 'local', span }]]);
  const { firstFolder } = finishing;
  if (firstFolder !== undefined) vars.set('inventory_dir', { is: 'plain', value: firstFolder, span });
  const own = [{ level: 8, from: span.file, vars }];
  return { name, groups: [], implicit: true, layers: await layersOf(finishing, name, [], own) };
}

async function layersOf(
  finishing: Finishing,
  name: string,
  groups: readonly string[],
  own: readonly Layer[],
): Promise<readonly Layer[]> {
  const { inventoryDirs, playbookDirs } = finishing;
  const beside = (dirs: readonly string[], kind: VarsKind, names: readonly string[], level: number) =>
    filesOf(finishing, dirs, kind, names, level);
  return [
    ...inventoryVars(finishing, ['all'], 2),
    ...inventoryVars(finishing, groups, 3),
    ...(await beside(inventoryDirs, 'group_vars', ['all'], 4)),
    ...(await beside(playbookDirs, 'group_vars', ['all'], 5)),
    ...(await beside(inventoryDirs, 'group_vars', groups, 6)),
    ...(await beside(playbookDirs, 'group_vars', groups, 7)),
    ...own,
    ...(await beside(inventoryDirs, 'host_vars', [name], 9)),
    ...(await beside(playbookDirs, 'host_vars', [name], 10)),
  ];
}

function inventoryVars(finishing: Finishing, groups: readonly string[], level: number): readonly Layer[] {
  return groups.flatMap(name => {
    const key = `inventory ${name}`;
    const made = finishing.made.get(key) ?? finishing.draft.groups.get(name)?.vars.map(vars => ({ level, ...vars })) ?? [];
    finishing.made.set(key, made);
    return made;
  });
}

async function filesOf(
  finishing: Finishing,
  dirs: readonly string[],
  kind: VarsKind,
  names: readonly string[],
  level: number,
): Promise<readonly Layer[]> {
  const layers: Layer[] = [];
  for (const dir of dirs) {
    for (const name of names) {
      const key = `${kind} ${dir} ${name}`;
      const made = finishing.made.get(key) ?? (await finishing.folders.layers(dir, kind, name, level));
      finishing.made.set(key, made);
      layers.push(...made);
    }
  }
  return layers;
}
