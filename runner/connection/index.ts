// Finds a connection by the word of `ansible_connection`. Loads each kind only when it is asked for.
import { Unreachable } from '../core/lost.ts';
import type { Connection } from '../core/types.ts';

const kinds: Readonly<Record<string, () => Promise<{ connection: Connection }>>> = {
  ssh: () => import('./ssh.ts'),
  local: () => import('./local.ts'),
  kubernetes: () => import('./kubernetes.ts'),
};

/** Ansible's names for them. */
const aliases: Readonly<Record<string, string>> = {
  smart: 'ssh',
  'ansible.builtin.ssh': 'ssh',
  'ansible.builtin.local': 'local',
  'ansible.builtin.smart': 'ssh',
};

/** Rejects with Unreachable for a kind that is not there. */
export async function connectionFor(kind: string): Promise<Connection> {
  const load = Object.hasOwn(kinds, aliases[kind] ?? kind) ? kinds[aliases[kind] ?? kind] : undefined;
  if (load === undefined) {
    throw new Unreachable({
      code: 'E600',
      what: `unknown connection "${kind}"`,
      why: `tsrun connects by ${Object.keys(kinds).join(' and ')}`,
      mend: 'set ansible_connection (or connection: in the play) to ssh or local',
    });
  }
  return (await load()).connection;
}
