// Whether anything in the whole site gives a name a value, wherever it stands. Evaluates nothing.
import type { Site } from '../../core/site.ts';
import { tasksIn } from '../tags.ts';
import type { State } from './state.ts';

const written = new WeakMap<Site, ReadonlySet<string>>();

export function isWritten(name: string, { site, assigned, included }: State): boolean {
  const known = written.get(site) ?? namesOf(site);
  written.set(site, known);
  return known.has(name) || assigned.has(name) || included.has(name);
}

function namesOf({ plays, inventory, extra }: Site): ReadonlySet<string> {
  const tasks = plays.flatMap(play => [...play.sections.flatMap(({ nodes }) => tasksIn(nodes)), ...play.handlers]);
  const layers = new Set([...tasks, ...plays, ...inventory.hosts.values()].flatMap(one => one.layers));
  return new Set([extra, ...layers].flatMap(({ vars }) => [...vars.keys()]));
}
