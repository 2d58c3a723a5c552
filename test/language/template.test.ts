import { describe, expect, test } from 'vitest';
import { Faulty, NotYet, Pending } from '../../runner/language/signals.ts';
import { compileTemplate } from '../../runner/language/template.ts';
import { codes, lookup } from '../support/scope.ts';

const vars = {
  a: 5,
  html: '<b> & "c"',
  list: [3, 1],
  users: [
    { name: 'ann', id: 1 },
    { name: 'bob', id: 2 },
  ],
  m: { x: { y: 1 } },
  nothing: null,
  empty: [],
  size: 'mine',
};

/** What a template gives, or the codes and places of its faults. */
function rendered(source: string, from: Parameters<typeof lookup>[0] = vars): string {
  const template = compileTemplate(source, 't.hbs');
  if (template.faults.length > 0) return codes(template.faults);
  try {
    return template.render(lookup(from));
  } catch (error) {
    if (error instanceof Faulty) return codes(error.faults);
    if (error instanceof NotYet) return `unknown: ${error.variable}`;
    throw error;
  }
}

const texts: readonly (readonly [string, string])[] = [
  ['{{a}} {{html}}', '5 <b> & "c"'],
  ['{{list}} {{m}}', '[3,1] {"x":{"y":1}}'],
  ['{{nothing}}|', '|'],
  ['{{m.x.y}} {{list.[0]}} {{list.length}} {{html.length}}', '1 3 2 9'],
  ['{{#each users}}\n{{name}}={{id}}\n{{/each}}\n', 'ann=1\nbob=2\n'],
  ['{{#each users}}{{@index}}{{../a}}{{@root.a}} {{/each}}', '055 155 '],
  ['{{#each users as |u i|}}{{i}}{{u.name}}{{a_missing_is_of_u}}{{/each}}', 'E307@42'],
  ['{{#each users as |u|}}{{#each ../list as |n|}}{{u.id}}{{n}} {{/each}}{{/each}}', '13 11 23 21 '],
  ['{{#each m}}{{@key}}={{this.y}}{{/each}}', 'x=1'],
  ['{{#each list}}{{this}}{{#unless @last}},{{/unless}}{{/each}}', '3,1'],
  ['{{#each empty}}x{{else}}none{{/each}}', 'none'],
  ['{{#each nothing}}x{{else}}none{{/each}}', 'none'],
  ['{{#with m.x}}{{y}}{{/with}}', '1'],
  ['{{#if (gt a 3)}}yes{{else}}no{{/if}}', 'yes'],
  ['{{#if empty}}yes{{else if a}}a{{/if}}', 'a'],
  ['{{#unless nothing}}x{{/unless}}', 'x'],
  ['{{default nope "d"}} {{default m.q.z 4}} {{default nothing 1}} {{default "" 2 true}}', 'd 4 1 2'],
  ['{{#if (has nope)}}x{{else}}y{{/if}}{{#if (has m.x)}}z{{/if}}', 'yz'],
  ['{{join (sort list) "-"}}', '1-3'],
  ['{{lookup list 1}} {{lookup (lookup m "x") "y"}}', '1 1'],
  ['{{size}} {{size list}}', 'mine 2'],
  ['\\{{a}} {{{a}}}', '{{a}} 5'],
  ['{{! a comment }}{{!-- }} --}}x', 'x'],
  ['  {{#if a}}\n  on\n  {{/if}}\nend', '  on\nend'],
  ['a {{~ a ~}} b', 'a5b'],
];
test.each(texts)('%j', (source, text) => {
  expect(rendered(source)).toBe(text);
});

const mistakes: readonly (readonly [string, string])[] = [
  ['x\n {{nope}}', 'E350@2:4'],
  ['{{nope.a.b}}', 'E350@3'],
  ['{{m.q}}', 'E307@3'],
  ['{{m.q.z}}', 'E307@3'],
  ['{{#if nope}}{{/if}}', 'E350@7'],
  ['{{#each nope}}{{/each}}', 'E350@9'],
  ['{{upper nope}}', 'E350@9'],
  ['{{#each users}}{{nme}}{{/each}}', 'E307@18'],
  ['{{#each a}}{{/each}}', 'E316@1'],
  ['{{m.constructor}}{{m.__proto__}}', 'E307@3'],
  ['{{toString}}', 'E350@3'],
  ['{{int "x"}}', 'E306@1'],
  ['{{nopefn a}}', 'E305@1'],
  ['{{upper a a}}', 'E306@1'],
  ['{{indent html width=2}}', 'E306@15'],
  ['{{#nope}}{{/nope}}', 'E315@1'],
  ['{{> part}}', 'E315@1'],
  ['{{#if a}}x', 'E315@1'],
  ['one\n{{a | upper}}', 'E315@2:1'],
  ['{% if a %}x{% endif %}', 'E315@1'],
];
test.each(mistakes)('%j is a fault', (source, found) => {
  expect(rendered(source)).toBe(found);
});

const mends: readonly (readonly [string, string])[] = [
  ['{% for x in l %}', 'write {{#each list}} ... {{/each}}'],
  ['{{uper a}}', 'did you mean "upper"?'],
];
test.each(mends)('%j has the mend %s', (source, mend) => {
  expect(compileTemplate(source, 't.hbs').faults).toMatchObject([{ mend }]);
});

const reads: readonly (readonly [string, readonly string[]])[] = [
  ['{{a.b}} {{upper c}}', ['a.b', 'c']],
  ['{{#each l}}{{x}}{{../y}}{{@root.z.w}}{{@index}}{{/each}}', ['l', 'y', 'z.w']],
  ['{{#each l as |i|}}{{i.x}}{{/each}}{{i}}', ['l', 'i']],
  ['{{#with m}}{{#if ../c}}{{../../d}}{{/if}}{{/with}}', ['m', 'c']],
  ['{{#if (eq a "x")}}{{b}}{{/if}}', ['a', 'b']],
  ['{{default a.b c}} {{has d}}', ['a.b?', 'c', 'd?']],
  ['{{vars.x}} {{l.[0].y}} {{l.length}}', ['x', 'l', 'l']],
];
test.each(reads)('%j reads %j', (source, paths) => {
  const { references } = compileTemplate(source, 't.hbs');
  expect(references.map(one => `${one.path.join('.')}${one.optional ? '?' : ''}`)).toEqual(paths);
});

describe('what is not known yet', () => {
  const pending = new Pending('r', { after: {} as never, kind: 'pending', known: { changed: true } });
  const rows: readonly (readonly [string, string])[] = [
    ['{{r.changed}}', 'true'],
    ['{{r.rc}}', 'unknown: r'],
    ['{{r}}', 'unknown: r'],
    ['{{#each r.results}}{{/each}}', 'unknown: r'],
    ['{{#if a}}ok{{else}}{{r.rc}}{{/if}}', 'ok'],
  ];
  test.each(rows)('%s', (source, text) => {
    expect(rendered(source, { ...vars, r: pending })).toBe(text);
  });
});

test('a template has nothing of JavaScript in reach', () => {
  for (const path of [
    'constructor',
    '__proto__',
    'm.constructor.constructor',
    'html.constructor',
    'list.push',
    '@root.constructor',
  ]) {
    expect(rendered(`{{${path}}}`)).toMatch(/^E3/);
  }
});
