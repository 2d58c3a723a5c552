// What ssh's own configuration gives a host. Where OpenSSH is installed, `ssh -G` is asked the same.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConnectionOptions, targetOf } from '../../runner/language/connection-vars.ts';
import { sshConfigOf } from '../../runner/language/ssh-config.ts';
import { scratch } from '../support/scratch.ts';

const config = `
# Of all hosts, and of some
Include conf.d/*.conf
Host web* !web9
  User deploy
  Port 2200
  IdentityFile ~/.ssh/id_web
  ProxyJump gate
Host gate
  HostName gate.example.net
  User jumper
  Port 2022
  IdentityFile "~/.ssh/key of gate"
Host db
  HostName %h.internal
  UserKnownHostsFile ~/.ssh/known_%n /dev/null
  StrictHostKeyChecking accept-new
  ProxyJump one@a:1,b
Match originalhost web2 user deploy
  ConnectTimeout 3
Match host db.internal
  ServerAliveInterval 7
Match exec "touch PWNED"
  Port 1
Host=quoted
  User = "the user"
Host *
  User everyone
  Port 2201
  SendEnv LANG
  ProxyCommand none
`;
const home = scratch({
  '.ssh/config': config,
  '.ssh/conf.d/a.conf': 'Host included\n  HostName 10.0.0.7\n  CertificateFile ~/.ssh/cert\n',
  'other.conf': 'Host web1\n  Port 99\n',
});
type Vars = Readonly<Record<string, unknown>>;
const options: ConnectionOptions = {
  connection: {},
  become: { become: false },
  env: { HOME: home, USER: 'me' },
  cwd: home,
  sshConfig: sshConfigOf(home),
};
const at = (file: string): string => join(home, '.ssh', file);
const targetFor = (name: string, vars: Vars = {}, connection: ConnectionOptions['connection'] = {}) =>
  targetOf(name, {}, variable => vars[variable], { ...options, connection });

describe('a host gets from ~/.ssh/config', () => {
  const gate = 'jumper@gate.example.net:2022';
  const rows: [string, Vars, object][] = [
    [
      'web1',
      {},
      { address: 'web1', user: 'deploy', port: 2200, jump: [gate], privateKeyFiles: [at('id_web'), at('key of gate')] },
    ],
    ['web2', {}, { connectTimeout: 3 }],
    ['web2', { ansible_user: 'other' }, { connectTimeout: 10, user: 'other' }],
    ['web9', {}, { user: 'everyone', port: 2201, jump: [] }],
    ['db', {}, { address: 'db.internal', knownHostsFiles: [at('known_db'), '/dev/null'], hostKeyChecking: 'accept-new' }],
    ['db', {}, { options: { serverAliveInterval: 7 }, jump: ['one@a:1', 'everyone@b:2201'] }],
    ['db', { ansible_host_key_checking: false }, { hostKeyChecking: 'no' }],
    ['included', {}, { address: '10.0.0.7', user: 'everyone' }],
    ['quoted', {}, { user: 'the user' }],
    ['x', { ansible_host: 'included' }, { name: 'x', address: '10.0.0.7' }],
    ['web1', { ansible_port: 22, ansible_ssh_common_args: '-o ProxyJump=none' }, { port: 22, jump: [] }],
    ['web1', { ansible_ssh_common_args: '-F other.conf' }, { port: 99, user: 'me', jump: [] }],
    ['web1', { ansible_ssh_common_args: '-F none' }, { port: 22, user: 'me', jump: [] }],
    ['web1', { ansible_connection: 'local' }, { port: 22, address: 'web1' }],
  ];
  it.each(rows)('%s %j', (name, vars, wanted) => {
    expect(targetFor(name, vars).target).toMatchObject(wanted);
  });

  it('less than from the command line', () => {
    expect(targetFor('web1', {}, { user: 'cli', timeout: 5 }).target).toMatchObject({
      user: 'cli',
      connectTimeout: 5,
      port: 2200,
    });
  });

  it('no program that it names, and a word on what is not honoured', () => {
    expect(targetFor('included').unknown).toEqual(['CertificateFile']);
    expect(targetFor('web1').unknown).toEqual([]);
    expect(existsSync('PWNED') || existsSync(at('PWNED'))).toBe(false);
  });

  it('nothing where there is none, and no end to a loop of jumps or includes', () => {
    const loop = scratch({ '.ssh/config': 'Include config\nHost a\n ProxyJump b\nHost b\n ProxyJump a\n' });
    const looped = targetOf('a', {}, () => undefined, { ...options, sshConfig: sshConfigOf(loop) });
    expect(looped.target.jump.length).toBeLessThan(20);
    expect(sshConfigOf('/nonexistent')({ host: 'x' }).filter(([name]) => name === 'Port')).toEqual([]);
  });
});

const ssh = ['/usr/bin/ssh', '/bin/ssh'].find(existsSync);
describe.skipIf(!ssh)('ssh -G says the same of', () => {
  it.each(['web1', 'web2', 'web9', 'gate', 'db', 'included', 'quoted', 'x'])('%s', name => {
    const file = join(home, '.ssh/config-for-ssh');
    // ssh reads ~ from the password file, and would run the program of exec.
    execFileSync(
      'sh',
      ['-c', `sed -e 's#~/#${home}/#; s#conf.d#${home}/.ssh/conf.d#; /^Match exec/,/Port 1$/d' .ssh/config >"${file}"`],
      { cwd: home },
    );
    const said = execFileSync(ssh as string, ['-G', '-F', file, name], { encoding: 'utf8' });
    const of = (word: string): string | undefined => new RegExp(`^${word} (.*)$`, 'm').exec(said)?.[1];
    const { target } = targetFor(name);
    expect([target.address, String(target.port), target.user, String(target.jump.length > 0)]).toEqual([
      of('hostname'),
      of('port'),
      of('user'),
      String(of('proxyjump') !== undefined),
    ]);
  });
});
