// One task or handler: keywords, module and loop -> Task. Its arguments are finished when the modules are open.
import { fault } from '../../core/fault.ts';
import type { Expression, Handler, Task, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import type { MapEntry, MapNode, YamlNode } from '../node.ts';
import { toConditions, toValue } from '../value.ts';
import { argsOfTask } from './finish.ts';
import { entryOf, isTemplate, namesOf, nodeOf, numberValue, textOf } from './fields.ts';
import { inherit, present } from './inherit.ts';
import { isKeyword, unknownKeyword } from './keywords.ts';
import { loopOf, nameOf } from './loop.ts';
import { type Call, callOf } from './module-of.ts';
import { type Inherited, nextId, type Work, withLayer } from './work.ts';
import { isWord } from './words.ts';

export interface TaskDraft {
  readonly task: Task;
  readonly call: Call;
  /** With its own keywords. */
  readonly own: Inherited;
}

/** undefined where no module can be told. */
export function taskOf(map: MapNode, above: Inherited, work: Work, place: 'task' | 'handler' = 'task'): TaskDraft | undefined {
  const { faults } = work;
  const call = callOf(map, place, work);
  for (const { key, keySpan } of map.entries)
    if (!isKeyword(place, key) && key !== call?.key && !faults.some(({ at }) => at === keySpan))
      faults.push(unknownInTask(key, keySpan, place, call));
  const own = inherit(map, above, work, { level: 17, from: 'task vars' });
  if (!call) {
    const register = nodeOf(map, 'register');
    if (register) work.lost.add(textOf('register', register, []) ?? '');
    return undefined;
  }
  checkAsync(map, call, work);
  const { loop, control, layer } = loopOf(map, faults);
  const name = nameIn(map, faults);
  const task: Task = {
    kind: 'task',
    id: nextId(work),
    module: call.module,
    isWord: isWord(call.module),
    span: map.span,
    role: above.frame.role,
    frame: above.frame,
    args: { is: 'map', entries: [], span: call.node.span },
    layers: withLayer(own.layers, layer),
    when: own.when,
    loopControl: control,
    notify: own.notify,
    tags: own.tags,
    become: own.become,
    environment: own.environment,
    // Ansible does it for the first host alone: what it adds is the whole run's.
    runOnce: own.words.runOnce ?? call.module === 'add_host',
    anyErrorsFatal: own.words.anyErrorsFatal ?? false,
    delegateFacts: own.words.delegateFacts ?? false,
    ...inheritedValues(own, call),
    ...ownValues(map, faults),
    ...present({ title: name.title, loop }),
    name: name.text ?? call.written,
  };
  argsOfTask(task, call, own, work);
  return { task, call, own };
}

const unknownInTask = (key: string, at: MapEntry['keySpan'], place: 'task' | 'handler', call: Call | undefined): Fault => {
  const found = unknownKeyword(place, key, at);
  return call ? { ...found, why: `${found.why}; the module of this ${place} is "${call.written}"` } : found;
};

const inBackground: ReadonlySet<string> = new Set(['command', 'shell', 'script']);

/** A job is one command that goes on alone; its end is read as the module async_status reads it. */
function checkAsync(map: MapNode, call: Call, work: Work): void {
  const entry = entryOf(map, 'async');
  if (!entry || (entry.value.kind === 'scalar' && entry.value.value === 0)) return;
  if (inBackground.has(call.module)) return void work.wanted.add('async_status');
  const why = `only ${[...inBackground].join(', ')} can go on by themselves: every other module looks, plans and acts with the runner`;
  const mend = 'leave "async" out ("timeout: SECONDS" bounds a task), or write the long part as a command';
  work.faults.push(fault('E220', { what: `"async" on "${call.written}"`, at: entry.keySpan, why, mend }));
}

function nameIn(map: MapNode, faults: Fault[]): { text?: string; title?: Value } {
  const node = nodeOf(map, 'name');
  if (!node) return {};
  const text = textOf('name', node, faults);
  if (text === undefined) return {};
  return isTemplate(node) ? { text, title: toValue(node, faults) } : { text };
}

function inheritedValues({ words }: Inherited, call: Call): Partial<Task> {
  const { runOnce: _, anyErrorsFatal: __, delegateFacts: ___, ...values } = words;
  return call.local ? { ...values, delegateTo: { is: 'plain', value: 'localhost', span: call.node.span } } : values;
}

type Conditions = readonly Expression[];

/** The keywords that a task does not inherit. */
function ownValues(map: MapNode, faults: Fault[]): Partial<Task> {
  const read = <T>(key: string, by: (word: string, node: YamlNode, faults: Fault[]) => T | undefined): T | undefined => {
    const node = nodeOf(map, key);
    return node && by(key, node, faults);
  };
  const conditions = (key: string): Conditions | undefined => read(key, (_, node) => toConditions(node, faults));
  return present<Partial<Task>>({
    register: read('register', nameOf),
    changedWhen: conditions('changed_when'),
    failedWhen: conditions('failed_when'),
    until: conditions('until'),
    retries: read('retries', numberValue),
    delay: read('delay', numberValue),
    async: read('async', numberValue),
    poll: read('poll', numberValue),
    revertUnlessReached: read('revert_unless_reached', (_, node) => toValue(node, faults)),
    touches: read('touches', (_, node) => toValue(node, faults)),
  });
}

/** A handler: a task with the topics that it listens to. */
export function handlerOf(map: MapNode, above: Inherited, work: Work): { handler: Handler; draft: TaskDraft } | undefined {
  const draft = taskOf(map, above, work, 'handler');
  if (!draft) return undefined;
  const topics = entryOf(map, 'listen');
  const listen = topics ? namesOf('listen', topics.value, work.faults) : [];
  if (!entryOf(map, 'name') && listen.length === 0)
    work.faults.push(
      fault('E204', { what: 'a handler without a name', at: map.span, why: 'nothing could notify it', mend: 'add "name: ..."' }),
    );
  // The arguments are filled in later, so the handler must be the task itself.
  const handler = Object.assign(draft.task, { listen }) as Handler;
  return { handler, draft };
}
