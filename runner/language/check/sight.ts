// One place on one host as the checks see it. Type and maker alone.
import type { Host, Knowledge, Play, Task } from '../../core/site.ts';
import type { Vars } from '../../core/types.ts';
import type { Scope } from '../scope.ts';
import { type State, viewOf } from './state.ts';

export interface Sight {
  readonly state: State;
  readonly play: Play;
  readonly place: Task;
  readonly host: Host;
  readonly on: Knowledge;
  readonly scope: Scope;
  /** The name that the task registers, where it judges its own result. */
  readonly itself?: string;
}

/** `pending`: names that have a value only while the task runs (an item of a loop that is not known). */
export function sightOf(
  state: State,
  play: Play,
  place: Task,
  name: string,
  local: Vars,
  pending: readonly string[],
): Sight | undefined {
  const on = viewOf(state, play, name, local, pending, place);
  return on && { state, play, place, host: on.host, on, scope: state.scopes.of(place, on) };
}
