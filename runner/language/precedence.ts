// The levels of variable precedence (semantics.md 2.1) in words, and variables merged by them. Pure.
import type { Layer, Value } from '../core/site.ts';

export const levels: Readonly<Record<number, string>> = {
  1: 'role defaults',
  2: 'vars of "all" in the inventory',
  3: 'vars of a group in the inventory',
  4: 'group_vars/all beside the inventory',
  5: 'group_vars/all beside the playbook',
  6: 'group_vars beside the inventory',
  7: 'group_vars beside the playbook',
  8: 'vars of the host in the inventory',
  9: 'host_vars beside the inventory',
  10: 'host_vars beside the playbook',
  11: 'facts',
  12: 'play vars',
  13: 'vars_prompt',
  14: 'vars_files',
  15: 'role vars',
  16: 'block vars',
  17: 'task vars',
  18: 'include_vars',
  19: 'set_fact and register',
  20: 'role parameters',
  21: 'include parameters',
  22: 'extra vars (-e)',
};

/** Of one level the later layer wins. */
export function mergeLayers(layers: readonly Layer[]): ReadonlyMap<string, Value> {
  const merged = new Map<string, Value>();
  for (const layer of [...layers].sort((a, b) => a.level - b.level)) {
    for (const [name, value] of layer.vars) merged.set(name, value);
  }
  return merged;
}
