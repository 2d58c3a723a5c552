// Which changes are guarded by themselves.
import { expect, test } from 'vitest';
import type { Change } from '../../runner/core/types.ts';
import { dangerOf } from '../../runner/execute/lockout-kinds.ts';

const change = (path: string, summary = ''): Change => ({
  summary,
  diff: { target: path, before: '', after: '' },
  touches: [`file:${path}`, 'file:/', 'unit:'],
  action: {},
});

test.each([
  ['/etc/ssh/sshd_config', ['ssh']],
  ['/etc/ssh/sshd_config.d/10-local.conf', ['ssh']],
  ['/etc/sudoers.d/deploy', ['sudo']],
  ['/etc/pam.d/sshd', ['login']],
  ['/etc/nftables.conf', ['firewall']],
  ['/etc/netplan/50-cloud-init.yaml', ['network']],
  ['/home/deploy/.ssh/authorized_keys', ['login']],
  ['/home/other/.ssh/authorized_keys', []],
  ['/root/.ssh/authorized_keys', []],
  ['/etc/hosts', []],
  ['/etc/sshd.conf', []],
])('%s endangers %j', (path, kinds) => {
  expect(dangerOf('copy', {}, [change(path)], 'deploy').kinds).toEqual(kinds);
});

test.each([
  ['service', { name: 'ssh' }, '', [], true],
  ['systemd', { name: 'sshd.service' }, '', [], true],
  ['service', { name: 'mysql' }, '', [], false],
  ['service', { name: 'firewalld' }, '', ['firewall'], true],
  ['firewalld', { port: '22/tcp' }, '', ['firewall'], false],
  ['command', {}, 'run netplan apply', [], true],
  ['command', {}, 'run ls', [], false],
])('%s %j %s is of the kinds %j; brings others into force: %s', (module, args, summary, kinds, enforces) => {
  expect(dangerOf(module, args, [change('/srv/x', summary)], 'deploy')).toMatchObject({ kinds, enforces });
});
