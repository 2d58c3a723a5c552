// known_hosts: what OpenSSH's own tools write is understood, and each policy does what OpenSSH does.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decide, hostKeyOrder, knownHostsFiles, remember } from '../../runner/connection/host-key.ts';
import { fingerprint, judge, parseKnownHosts } from '../../runner/connection/known-hosts.ts';
import { newKey, target } from '../support/ssh-server.ts';
import { scratch } from '../support/scratch.ts';

const blobOf = (publicKey: string): Buffer => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
const key = newKey().public.trim();
const other = newKey().public.trim();
const blob = blobOf(key);
const rsa = `ssh-rsa ${Buffer.concat([Buffer.from([0, 0, 0, 7]), Buffer.from('ssh-rsa'), Buffer.from('x')]).toString('base64')}`;

function hashed(name: string): string {
  const salt = Buffer.from('0123456789abcdefghij');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const rows: readonly (readonly [name: string, file: string, host: string, port: number, is: string])[] = [
  ['a plain name', `h1 ${key}`, 'h1', 22, 'known'],
  ['names are lower case', `h1 ${key}`, 'H1', 22, 'known'],
  ['one of several names', `h0,h1,10.0.0.1 ${key}`, '10.0.0.1', 22, 'known'],
  ['another name', `h1 ${key}`, 'h2', 22, 'unknown'],
  ['a name with a port', `[h1]:2222 ${key}`, 'h1', 2222, 'known'],
  ['the bare name is enough to trust', `h1 ${key}`, 'h1', 2222, 'known'],
  ['the bare name is not enough to distrust', `h1 ${other}`, 'h1', 2222, 'unknown'],
  ['a name with a port does not speak for 22', `[h1]:2222 ${key}`, 'h1', 22, 'unknown'],
  ['hashed', `${hashed('h1')} ${key}`, 'h1', 22, 'known'],
  ['hashed with a port', `${hashed('[h1]:2222')} ${key}`, 'h1', 2222, 'known'],
  ['a glob', `*.example.org,10.0.?.1 ${key}`, 'a.example.org', 22, 'known'],
  ['a question mark', `*.example.org,10.0.?.1 ${key}`, '10.0.7.1', 22, 'known'],
  ['a negated name', `!bad.example.org,*.example.org ${key}`, 'bad.example.org', 22, 'unknown'],
  ['another key of the type', `h1 ${other}`, 'h1', 22, 'changed'],
  ['another and the right one', `h1 ${other}\nh1 ${key}`, 'h1', 22, 'known'],
  ['a key of another type only', `h1 ${rsa}`, 'h1', 22, 'unknown'],
  ['revoked', `@revoked * ${key}\nh1 ${key}`, 'h1', 22, 'revoked'],
  ['another key is revoked', `@revoked * ${other}\nh1 ${key}`, 'h1', 22, 'known'],
  ['an authority alone', `@cert-authority * ${other}`, 'h1', 22, 'unknown'],
  [
    'comments and broken lines',
    `# h1 ${other}\n\nh1\nh1 ssh-ed25519\n@odd h1 ${other}\n\t h1  ${key}  comment`,
    'h1',
    22,
    'known',
  ],
];

describe('known_hosts', () => {
  it.each(rows)('%s', (_, file, host, port, is) => {
    expect(judge(parseKnownHosts(file, 'f'), host, port, blob).is).toBe(is);
  });

  it('names file and line of the key that is another', () => {
    const found = judge(parseKnownHosts(`# one\n\nh1 ${other}`, '/etc/known'), 'h1', 22, blob);
    expect(found).toMatchObject({ is: 'changed', entry: { file: '/etc/known', line: 3 } });
  });
});

describe('the policy on host keys', () => {
  const place = { label: 'h1', host: 'h1', port: 22 };
  const policies = ['yes', 'ask', 'accept-new', 'no'] as const;
  const table: readonly (readonly [file: string, decisions: readonly string[]])[] = [
    [`h1 ${key}`, ['accept', 'accept', 'accept', 'accept']],
    ['', ['refuse E604', 'refuse E604', 'remember', 'remember']],
    [`h1 ${other}`, ['refuse E605', 'refuse E605', 'refuse E605', 'accept-guarded']],
    [`@revoked h1 ${key}`, ['refuse E606', 'refuse E606', 'refuse E606', 'refuse E606']],
  ];
  it.each(table)('for the file "%s"', (file, decisions) => {
    const known = parseKnownHosts(file, 'f');
    const made = policies.map(hostKeyChecking => decide(place, blob, target({ hostKeyChecking }), known));
    expect(made.map(each => (each.is === 'refuse' ? `refuse ${each.fault.code}` : each.is))).toEqual(decisions);
  });

  it('shows fingerprint, file and the line to run for a key that is not known', () => {
    const made = decide(
      place,
      blob,
      target({ knownHostsFiles: ['/k'] }),
      parseKnownHosts(`@cert-authority * ${other}\nh1 ${rsa}`, '/k'),
    );
    const fault = made.is === 'refuse' ? made.fault : undefined;
    expect(fault?.why).toContain(fingerprint(blob));
    expect(fault?.why).toContain('/k:1 is a @cert-authority');
    expect(fault?.why).toContain('ssh-rsa');
    expect(fault?.mend).toContain('ssh-keyscan -p 22 -t ed25519 h1 >> /k');
  });

  it('asks first for key types that are known', () => {
    expect(hostKeyOrder(parseKnownHosts(`h1 ${rsa}`, 'f'), place).slice(0, 3)).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-ed25519',
    ]);
    expect(hostKeyOrder([], place)[0]).toBe('ssh-ed25519');
  });

  it('remembers a new key in the first file, and reads it again', async () => {
    const file = join(scratch(), 'new', 'known_hosts');
    const files = knownHostsFiles();
    expect(await files([file])).toEqual([]);
    await remember({ ...place, port: 2222 }, blob, target({ knownHostsFiles: [file] }));
    expect(readFileSync(file, 'utf8')).toBe(`[h1]:2222 ${key.split(' ').slice(0, 2).join(' ')}\n`);
    expect(judge(await files([file, '/no/such/file']), 'h1', 2222, blob).is).toBe('known');
  });
});
