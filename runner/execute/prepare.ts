// A task made concrete for one host (and item): rendered arguments, the probe, who asks it. Asks no host.
import type { Answer, Knowledge, Task } from '../core/site.ts';
import type { AnyModule, Become, Output, Probe, Vars } from '../core/types.ts';
import type { Observation } from '../plan/wave.ts';
import type { HostRun } from './host-run.ts';

export interface Prepared {
  readonly task: Task;
  /** Task, include path and item: what an early answer is kept under. */
  readonly key: string;
  /** Index in the loop; 0 without one. */
  readonly item: number;
  readonly module: AnyModule;
  readonly args: Vars;
  readonly probe: Probe<unknown>;
  readonly as?: Become;
  readonly environment: Readonly<Record<string, string>>;
  /** Another host to do it on. */
  readonly delegate?: string;
}

export function prepare(run: HostRun, task: Task, on: Knowledge, item: number): Answer<Prepared> {
  const { binder } = run.context;
  const args = binder.args(task, on);
  if (args.is !== 'known') return args;
  const as = binder.become(task, on);
  if (as.is !== 'known') return as;
  const environment = binder.environment(task, on);
  if (environment.is !== 'known') return environment;
  const delegate: Answer<unknown> = task.delegateTo ? binder.value(task.delegateTo, task, on) : { is: 'known', value: undefined };
  if (delegate.is !== 'known') return delegate;
  const module = run.context.module(task.module);
  return {
    is: 'known',
    value: {
      task,
      module,
      args: args.value,
      item,
      key: keyOf(run, task, item),
      probe: module.probe(args.value),
      environment: environment.value,
      ...(as.value ? { as: as.value } : {}),
      ...(delegate.value === undefined || delegate.value === on.host.name ? {} : { delegate: String(delegate.value) }),
    },
  };
}

export const keyOf = (run: HostRun, task: Task, item: number): string => [...run.prefix, task.id, item].join('.');

/** A probe that reads nothing (`command` without `creates`) has the same answer everywhere: it is not asked. */
export const isBlind = (prepared: Prepared): boolean => prepared.probe.reads.length === 0;

export const blindAnswer: Output = { code: 0, stdout: new Uint8Array(), stderr: new Uint8Array(), text: () => '' };

export interface Parsed {
  readonly state: unknown;
  readonly broken?: string;
}

/** What the probe's answer says, or why it cannot be read. */
export function parse(prepared: Prepared, { output }: Observation): Parsed {
  try {
    return { state: prepared.probe.parse(output) };
  } catch (error) {
    const said = new TextDecoder().decode(output.stderr).trim();
    return { state: null, broken: [error instanceof Error ? error.message : String(error), said].filter(Boolean).join('\n') };
  }
}
