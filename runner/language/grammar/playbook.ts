// A playbook file -> plays; import_playbook is inlined. Reads no inventory.
import { dirname, resolve } from 'node:path';
import { fault } from '../../core/fault.ts';
import { shortName } from '../../core/module-name.ts';
import type { Play } from '../../core/site.ts';
import type { Span } from '../../core/types.ts';
import type { MapEntry, MapNode, YamlNode } from '../node.ts';
import { entryOf, isEmpty, isTemplate, kindName, textOf } from './fields.ts';
import { inFile } from './import.ts';
import { inherit } from './inherit.ts';
import { knownText } from './known.ts';
import { emptyPlace, playOf } from './play.ts';
import type { Inherited, Work } from './work.ts';

export function playbookPlays(path: string, work: Work, base: Inherited = emptyPlace(path), at?: Span): Play[] {
  const node = work.files.yaml(path, work.faults, at);
  if (!node || isEmpty(node)) return [];
  if (node.kind !== 'list') {
    work.faults.push(
      fault('E208', {
        what: `${work.files.shown(path)} must be a list of plays`,
        at: node.span,
        why: `it is ${kindName(node)}`,
        mend: 'begin each play with "- hosts: ..."',
      }),
    );
    return [];
  }
  return inFile(path, at ?? node.span, work, () => node.items.flatMap(item => playsOf(item, path, base, work)));
}

function playsOf(item: YamlNode, path: string, base: Inherited, work: Work): Play[] {
  if (item.kind !== 'map') {
    if (!isEmpty(item))
      work.faults.push(
        fault('E208', {
          what: 'a play must be a map',
          at: item.span,
          why: `it is ${kindName(item)}`,
          mend: 'write "- hosts: ..." and the tasks below it',
        }),
      );
    return [];
  }
  const entry = item.entries.find(({ key }) => shortName(key) === 'import_playbook');
  if (entry) return imported(entry, item, path, base, work);
  if (!entryOf(item, 'hosts') && looksLikeTask(item, work)) return asTask(item, path, work);
  const play = playOf(item, base, work);
  return play ? [play] : [];
}

const looksLikeTask = (map: MapNode, work: Work): boolean =>
  !['tasks', 'roles', 'pre_tasks', 'post_tasks', 'handlers'].some(key => entryOf(map, key)) &&
  map.entries.some(({ key }) => work.moduleNames.has(shortName(key)));

function asTask(map: MapNode, path: string, work: Work): Play[] {
  const mend = `put it below "tasks:" of a play, or include ${work.files.shown(path)} from one`;
  work.faults.push(
    fault('E201', {
      what: 'a task where a play is expected',
      at: map.span,
      why: 'a playbook is a list of plays, and a play has "hosts"',
      mend,
    }),
  );
  return [];
}

const importWords = ['name', 'vars', 'tags', 'when'];

function imported(entry: MapEntry, map: MapNode, path: string, base: Inherited, work: Work): Play[] {
  for (const { key, keySpan } of map.entries) {
    if (key === entry.key || importWords.includes(key)) continue;
    work.faults.push(
      fault('E201', {
        what: `unknown keyword "${key}" beside import_playbook`,
        at: keySpan,
        why: `it takes ${importWords.join(', ')}`,
        mend: 'write it on the plays of the file',
      }),
    );
  }
  const own = inherit(map, base, work, { level: 12, from: 'import vars' });
  const { value } = entry;
  const file = value.kind === 'map' ? (entryOf(value, 'file')?.value ?? value) : value;
  const name = isTemplate(file)
    ? knownText('import_playbook', file, own.layers, work)
    : textOf('import_playbook', file, work.faults);
  if (name === undefined) return [];
  const target = resolve(dirname(path), name);
  if (!work.files.isFile(target)) {
    work.faults.push(
      fault('E110', {
        what: `no playbook "${name}"`,
        at: file.span,
        why: `looked for ${work.files.shown(target)}`,
        mend: 'write the file, or correct its name',
      }),
    );
    return [];
  }
  return playbookPlays(target, work, { ...own, frame: emptyPlace(target).frame }, file.span);
}
