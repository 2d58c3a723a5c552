// Handlers that are notified exist; hosts that tasks are delegated to exist. Runs nothing.
import { didYouMean, fault } from '../../core/fault.ts';
import type { Handler, Task, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import type { Walk } from './play.ts';
import type { State } from './state.ts';

/** Names that are written out; undefined where an expression makes them. */
export function notifiedNames(value: Value): readonly { name: string; span: Value['span'] }[] | undefined {
  if (value.is === 'plain') return ([] as unknown[]).concat(value.value).map(name => ({ name: String(name), span: value.span }));
  if (value.is !== 'list') return undefined;
  const inner = value.items.map(notifiedNames);
  return inner.every(one => one !== undefined) ? inner.flat() : undefined;
}

export function checkNotify(task: Task, { handlers, state }: Walk): void {
  for (const value of task.notify) {
    for (const { name, span } of notifiedNames(value) ?? []) {
      if (handlers.some(handler => answers(handler, name)) || state.open) continue;
      state.findings.add(noHandler(name, span, handlers));
    }
  }
}

/** A handler is found by its name, as `ROLE : NAME`, or by a topic. A name with expressions in it may be any. */
export const answers = (handler: Handler, name: string): boolean =>
  handler.name === name ||
  `${handler.role} : ${handler.name}` === name ||
  handler.listen.includes(name) ||
  handler.title !== undefined;

function noHandler(name: string, at: Value['span'], handlers: readonly Handler[]): Fault {
  const known = [...new Set(handlers.flatMap(handler => [handler.name, ...handler.listen]))];
  const near = didYouMean(name, known);
  const why =
    known.length === 0 ? 'the play has no handlers' : `the handlers of the play are ${known.map(one => `"${one}"`).join(', ')}`;
  return fault('E212', {
    what: `no handler is called "${name}"`,
    at,
    why,
    mend: near ? `did you mean "${near}"?` : 'write a handler of that name in the role or the play',
  });
}

export function checkDelegate(task: Task, state: State): void {
  const to = task.delegateTo;
  if (to?.is !== 'plain' || typeof to.value !== 'string' || state.work.addsHosts) return;
  const { hosts } = state.site.inventory;
  // An address needs no inventory.
  if (hosts.has(to.value) || /^[\d.]+$|:/.test(to.value)) return;
  const near = didYouMean(to.value, hosts.keys());
  const found = fault('E411', {
    what: `no host "${to.value}" to delegate to`,
    at: to.span,
    why: 'the inventory does not have it',
    mend: near ? `did you mean "${near}"?` : 'add it to the inventory',
  });
  state.findings.add(found);
}
