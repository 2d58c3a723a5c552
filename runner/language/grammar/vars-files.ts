// `vars_files` of a play -> layers of level 14. Names may hold extra and play variables; a list takes the first file found.
import { resolve } from 'node:path';
import { fault } from '../../core/fault.ts';
import type { Layer } from '../../core/site.ts';
import type { YamlNode } from '../node.ts';
import { isEmpty, isTemplate, itemsOf, kindName, textOf } from './fields.ts';
import { layerOf } from './inherit.ts';
import { knownText } from './known.ts';
import type { Inherited, Work } from './work.ts';

export function varsFileLayers(node: YamlNode, inherited: Inherited, work: Work): Layer[] {
  return itemsOf('vars_files', node, work.faults).flatMap(item => {
    const names = item.kind === 'list' ? item.items : [item];
    const found = names.flatMap(
      name =>
        (isTemplate(name) ? knownText('vars_files', name, inherited.layers, work) : textOf('vars_files', name, work.faults)) ??
        [],
    );
    if (found.length < names.length) return [];
    const paths = found.map(name => resolve(inherited.frame.playbookDir, name));
    const path = paths.find(work.files.isFile);
    if (path) return fileLayer(path, item, work);
    const mend = 'write the file, or correct its name';
    work.faults.push(
      fault('E110', {
        what: `no file "${found.join('", "')}"`,
        at: item.span,
        why: `looked for ${paths.map(work.files.shown).join(', ')}`,
        mend,
      }),
    );
    return [];
  });
}

export function fileLayer(path: string, at: YamlNode, work: Work, level = 14): Layer[] {
  const node = work.files.yaml(path, work.faults, at.span);
  if (!node || isEmpty(node)) return [];
  if (node.kind === 'map') return [layerOf(node, level, work.files.shown(path), work.faults)];
  work.faults.push(
    fault('E417', {
      what: `${work.files.shown(path)} is no map of variables`,
      at: node.span,
      why: `it is ${kindName(node)}`,
      mend: 'write "name: value" lines',
    }),
  );
  return [];
}
