import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Answer, Frame, Knowledge, Layer, Site, Task, Unknown, Value } from '../../runner/core/site.ts';
import type { AnyModule, Blob, Tree } from '../../runner/core/types.ts';
import { type BinderOptions, createBinder } from '../../runner/language/bind.ts';
import { toValue } from '../../runner/language/value.ts';
import { codes, conditions, host, inventory, knowing, layer, nodeOf, span, valueOf } from '../support/scope.ts';

const root = mkdtempSync(join(tmpdir(), 'bind-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const write = (path: string, text: string | Uint8Array): void => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text, { mode: 0o640 });
};

const frame: Frame = {
  playbookDir: join(root, 'playbooks'),
  role: 'web',
  roleDir: join(root, 'roles/web'),
  fileDir: join(root, 'roles/web'),
};

const thing = (more: Partial<AnyModule> = {}): AnyModule => ({
  summary: 'A thing.',
  args: {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: { type: 'string', aliases: ['title'] },
      count: { type: 'integer', default: 1 },
      src: {},
      list: { type: 'array' },
    },
    required: ['name'],
  },
  returns: {},
  examples: [],
  probe: () => {
    throw new Error('nothing is probed here');
  },
  plan: () => ({ changes: [], result: {} }),
  apply: () => [],
  ...more,
});
const modules: Readonly<Record<string, AnyModule>> = {
  thing: thing({ check: args => (args.count > 100 ? ['count is above 100'] : []) }),
  blob: thing({ local: () => [{ arg: 'src', as: 'tree', folder: 'files' }] }),
  template: thing({ local: () => [{ arg: 'src', as: 'template', folder: 'templates' }] }),
};

const h1 = host('h1', [layer(8, '{port: 80}')], ['web']);
const h2 = host('h2', [], ['web']);

function binderOf(more: Partial<BinderOptions> = {}) {
  const site: Site = {
    plays: [],
    inventory: inventory([h1, h2]),
    playbooks: [],
    extra: layer(22, '{}'),
    modules: { names: () => Object.keys(modules), get: name => modules[name] },
  };
  return createBinder({
    site,
    others: () => undefined,
    cwd: root,
    env: { HOME: '/root' },
    now: () => 0,
    check: false,
    include: () => ({ included: { nodes: [], handlers: [] }, faults: [] }),
    ...more,
  });
}

/** As the grammar makes them: a map of entries, so that each argument keeps its place. */
function argsOf(yaml: string): Value {
  const node = nodeOf(yaml);
  if (node.kind !== 'map') return valueOf(yaml);
  return {
    is: 'map',
    entries: node.entries.map(({ key, keySpan, value }) => ({ key, keySpan, value: toValue(value, []) })),
    span: node.span,
  };
}

const taskOf = (args: string, more: Partial<Task> = {}): Task => ({
  kind: 'task',
  id: 1,
  name: 'a task',
  module: 'thing',
  isWord: false,
  span,
  role: 'web',
  frame,
  args: argsOf(args),
  layers: [],
  when: [],
  loopControl: { loopVar: 'item', extended: false },
  notify: [],
  tags: [],
  become: {},
  runOnce: false,
  delegateFacts: false,
  environment: [],
  anyErrorsFatal: false,
  ...more,
});

const shown = (found: Answer<unknown>): unknown =>
  found.is === 'known' ? found.value : found.is === 'fault' ? codes(found.faults) : `unknown: ${found.name}`;
const pending: Unknown = { after: taskOf('{}'), kind: 'pending', known: { changed: false } };
const waiting: Partial<Knowledge> = { unknown: new Map([['r', pending]]), assigned: new Map([['ok', { rc: 0 }]]) };

