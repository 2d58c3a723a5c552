// What a variable may be called: a name that CEL can read, and none that the run itself defines. Pure.
import { fault } from '../core/fault.ts';
import type { Fault, Span } from '../core/types.ts';
import { magicNames } from './magic.ts';

const words: ReadonlySet<string> = new Set(
  'as break const continue else false for function if import in let loop null package namespace return true var void while'.split(
    ' ',
  ),
);

/** "a name that ..." where the name cannot be a variable's. */
function reasonAgainst(name: string): string | undefined {
  if (words.has(name)) return `"${name}" is a word of the expressions`;
  if (magicNames.has(name)) return `"${name}" is defined by the run itself, which always wins`;
  return /^[A-Za-z_]\w*$/.test(name) ? undefined : 'a name has letters, digits and _ alone';
}

export function variableNameFault(name: string, at: Span): Fault | undefined {
  const why = reasonAgainst(name);
  if (!why) return undefined;
  const plain = name.replace(/\W+/g, '_');
  const better = /^\d/.test(plain) ? `_${plain}` : plain === name ? `my_${name}` : plain;
  return fault('E218', { what: `"${name}" cannot be the name of a variable`, at, why, mend: `call it ${better}` });
}
