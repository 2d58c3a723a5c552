// Entries of `roles:` and of a role's dependencies: name, keywords and params. Each runs once with the same params.
import { fault } from '../../core/fault.ts';
import type { TreeNode, Value } from '../../core/site.ts';
import type { MapNode, YamlNode } from '../node.ts';
import { findRole } from '../role.ts';
import { dataOf, toValue } from '../value.ts';
import { variableNameFault } from '../variable-name.ts';
import { entryOf, fixedText, kindName } from './fields.ts';
import { inherit, varsLayer } from './inherit.ts';
import { isKeyword } from './keywords.ts';
import { roleNodes } from './role-nodes.ts';
import type { Scope } from './tree.ts';
import type { Inherited, Work } from './work.ts';

export function roleEntryNodes(node: YamlNode, above: Inherited, work: Work, scope: Scope): TreeNode[] {
  const map: MapNode = node.kind === 'map' ? node : { kind: 'map', entries: [], span: node.span };
  const named = node.kind === 'map' ? (entryOf(map, 'role') ?? entryOf(map, 'name'))?.value : node;
  const name = named && named.kind === 'scalar' ? fixedText('role', named, work.faults) : undefined;
  if (named === undefined || name === undefined) {
    if (named?.kind !== 'scalar')
      work.faults.push(
        fault('E204', {
          what: 'an entry of "roles" without a name',
          at: node.span,
          why: `it is ${kindName(node)}`,
          mend: 'write "- role: NAME"',
        }),
      );
    return [];
  }
  const role = findRole(name, named.span, work, above.frame.playbookDir, above.frame.roleDir);
  if (!role) return [];
  const signature = `${role.dir} ${signatureOf(map)}`;
  // A role that is being read right now is a circle, and said so further on.
  if (scope.done.has(signature) && !role.allowDuplicates && !work.open.includes(role.dir)) return [];
  scope.done.add(signature);
  // `vars:` of the entry are params too, so they must not become variables of the place.
  const keywords: MapNode = { ...map, entries: map.entries.filter(({ key }) => isKeyword('role', key) && key !== 'vars') };
  const own = inherit(keywords, above, work, { level: 20, from: `params of role ${name}` });
  const use = { role, at: named.span, params: paramsOf(map, work), from: { tasks: undefined, handlers: undefined }, extra: [] };
  return roleNodes(use, own, work, scope);
}

/** What makes two uses of a role different. */
function signatureOf(map: MapNode): string {
  const { role: _, name: __, ...rest } = dataOf(map) as Record<string, unknown>;
  return JSON.stringify(rest);
}

function paramsOf(map: MapNode, work: Work): ReadonlyMap<string, Value> {
  const params = new Map(varsLayer(map, 20, 'params', work.faults)?.vars ?? []);
  for (const { key, keySpan, value } of map.entries) {
    if (isKeyword('role', key)) continue;
    const bad = variableNameFault(key, keySpan);
    if (bad) work.faults.push(bad);
    else params.set(key, toValue(value, work.faults));
  }
  return params;
}
