// Variables of plays, blocks and tasks that nothing reads, and handlers that nothing notifies: warnings. Looks at whole sites alone.
import { fault } from '../../core/fault.ts';
import type { Handler, Layer, Value } from '../../core/site.ts';
import { answers, notifiedNames } from './notify.ts';
import type { Walk } from './play.ts';
import type { State } from './state.ts';

/** Read by the engine and the connections, not by expressions. */
const ofTheEngine = /^(ansible_|tsrun_|k8s_)/;
const written: ReadonlySet<string> = new Set(['play vars', 'block vars', 'task vars', 'include vars']);

export function unusedVariables(walks: readonly Walk[], state: State): void {
  const layers = new Set<Layer>(
    walks.flatMap(({ tasks, of }) => [...tasks.flatMap(task => [...task.layers]), ...of.play.layers]),
  );
  for (const layer of layers) {
    if (!written.has(layer.from)) continue;
    for (const [name, value] of layer.vars) warn(name, value, state);
  }
  const inputs = walks.flatMap(({ uses }) => uses.flatMap(({ role }) => role.inputs));
  for (const { name, span } of inputs) if (isUnread(name, state)) state.findings.add(unread(name, span));
}

const isUnread = (name: string, state: State): boolean =>
  !state.read.has(name) && !state.work.read.has(name) && !ofTheEngine.test(name);

function warn(name: string, value: Value, state: State): void {
  if (isUnread(name, state)) state.findings.add(unread(name, value.span));
}

const unread = (name: string, at: Value['span']) =>
  fault('W950', {
    what: `nothing reads "${name}"`,
    at,
    why: 'no expression or template of the site names it',
    mend: 'remove it, or correct its name',
  });

export function unusedHandlers(walks: readonly Walk[], state: State): void {
  const notified = new Set<string>();
  const all = new Map<string, Handler>();
  for (const { tasks, handlers } of walks) {
    const names = tasks.flatMap(task => task.notify.map(notifiedNames));
    if (names.some(one => one === undefined)) return;
    for (const handler of handlers) {
      const key = `${handler.span.file}:${handler.span.line}`;
      all.set(key, handler);
      if (names.some(one => one?.some(({ name }) => answers(handler, name)))) notified.add(key);
    }
  }
  for (const [key, handler] of all) {
    if (notified.has(key)) continue;
    state.findings.add(
      fault('W951', {
        what: `nothing notifies the handler "${handler.name}"`,
        at: handler.span,
        why: 'no task of the site names it',
        mend: 'remove it, or correct the name in "notify"',
      }),
    );
  }
}
