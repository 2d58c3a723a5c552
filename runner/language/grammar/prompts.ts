// `vars_prompt` -> what to ask before the play. Asks nothing.
import { fault } from '../../core/fault.ts';
import type { Prompt } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import type { MapNode, YamlNode } from '../node.ts';
import { toValue } from '../value.ts';
import { flagOf, itemsOf, kindName, nodeOf, textOf } from './fields.ts';
import { present } from './inherit.ts';
import { nameOf } from './loop.ts';

const words = ['name', 'prompt', 'private', 'default', 'confirm', 'encrypt', 'salt', 'salt_size', 'unsafe'];
const missing = ['confirm', 'encrypt', 'salt', 'salt_size'];

export function promptsOf(node: YamlNode | undefined, faults: Fault[]): Prompt[] {
  if (!node) return [];
  return itemsOf('vars_prompt', node, faults).flatMap(item => {
    if (item.kind === 'map') return promptOf(item, faults);
    faults.push(
      fault('E208', {
        what: 'an entry of "vars_prompt" must be a map',
        at: item.span,
        why: `it is ${kindName(item)}`,
        mend: 'write "- name: VARIABLE" and "prompt: TEXT"',
      }),
    );
    return [];
  });
}

function promptOf(map: MapNode, faults: Fault[]): Prompt[] {
  for (const { key, keySpan } of map.entries) {
    if (words.includes(key) && !missing.includes(key)) continue;
    const mend = key === 'encrypt' ? 'hash it where it is used: password_hash(x)' : 'remove it';
    faults.push(
      fault('E201', {
        what: `unknown key "${key}" in "vars_prompt"`,
        at: keySpan,
        why: 'it takes name, prompt, private, default',
        mend,
      }),
    );
  }
  const node = nodeOf(map, 'name');
  const name = node && nameOf('name', node, faults);
  if (!node)
    faults.push(
      fault('E204', {
        what: 'a prompt without a name',
        at: map.span,
        why: 'its answer would go nowhere',
        mend: 'add "name: VARIABLE"',
      }),
    );
  if (name === undefined) return [];
  const prompt = nodeOf(map, 'prompt');
  const hidden = nodeOf(map, 'private');
  const byDefault = nodeOf(map, 'default');
  return [
    present<Prompt>({
      name,
      prompt: (prompt && textOf('prompt', prompt, faults)) ?? name,
      private: (hidden && flagOf('private', hidden, faults)) ?? true,
      default: byDefault && toValue(byDefault, faults),
    }),
  ];
}