describe('conditions', () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['[]', true],
    ['true', true],
    ['[port == 80, "\'web\' in group_names"]', true],
    ['[port == 81, nope]', false],
    ['[nope, port == 81]', 'E350@2'],
    ['r.rc == 0', 'unknown: r'],
    ['!r.changed', true],
    ['[r.rc == 0, port == 81]', false],
    ['[r.rc == 0, port == 80]', 'unknown: r'],
    ['port == 81 && r.rc == 0', false],
    ['r.rc == 0 && port == 81', false],
    ['ok.rc', 'E310@1'],
  ];
  test.each(rows)('%s', (yaml, value) => {
    const text = yaml.startsWith('!') ? `"${yaml}"` : yaml;
    expect(shown(binderOf().condition(yaml === '[]' ? [] : conditions(text), taskOf('{}'), knowing(h1, waiting)))).toBe(value);
  });
});

describe('arguments', () => {
  const layers: readonly Layer[] = [layer(17, '{n: 5, word: hi, none: null}')];
  const rows: readonly (readonly [string, unknown])[] = [
    ['{name: a}', { name: 'a', count: 1 }],
    ['{title: "{{ word }}", count: "{{ n + 1 }}"}', { name: 'hi', count: 6 }],
    ['{name: a, count: "{{ default(vars.?q.orValue(null), omit) }}"}', { name: 'a', count: 1 }],
    ['{name: a, list: [1, "{{ omit }}", "{{ n }}"]}', { name: 'a', count: 1, list: [1, 5] }],
    ['"{{ {\'name\': word} }}"', { name: 'hi', count: 1 }],
    ['{count: 1}', 'E204@1'],
    ['{name: a, coutn: 1}', 'E203@11'],
    ['{name: a, count: "{{ word }}"}', 'E205@11'],
    ['{name: a, count: "{{ 100 + n }}"}', 'E207@1'],
    ['{name: a, count: "{{ nope }}"}', 'E350@22'],
    ['{name: "{{ r.stdout }}"}', 'unknown: r'],
    ['{name: "{{ r.changed }}"}', { name: 'false', count: 1 }],
    ['"{{ word }}"', 'E316@1'],
  ];
  test.each(rows)('%s', (yaml, value) => {
    // An argument alone keeps its type: `"{{ r.changed }}"` would be a boolean.
    const text = yaml.replace('"{{ r.changed }}"', '"{{ string(r.changed) }}"');
    expect(shown(binderOf().args(taskOf(text, { layers }), knowing(h1, waiting)))).toEqual(value);
  });

  test('without an expression they are one frozen object for all hosts', () => {
    const binder = binderOf();
    const task = taskOf('{name: a, list: [1]}');
    const [one, other] = [binder.args(task, knowing(h1)), binder.args(task, knowing(h2))];
    expect(one.is === 'known' && other.is === 'known' && one.value === other.value && Object.isFrozen(one.value)).toBe(true);
  });

  test('the conditions of assert are left to be asked one by one', () => {
    const task = taskOf('{that: ["{{ nope }}"], fail_msg: "{{ word }}"}', { module: 'assert', isWord: true, layers });
    expect(shown(binderOf().wordArgs(task, knowing(h1)))).toEqual({ that: [], fail_msg: 'hi', quiet: false });
  });
  test('a word has a schema too', () => {
    expect(shown(binderOf().wordArgs(taskOf('{msgg: a}', { module: 'debug', isWord: true }), knowing(h1)))).toBe('E203@2');
  });
});

