import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fact, Vars } from '../../runner/core/types.ts';
import { blobOf, treeOf } from '../support/laws.ts';
import { inScratch } from '../support/module-cases.ts';

const tree = { f: 'one\n', 'd/a': 'A\n', 'd/sub/b': 'B\n', lf: '-> f', 'd/la': '-> a' };

describe('copy', () => {
  it.each([
    ['a new file', { content: 'x', dest: '@/n', mode: '0600' }, ['@/n: absent -> file, 1 bytes']],
    ['other content', { content: 'two\n', dest: '@/f' }, ['@/f: other content']],
    ['the same content', { content: 'one\n', dest: '@/f' }, []],
    ['only the mode', { content: 'one\n', dest: '@/f', mode: '0600' }, ['@/f: mode 0644 -> 0600']],
    ['not by force', { content: 'two\n', dest: '@/f', force: false }, []],
    ['a link is replaced', { content: 'one\n', dest: '@/lf' }, ['@/lf: link -> file, 4 bytes']],
    ['a link is followed', { content: 'one\n', dest: '@/lf', follow: true }, []],
    ['into a folder', { src: blobOf('/x/name.txt', 'n'), dest: '@/d' }, ['@/d/name.txt: absent -> file, 1 bytes']],
    [
      'into a folder that is made',
      { src: blobOf('/x/name.txt', 'n'), dest: '@/p/q/' },
      ['@/p/q/name.txt: absent -> file, 1 bytes'],
    ],
    ['bytes that are no text', { src: blobOf('/x/b', Buffer.from([0, 255])), dest: '@/b' }, ['@/b: absent -> file, 2 bytes']],
    ['a copy on the host', { src: '@/f', dest: '@/d/', remote_src: true }, ['@/d/f: absent -> file, 4 bytes']],
    ['a folder of the host', { src: '@/d', dest: '@/e', remote_src: true }, ['@/e/d: absent -> copy of @/d']],
    ['what is in a folder of the host', { src: '@/d/', dest: '@/e', remote_src: true }, ['@/e: absent -> copy of @/d']],
  ])('%s', (_title, args, changes) =>
    inScratch('copy', tree, async one => {
      expect((await one.play(args as Vars)).changes).toEqual(changes);
      expect(await one.play(args as Vars)).toMatchObject({ changed: false });
    }),
  );

  it.each([
    ['a folder that is not there', { content: 'x', dest: '@/none/f' }, /the folder .* is not there/],
    ['content onto a folder', { content: 'x', dest: '@/d' }, /is a folder/],
    ['a checksum that does not fit', { content: 'x', dest: '@/n', checksum: 'a'.repeat(64) }, /checksum/],
    ['a source that is not on the host', { src: '@/none', dest: '@/n', remote_src: true }, /not on the host/],
    ['a folder into itself', { src: '@/d', dest: '@/d', remote_src: true }, /into itself/],
  ])('refuses %s', (_title, args, why) =>
    inScratch('copy', tree, async one => expect((await one.play(args)).failed).toMatch(why)),
  );

  it('maps become JSON as Python writes it', () =>
    inScratch('copy', {}, async one => {
      await one.play({ content: { a: [1, 'é'], b: null, c: true }, dest: '@/j' });
      expect(one.read('j')).toBe('{"a": [1, "\\u00e9"], "b": null, "c": true}');
    }));

  it('keeps the old file where it is told to, and says where', () =>
    inScratch('copy', tree, async one => {
      const { result } = await one.play({ content: 'two\n', dest: '@/f', backup: true });
      expect(one.read(String(result['backup_file']).slice(one.root.length))).toBe('one\n');
    }));

  it('a folder of the runner comes as a whole, and then only what differs', () =>
    inScratch('copy', {}, async one => {
      const web = treeOf('web', { 'a.txt': 'a', 'sub/b.sh': 'b' });
      const args = { src: web, dest: '@/srv', mode: '0640', directory_mode: '0710' };
      expect((await one.play(args)).changes).toHaveLength(4);
      expect([one.read('srv/web/sub/b.sh'), statSync(`${one.root}/srv/web/sub`).mode & 0o777]).toEqual(['b', 0o710]);
      expect((await one.play({ ...args, src: treeOf('web', { 'a.txt': 'new', 'sub/b.sh': 'b' }) })).changes).toEqual([
        '@/srv/web/a.txt: 1 -> 3 bytes',
      ]);
    }));

  it('links in a folder of the host stay links', () =>
    inScratch('copy', tree, async one => {
      await one.play({ src: '@/d/', dest: '@/e', remote_src: true });
      expect(readlinkSync(`${one.root}/e/la`)).toBe('a');
    }));

  it('shows text in the diff, and only the size of what is no text', () =>
    inScratch('copy', tree, one => {
      expect(one.look({ content: 'two\n', dest: '@/f' }).changes[0]?.diff).toMatchObject({ before: 'one\n', after: 'two\n' });
      expect(one.look({ src: blobOf('b', Buffer.from([0])), dest: '@/f' }).changes[0]?.diff.after).toMatch(/^\(binary, 1 bytes/);
    }));

  const future: readonly (readonly [string, readonly Fact[], Vars, number | null])[] = [
    ['a folder that will be made', [{ path: '@/n', is: 'directory', mode: 0o755 }], { content: 'x', dest: '@/n/f' }, 1],
    [
      'the same content from an earlier task',
      [{ path: '@/n', is: 'file', mode: 0o644, content: 'x' }],
      { content: 'x', dest: '@/n' },
      0,
    ],
    [
      'other content from an earlier task',
      [{ path: '@/f', is: 'file', mode: 0o644, content: 'y' }],
      { content: 'one\n', dest: '@/f' },
      1,
    ],
    ['dest will be a folder', [{ path: '@/n', is: 'directory', mode: 0o755 }], { src: blobOf('/x/name', 'n'), dest: '@/n' }, 1],
    [
      'content that nobody can tell',
      [{ path: '@/f', is: 'file', mode: 0o644 }],
      { content: 'one\n', dest: '@/f', follow: true },
      0,
    ],
    ['something else', [{ path: '@/other', is: 'file' }], { content: 'one\n', dest: '@/f' }, null],
    [
      'a source that will be there',
      [{ path: '@/src', is: 'file', mode: 0o644, content: 's' }],
      { src: '@/src', dest: '@/n', remote_src: true },
      1,
    ],
  ];
  it.each(future)('foresees: %s', (_title, facts, args, changes) =>
    inScratch('copy', tree, one => expect(one.foresee(args, facts)?.changes.length ?? null).toBe(changes)),
  );
});

describe('template', () => {
  it('puts the rendered text, with the newlines asked for, under the name without .hbs', () =>
    inScratch('template', tree, async one => {
      const args = { src: { path: 'conf/app.conf.hbs', text: 'a\nb\n' }, dest: '@/d/', newline_sequence: '\\r\\n' };
      expect((await one.play(args)).changes).toEqual(['@/d/app.conf: absent -> file, 6 bytes']);
      expect([one.read('d/app.conf'), (await one.play(args)).changed]).toEqual(['a\r\nb\r\n', false]);
    }));
});

describe('slurp, stat, find, fetch and assemble', () => {
  it.each([
    ['a file', '@/f', { exists: true, isreg: true, isdir: false, size: 4, mode: '0644', lnk_source: undefined }],
    ['a link', '@/lf', { exists: true, islnk: true, isreg: false, lnk_target: 'f' }],
    ['nothing', '@/none', { exists: false, isreg: undefined }],
  ])('stat of %s', (_title, path, fields) =>
    inScratch('stat', tree, one => expect(one.look({ path }).result['stat']).toMatchObject(JSON.parse(JSON.stringify(fields)))),
  );

  it('the checksum is the one asked for', () =>
    inScratch('stat', tree, one => {
      const of = (args: Vars) => (one.look({ path: '@/f', ...args }).result['stat'] as Vars)['checksum'];
      expect([of({}), of({ checksum_algorithm: 'md5' }), of({ get_checksum: false })]).toEqual([
        'c7059bb19433cc3cabaa6236c83d56668a843dd2',
        '5bbf5a52328e7439ae6e719dfe712200',
        undefined,
      ]);
    }));

  it('stat foresees what will be there', () =>
    inScratch('stat', tree, one => {
      const stat = one.foresee({ path: '@/n' }, [{ path: '@/n', is: 'directory', mode: 0o750 }])?.result['stat'];
      expect(stat).toMatchObject({ exists: true, isdir: true, mode: '0750' });
    }));

  it('slurp gives the bytes, and says why it cannot', () =>
    inScratch('slurp', tree, one => {
      expect(Buffer.from(String(one.look({ src: '@/f' }).result['content']), 'base64').toString()).toBe('one\n');
      expect(one.look({ src: '@/none' }).refuse?.why).toMatch(/is not there/);
    }));

  it.each([
    [{ paths: '@/d' }, ['a']],
    [{ paths: '@/d', recurse: true }, ['a', 'sub/b']],
    [{ paths: '@/d', recurse: true, patterns: 'b*' }, ['sub/b']],
    [{ paths: '@/d', file_type: 'any' }, ['a', 'la', 'sub']],
    [{ paths: '@/d', file_type: 'link' }, ['la']],
    [{ paths: '@/d', recurse: true, excludes: ['a'] }, ['sub/b']],
    [{ paths: '@/d', recurse: true, use_regex: true, patterns: '^[b-z]' }, ['sub/b']],
    [{ paths: '@/d', recurse: true, contains: 'B' }, ['sub/b']],
    [{ paths: '@/d', size: 100 }, []],
    [{ paths: '@/d', age: '1d' }, []],
    [{ paths: '@/d', age: '-1d' }, ['a']],
    [{ paths: '@/d', recurse: true, depth: 1 }, ['a']],
  ])('find %o', (args, names) =>
    inScratch('find', tree, one => {
      const files = one.look(args).result['files'] as readonly { path: string }[];
      expect(files.map(({ path }) => path.slice(`${one.root}/d/`.length))).toEqual(names);
    }),
  );

  it('fetch keeps a folder a host, or one flat file', () =>
    inScratch('fetch', tree, async one => {
      expect((await one.play({ src: '@/f', dest: '@/kept' })).changed).toBe(true);
      expect(existsSync(`${one.root}/kept/law${one.root}/f`)).toBe(true);
      expect((await one.play({ src: '@/f', dest: '@/flat/', flat: true })).changed).toBe(true);
      expect([one.read('flat/f'), (await one.play({ src: '@/f', dest: '@/flat/', flat: true })).changed]).toEqual([
        'one\n',
        false,
      ]);
      expect(one.look({ src: '@/none', dest: '@/x', fail_on_missing: false }).refuse).toBeUndefined();
    }));

  it.each([
    [{}, 'A\nA\n'],
    [{ src: '@/p', delimiter: '--' }, 'x\n--\ny\n'],
    [{ src: '@/p', regexp: '^2' }, 'y\n'],
    [{ src: '@/p', ignore_hidden: true }, 'x\ny\n'],
  ])('assemble %o', (args, text) =>
    inScratch('assemble', { ...tree, 'p/1': 'x', 'p/2': 'y\n' }, async one => {
      await one.play({ src: '@/d', dest: '@/whole', ...args });
      expect([one.read('whole'), lstatSync(`${one.root}/whole`).isFile()]).toEqual([text, true]);
    }),
  );
});
