// Gathers what the checks find: one finding a place, with the hosts that it is true of. Prints nothing.
import type { Fault } from '../../core/types.ts';

interface Found {
  readonly fault: Fault;
  readonly hosts: Set<string>;
  /** How many hosts were looked at there. */
  readonly of: Set<string>;
}

export interface Findings {
  /** `of`: the hosts of the play; without hosts the finding is true of all. */
  add(fault: Fault, hosts?: readonly string[], of?: readonly string[]): void;
  all(): Fault[];
}

export function newFindings(): Findings {
  const found = new Map<string, Found>();
  return {
    add(fault, hosts = [], of = []) {
      const { at } = fault;
      const key = `${fault.code} ${at?.file}:${at?.line}:${at?.col} ${fault.what}`;
      const known = found.get(key) ?? { fault, hosts: new Set<string>(), of: new Set<string>() };
      for (const host of hosts) known.hosts.add(host);
      for (const host of of) known.of.add(host);
      found.set(key, known);
    },
    all: () => [...found.values()].map(withHosts),
  };
}

const named = 5;

function withHosts({ fault, hosts, of }: Found): Fault {
  if (hosts.size === of.size) return fault;
  const names = [...hosts];
  const list = names.length > named ? `${names.slice(0, named).join(', ')} and ${names.length - named} more` : names.join(', ');
  return { ...fault, why: `${fault.why} (on ${list})` };
}
