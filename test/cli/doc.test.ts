// The pages of tsrun doc: every name that a message sends people to has one.
import { describe, expect, it } from 'vitest';
import { wordSchemas } from '../../runner/language/grammar/words.ts';
import { commandLine } from '../support/command-line.ts';

const page = async (name: string): Promise<string> => {
  const { code, out, err } = await commandLine(['doc', name]);
  expect([code, err]).toEqual([0, '']);
  return out;
};

describe('tsrun doc has a page', () => {
  it.each([...Object.keys(wordSchemas), 'ansible.builtin.set_fact'])('of the word %s', async word => {
    expect(await page(word)).toContain(word.split('.').at(-1));
  });

  it('of all keywords, each with its places', async () => {
    expect(await page('keywords')).toMatch(/^ {2}serial {2}plays\n {6}\S/m);
  });

  it.each(['functions', 'expressions', 'E203', 'copy'])('of %s', async name => {
    expect((await page(name)).length).toBeGreaterThan(20);
  });
});