describe('src', () => {
  write('roles/web/templates/a.hbs', 'role {{port}}\n');
  write('playbooks/templates/a.hbs', 'playbook');
  write('templates/web/b.hbs', 'checkout {{nope}}');
  write('playbooks/c.hbs', 'beside {{#if port}}x{{/if}}{{r.rc}}');
  write('roles/web/files/bin', new Uint8Array([0, 1, 2]));
  write('roles/web/files/dir/sub/x', 'text');
  symlinkSync('sub/x', join(root, 'roles/web/files/dir/link'));
  const src = (module: string, path: string) =>
    binderOf().args(taskOf(`{name: a, src: ${path}}`, { module }), knowing(h1, waiting));

  test.each([
    ['a.hbs', { path: 'a.hbs', text: 'role 80\n' }],
    ['b.hbs', undefined],
    ['c.hbs', undefined],
  ])('the template %s', (path, value) => {
    const found = src('template', path);
    if (value) expect(found).toMatchObject({ is: 'known', value: { src: value } });
    else expect(shown(found)).toBe(path === 'b.hbs' ? 'E350@12' : 'unknown: r');
  });
  test('a file is a blob, with its text where it has one', () => {
    const found = src('blob', 'bin');
    const blob = (found.is === 'known' ? found.value['src'] : undefined) as Blob;
    expect(blob).toMatchObject({
      size: 3,
      mode: 0o640,
      sha256: 'ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc',
    });
    expect(blob.text).toBeUndefined();
  });
  test('a folder is a tree', async () => {
    const found = src('blob', 'dir/');
    const tree = (found.is === 'known' ? found.value['src'] : undefined) as Tree;
    expect(tree).toMatchObject({
      path: 'dir/',
      folders: [{ path: 'sub' }],
      files: [
        { path: 'link', blob: { text: 'text' } },
        { path: 'sub/x', blob: { text: 'text' } },
      ],
      links: [],
    });
    const bytes: Uint8Array[] = [];
    for await (const part of (tree.files[0] as { blob: Blob }).blob.open()) bytes.push(part);
    expect(Buffer.concat(bytes).toString()).toBe('text');
  });
  test('what is nowhere names every place', () => {
    const found = src('template', 'nope.hbs');
    const why = found.is === 'fault' ? found.faults[0]?.why : '';
    expect(why).toBe(
      'looked for in roles/web/templates/nope.hbs, templates/web/nope.hbs, playbooks/templates/web/nope.hbs, playbooks/templates/nope.hbs, playbooks/nope.hbs, roles/web/nope.hbs',
    );
    expect(shown(found)).toBe('E112@16');
  });
  test('a changed file is read again', () => {
    const binder = binderOf();
    const task = taskOf('{name: a, src: again.hbs}', { module: 'template' });
    const text = () => binder.args(task, knowing(h1));
    write('playbooks/templates/again.hbs', 'one');
    expect(text()).toMatchObject({ value: { src: { text: 'one' } } });
    write('playbooks/templates/again.hbs', 'other');
    expect(text()).toMatchObject({ value: { src: { text: 'other' } } });
  });
});

describe('loops and environment', () => {
  const loops: readonly (readonly [string, unknown])[] = [
    ['[1, "{{ port }}"]', [1, 80]],
    ['"{{ group(\'web\') }}"', ['h1', 'h2']],
    ['"{{ {\'a\': 1} }}"', 'E316@1'],
    ['"{{ port }}"', 'E316@1'],
    ['"{{ r.results }}"', 'unknown: r'],
  ];
  test.each(loops)('loop: %s', (yaml, value) => {
    expect(shown(binderOf().loopItems(taskOf('{}', { loop: valueOf(yaml) }), knowing(h1, waiting)))).toEqual(value);
  });
  test('environments are merged, values are texts', () => {
    const environment = [valueOf('{A: 1, B: x, N: null}'), valueOf('{B: "{{ port }}", C: true}')];
    expect(shown(binderOf().environment(taskOf('{}', { environment }), knowing(h1)))).toEqual({ A: '1', B: '80', C: 'true' });
  });
});

test('reads follows variables, templates and conditions, but not what the loop gives', () => {
  const task = taskOf('{name: "{{ x }} {{ item }}", src: a.hbs}', {
    module: 'template',
    layers: [layer(12, '{x: "{{ y.z }}", y: {z: "{{ hostvars[q].k }}"}}')],
    loop: valueOf('"{{ l }}"'),
    when: conditions('w'),
    changedWhen: conditions('[res.rc == 1, cw]'),
    register: 'res',
  });
  expect([...binderOf().reads(task, knowing(h1))].sort()).toEqual(['cw', 'hostvars', 'l', 'port', 'q', 'w', 'x', 'y']);
});
