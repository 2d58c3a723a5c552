import { fault } from '../../runner/core/fault.ts';
import { describe, expect, test } from 'vitest';
import { asWritten } from '../../runner/language/explain.ts';
import { extraLayer, loadExtra } from '../../runner/language/extra-vars.ts';
import { scratch } from '../support/scratch.ts';

const files: Readonly<Record<string, string>> = {
  'vars.yaml': 'a: 1\nlist: [1, two]\n',
  'vars.json': '{"b": {"c": null}}',
  'empty.yaml': '# nothing\n',
  'list.yaml': '- a\n',
  'vault.yaml': '$ANSIBLE_VAULT;1.1;AES256\n3132\n',
};
const read = (path: string): string => {
  const text = files[path.slice(1)];
  if (text === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
  return text;
};

function extra(...args: string[]) {
  const { layer, faults } = extraLayer(args, read);
  return { vars: Object.fromEntries([...layer.vars].map(([name, value]) => [name, asWritten(value)])), faults, layer };
}

describe('extra variables', () => {
  test.each<[string, string[], Record<string, unknown>]>([
    ['are text', ['n=5', 'yes=true', 'empty='], { n: '5', yes: 'true', empty: '' }],
    ['may stand together', ['a=1 b=2   c=3'], { a: '1', b: '2', c: '3' }],
    ['may be quoted', [`a="x y" b='p "q"' c=d\\ e`], { a: 'x y', b: 'p "q"', c: 'd e' }],
    ['keep an equals sign', ['url=http://h/?a=b'], { url: 'http://h/?a=b' }],
    ['may hold expressions', ['a={{ b + 1 }} c=d'], { a: '{{ b + 1 }}', c: 'd' }],
    ['may be JSON', ['{"n": 1, "l": [true, null]}'], { n: 1, l: [true, null] }],
    ['may be YAML in braces', ['{n: 1, s: text}'], { n: 1, s: 'text' }],
    ['may be in files', ['@vars.yaml', '@vars.json', '@empty.yaml'], { a: 1, list: [1, 'two'], b: { c: null } }],
    ['win when they come later', ['a=first', '@vars.yaml', '{"list": 0}'], { a: 1, list: 0 }],
  ])('%s', (_, args, expected) => {
    const { vars, faults, layer } = extra(...args);
    expect([vars, faults, layer.level]).toEqual([expected, [], 22]);
  });

  test.each([
    ['novalue', 'E414', 'novalue=VALUE'],
    ['vars.yaml', 'E414', '@vars.yaml'],
    ['=5', 'E414', '5=VALUE'],
    ['a="open', 'E414', 'quote'],
    ['[1, 2]', 'E414', 'map'],
    ['@list.yaml', 'E414', 'map'],
    ['@gone.yaml', 'E101', 'gone.yaml'],
    ['@vault.yaml', 'E701', '--vault-password-file'],
    ['{"a": ', 'E102', ''],
    ['my-var=1', 'E218', 'my_var'],
    ['loop=1', 'E218', 'my_loop'],
    ['inventory_hostname=x', 'E218', ''],
  ])('%s is a fault', (arg, code, mend) => {
    const { faults } = extra(arg);
    expect(faults.map(found => found.code)).toEqual([code]);
    expect(faults[0]?.mend).toContain(mend);
  });

  test('of an encrypted file are read through the seam to the vault, and their text is not kept', async () => {
    const cwd = scratch({ 'vault.yaml': files['vault.yaml'] as string, 'plain.yaml': 'b: 2\n' });
    const kept: string[] = [];
    const remember = (from: { file: string }): void => void kept.push(from.file);
    const decryptText = async (): Promise<string> => 'a: 1\n';
    const { layer, faults } = await loadExtra(['@vault.yaml', '@plain.yaml', 'c=3'], { cwd, remember, decryptText });
    expect([faults, [...layer.vars.keys()], kept]).toEqual([[], ['a', 'b', 'c'], ['plain.yaml']]);
  });

  test('of a file that the vault refuses are that one fault', async () => {
    const cwd = scratch({ 'vault.yaml': files['vault.yaml'] as string });
    const refusal = fault('E701', { what: 'refused', why: 'w', mend: 'm' });
    const { faults } = await loadExtra(['@vault.yaml', '@gone.yaml'], { cwd, decryptText: () => refusal });
    expect(faults.map(found => found.code)).toEqual(['E701', 'E101']);
  });

  test('are read from real files, relative to the current folder', () => {
    const cwd = scratch({ 'sub/vars.yaml': 'a: 1\n' });
    const { layer, faults } = extraLayer(['@sub/vars.yaml'], undefined, { cwd });
    expect([faults, [...layer.vars.keys()], layer.vars.get('a')?.span.file]).toEqual([[], ['a'], 'sub/vars.yaml']);
  });
});
