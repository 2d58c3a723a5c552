// The steps of a change with the debts of its handlers around them. It talks to no host.
import type { Knowledge } from '../core/site.ts';
import type { Step } from '../core/types.ts';
import type { Done } from './apply.ts';
import { notifiedBy } from './handlers.ts';
import type { HostRun } from './host-run.ts';
import { oweStep, payStep } from './owed.ts';
import type { Prepared } from './prepare.ts';

export interface WithDebts {
  readonly steps: readonly Step[];
  /** The debts are on the host, or paid. */
  commit(): void;
  /** What was done without the steps that are ours. */
  own(done: Done): Done;
}

/** A change that notifies writes the debt first; a handler pays it last. Both travel with the deed. */
export function withDebts(run: HostRun, own: Prepared, on: Knowledge, changes: boolean, steps: readonly Step[]): WithDebts {
  const { task } = own;
  const plain: WithDebts = { steps, commit: () => undefined, own: done => done };
  if (!changes || own.delegate !== undefined || 'api' in own.probe.ask) return plain;
  const due = notifiedBy(run, task, on);
  const owed = new Set([...run.debts, ...due.map(({ id }) => id)]);
  const paid = run.inHandler && !task.loop ? run.batch.handlers.filter(({ id }) => id === task.id && owed.has(id)) : [];
  if (due.length === 0 && paid.length === 0) return plain;
  const first = due.length > 0 ? [oweStep(due)] : [];
  const last = paid.length > 0 ? [payStep(paid)] : [];
  return {
    steps: [...first, ...steps, ...last],
    commit: () => {
      for (const { id } of due) run.debts.add(id);
      for (const { id } of paid) run.debts.delete(id);
    },
    own: done => ({ ...done, outputs: done.outputs.slice(first.length, first.length + steps.length) }),
  };
}
