// `tsrun explain HOST --task NAME PLAYBOOK...`: why the task runs there or not, as far as the files tell. It connects to nothing.
import { createRedactor } from '../core/secret.ts';
import type { Visited } from '../language/check/state.ts';
import { endsBefore, explainTask, noTask, tasksCalled } from '../language/explain-task.ts';
import { complain } from './complain.ts';
import { noHost } from './inventory.ts';
import { type CommandLine, one } from './parse.ts';
import { readSite } from './read-site.ts';
import type { World } from './world.ts';

export async function explainTaskVerb(written: CommandLine, world: World): Promise<number> {
  const [name = '', ...playbooks] = written.words;
  const redactor = createRedactor();
  const visits: Visited[] = [];
  // All tasks are looked at: what --tags leave out is one of the answers.
  const all = { tags: ['all', 'never'], skipTags: [], redactor, visit: (place: Visited) => void visits.push(place) };
  const { line, request, loaded, mistakes, sources } = await readSite(written, playbooks, world, all);
  if (mistakes.length > 0) return complain(line, world, mistakes, sources);
  const { inventory } = loaded.site;
  const host = inventory.hosts.get(name);
  if (!host) return complain(line, world, [noHost(name, inventory)]);
  const wanted = one(line, 'task') ?? '';
  const found = tasksCalled(wanted, visits);
  if (found.length === 0) return complain(line, world, [noTask(wanted, visits)]);
  const question = { host, selection: request, limit: request.limit, within: loaded.within(inventory) };
  const texts = found.map(place => [...explainTask(place, question), ...endsBefore(place, visits)].join('\n'));
  world.out.write(`${redactor.redact(texts.join('\n\n'))}\n`);
  return 0;
}
