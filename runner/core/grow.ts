// An inventory that a run makes larger: what the language gives to the engine for it. Types only.
import type { Inventory } from './site.ts';
import type { Fault, Vars } from './types.ts';

/** What add_host or group_by brings to a host. */
export interface Addition {
  readonly host: string;
  readonly groups: readonly string[];
  /** Groups that the groups are put into. */
  readonly parents: readonly string[];
  readonly vars: Vars;
}

/** An inventory that a run makes larger, and reads again. What the files of groups and hosts say holds for what is added too. */
export interface Grower {
  /** `changed`: the host, one of its groups or one of its variables was not there before. */
  add(one: Addition): Promise<{ readonly inventory: Inventory; readonly changed: boolean }>;
  /** All sources anew, scripts too, and what was added so far. With errors the inventory stays as it was. */
  reread(): Promise<{ readonly inventory: Inventory; readonly faults: readonly Fault[] }>;
  /** Names of variables that a group brings whom no host is in yet. */
  namesToCome(): Promise<ReadonlySet<string>>;
}
