import { describe, expect, test } from 'vitest';
import type { Host, Knowledge, Layer } from '../../runner/core/site.ts';
import type { Vars } from '../../runner/core/types.ts';
import { answer } from '../../runner/language/expression.ts';
import { settle } from '../../runner/language/lazy.ts';
import { createScopes, type ScopeOptions } from '../../runner/language/scope.ts';
import type { Place } from '../../runner/language/variables.ts';
import { codes, conditions, frame, host, inventory, knowing, layer, valueOf, world } from '../support/scope.ts';

interface Setting {
  readonly layers?: readonly Layer[];
  readonly host?: Host;
  readonly learned?: Partial<Knowledge>;
  readonly extra?: Layer;
  readonly others?: ScopeOptions['others'];
  readonly magic?: Vars;
  readonly place?: Partial<Place>;
}
const h1 = host('h1', [layer(8, '{a: of h1, ip: 10.0.0.1}')], ['web']);
const h2 = host('h2', [layer(8, '{a: of h2, ip: 10.0.0.2, own: "{{ inventory_hostname }}-{{ ip }}"}')], ['web', 'db']);
const noExtra = layer(22, '{}');

function scopesOf(setting: Setting) {
  return createScopes({
    inventory: () => inventory([h1, h2]),
    extra: setting.extra ?? noExtra,
    magic: setting.magic ?? {},
    others: setting.others ?? (() => undefined),
    world: () => world,
    reveal: secret => `plain ${secret.name}`,
  });
}

/** The value of a YAML text in a setting, or the codes of its faults. */
function read(yaml: string, setting: Setting = {}): unknown {
  const on = knowing(setting.host ?? h1, setting.learned);
  const scope = scopesOf(setting).of({ layers: setting.layers ?? [], frame, ...setting.place }, on);
  const found = answer(() => settle(scope.evaluate(valueOf(yaml))));
  return found.is === 'known' ? found.value : found.is === 'fault' ? codes(found.faults) : `unknown: ${found.name}`;
}

describe('precedence, semantics.md 2.1', () => {
  const levels = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22];
  const isOfTask = (level: number) => level === 1 || (level >= 12 && level <= 17) || level === 20 || level === 21;
  const settingOf = (wanted: readonly number[]): Setting => {
    const layers = wanted.map(level => layer(level, `{ansible_x: ${level}}`));
    const vars = layers.find(one => one.level === 18)?.vars ?? new Map();
    return {
      layers: layers.filter(({ level }) => isOfTask(level)),
      host: host(
        'h1',
        layers.filter(({ level }) => level >= 2 && level <= 10),
      ),
      learned: {
        ...(wanted.includes(11) ? { facts: { x: 11 } } : {}),
        included: vars,
        assigned: new Map(wanted.includes(19) ? [['ansible_x', 19]] : []),
      },
      extra: layers.find(({ level }) => level === 22) ?? noExtra,
    };
  };
  test.each(levels)('level %d wins over all below it', level => {
    expect(read('"{{ ansible_x }}"', settingOf(levels.filter(one => one <= level)))).toBe(level);
  });
  test('of one level the later layer wins', () => {
    expect(read('"{{ x }}"', { layers: [layer(16, '{x: outer}'), layer(16, '{x: inner}')] })).toBe('inner');
  });
  test('a loop variable wins over all but -e', () => {
    const setting = { ...settingOf([1, 17, 19, 21]), learned: { local: { ansible_x: 'item' } } };
    expect(read('"{{ ansible_x }}"', setting)).toBe('item');
    expect(read('"{{ ansible_x }}"', { ...setting, extra: layer(22, '{ansible_x: e}') })).toBe('e');
  });
  test('magic variables cannot be overridden', () => {
    expect(read('"{{ inventory_hostname }} {{ groups }}"', { extra: layer(22, '{inventory_hostname: x, groups: y}') })).toBe(
      'h1 {"all":["h1","h2"],"web":["h1","h2"],"db":["h2"]}',
    );
  });
});

