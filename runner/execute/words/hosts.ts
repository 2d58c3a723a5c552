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

export const addHost: Word = async (run, _task, args) => {
  const { name, hostname, groups, group, groupname, ...given } = args as Vars & Record<string, unknown>;
  const [, host = '', port] = /^([^:]+):(\d+)$/.exec(String(name ?? hostname)) ?? [undefined, String(name ?? hostname)];
  const vars = port === undefined ? given : { ansible_port: Number(port), ...given };
  const into = listOf(groups ?? groupname ?? group);
  const changed = await run.context.addHost({ host, groups: into, parents: [], vars });
  return {
    ...okay({ changed, add_host: { host_name: host, groups: into, host_vars: vars } }, host),
    ...(changed ? { status: 'changed' as const } : {}),
  };
};

export const groupBy: Word = async (run, _task, args) => {
  const group = String(args['key']).replaceAll(' ', '-');
  const parents = listOf(args['parents']).map(one => one.replaceAll(' ', '-'));
  const changed = await run.context.addHost({ host: run.name, groups: [group], parents, vars: {} });
  return { ...okay({ changed, add_group: group }, group), ...(changed ? { status: 'changed' as const } : {}) };
};
