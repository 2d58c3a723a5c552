// A variable of a host in each place of a site where it may have another value: plays and tasks. Pure; prints nothing.
import type { Host, Layer, Play, Site, Task, TreeNode, Value } from '../core/site.ts';
import { showSpan } from '../core/source.ts';
import { type Explanation, explainVariable, type Later } from './explain.ts';

export interface PlacedExplanation extends Explanation {
  /** "play Web servers", "task Settings (site.yaml:9:7)"; the whole site where no place tells it apart. */
  readonly place: string;
}

/** One explanation for each set of candidates that some place of the host's plays has; what sets the name in a run is in all. */
export function explainInSite(site: Site, host: Host, variable: string): readonly PlacedExplanation[] {
  const plays = site.plays.filter(play => play.hosts.includes(host.name));
  const found = plays.flatMap(play => explainInPlay(site, play, host, variable));
  // A place that does not know a name that others know says nothing.
  const known = found.filter(one => one.candidates.length > 0);
  return known.length > 0 ? known : [{ ...explainVariable(host, variable, [site.extra]), place: 'the inventory' }];
}

function explainInPlay(site: Site, play: Play, host: Host, variable: string): readonly PlacedExplanation[] {
  const tasks = [...play.sections.flatMap(section => tasksOf(section.nodes)), ...play.handlers];
  const later = tasks.flatMap(task => setBy(task, variable));
  const places = new Map<string, PlacedExplanation>();
  const ids = new Map<Value | undefined, number>();
  const add = (layers: readonly Layer[], place: string): void => {
    const defining = layers.filter(layer => layer.vars.has(variable));
    const key = defining.map(layer => idOf(layer.vars.get(variable), ids)).join();
    if (places.has(key)) return;
    const explained = explainVariable(host, variable, [...defining, site.extra], later);
    places.set(key, { ...explained, place });
  };
  add(play.layers, `play ${play.name}`);
  for (const task of tasks) add(task.layers, `task ${task.name} (${showSpan(task.span)})`);
  return [...places.values()];
}

function idOf(value: Value | undefined, ids: Map<Value | undefined, number>): number {
  const known = ids.get(value) ?? ids.size;
  ids.set(value, known);
  return known;
}

const tasksOf = (nodes: readonly TreeNode[]): readonly Task[] =>
  nodes.flatMap(node => (node.kind === 'task' ? [node] : tasksOf([...node.body, ...node.rescue, ...node.always])));

/** What the task gives the name in a run: its register, or a set_fact. */
function setBy(task: Task, variable: string): readonly Later[] {
  const place = `"${task.name}"`;
  if (task.register === variable) return [{ level: 19, from: `register of ${place}`, at: task.span }];
  if (task.module === 'set_fact' && hasKey(task.args, variable))
    return [{ level: 19, from: `set_fact of ${place}`, at: task.span }];
  return [];
}

function hasKey(args: Value, key: string): boolean {
  if (args.is === 'map') return args.entries.some(entry => entry.key === key);
  return args.is === 'plain' && typeof args.value === 'object' && args.value !== null && Object.hasOwn(args.value, key);
}
