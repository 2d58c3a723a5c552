// tsrun vault, and secrets of age in a site: files that are opened, closed and read by a run.
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { decryptVault } from '../../runner/language/vault.ts';
import { commandLine } from '../support/command-line.ts';
import { scratch } from '../support/scratch.ts';

let recipient = '';
let identity = '';
beforeAll(async () => {
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
});

const plain = 'db_password: correct horse\n';
const folderWith = (files: Readonly<Record<string, string>> = {}): string =>
  scratch({ pw: 'first\n', pw2: 'second\n', key: `# created: today\n${identity}\n`, 'secret.yaml': plain, ...files });
const vault = (cwd: string, line: string, more: Parameters<typeof commandLine>[1] = {}) =>
  commandLine(['vault', ...line.split(' ')], { cwd, ...more });
const read = (cwd: string, file = 'secret.yaml'): string => readFileSync(join(cwd, file), 'utf8');

describe.each([
  ['Ansible Vault', '--vault-password-file pw', () => '--vault-password-file pw', /^\$ANSIBLE_VAULT;1\.1;AES256\n/],
  ['a label', '--vault-id prod@pw', () => '--vault-id prod@pw', /^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/],
  ['age', '--identity key', () => `--age-recipient ${recipient}`, /^-----BEGIN AGE ENCRYPTED FILE-----\n/],
])('with %s', (_, opens, closes, head) => {
  it('encrypts in place, keeps the mode, shows and decrypts', async () => {
    const cwd = folderWith();
    chmodSync(join(cwd, 'secret.yaml'), 0o640);
    expect(await vault(cwd, `encrypt secret.yaml ${closes()}`)).toEqual({ code: 0, out: '', err: 'secret.yaml: encrypted\n' });
    expect(read(cwd)).toMatch(head);
    expect(statSync(join(cwd, 'secret.yaml')).mode % 0o1000).toBe(0o640);
    expect(await vault(cwd, `view secret.yaml ${opens}`)).toMatchObject({ code: 0, out: plain });
    expect((await vault(cwd, `encrypt secret.yaml ${closes()}`)).code).toBe(5);
    expect((await vault(cwd, `decrypt secret.yaml ${opens}`)).code).toBe(0);
    expect(read(cwd)).toBe(plain);
    expect(readdirSync(cwd).sort()).toEqual(['key', 'pw', 'pw2', 'secret.yaml']);
  });

  it('edit gives the plain text to the editor alone, and closes what it left by the same key', async () => {
    const runtime = scratch();
    const cwd = folderWith({ editor: `#!/bin/sh\nstat -c %a "$2" >seen; cat "$2" >>seen; printf "$1: 1\\n" >>"$2"\n` });
    await vault(cwd, `encrypt secret.yaml ${closes()}`);
    const env = { ...process.env, EDITOR: './editor more', VISUAL: '', XDG_RUNTIME_DIR: runtime };
    expect(await vault(cwd, `edit secret.yaml ${opens}`, { env })).toMatchObject({ code: 0, err: 'secret.yaml: encrypted\n' });
    expect(read(cwd, 'seen')).toBe(`600\n${plain}`);
    expect(readdirSync(runtime)).toEqual([]);
    expect(read(cwd)).toMatch(head);
    expect((await vault(cwd, `view secret.yaml ${opens}`)).out).toBe(`${plain}more: 1\n`);
    const before = read(cwd);
    expect(await vault(cwd, `edit secret.yaml ${opens}`, { env: { ...env, EDITOR: 'true' } })).toMatchObject({
      err: 'secret.yaml: unchanged\n',
    });
    const failed = await vault(cwd, `edit secret.yaml ${opens}`, { env: { ...env, EDITOR: 'false' } });
    expect([failed.code, read(cwd)]).toEqual([5, before]);
  });

  it('a run reads a file of variables that is encrypted whole', async () => {
    const cwd = folderWith({
      'site.yaml': '- hosts: h\n  vars_files: [secret.yaml]\n  tasks:\n    - debug: { msg: "{{ size(db_password) }}" }\n',
    });
    await vault(cwd, `encrypt secret.yaml ${closes()}`);
    const shut = await commandLine(['site.yaml', '-i', 'h,', '-c', 'local'], { cwd });
    expect([shut.code, shut.err]).toEqual([5, expect.stringMatching(/^E70[12] /m)]);
    const run = await commandLine(['site.yaml', '-i', 'h,', '-c', 'local', '-v', ...opens.split(' ')], { cwd });
    expect([run.code, run.out]).toEqual([0, expect.stringContaining('13')]);
  });
});

