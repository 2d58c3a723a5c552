// What a site holds, as lines: --list-hosts, --list-tasks, --list-tags. Reads the compiled site; asks no host.
import type { Block, Play, Site, Task, TreeNode } from '../core/site.ts';

export function listHosts(site: Site): readonly string[] {
  return site.plays.flatMap((play, i) => [
    heading(play, i),
    `    pattern: ${play.pattern}`,
    `    hosts (${play.hosts.length}):`,
    ...play.hosts.map(host => `      ${host}`),
  ]);
}

export function listTasks(site: Site): readonly string[] {
  return site.plays.flatMap((play, i) => [
    heading(play, i),
    '    tasks:',
    ...tasksOf(play).map(task => `      ${taskLine(task)}`),
  ]);
}

export function listTags(site: Site): readonly string[] {
  return site.plays.flatMap((play, i) => {
    return [heading(play, i), `      TASK TAGS: [${tagNames([play]).join(', ')}]`];
  });
}

/** All tags of plays and their tasks, sorted. */
export const tagNames = (plays: readonly Play[]): readonly string[] =>
  [...new Set(plays.flatMap(play => [...play.tags, ...tasksOf(play).flatMap(task => task.tags)]))].sort();

/** The names of all tasks of a site, in the order of the plays. */
export const taskNames = (site: Site): readonly string[] => [
  ...new Set(site.plays.flatMap(play => tasksOf(play).map(task => task.name))),
];

const heading = (play: Play, i: number): string =>
  `  play #${i + 1} (${play.pattern}): ${play.name}\tTAGS: [${play.tags.join(', ')}]`;

const tasksOf = (play: Play): readonly Task[] => play.sections.flatMap(section => section.nodes.flatMap(leaves));

const leaves = (node: TreeNode): readonly Task[] => (node.kind === 'task' ? [node] : blockLeaves(node));
const blockLeaves = ({ body, rescue, always }: Block): readonly Task[] => [...body, ...rescue, ...always].flatMap(leaves);

const taskLine = (task: Task): string => `${task.role ? `${task.role} : ` : ''}${task.name}\tTAGS: [${task.tags.join(', ')}]`;
