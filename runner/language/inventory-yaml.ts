// An inventory in Ansible's YAML shape (`all: hosts: children: vars:`) -> draft. Reads no file.
import { didYouMean, fault } from '../core/fault.ts';
import type { Span } from '../core/types.ts';
import {
  addChild,
  addGroup,
  addHosts,
  type Draft,
  type DraftGroup,
  type Origin,
  setGroupVars,
  setVars,
} from './inventory-draft.ts';
import type { MapEntry, YamlNode } from './node.ts';
import { textNode } from './python-literal.ts';

const sections = ['hosts', 'children', 'vars'] as const;

export function readYamlInventory(draft: Draft, documents: readonly YamlNode[], origin: Origin): void {
  const [top, second] = documents;
  if (second)
    wrongShape(draft, 'an inventory is one document', second.span, 'a second one would be left out', 'make it a file of its own');
  if (!top || isEmpty(top)) return;
  if (top.kind !== 'map') {
    wrongShape(
      draft,
      'an inventory is a map of groups',
      top.span,
      'hosts stand below a group',
      'begin with "all:", then "hosts:"',
    );
    return;
  }
  const plugin = top.entries.find(entry => entry.key === 'plugin' && entry.value.kind === 'scalar');
  if (plugin) {
    const mend = 'let an executable print it: a script with "exec ansible-inventory -i THIS_FILE --list"';
    const what = "the settings of one of Ansible's inventory plugins";
    draft.faults.push(fault('E402', { what, at: plugin.keySpan, why: 'the plugins are Python programs of Ansible', mend }));
    return;
  }
  for (const entry of top.entries) readTop(draft, entry, origin);
}

function readTop(draft: Draft, entry: MapEntry, origin: Origin): void {
  if ((sections as readonly string[]).includes(entry.key) && !draft.groups.has(entry.key)) {
    const why = `"${entry.key}" at the top would be the name of a group`;
    draft.faults.push(
      fault('E403', { what: `"${entry.key}" stands in no group`, at: entry.keySpan, why, mend: 'put "all:" above it' }),
    );
    readSection(draft, draft.groups.get('all') as DraftGroup, entry, origin);
  } else readGroup(draft, entry, origin);
}

const isEmpty = (node: YamlNode): boolean => node.kind === 'scalar' && node.value === null;

function wrongShape(draft: Draft, what: string, at: Span, why: string, mend: string): void {
  draft.faults.push(fault('E404', { what, at, why, mend }));
}

function readGroup(draft: Draft, { key, keySpan, value }: MapEntry, origin: Origin): void {
  const group = addGroup(draft, key, keySpan, origin);
  if (value.kind === 'map') for (const entry of value.entries) readSection(draft, group, entry, origin);
  else if (!isEmpty(value)) {
    wrongShape(
      draft,
      `the group "${key}" is not a map`,
      value.span,
      'a group has hosts, children and vars',
      `write "${key}:", then "hosts:" below it`,
    );
  }
}

function readSection(draft: Draft, group: DraftGroup, entry: MapEntry, origin: Origin): void {
  if (entry.key === 'hosts') readHosts(draft, group, entry.value, origin);
  else if (entry.key === 'children') readChildren(draft, group, entry.value, origin);
  else if (entry.key === 'vars') readGroupVars(draft, group, entry.value, origin);
  else {
    const near = didYouMean(entry.key, sections);
    const mend = near ? `write "${near}"` : whereItBelongs(entry);
    const what = `unknown key "${entry.key}" under the group "${group.name}"`;
    draft.faults.push(fault('E403', { what, at: entry.keySpan, why: 'a group has hosts, children and vars', mend }));
  }
}

function whereItBelongs({ key, value }: MapEntry): string {
  if (value.kind === 'map' && value.entries.some(inner => (sections as readonly string[]).includes(inner.key))) {
    return `put the group "${key}" under "children:"`;
  }
  return value.kind === 'scalar' && value.value !== null
    ? `put the variable "${key}" under "vars:"`
    : `put "${key}" under "hosts:" or "children:"`;
}

/** The entries of a section; one name alone is that name, and a list, which is a mistake, is read on as names. */
function entriesOf(draft: Draft, node: YamlNode, section: string): readonly MapEntry[] {
  if (node.kind === 'map') return node.entries;
  if (isEmpty(node)) return [];
  const names = (node.kind === 'list' ? node.items : [node]).flatMap(item =>
    item.kind === 'scalar' && item.value !== null
      ? [{ key: String(item.value), keySpan: item.span, value: textNode(null, item.span) }]
      : [],
  );
  if (node.kind === 'scalar' && typeof node.value === 'string' && !/\s/.test(node.value)) return names;
  const first = names[0]?.key.split(/\s/)[0] ?? 'NAME';
  wrongShape(
    draft,
    `"${section}" is not a map`,
    node.span,
    'each name is a key, so that it can have more below it',
    `write each as a key: "${first}:"`,
  );
  return node.kind === 'list' ? names : [];
}

function readHosts(draft: Draft, group: DraftGroup, node: YamlNode, origin: Origin): void {
  for (const { key, keySpan, value } of entriesOf(draft, node, 'hosts')) {
    const hosts = addHosts(draft, key, keySpan, origin, group);
    if (value.kind === 'map') setVars(draft, hosts, value.entries, origin);
    else if (!isEmpty(value)) {
      const shown = value.kind === 'scalar' ? String(value.value) : 'VALUE';
      const why = 'what stands below a host are its variables';
      wrongShape(
        draft,
        `the host "${key}" is not a map`,
        value.span,
        why,
        `write "${key}: { ansible_host: ${shown} }", or nothing behind it`,
      );
    }
  }
}

function readChildren(draft: Draft, group: DraftGroup, node: YamlNode, origin: Origin): void {
  for (const entry of entriesOf(draft, node, 'children')) {
    // Joined before it is read, so that a circle is found where it closes.
    addChild(draft, group, addGroup(draft, entry.key, entry.keySpan, origin), entry.keySpan);
    readGroup(draft, entry, origin);
  }
}

function readGroupVars(draft: Draft, group: DraftGroup, node: YamlNode, origin: Origin): void {
  if (node.kind === 'map') return setGroupVars(draft, group, node.entries, origin);
  if (!isEmpty(node))
    wrongShape(
      draft,
      '"vars" is not a map',
      node.span,
      'each variable is a key with its value',
      'write "NAME: VALUE" lines below it',
    );
}
