// The pages of `tsrun doc functions` and `tsrun doc expressions`: what the table of functions says, and the grammar in short.
import { findFunction, functionNames } from './index.ts';

/** One function's line; undefined where there is none of that name. */
export const functionLine = (name: string): string | undefined => findFunction(name)?.does;

const functionsPage = (): string =>
  [
    'Functions, the same in CEL (values, conditions) and in templates',
    '',
    '  CEL        "{{ join(l, ",") }}" or "{{ l.join(",") }}"',
    '  Handlebars {{join l ","}}, inside of another call (join l ",")',
    '',
    ...[...functionNames()].sort().map(name => `  ${functionLine(name) ?? name}`),
    '',
    'In CEL also: has(a.b), default(x, y), type(x), l.map(x, ...), l.filter(x, ...), l.exists(x, ...), l.all(x, ...).',
    'In templates also: {{has x}}, {{default x y}}, {{lookup x key}}, #if, #unless, #each, #with.',
  ].join('\n');

const rows: readonly (readonly [jinja: string, cel: string])[] = [
  ['a and not b', 'a && !b'],
  ['x is defined', 'has(vars.x)'],
  ['x.y is defined', 'has(x.y)'],
  ['x | default(5)', 'default(x, 5) or vars.?x.orValue(5)'],
  ['r.rc | default(0)', 'r.?rc.orValue(0)'],
  ['r is changed', 'r.changed'],
  ['r is succeeded', '!r.failed'],
  ['x in l', 'x in l'],
  ['a if c else b', 'c ? a : b'],
  ['l | map(attribute="n") | list', 'l.map(x, x.n)'],
  ['l | selectattr("on") | list', 'l.filter(x, x.on)'],
  ['l | join(",")', 'l.join(",")'],
  ['s ~ "x"', 's + "x"'],
  ['n | int + 1', 'int(n) + 1'],
  ['x is match("a.*")', 'match(x, "a.*")'],
  ['v is version("5.1", ">=")', 'version(v) >= version("5.1")'],
  ['groups["web"] | default([])', 'group("web")'],
  ['hostvars[h].ip', 'hostvars[h].ip'],
  ['lookup("env", "HOME")', 'env("HOME")'],
];

function expressionsPage(): string {
  const left = Math.max(...rows.map(([jinja]) => jinja.length)) + 4;
  return [
    'Values and conditions are CEL. In YAML every {{ ... }} is an expression; a condition is one without braces.',
    '',
    `  ${'Jinja'.padEnd(left)}CEL`,
    ...rows.map(([jinja, cel]) => `  ${jinja.padEnd(left)}${cel}`),
    '',
    'Whole numbers stay whole: 7/2 is 3, 7/2.0 is 3.5. -e k=v gives text: int(k), bool(k).',
    'A condition must be true or false: write size(l) > 0, s != "". A plain value that begins with ! must be quoted.',
    'Braces that are not meant for tsrun: tag the value !unsafe. The functions: tsrun doc functions.',
  ].join('\n');
}

export const pages: Readonly<Record<string, () => string>> = { functions: functionsPage, expressions: expressionsPage };
