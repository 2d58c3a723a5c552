// Names in the parts that a value does not come to (`a && b`, `c ? d : e`, `{{#if}}`): a fault where nothing of the whole site
// defines them, for no other value of a condition would. Evaluates nothing.
import type { Expression, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import { pathFaults } from './names.ts';
import type { Sight } from './sight.ts';
import { isWritten } from './written.ts';

export function typoFaults(from: Value | Expression, sight: Sight, guarded?: ReadonlySet<string>): Fault[] {
  if (sight.state.open) return [];
  return pathFaults(from, sight, guarded).filter(({ code, what }) => {
    const name = code === 'E350' ? /^"(\w+)" is not defined/.exec(what)?.[1] : undefined;
    return name !== undefined && !isWritten(name, sight.state);
  });
}
