// A site made of texts, loaded as a run loads it. Opens no connection.
import type { LoadRequest } from '../../runner/core/request.ts';
import type { Play, Task, TreeNode } from '../../runner/core/site.ts';
import { type Loaded, load } from '../../runner/language/load.ts';
import { moduleNames, openModules } from '../../runner/modules/index.ts';
import { scratch } from './scratch.ts';

/** Two web hosts with port 80 and 81, one database host. */
const inventory = `
all:
  children:
    web:
      hosts:
        w1: { port: 80 }
        w2: { port: 81 }
      vars: { site: example }
    db:
      hosts: { d1: }
    empty: { hosts: {} }
`;

/** `site.yaml` is loaded; `hosts.yaml` is the inventory, unless the files have one of their own. */
export async function loadSite(
  files: Readonly<Record<string, string>> | string,
  options: Partial<LoadRequest> = {},
): Promise<Loaded> {
  const written = typeof files === 'string' ? { 'site.yaml': files } : files;
  const cwd = scratch({ 'hosts.yaml': inventory, ...written });
  const request: LoadRequest = {
    playbooks: ['site.yaml'],
    inventories: ['hosts.yaml'],
    limit: null,
    tags: [],
    skipTags: [],
    extra: [],
    rolesPath: [],
    startAtTask: null,
    vault: [],
    cwd,
    env: {},
    ...options,
  };
  return load({ ...request, modules: { names: moduleNames, open: openModules } });
}

/** "CODE file:line:col" of each finding; the file only where it is not site.yaml. */
export const codesOf = ({ findings }: Loaded): string[] =>
  findings.map(
    ({ code, at }) => `${code} ${at && at.file !== 'site.yaml' ? `${at.file}:` : ''}${at ? `${at.line}:${at.col}` : '-'}`,
  );

export const isTask = (node: TreeNode): node is Task => node.kind === 'task';
export const flat = (nodes: readonly TreeNode[]): Task[] =>
  nodes.flatMap(node => (isTask(node) ? [node] : flat([...node.body, ...node.rescue, ...node.always])));
export const tasksOf = (play: Play | undefined): Task[] => (play?.sections ?? []).flatMap(({ nodes }) => flat(nodes));
/** All tasks of all plays, in order. */
export const allTasks = ({ site }: Loaded): Task[] => site.plays.flatMap(tasksOf);
