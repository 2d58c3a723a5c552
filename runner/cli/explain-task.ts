// `tsrun explain HOST --task NAME PLAYBOOK...`: why the task runs there or not, as far as the files tell. It connects to nothing.
import { isError } from '../core/fault.ts';
import { createRedactor } from '../core/secret.ts';
import type { Source } from '../core/source.ts';
import { endsBefore, explainTask, noTask, tasksCalled } from '../language/explain-task.ts';
import type { Visited } from '../language/check/state.ts';
import { load } from '../language/load.ts';
import { moduleNames, openModules } from '../modules/index.ts';
import { complain } from './complain.ts';
import { noHost } from './inventory.ts';
import { type CommandLine, one } from './parse.ts';
import { readPasswords } from './password.ts';
import { loadRequest } from './run.ts';
import { withSettings } from './settings.ts';
import type { World } from './world.ts';

export async function explainTaskVerb(written: CommandLine, world: World): Promise<number> {
  const [name = '', ...playbooks] = written.words;
  const sources = new Map<string, Source>();
  const { line } = withSettings({ ...written, words: playbooks }, world, sources);
  const { vault, faults: unread } = await readPasswords(line, world);
  const modules = { names: moduleNames, open: openModules };
  const request = loadRequest(line, world, vault);
  const redactor = createRedactor();
  const visits: Visited[] = [];
  // All tasks are looked at: what --tags leave out is one of the answers.
  const all = { ...request, tags: ['all', 'never'], skipTags: [] };
  const loaded = await load({ ...all, modules, redactor, visit: place => void visits.push(place) });
  const faults = [...line.faults, ...unread, ...loaded.findings].filter(isError);
  if (faults.length > 0) return complain(line, world, faults, new Map([...sources, ...loaded.sources]));
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