const magic: readonly (readonly [string, unknown])[] = [
  ['inventory_hostname_short', 'h1'],
  ['group_names', ['web']],
  ['groups.web', ['h1', 'h2']],
  ['group("nope")', []],
  ['groups.map(g, g)', ['all', 'web', 'db']],
  ['hostvars["h2"].ip', '10.0.0.2'],
  ['groups.web.map(h, hostvars[h].ip)', ['10.0.0.1', '10.0.0.2']],
  ['hostvars["h2"].own', 'h2-10.0.0.2'],
  ['hostvars.h2.inventory_hostname', 'h2'],
  ['hostvars.map(h, h)', ['h1', 'h2']],
  ['hostvars["h3"].ip', 'E307@5'],
  ['"h3" in hostvars', false],
  ['vars.a', 'of h1'],
  ['vars.?nope.orValue(1)', 1],
  ['has(vars.a) && !has(vars.nope)', true],
  ['"a" in vars', true],
  ['vars["a"]', 'of h1'],
  ['playbook_dir', '/site/playbooks'],
  ['has(vars.role_name)', false],
  ['ansible_check_mode', false],
  ['ansible_managed', 'Managed by tsrun'],
];
test.each(magic)('%s', (text, value) => {
  expect(read(`'{{ ${text} }}'`)).toEqual(value);
});

describe('facts', () => {
  const facts = { os_family: 'Debian', mounts: [{ mount: '/' }] };
  const rows: readonly (readonly [string, unknown])[] = [
    ['ansible_os_family', 'Debian'],
    ['ansible_facts.os_family', 'Debian'],
    ['facts.mounts[0].mount', '/'],
    ['has(facts.gpu)', false],
    ['ansible_nope', 'E350@5'],
  ];
  test.each(rows)('%s', (text, value) => {
    expect(read(`"{{ ${text} }}"`, { learned: { facts } })).toEqual(value);
  });
  test('where none are gathered, a fact is a mistake of its own', () => {
    expect(read('"{{ facts.os_family }}"')).toBe('E351@5');
  });
  test('before they are gathered they are not known', () => {
    const unknown = new Map([
      ['ansible_facts', { after: {} as never, kind: 'pending' as const, known: { os_family: 'RedHat' } }],
    ]);
    expect(read('"{{ ansible_kernel }}"', { learned: { unknown } })).toBe('unknown: ansible_facts');
    expect(read('"{{ facts.kernel }}"', { learned: { unknown } })).toBe('unknown: ansible_facts');
    expect(read('"{{ ansible_os_family }} {{ facts.os_family }}"', { learned: { unknown } })).toBe('RedHat RedHat');
    expect(read('"{{ ansible_port }}"', { learned: { unknown }, extra: layer(22, '{ansible_port: 22}') })).toBe(22);
  });
});

describe('values are worked out when they are read', () => {
  test('in the scope of the reader', () => {
    expect(read('"{{ url }}"', { layers: [layer(12, '{url: "http://{{ name }}", name: x}'), layer(17, '{name: y}')] })).toBe(
      'http://y',
    );
  });
  test('a field does not need what its neighbours need', () => {
    expect(read('"{{ m.ok }}"', { layers: [layer(12, '{m: {ok: 1, bad: "{{ nope }}"}}')] })).toBe(1);
    expect(read('"{{ m }}"', { layers: [layer(12, '{m: {ok: 1, bad: "{{ nope }}"}}')] })).toBe('E350@22');
  });
  test('a map may read its own other fields', () => {
    expect(read('"{{ m }}"', { layers: [layer(12, '{m: {a: 1, b: "{{ m.a + 1 }}"}}')] })).toEqual({ a: 1, b: 2 });
  });
  test('a circle is a fault that names it', () => {
    const layers = [layer(12, '{a: "{{ b }}", b: "{{ c }}", c: "{{ a }}"}')];
    expect(read('"{{ a }}"', { layers })).toMatch(/^E311/);
    expect(read('"{{ m.x }}"', { layers: [layer(12, '{m: {x: "{{ m.x }}"}}')] })).toMatch(/^E311/);
  });
  test('a circle through other hosts too', () => {
    const one = host('h1', [layer(8, '{x: "{{ hostvars.h1.x }}"}')]);
    const scopes = createScopes({
      inventory: () => inventory([one]),
      extra: noExtra,
      magic: {},
      others: () => undefined,
      world: () => world,
      reveal: () => '',
    });
    const found = answer(() => scopes.of({ layers: [], frame }, knowing(one)).get('x'));
    expect(found).toMatchObject({ is: 'fault', faults: [{ code: 'E311' }] });
  });
  test('null in a text is nothing, lists and maps are JSON', () => {
    expect(
      read('"[{{ n }}] {{ l }} {{ m }} {{ t }} {{ d }}"', {
        layers: [layer(12, '{n: null, l: [1, a], m: {a: "{{ t }}"}, t: true, d: 1.5}')],
      }),
    ).toBe('[] [1,"a"] {"a":true} true 1.5');
  });
  test('a secret is revealed where it is read', () => {
    expect(read('"{{ pw }}"', { layers: [layer(12, '{pw: !secret db/pass}')] })).toBe('plain db/pass');
  });
});

