// What one host has learned in this run: facts, registered results, included variables. It grows here and nowhere else.
import type { Host, Knowledge, Unknown, Value } from '../core/site.ts';
import type { Vars } from '../core/types.ts';

export interface Memory {
  /** The view that expressions are evaluated on; `local` holds loop variables and the like. */
  know(local?: Vars): Knowledge;
  assign(name: string, value: unknown): void;
  /** The name will have a value that is not known (yet). */
  doubt(name: string, unknown: Unknown): void;
  addFacts(facts: Vars): void;
  clearFacts(): void;
  include(vars: ReadonlyMap<string, Value>): void;
  setMagic(magic: Vars): void;
  /** The host as the inventory has it now (add_host, group_by). */
  setHost(host: Host): void;
  /** Level 13, for the play that begins. */
  setPrompted(prompted: Vars): void;
  /** A copy to think ahead with; what it learns stays in it. */
  fork(): Memory;
}

/** Revisions are unique over all memories, so that a cache keyed by one never mixes two states. */
let revisions = 0;
export const freshRevision = (): number => ++revisions;

interface State {
  host: Host;
  facts: Vars | undefined;
  assigned: Map<string, unknown>;
  included: Map<string, Value>;
  unknown: Map<string, Unknown>;
  magic: Vars;
  prompted: Vars;
  revision: number;
}

const noVars: Vars = {};

export function createMemory(host: Host, magic: Vars = {}): Memory {
  return memoryOf({
    host,
    facts: undefined,
    assigned: new Map(),
    included: new Map(),
    unknown: new Map(),
    magic,
    prompted: noVars,
    revision: ++revisions,
  });
}

function memoryOf(s: State): Memory {
  const learn = (change: () => void): void => {
    change();
    s.revision = ++revisions;
  };
  return {
    know: (local = noVars) => ({ ...s, local, revision: local === noVars ? s.revision : ++revisions }),
    assign: (name, value) =>
      learn(() => {
        s.unknown.delete(name);
        s.assigned.set(name, value);
      }),
    doubt: (name, unknown) =>
      learn(() => {
        s.assigned.delete(name);
        s.unknown.set(name, unknown);
      }),
    addFacts: facts =>
      learn(() => {
        s.facts = { ...s.facts, ...facts };
        s.unknown.delete('ansible_facts');
      }),
    clearFacts: () =>
      learn(() => {
        s.facts = undefined;
      }),
    include: vars => learn(() => vars.forEach((value, name) => void s.included.set(name, value))),
    setMagic: magic =>
      learn(() => {
        s.magic = magic;
      }),
    setHost: host =>
      learn(() => {
        s.host = host;
      }),
    setPrompted: prompted =>
      learn(() => {
        s.prompted = prompted;
      }),
    fork: () => memoryOf({ ...s, assigned: new Map(s.assigned), included: new Map(s.included), unknown: new Map(s.unknown) }),
  };
}
