// Which tasks `--tags`, `--skip-tags` and `--start-at-task` leave (semantics.md 2.3). Pure.
import { didYouMean, fault } from '../core/fault.ts';
import type { Block, Play, Task, TreeNode } from '../core/site.ts';
import type { Fault } from '../core/types.ts';

export interface Selection {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
}

const special: ReadonlySet<string> = new Set(['all', 'tagged', 'untagged', 'always', 'never']);

export function isSelected(own: readonly string[], { tags, skipTags }: Selection): boolean {
  const asked = tags.length === 0 ? ['all'] : tags;
  return isAsked(own, asked) && !isSkipped(own, skipTags);
}

function isAsked(own: readonly string[], asked: readonly string[]): boolean {
  if (own.some(tag => asked.includes(tag))) return true;
  if (own.includes('never')) return false;
  if (own.includes('always') || asked.includes('all')) return true;
  return asked.includes('tagged') ? own.length > 0 || asked.includes('untagged') : asked.includes('untagged') && own.length === 0;
}

function isSkipped(own: readonly string[], skip: readonly string[]): boolean {
  if (own.some(tag => skip.includes(tag))) return true;
  if (skip.includes('all') && !own.includes('always')) return true;
  return (skip.includes('tagged') && own.length > 0) || (skip.includes('untagged') && own.length === 0);
}

/** The nodes that are selected; a block without any is gone. */
export function selectNodes(nodes: readonly TreeNode[], selection: Selection): TreeNode[] {
  if (selection.tags.length === 0 && selection.skipTags.length === 0 && !nodes.some(hasNever)) return [...nodes];
  return nodes.flatMap((node): TreeNode[] => {
    if (node.kind === 'task') return isSelected(node.tags, selection) ? [node] : [];
    return keepBlock(node, nodes => selectNodes(nodes, selection));
  });
}

const hasNever = (node: TreeNode): boolean =>
  node.kind === 'task' ? node.tags.includes('never') : [...node.body, ...node.rescue, ...node.always].some(hasNever);

function keepBlock(block: Block, keep: (nodes: readonly TreeNode[]) => TreeNode[]): TreeNode[] {
  const kept = { ...block, body: keep(block.body), rescue: keep(block.rescue), always: keep(block.always) };
  return kept.body.length + kept.always.length === 0 ? [] : [kept];
}

export const selectPlay = (play: Play, selection: Selection): Play => ({
  ...play,
  sections: play.sections.map(section => ({ ...section, nodes: selectNodes(section.nodes, selection) })),
});

export const tasksIn = (nodes: readonly TreeNode[]): Task[] =>
  nodes.flatMap(node => (node.kind === 'task' ? [node] : tasksIn([...node.body, ...node.rescue, ...node.always])));

/** Every tag in the tasks given. */
export const tagsOf = (nodes: readonly TreeNode[]): Set<string> => new Set(tasksIn(nodes).flatMap(({ tags }) => tags));

/** A tag that no task has is a typo, and would look like success. */
export function tagFaults(selection: Selection, known: ReadonlySet<string>): Fault[] {
  const asked: readonly (readonly [string, readonly string[]])[] = [
    ['--tags', selection.tags],
    ['--skip-tags', selection.skipTags],
  ];
  return asked.flatMap(([flag, names]) =>
    names
      .filter(name => !special.has(name) && !known.has(name))
      .map(name => {
        const near = didYouMean(name, known);
        const why = known.size === 0 ? 'no task has a tag' : `the tags are ${[...known].sort().join(', ')}`;
        return fault('E450', {
          what: `no task has the tag "${name}" of ${flag}`,
          why,
          mend: near ? `did you mean "${near}"?` : 'tsrun ... --list-tags shows them',
        });
      }),
  );
}

export interface Started {
  readonly plays: Play[];
  readonly faults: Fault[];
}

/** Leaves out all before the first task of the name; a glob counts as a name. */
export function startAt(plays: readonly Play[], name: string): Started {
  const wanted = globOf(name);
  const state = { started: false };
  const keep = (nodes: readonly TreeNode[]): TreeNode[] =>
    nodes.flatMap((node): TreeNode[] => {
      if (node.kind === 'task') state.started ||= wanted.test(node.name) || wanted.test(`${node.role} : ${node.name}`);
      return node.kind === 'task' ? (state.started ? [node] : []) : keepBlock(node, keep);
    });
  const kept = plays.map(play => ({
    ...play,
    sections: play.sections.map(section => ({ ...section, nodes: keep(section.nodes) })),
  }));
  const left = kept.filter(play => play.sections.some(section => section.nodes.length > 0));
  return state.started ? { plays: left, faults: [] } : { plays: [...plays], faults: [unknownTask(plays, name)] };
}

const globOf = (name: string): RegExp =>
  new RegExp(
    `^${name
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

function unknownTask(plays: readonly Play[], name: string): Fault {
  const names = plays.flatMap(play => play.sections.flatMap(section => tasksIn(section.nodes).map(task => task.name)));
  const near = didYouMean(name, names);
  return fault('E451', {
    what: `no task is called "${name}"`,
    why: '--start-at-task would skip everything',
    mend: near ? `did you mean "${near}"?` : 'tsrun ... --list-tasks shows the names',
  });
}