describe('what is not known yet', () => {
  const r = { after: {} as never, kind: 'foretold' as const, known: { changed: true } };
  const setting: Setting = {
    learned: { unknown: new Map([['r', r]]) },
    layers: [layer(12, '{x: "{{ r.rc }}", y: "{{ r.changed }}", m: {a: "{{ r.rc }}", b: 2}}')],
  };
  const rows: readonly (readonly [string, unknown])[] = [
    ['r.changed', true],
    ['r.rc', 'unknown: r'],
    ['x', 'unknown: r'],
    ['y', true],
    ['m.b', 2],
    ['m', 'unknown: r'],
    ['vars.r.changed', true],
    ['vars.r.rc', 'unknown: r'],
    ['has(vars.r)', true],
  ];
  test.each(rows)('%s', (text, value) => {
    expect(read(`"{{ ${text} }}"`, setting)).toEqual(value);
  });
  test('of another host', () => {
    const others = (name: string) =>
      name === 'h2' ? knowing(h2, { unknown: new Map([['r', r]]), assigned: new Map([['s', 7]]) }) : undefined;
    expect(read('"{{ hostvars.h2.r.rc }}"', { others })).toBe('unknown: r');
    expect(read('"{{ hostvars.h2.r.changed }}"', { others })).toBe(true);
    expect(read('"{{ hostvars.h2.s }}"', { others })).toBe(7);
  });
});

describe('what is remembered', () => {
  const of = (other: { value: number }) => {
    const others = (name: string) => (name === 'h2' ? knowing(h2, { assigned: new Map([['s', other.value]]) }) : undefined);
    return createScopes({
      inventory: () => inventory([h1, h2]),
      extra: layer(22, '{s2: "{{ hostvars.h2.s }}", m: {k: "{{ hostvars.h2.s }}"}}'),
      magic: {},
      others,
      world: () => world,
      reveal: () => '',
    });
  };
  test('is never what hangs on another host', () => {
    const other = { value: 1 };
    const on = knowing(h1);
    const scopes = of(other);
    const place = { layers: [], frame };
    expect(scopes.of(place, on).evaluate(valueOf('"{{ s2 }} {{ m.k }}"'))).toBe('1 1');
    other.value = 2;
    expect(scopes.of(place, on).evaluate(valueOf('"{{ s2 }} {{ m.k }}"'))).toBe('2 2');
  });
  test('ends with the revision', () => {
    const scopes = scopesOf({});
    const place = { layers: [layer(12, '{x: "{{ r.rc }}"}')], frame };
    for (const rc of [1, 2]) {
      const on = knowing(h1, { assigned: new Map([['r', { rc }]]) });
      expect(scopes.of(place, on).evaluate(valueOf('"{{ x }}"'))).toBe(rc);
    }
  });
  test('is not shared by two items of a loop', () => {
    const scopes = scopesOf({});
    const place = { layers: [layer(12, '{x: "{{ item }}!"}')], frame };
    const on = knowing(h1);
    expect(['a', 'b'].map(item => scopes.of(place, { ...on, local: { item } }).evaluate(valueOf('"{{ x }}"')))).toEqual([
      'a!',
      'b!',
    ]);
  });
});

test('conditions read the same scope', () => {
  expect(conditions('[a == "of h1", "\'web\' in group_names"]')).toHaveLength(2);
});
