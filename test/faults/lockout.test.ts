// Changes that lock the runner out, against a real sshd: the host takes them back by itself, and a good one stays.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missing, program, type Sshd, startSshd } from '../support/sshd.ts';
import { type Played, type Scene, scene } from '../support/run-playbook.ts';

/** Keys are made and sshd is started anew for each test, also where the machine has much else to do. */
const MINUTE = 60_000;
const lacks = missing('sshd', 'ssh-keygen');
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = join(import.meta.dirname, '../../runner/main.ts');
const guards = (): readonly string[] =>
  ['/run', homedir()].flatMap(folder => readdirSync(folder).filter(name => name.startsWith('.tsrun-guard-')));

const site = `
- hosts: all
  gather_facts: false
  tasks:
    - name: Conf
      copy: { dest: "{{ conf }}", content: "{{ good + more }}" }
      revert_unless_reached: { within: 12, reload: "{{ reload }}" }
      notify: Reload
    - { name: Wait, shell: "touch SCRATCH/now; sleep 3", when: "vars.?wait.orValue('no') == 'yes'" }
  handlers:
    - { name: Reload, shell: "{{ reload }}" }
`;

describe.skipIf(lacks !== '')(`a change of sshd's configuration${lacks && `: ${lacks}`}`, () => {
  let sshd: Sshd;
  let one: Scene;
  let good = '';
  const conf = (): string => readFileSync(join(sshd.folder, 'config'), 'utf8');
  const second = (): string => join(sshd.folder, 'second.pid');
  const play = (more: string): Promise<Played> => one.play({ load: { extra: [JSON.stringify({ more })] } });

  beforeEach(async () => {
    sshd = await startSshd();
    good = conf();
    const config = join(sshd.folder, 'config');
    const vars = {
      ansible_host: '127.0.0.1',
      ansible_port: sshd.port,
      ansible_user: userInfo().username,
      ansible_ssh_private_key_file: join(sshd.folder, 'key'),
      ansible_ssh_common_args: `-o UserKnownHostsFile=${join(sshd.folder, 'known_hosts')} -o IdentitiesOnly=yes`,
      tsrun_lock: 'none',
      conf: config,
      good,
      // A master that a broken file has ended is started anew.
      reload: `kill -HUP ${sshd.pid} || ${program} -f ${config} -o PidFile=${second()}`,
    };
    one = scene({ 'site.yaml': site, 'hosts.yaml': JSON.stringify({ all: { vars, hosts: { h1: {} } } }) });
  }, MINUTE);
  afterEach(async () => {
    if (existsSync(second())) process.kill(Number(readFileSync(second(), 'utf8')));
    await sshd.stop();
    one.end();
  }, MINUTE);

  it('that lets the runner in stays, and leaves nothing behind', async () => {
    const before = guards();
    const played = await play('# good\n');
    expect([played.code, conf()]).toEqual([0, `${good}# good\n`]);
    expect(guards()).toEqual(before);
  });

  it.each([
    ['forbids the login', `DenyUsers ${userInfo().username}\n`],
    ['is no configuration', 'Nonsense yes\n'],
  ])('that %s is taken back, and the next run gets in', async (_title, more) => {
    const before = guards();
    const played = await play(more);
    const fault = played.events.find(event => event.event === 'handler_result' && event.failed);
    expect([played.code, fault]).toMatchObject([2, { task: 'Reload', fault: { code: 'E532' } }]);
    expect(conf()).toBe(good);
    expect((await play('')).code).toBe(0);
    expect(guards()).toEqual(before);
  });

  it('is taken back when the runner is killed before it came into force', async () => {
    const argv = ['--import', tsx, main, 'site.yaml', '-i', 'hosts.yaml', '-e', JSON.stringify({ more: '# new\n', wait: 'yes' })];
    const child: ChildProcess = spawn(process.execPath, argv, {
      cwd: one.dir,
      stdio: 'ignore',
      env: { ...process.env, HOME: one.dir },
    });
    await until(() => existsSync(join(one.dir, 'now')));
    expect(conf()).toBe(`${good}# new\n`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until(() => conf() === good);
    expect(conf()).toBe(good);
    for (const name of guards()) rmSync(join(existsSync(join('/run', name)) ? '/run' : homedir(), name), { recursive: true });
  });
});

/** As long as the test may take. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(done => setTimeout(done, 100));
}
