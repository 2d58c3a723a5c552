// Whether what one task touches may alter what another has read. Pure; it knows names, no host.
import type { Footprint } from '../core/types.ts';

/** `file:/etc/` and `unit:` cover all below them. */
const isPrefix = (print: string): boolean => print.endsWith('/') || print.endsWith(':');

function meets(a: Footprint, b: Footprint): boolean {
  if (a === '*' || b === '*' || a === b) return true;
  if (isPrefix(a) && b.startsWith(a)) return true;
  if (isPrefix(b) && a.startsWith(b)) return true;
  // A folder that comes or goes takes its own name with it: `file:/srv/` covers `file:/srv`.
  return `${a}/` === b || `${b}/` === a;
}

export const overlaps = (touches: readonly Footprint[], reads: readonly Footprint[]): boolean =>
  touches.some(touched => reads.some(read => meets(touched, read)));
