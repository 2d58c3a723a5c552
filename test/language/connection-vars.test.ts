import { describe, expect, test } from 'vitest';
import { type BecomeSaid, becomeOf, type ConnectionOptions, type Said, targetOf } from '../../runner/language/connection-vars.ts';
import { Faulty } from '../../runner/language/signals.ts';
import { sshOptions } from '../../runner/language/ssh-args.ts';

type Vars = Readonly<Record<string, unknown>>;
const options: ConnectionOptions = {
  connection: {},
  become: { become: false },
  env: { HOME: '/home/me', USER: 'me' },
  cwd: '/site',
};
const read = (vars: Vars) => (name: string) => vars[name];
const target = (vars: Vars, said: Said = {}, more: Partial<ConnectionOptions> = {}, name = 'h1') =>
  targetOf(name, said, read(vars), { ...options, ...more }).target;
const become = (vars: Vars, said: BecomeSaid = {}, more: Partial<ConnectionOptions> = {}) =>
  becomeOf(said, read(vars), { ...options, ...more });

test('without any variable it is ssh to the name, as the user who runs', () => {
  expect(target({})).toEqual({
    name: 'h1',
    connection: 'ssh',
    address: 'h1',
    port: 22,
    user: 'me',
    privateKeyFiles: ['/home/me/.ssh/id_ed25519', '/home/me/.ssh/id_ecdsa', '/home/me/.ssh/id_rsa'],
    identitiesOnly: false,
    knownHostsFiles: ['/home/me/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'],
    hostKeyChecking: 'ask',
    jump: [],
    connectTimeout: 10,
    shell: 'sh',
    options: {},
  });
});

const targets: readonly (readonly [Vars, Said, object])[] = [
  [
    { ansible_host: '10.0.0.1', ansible_port: '2222', ansible_user: 'admin' },
    {},
    { address: '10.0.0.1', port: 2222, user: 'admin' },
  ],
  [
    { ansible_ssh_host: '10.0.0.1', ansible_ssh_port: 23, ansible_ssh_user: 'old' },
    {},
    { address: '10.0.0.1', port: 23, user: 'old' },
  ],
  [{}, { remoteUser: 'play', port: 24, connection: 'local' }, { port: 24, connection: 'local' }],
  [{ ansible_user: 'var' }, { remoteUser: 'play' }, { user: 'var' }],
  [{ ansible_connection: 'smart' }, {}, { connection: 'ssh' }],
  [{ ansible_password: 'pw', ansible_ssh_private_key_file: 'keys/k' }, {}, { password: 'pw', privateKeyFiles: ['/site/keys/k'] }],
  [
    { ansible_ssh_common_args: '-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no' },
    {},
    { knownHostsFiles: ['/dev/null'], hostKeyChecking: 'no' },
  ],
  [
    { ansible_ssh_common_args: '-o IdentitiesOnly=yes -i ~/k -J a,b -o ConnectTimeout=3' },
    {},
    { identitiesOnly: true, privateKeyFiles: ['/home/me/k'], jump: ['a', 'b'], connectTimeout: 3 },
  ],
  [{ ansible_ssh_extra_args: '-oPort=5 -l me2' }, {}, { port: 5, user: 'me2' }],
  [{ ansible_host_key_checking: 'no' }, {}, { hostKeyChecking: 'no' }],
  [{ ansible_shell_executable: '/bin/bash', ansible_timeout: 4 }, {}, { shell: '/bin/bash', connectTimeout: 4 }],
  [{ k8s_context: 'lab' }, {}, { options: { context: 'lab' } }],
];
test.each(targets)('%j %j', (vars, said, found) => {
  expect(target(vars, said)).toMatchObject(found);
});

test('localhost is local unless it says otherwise', () => {
  expect(target({}, {}, {}, 'localhost').connection).toBe('local');
  expect(target({ ansible_connection: 'ssh' }, {}, {}, 'localhost').connection).toBe('ssh');
});

test('the command line comes last', () => {
  const more = {
    connection: {
      user: 'cli',
      privateKey: 'k',
      timeout: 7,
      connection: 'local',
      sshCommonArgs: '-J hop',
      password: 'p',
      hostKeyChecking: false,
    },
  };
  expect(target({}, {}, more)).toMatchObject({
    privateKeyFiles: ['/site/k'],
    connectTimeout: 7,
    connection: 'local',
    jump: ['hop'],
    password: 'p',
    hostKeyChecking: 'no',
  });
  expect(target({ ansible_user: 'var', ansible_connection: 'ssh' }, {}, more)).toMatchObject({ user: 'var', connection: 'ssh' });
});

const wrong: readonly (readonly [string, () => unknown])[] = [
  ['a port that is no number', () => target({ ansible_port: 'ssh' })],
  ['a host that is a list', () => target({ ansible_host: ['a'] })],
  ['a method that is not there', () => become({ ansible_become: true, ansible_become_method: 'runas' })],
  ['a become that says neither', () => become({ ansible_become: 'perhaps' })],
];
test.each(wrong)('%s is a fault', (_, work) => {
  expect(work).toThrow(Faulty);
});

describe('become', () => {
  const rows: readonly (readonly [Vars, BecomeSaid, object | undefined])[] = [
    [{}, {}, undefined],
    [{}, { become: true }, { user: 'root', method: 'sudo' }],
    [
      { ansible_become: 'yes', ansible_become_user: 'db', ansible_become_method: 'su', ansible_become_password: 'x' },
      {},
      { user: 'db', method: 'su', password: 'x' },
    ],
    [{ ansible_become: false }, { become: true }, undefined],
    [{}, { become: true, user: 'app', flags: '-n' }, { user: 'app', method: 'sudo', flags: '-n' }],
    [{ ansible_sudo_pass: 'y' }, { become: true }, { user: 'root', method: 'sudo', password: 'y' }],
    [{}, { become: false, user: 'app' }, undefined],
  ];
  test.each(rows)('%j %j', (vars, said, found) => {
    expect(become(vars, said)).toEqual(found);
  });
  test('of the command line', () => {
    expect(become({}, {}, { become: { become: true, user: 'app', method: 'doas', password: 'p' } })).toEqual({
      user: 'app',
      method: 'doas',
      password: 'p',
    });
    expect(become({}, { become: false }, { become: { become: true } })).toBeUndefined();
  });
});

test('ssh options that are not there are named, harmless ones are not', () => {
  expect(
    sshOptions(['-o ControlMaster=auto -o ControlPersist=60s -C -o ProxyCommand="ssh -W %h:%p gw" -o "ServerAliveInterval 30"']),
  ).toMatchObject({
    unknown: ['-C', 'ProxyCommand'],
    more: { serverAliveInterval: 30 },
  });
});
