import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AnyModule, Vars } from '../../runner/core/types.ts';
import { openModules } from '../../runner/modules/index.ts';
import { absentEntry } from '../../runner/modules/parts/entry.ts';
import { expandTemplate, pythonRegexp, regexpFault } from '../../runner/modules/parts/python-regexp.ts';
import type { Survey } from '../../runner/modules/parts/survey.ts';
import { checkedTask } from '../support/laws.ts';
import { inScratch } from '../support/module-cases.ts';

type Row = readonly [module: string, args: Vars, before: string, after: string, changed: boolean];
// Made by running Ansible's own modules on random texts.
const rows = JSON.parse(readFileSync(new URL('./ansible-edits.json', import.meta.url), 'utf8')) as readonly Row[];
const modules = await openModules(['lineinfile', 'blockinfile', 'replace', 'ini_file']);

function survey(text: string): Survey {
  const content = Buffer.from(text);
  const entry = { ...absentEntry('/f'), is: 'file' as const, mode: 0o644, size: content.length, links: 1 };
  const rest = { readable: true, sha256: '', uid: undefined, gid: undefined, flags: '', context: '', defaultContext: '' };
  return { path: '/f', umask: 0o22, entry, real: entry, above: { path: '/', isFolder: true }, content, ...rest };
}

describe('text edits', () => {
  it.each(rows.map(row => [`${row[0]} ${JSON.stringify(row[1])} on ${JSON.stringify(row[2])}`, row] as const))(
    'as Ansible: %s',
    (_title, [name, args, before, after, changed]) => {
      const task = checkedTask(modules.get(name) as AnyModule, name, { ...args, path: '/f' });
      expect(task.faults).toEqual([]);
      const [change] = task.module.plan(task.args, survey(before)).changes;
      expect(change?.diff.after ?? before).toBe(after);
      expect(change !== undefined).toBe(changed);
    },
  );

  it.each([
    ['a trailing newline', 'foo$', 'foo\n', true],
    ['\\Z is the very end', 'foo\\Z', 'foo\n', false],
    ['\\A', '\\Afoo', 'xfoo', false],
    ['a named group', '(?P<a>x)(?P=a)', 'xx', true],
    ['flags in front', '(?i)FOO', 'foo', true],
    ['a literal brace', '{x}', '{x}', true],
    ['a class with ] first', '[]a]', ']', true],
    ['a comment', 'a(?#note)b', 'ab', true],
    ['a verbose pattern', '(?x) a  b # c', 'ab', true],
    ['no dot for a newline', 'a.b', 'a\nb', false],
    ['a count from zero', '^x{,2}$', 'xx', true],
    ['digits behind a group', '(a)\\1', 'aa', true],
    ['letters with accents', '^\\w+$', 'äß', true],
  ])('Python regular expressions: %s', (_title, pattern, text, fits) => expect(pythonRegexp(pattern).test(text)).toBe(fits));

  it.each(['(', 'a++', '(?(1)a)', '(?>a)', '\\', '[a', '\\q', '(?i:a)'])('refuses %s with a reason', pattern =>
    expect(regexpFault(pattern)).toMatch(/\w/),
  );

  it.each([
    ['\\1-\\g<b>', 'x-y'],
    ['\\n\\t', '\n\t'],
    ['\\\\1', '\\1'],
    ['\\g<0>', 'xy'],
  ])('the template %s', (template, wanted) =>
    expect(expandTemplate(template, /(x)(?<b>y)/.exec('xy') as RegExpExecArray)).toBe(wanted),
  );
});

describe('lineinfile', () => {
  it('keeps bytes that are no text, links, owner and mode', () =>
    inScratch('lineinfile', { l: '-> real' }, async one => {
      await one.play({ path: '@/real', line: 'a', create: true, mode: '0600' });
      const { changed } = await one.play({ path: '@/l', line: 'b' });
      expect([changed, one.read('real'), (await one.play({ path: '@/l', line: 'b' })).changed]).toEqual([true, 'a\nb\n', false]);
    }));

  it.each([
    ['a file that will be there', [{ path: '@/new', is: 'file', mode: 0o644, content: 'x\n' }], 1],
    ['the line will be there', [{ path: '@/new', is: 'file', mode: 0o644, content: 'a\n' }], 0],
    ['nobody knows what will be in it', [{ path: '@/new', is: 'file', mode: 0o644 }], null],
    ['nothing foretold', [], null],
  ] as const)('foresees: %s', (_title, facts, changes) =>
    inScratch('lineinfile', {}, one => {
      expect(one.foresee({ path: '@/new', line: 'a' }, facts)?.changes.length ?? null).toBe(changes);
    }),
  );

  it('a file that validate refuses stays as it was', () =>
    inScratch('lineinfile', { f: 'x\n' }, async one => {
      const { failed } = await one.play({ path: '@/f', line: 'y', validate: 'grep -q z %s' });
      expect([failed === undefined, one.read('f')]).toEqual([false, 'x\n']);
    }));
});
