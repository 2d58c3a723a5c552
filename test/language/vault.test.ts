import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Faulty } from '../../runner/language/signals.ts';
import { decryptVault, encryptVault, openVault } from '../../runner/language/vault.ts';
import { span } from '../support/scope.ts';

const folder = mkdtempSync(join(tmpdir(), 'vault-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Written by ansible-vault 2.14 with the password pass1 and the label prod. */
const theirs = `$ANSIBLE_VAULT;1.2;AES256;prod
32306434303761636362633930336431393539373930663531323638383534616263633565643535
6435303662346239323665313663386534376163633365610a633031363564333661613161363564
31346161623439663433356166633165636461396339303366646563643165373532333034363135
3234636464633237620a626535626239356164623737613237633633326532343331333630346132
6463
`;
const right = { id: 'prod', password: 'pass1' };
const other = { id: 'x', password: 'no' };

test('what ansible-vault wrote is read', () => {
  expect(String(decryptVault(theirs, [other, right]))).toBe('hello secret\n');
});

test.each(['', 'x', 'sixteen bytes...', 'ü\n'.repeat(100)])('%j comes back as it went in', text => {
  expect(String(decryptVault(encryptVault(text, 'pw'), [{ id: 'any', password: 'pw' }]))).toBe(text);
});

test('the same salt gives the same text, and a label the format 1.2', () => {
  const salt = new Uint8Array(32);
  expect(encryptVault('x', 'pw', 'default', salt)).toBe(encryptVault('x', 'pw', undefined, salt));
  expect(encryptVault('x', 'pw', 'prod', salt).split('\n')[0]).toBe('$ANSIBLE_VAULT;1.2;AES256;prod');
});

const broken: readonly (readonly [string, string, readonly (typeof right)[]])[] = [
  ['no password', theirs, []],
  ['the wrong password', theirs, [other]],
  ['a changed byte', theirs.replace('6463\n', '6464\n'), [right]],
  ['a lost line', theirs.split('\n').slice(0, 3).join('\n'), [right]],
  ['another format', theirs.replace('AES256', 'AES'), [right]],
  ['an odd character', theirs.replace('6463\n', '64zz\n'), [right]],
];
test.each(broken)('%s gives a reason, not bytes', (_, text, passwords) => {
  expect(typeof decryptVault(text, passwords)).toBe('string');
});

describe('a vault', () => {
  const secret = { is: 'secret', name: 'vault', cipher: theirs, span } as const;
  const seen: string[] = [];
  const redactor = { add: (text: string) => seen.push(text) > 0 };
  test('reveals values and tells the redactor', () => {
    const vault = openVault({ sources: [right], cwd: folder, redactor });
    expect(vault.reveal(secret)).toBe('hello secret\n');
    expect(seen).toEqual(['pass1', 'hello secret\n']);
    expect(vault.decryptNow(theirs, 'f')).toBe('hello secret\n');
  });
  test('takes its password from a file or a program', () => {
    writeFileSync(join(folder, 'pw'), 'pass1\n');
    writeFileSync(join(folder, 'program'), '#!/bin/sh\necho pass1\n');
    chmodSync(join(folder, 'program'), 0o755);
    for (const file of ['pw', 'program'])
      expect(openVault({ sources: [{ id: 'prod', file }], cwd: folder }).reveal(secret)).toBe('hello secret\n');
  });
  const faults: readonly (readonly [string, () => unknown, string])[] = [
    ['without a password', () => openVault({ sources: [], cwd: folder }).reveal(secret), 'E702'],
    [
      'with a password file that is not there',
      () => openVault({ sources: [{ id: 'a', file: 'nope' }], cwd: folder }).reveal(secret),
      'E704',
    ],
    [
      'for what no tool encrypted',
      () => openVault({ sources: [right], cwd: folder }).reveal({ ...secret, cipher: 'db/pass', name: 'db/pass' }),
      'E702',
    ],
  ];
  test.each(faults)('%s it is a fault with its place', (_, work, code) => {
    try {
      work();
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Faulty);
      expect((error as Faulty).faults[0]?.code).toBe(code);
    }
  });
  test('for files the fault is an answer', () => {
    expect(openVault({ sources: [other], cwd: folder }).decryptNow(theirs, 'f')).toMatchObject({ code: 'E702' });
  });
});
