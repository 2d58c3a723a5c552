// What a variable may be called: a name that CEL can read. Pure.
import { fault } from '../core/fault.ts';
import type { Fault, Span } from '../core/types.ts';

const reserved: ReadonlySet<string> = new Set(
  (
    'as break const continue else false for function if import in let loop null package namespace return true var void while ' +
    'vars hostvars groups group_names inventory_hostname ansible_facts facts'
  ).split(' '),
);

export function variableNameFault(name: string, at: Span): Fault | undefined {
  if (/^[A-Za-z_]\w*$/.test(name) && !reserved.has(name)) return undefined;
  const better = reserved.has(name) ? `${name}_` : `${/^\d/.test(name) ? '_' : ''}${name.replace(/\W+/g, '_')}`;
  const why = reserved.has(name) ? `"${name}" has a meaning of its own in expressions` : 'a name has letters, digits and _ alone';
  return fault('E218', { what: `"${name}" cannot be the name of a variable`, at, why, mend: `call it ${better}` });
}
