// Some of the cases once more, over ssh as a user who becomes root by a password: the way there changes nothing of what is done.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moduleNames, openModules } from '../../runner/modules/index.ts';
import { type Case, families, moduleOf, type Outcome, playCases, tasksOf, type Way } from '../support/oracle-cases.ts';
import { compare } from '../support/oracle-compare.ts';
import { type Accounts, isRoot, makeAccounts, missing, type Sshd, startSshd } from '../support/sshd.ts';

const EVERY = 14;
const modules = await openModules(moduleNames());
const runs = (one: Case): boolean =>
  !one.invalid && !one.differs && !one.needs && tasksOf(one).every(task => modules.get(moduleOf(task)));
/** Cases of the network need a server of their own, and a command run as root has another `$HOME`. */
const drawn = families()
  .filter(([family]) => family !== 'net')
  .flatMap(([family, cases]) => cases.filter(runs).map(one => [`${family}: ${one.name}`, one] as const))
  .filter((_, index) => index % EVERY === 0)
  // Ansible gives raw a terminal here, which joins stdout and stderr and ends lines with a return; tsrun keeps them apart.
  .filter(([, one]) => tasksOf(one).every(task => moduleOf(task) !== 'raw'));

function wayOf(sshd: Sshd, accounts: Accounts): Way {
  const vars = {
    ansible_connection: 'ssh',
    ansible_host: '127.0.0.1',
    ansible_port: sshd.port,
    ansible_user: accounts.locked,
    ansible_ssh_private_key_file: join(sshd.folder, 'key'),
    ansible_ssh_common_args: `-o UserKnownHostsFile=${join(sshd.folder, 'known_hosts')} -o IdentitiesOnly=yes`,
    ansible_become: true,
    ansible_become_password: accounts.password,
  };
  const inventory = join(sshd.folder, 'inventory.yaml');
  writeFileSync(inventory, JSON.stringify({ all: { hosts: { host: vars } } }));
  return { name: 'ssh', ansible: ['-i', inventory], tsrun: ['-i', inventory] };
}

const cannot = isRoot ? missing('sshd', 'sudo', 'useradd', 'chpasswd', 'ssh') : 'accounts can be made by root alone';
describe.skipIf(cannot !== '')(`over ssh, becoming root${cannot && `: ${cannot}`}`, () => {
  let sshd: Sshd | undefined;
  let accounts: Accounts | undefined;
  let outcomes: ReadonlyMap<Case, Outcome> = new Map();
  beforeAll(async () => {
    sshd = await startSshd();
    accounts = makeAccounts();
    outcomes = await playCases(
      drawn.map(([, one]) => one),
      wayOf(sshd, accounts),
    );
  }, 1_800_000);
  afterAll(async () => {
    await sshd?.stop();
    accounts?.remove();
  }, 60_000);

  it.each(drawn)('%s', (_, one) => {
    const outcome = outcomes.get(one);
    const found = outcome ? compare(outcome, module => modules.get(module)) : ['it did not run'];
    expect(found, found.join('\n')).toEqual([]);
  });
});