test('explain and inventory read encrypted variables of groups', async () => {
  const cwd = folderWith({ 'hosts.yaml': 'all: { hosts: { h: } }\n', 'group_vars/all.yaml': plain });
  await vault(cwd, `encrypt group_vars/all.yaml --age-recipient ${recipient}`);
  const asked = ['-i', 'hosts.yaml', '--identity', 'key'];
  expect((await commandLine(['explain', 'h', 'db_password', ...asked], { cwd })).out).toContain('correct horse');
  expect((await commandLine(['inventory', '--host', 'h', ...asked], { cwd })).code).toBe(0);
  expect((await commandLine(['explain', 'h', 'db_password', '-i', 'hosts.yaml'], { cwd })).code).toBe(5);
});

describe('rekey', () => {
  it('takes the old password and the new one', async () => {
    const cwd = folderWith();
    await vault(cwd, 'encrypt secret.yaml --vault-password-file pw');
    expect((await vault(cwd, 'rekey secret.yaml --vault-password-file pw --new-vault-password-file pw2')).code).toBe(0);
    expect(String(decryptVault(read(cwd), [{ id: 'x', password: 'second' }]))).toBe(plain);
    expect(typeof decryptVault(read(cwd), [{ id: 'x', password: 'first' }])).toBe('string');
  });
  it('goes from Ansible Vault to age', async () => {
    const cwd = folderWith();
    await vault(cwd, 'encrypt secret.yaml --vault-password-file pw');
    expect((await vault(cwd, `rekey secret.yaml --vault-password-file pw --age-recipient ${recipient}`)).code).toBe(0);
    expect((await vault(cwd, 'view secret.yaml --identity key')).out).toBe(plain);
  });
  it('without a new key leaves the file alone', async () => {
    const cwd = folderWith();
    await vault(cwd, 'encrypt secret.yaml --vault-password-file pw');
    const before = read(cwd);
    expect([(await vault(cwd, 'rekey secret.yaml --vault-password-file pw')).code, read(cwd)]).toEqual([5, before]);
  });
});

describe('one value', () => {
  const site = '- hosts: h\n  vars_files: [vars.yaml]\n  tasks:\n    - debug: { msg: "{{ size(token) }} {{ token }}" }\n';
  it.each([
    ['!vault', '--vault-password-file pw', () => '--vault-password-file pw'],
    ['!secret', '--identity key', () => `--age-recipient ${recipient}`],
  ])('%s is printed as it goes into a file, read by a run and masked', async (tag, opens, closes) => {
    const cwd = folderWith({ 'site.yaml': site });
    const { code, out } = await vault(cwd, `encrypt --name token ${closes()}`, { ask: async () => 'a long secret' });
    expect([code, out.split('\n', 1)[0]]).toEqual([0, `token: ${tag} |`]);
    writeFileSync(join(cwd, 'vars.yaml'), out);
    const run = await commandLine(['site.yaml', '-i', 'h,', '-c', 'local', '-v', ...opens.split(' ')], { cwd });
    expect([run.code, run.out]).toEqual([0, expect.stringContaining('13 ******')]);
    expect(`${run.out}${run.err}`).not.toContain('a long secret');
    for (const more of [[], ['--identity', 'none', '--vault-password-file', 'pw2']]) {
      const shut = await commandLine(['site.yaml', '-i', 'h,', '-c', 'local', ...more], { cwd });
      expect([shut.code, shut.err]).toEqual([5, expect.stringContaining('E702')]);
    }
  });
});

describe('mistakes', () => {
  it.each([
    ['encrypt', 'E463'],
    ['encript secret.yaml', 'E463'],
    ['encrypt secret.yaml', 'E705'],
    ['encrypt nothing --vault-password-file pw', 'E705'],
    ['encrypt secret.yaml --vault-password-file none', 'E704'],
    ['encrypt secret.yaml --age-recipient age1wrong', 'E705'],
    ['decrypt secret.yaml --vault-password-file pw', 'E705'],
    ['view closed.yaml --vault-password-file pw2', 'E702'],
    ['view closed.yaml', 'E702'],
    ['view closed.yaml --identity pw', 'E703'],
    ['view closed.yaml --identity none', 'E703'],
    ['encrypt --name x --vault-password-file pw', 'E705'],
  ])('%s: %s', async (line, code) => {
    const cwd = folderWith({ 'closed.yaml': plain });
    await vault(cwd, 'encrypt closed.yaml --vault-password-file pw');
    const said = await vault(cwd, line);
    expect([said.code, said.out, said.err]).toEqual([5, '', expect.stringContaining(code)]);
    expect([read(cwd), existsSync(join(cwd, 'nothing'))]).toEqual([plain, false]);
  });
});
