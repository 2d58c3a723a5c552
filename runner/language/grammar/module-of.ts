// Which module a task calls: its key, `action` or `local_action`. Knows names alone, no arguments.
import { didYouMean, fault } from '../../core/fault.ts';
import { shortName } from '../../core/module-name.ts';
import type { MapEntry, MapNode, YamlNode } from '../node.ts';
import { entryOf, kindName, nodeOf, scalarAt } from './fields.ts';
import { isKeyword, keywordsOf } from './keywords.ts';
import type { Work } from './work.ts';
import { isWord, wordSchemas } from './words.ts';

export interface Call {
  /** Short name. */
  readonly module: string;
  /** As the author wrote it. */
  readonly written: string;
  /** The key of the task that names it. */
  readonly key: string;
  readonly node: YamlNode;
  readonly more: readonly YamlNode[];
  /** `local_action`. */
  readonly local: boolean;
}

export function callOf(map: MapNode, place: 'task' | 'handler', work: Work): Call | undefined {
  const calls = map.entries.filter(({ key }) => key === 'action' || key === 'local_action' || isCallable(key, place, work));
  const [first, second] = calls;
  if (!first) return noCall(map, place, work);
  if (second) {
    const why = `"${first.key}" is the module of this task already`;
    work.faults.push(
      fault('E209', {
        what: `a second module "${second.key}" in one task`,
        at: second.keySpan,
        why,
        mend: 'make it a task of its own, with a dash before it',
      }),
    );
  }
  const call = first.key === 'action' || first.key === 'local_action' ? actionCall(first, map, work) : plainCall(first, map);
  if (call && !isWord(call.module)) work.wanted.add(call.module);
  return call && second ? { ...call, key: call.key } : call;
}

const isCallable = (key: string, place: 'task' | 'handler', work: Work): boolean =>
  !isKeyword(place, key) && (isWord(shortName(key)) || work.moduleNames.has(shortName(key)));

function plainCall({ key, value }: MapEntry, map: MapNode): Call {
  const more = nodeOf(map, 'args');
  return { module: shortName(key), written: key, key, node: value, more: more ? [more] : [], local: false };
}

/** `action: copy src=a`, `action: {module: copy, src: a}`. */
function actionCall({ key, value }: MapEntry, map: MapNode, work: Work): Call | undefined {
  const local = key === 'local_action';
  const args = nodeOf(map, 'args');
  const name = value.kind === 'map' ? entryOf(value, 'module')?.value : value;
  const line = name?.kind === 'scalar' && typeof name.value === 'string' ? name.value.trim() : '';
  const written = line.split(/\s/, 1)[0] ?? '';
  if (written === '' || name === undefined) {
    work.faults.push(
      fault('E208', {
        what: `"${key}" must name a module`,
        at: value.span,
        why: `it is ${kindName(value)}`,
        mend: `write "${key}: MODULE argument=value"`,
      }),
    );
    return undefined;
  }
  if (!isWord(shortName(written)) && !work.moduleNames.has(shortName(written)))
    return void work.faults.push(noModule(written, name.span, work));
  const rest = line.slice(written.length).trim();
  const node =
    value.kind === 'map' && rest === ''
      ? { ...value, entries: value.entries.filter(entry => entry.key !== 'module') }
      : scalarAt(rest === '' ? null : rest, value);
  return { module: shortName(written), written, key, node, more: args ? [args] : [], local };
}

const noModule = (name: string, at: YamlNode['span'], work: Work) => {
  const near = didYouMean(shortName(name), [...work.moduleNames, ...Object.keys(wordSchemas)]);
  return fault('E202', {
    what: `no module "${name}"`,
    at,
    why: 'neither tsrun nor the folder of modules has one of that name',
    mend: near ? `did you mean "${near}"?` : 'tsrun doc lists all modules',
  });
};

/** The key that was probably meant to be the module: not a misspelt keyword, if another one is there. */
function noCall(map: MapNode, place: 'task' | 'handler', work: Work): undefined {
  const unknown = map.entries.filter(({ key }) => !isKeyword(place, key));
  const names = [...work.moduleNames, ...Object.keys(wordSchemas)];
  const guess =
    unknown.find(({ key }) => didYouMean(shortName(key), names)) ??
    unknown.find(({ key }) => !didYouMean(key, keywordsOf(place)));
  if (guess) {
    work.faults.push(noModule(guess.key, guess.keySpan, work));
    return undefined;
  }
  if (unknown.length > 0) return undefined;
  work.faults.push(
    fault('E210', {
      what: `a ${place} without a module`,
      at: map.span,
      why: 'it has keywords alone',
      mend: 'add the module and its arguments (tsrun doc lists all modules)',
    }),
  );
  return undefined;
}
