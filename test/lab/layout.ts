// Names and paths of one lab: all derive from the checkout's path, so that two checkouts never collide.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where one checkout's lab keeps its things, in the file system and in the kernel. */
export interface Layout {
  readonly key: string;
  readonly state: string;
  readonly cache: string;
  readonly bridge: string;
  readonly cgroup: string;
  readonly keys: string;
  readonly addresses: string;
}

/** The layout of the checkout that this file stands in. */
export function labLayout(): Layout {
  const checkout = realpathSync(resolve(import.meta.dirname, '../..'));
  const key = createHash('sha256').update(checkout).digest('hex').slice(0, 6);
  const cache = process.env.TSRUN_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tsrun');
  const state = `/var/lib/tsrun/lab-${key}`;
  return {
    key,
    state,
    cache: join(resolve(cache), 'lab'),
    // An interface's name has at most 15 bytes.
    bridge: `tslab${key}`,
    cgroup: `tsrun-lab-${key}`,
    keys: join(state, 'keys'),
    addresses: join(checkout, 'inventory/group_vars/lab/addresses.yaml'),
  };
}
