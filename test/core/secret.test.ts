// A secret is masked in every form in which it may be written.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor, MASK } from '../../runner/core/secret.ts';

const secret = `p@ss"w'rd $1/ü`;
const masked = (text: string, ...secrets: string[]): string => {
  const redactor = createRedactor();
  for (const one of secrets) redactor.add(one);
  return redactor.redact(text);
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['itself', secret],
  ['base64', base64(secret)],
  ['base64 for URLs', Buffer.from(secret).toString('base64url')],
  ['hex', Buffer.from(secret).toString('hex')],
  ['HEX', Buffer.from(secret).toString('hex').toUpperCase()],
  ['an URL', encodeURIComponent(secret)],
  ['a form', new URLSearchParams([['', secret]]).toString().slice(1)],
  ['JSON', JSON.stringify(secret).slice(1, -1)],
  ['JSON in JSON', JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1)],
  ['single quotes of the shell', secret.replaceAll("'", `'\\''`)],
  ['double quotes of the shell', secret.replace(/[\\"$`]/g, '\\$&')],
  ['single quotes of YAML', secret.replaceAll("'", "''")],
])('a secret is masked as %s', (_, form) => {
  expect(masked(`before ${form} after`, secret)).toBe(`before ${MASK} after`);
});

test.each(['', 'a', 'ab', 'abc'])('a secret is masked in the middle of base64 text, after %o', head => {
  const text = base64(`${head}:${secret}:tail`);
  const shown = masked(text, secret);
  expect(shown).toContain(MASK);
  expect(Buffer.from(shown.split(MASK)[0] ?? '', 'base64').toString()).not.toContain(secret.slice(0, 4));
});

test('a secret of several lines is masked line by line too', () => {
  const key = '-----BEGIN KEY-----\nabcdefgh\n  ijklmnop\n-----END KEY-----\n';
  expect(masked(key, key)).not.toMatch(/abcdefgh|ijklmnop/);
  expect(masked('x: abcdefgh\ny: ijklmnop', key)).toBe(`x: ${MASK}\ny: ${MASK}`);
});

test('the longer of two secrets is masked whole', () => {
  expect(masked('secret and secret-tail', 'secret', 'secret-tail')).toBe(`${MASK} and ${MASK}`);
});

test('a secret of fewer than four characters is left in text, and known as a whole field', () => {
  const redactor = createRedactor();
  expect(redactor.add('no')).toBe(false);
  expect([redactor.redact('no, not now'), redactor.isShort('no'), redactor.isShort('not')]).toEqual(['no, not now', true, false]);
});

test('without secrets text stays as it is', () => {
  expect(createRedactor().redact('.*+? text')).toBe('.*+? text');
});

test('no secret of any kind passes, in any text', () => {
  const value = fc.string({ minLength: 4, unit: 'grapheme' }).filter(text => !text.includes('*') && text.trim().length >= 4);
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (planted, head, tail) => {
      expect(masked(`${head}${planted}${tail}`, planted)).not.toContain(planted);
    }),
  );
});
