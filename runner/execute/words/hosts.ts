// add_host and group_by: hosts and groups that the plays behind this one will find.
import type { Vars } from '../../core/types.ts';
import { okay } from '../outcome.ts';
import type { Word } from './index.ts';

const listOf = (value: unknown): readonly string[] =>
  [value ?? []]
    .flat()
    .flatMap(one => String(one).split(','))
    .map(one => one.trim())
    .filter(Boolean);

export const addHost: Word = (run, _task, args) => {
  const { name, hostname, groups, group, groupname, ...vars } = args as Vars & Record<string, unknown>;
  const host = String(name ?? hostname);
  const changed = run.context.addHost(host, listOf(groups ?? groupname ?? group), vars);
  return {
    ...okay({ changed, add_host: { host_name: host, groups: listOf(groups ?? groupname ?? group), host_vars: vars } }, host),
    ...(changed ? { status: 'changed' as const } : {}),
  };
};

export const groupBy: Word = (run, _task, args) => {
  const group = String(args['key']).replaceAll(' ', '-');
  const changed = run.context.addHost(run.name, [group, ...listOf(args['parents'])], {});
  return { ...okay({ changed, add_group: group }, group), ...(changed ? { status: 'changed' as const } : {}) };
};
