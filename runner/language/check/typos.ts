// Names in the parts that a value does not come to (`a && b`, `c ? d : e`, `{{#if}}`): a fault where nothing of the whole site
// defines them, for no other value of a condition would. Evaluates nothing.
import type { Expression, Site, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import { tasksIn } from '../tags.ts';
import { pathFaults } from './names.ts';
import type { Sight } from './sight.ts';
import type { State } from './state.ts';

export function typoFaults(from: Value | Expression, sight: Sight, guarded?: ReadonlySet<string>): Fault[] {
  if (sight.state.open) return [];
  return pathFaults(from, sight, guarded).filter(({ code, what }) => {
    const name = code === 'E350' ? /^"(\w+)" is not defined/.exec(what)?.[1] : undefined;
    return name !== undefined && !isWritten(name, sight.state);
  });
}

const written = new WeakMap<Site, ReadonlySet<string>>();

function isWritten(name: string, { site, assigned, included }: State): boolean {
  const known = written.get(site) ?? namesOf(site);
  written.set(site, known);
  return known.has(name) || assigned.has(name) || included.has(name);
}

function namesOf({ plays, inventory, extra }: Site): ReadonlySet<string> {
  const tasks = plays.flatMap(play => [...play.sections.flatMap(({ nodes }) => tasksIn(nodes)), ...play.handlers]);
  const layers = new Set([...tasks, ...plays, ...inventory.hosts.values()].flatMap(one => one.layers));
  return new Set([extra, ...layers].flatMap(({ vars }) => [...vars.keys()]));
}
