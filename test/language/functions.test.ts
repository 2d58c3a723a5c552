import { describe, expect, test } from 'vitest';
import { findFunction, functionNames } from '../../runner/language/functions/index.ts';
import type { LanguageFunction } from '../../runner/language/functions/table.ts';
import { Misuse, Trouble } from '../../runner/language/signals.ts';
import { compileTemplate } from '../../runner/language/template.ts';
import { cel, lookup, world } from '../support/scope.ts';

const vars = {
  s: 'Hello World',
  words: ['b', 'a', 'b'],
  numbers: [3, 1, 2],
  users: [
    { name: 'ann', id: 2, groups: ['x', 'y'] },
    { name: 'bob', id: 1, groups: ['z'] },
  ],
  m: { a: 1, b: { c: 2 } },
  n: null,
  empty: [],
};

/** CEL, Handlebars, and what both give. Every function has a row here; a text is compared as it is printed. */
const examples: readonly (readonly [cel: string, template: string, value: unknown])[] = [
  ['lower(s)', '{{lower s}}', 'hello world'],
  ['s.upper()', '{{upper s}}', 'HELLO WORLD'],
  ['"Äb".lowerAscii()', '{{lowerAscii "Äb"}}', 'Äb'],
  ['"äb".upperAscii()', '{{upperAscii "äb"}}', 'äB'],
  ['title("big old house")', '{{title "big old house"}}', 'Big Old House'],
  ['capitalize("bIG old")', '{{capitalize "bIG old"}}', 'Big old'],
  ['trim("  x ")', '{{trim "  x "}}', 'x'],
  ['trim("/a/", "/")', '{{trim "/a/" "/"}}', 'a'],
  ['"a.b.c".replace(".", "-")', '{{replace "a.b.c" "." "-"}}', 'a-b-c'],
  ['"a,b,c".split(",")', '{{split "a,b,c" ","}}', ['a', 'b', 'c']],
  ['split("  a  b ")', '{{split "  a  b "}}', ['a', 'b']],
  ['split("a,b,c", ",", 2)', '{{split "a,b,c" "," 2}}', ['a', 'b,c']],
  ['splitlines("a\\nb\\n")', '{{splitlines "a\nb\n"}}', ['a', 'b']],
  ['s.startsWith("Hello")', '{{startsWith s "Hello"}}', true],
  ['s.endsWith("Hello")', '{{endsWith s "Hello"}}', false],
  ['s.contains("lo W")', '{{contains s "lo W"}}', true],
  ['s.substring(0, 4)', '{{substring s 0 4}}', 'Hell'],
  ['s.indexOf("o")', '{{indexOf s "o"}}', 4],
  ['s.lastIndexOf("o")', '{{lastIndexOf s "o"}}', 7],
  ['indent("a\\nb", 2)', '{{indent "a\nb" 2}}', 'a\n  b'],
  ['comment("hi")', '{{comment "hi"}}', '#\n# hi\n#'],
  ['comment("hi", "cblock")', '{{comment "hi" "cblock"}}', '/*\n *\n * hi\n *\n */'],
  ['quote("it\'s")', `{{quote "it's"}}`, `'it'\\''s'`],
  ['quote(["a b", "c"])', '{{quote (split "a b,c" ",")}}', "'a b' c"],
  ['format("%s-%03d", "n", 7)', '{{format "%s-%03d" "n" 7}}', 'n-007'],
  ['ljust("a", 3)', '{{ljust "a" 3}}', 'a  '],
  ['rjust(7, 3, "0")', '{{rjust 7 3 "0"}}', '007'],
  ['s.matches("^Hel+o")', '{{matches s "^Hel+o"}}', true],
  ['search(s, "World")', '{{search s "World"}}', true],
  ['match(s, "World")', '{{match s "World"}}', false],
  ['regex_replace("eth0", "^(\\\\w)th(\\\\d)$", "\\\\2-\\\\1")', '{{regex_replace "eth0" "^(\\w)th(\\d)$" "\\2-\\1"}}', '0-e'],
  ['regex_search("rev 12 of 40", "\\\\d+")', '{{regex_search "rev 12 of 40" "\\d+"}}', '12'],
  ['regex_search("a=1", "(\\\\w)=(\\\\d)", "\\\\1", "\\\\2")', '{{regex_search "a=1" "(\\w)=(\\d)" "\\1" "\\2"}}', ['a', '1']],
  ['regex_findall("a1b22", "\\\\d+")', '{{regex_findall "a1b22" "\\d+"}}', ['1', '22']],
  ['regex_escape("a.b")', '{{regex_escape "a.b"}}', 'a\\.b'],
  ['size(words)', '{{size words}}', 3],
  ['length("äö")', '{{length "äö"}}', 2],
  ['count(m)', '{{count m}}', 2],
  ['words.join("-")', '{{join words "-"}}', 'b-a-b'],
  ['join(users, ",", "name")', '{{join users "," "name"}}', 'ann,bob'],
  ['first(numbers)', '{{first numbers}}', 3],
  ['last(numbers)', '{{last numbers}}', 2],
  ['unique(words)', '{{unique words}}', ['b', 'a']],
  ['union(words, ["c"])', '{{union words (split "c")}}', ['b', 'a', 'c']],
  ['intersect(words, ["a", "z"])', '{{intersect words (split "a z")}}', ['a']],
  ['difference(words, ["b"])', '{{difference words (split "b")}}', ['a']],
  ['symmetric_difference(words, ["b", "z"])', '{{symmetric_difference words (split "b z")}}', ['a', 'z']],
  [
    'flatten([1, [2, [3]], null])',
    '{{flatten (zip numbers numbers)}}',
    [
      [1, 2, 3],
      [3, 3, 1, 1, 2, 2],
    ],
  ],
  ['sort(numbers)', '{{sort numbers}}', [1, 2, 3]],
  ['map(sort(users, "id"), "name")', '{{map (sort users "id") "name"}}', ['bob', 'ann']],
  ['sort(numbers, null, true)', '{{sort numbers null true}}', [3, 2, 1]],
  ['reverse(numbers)', '{{reverse numbers}}', [2, 1, 3]],
  ['min(numbers)', '{{min numbers}}', 1],
  ['max(4, 7)', '{{max 4 7}}', 7],
  ['max(users, "id").name', '{{lookup (max users "id") "name"}}', 'ann'],
  ['sum(numbers)', '{{sum numbers}}', 6],
  ['sum(users, "id")', '{{sum users "id"}}', 3],
  ['range(2, 5)', '{{range 2 5}}', [2, 3, 4]],
  ['sequence(1, 3, 1, "n%02d")', '{{sequence 1 3 1 "n%02d"}}', ['n01', 'n02', 'n03']],
  [
    'zip([1, 2], ["a", "b"])',
    '{{zip (range 1 3) (split "a b")}}',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  [
    'product(["a"], [1, 2])',
    '{{product (split "a") (range 1 3)}}',
    [
      ['a', 1],
      ['a', 2],
    ],
  ],
  ['nested(["a"], [1])', '{{nested (split "a") (range 1 2)}}', [['a', 1]]],
  [
    'subelements(users, "groups").map(p, p[0].name + p[1])',
    '{{size (subelements users "groups")}}',
    [['annx', 'anny', 'bobz'], 3],
  ],
  ['batch(numbers, 2)', '{{batch numbers 2}}', [[3, 1], [2]]],
  ['slice(numbers, -2)', '{{slice numbers -2}}', [1, 2]],
  ['select([0, 1, ""])', '{{select (range 3)}}', [[1], [1, 2]]],
  ['reject(numbers, "gt", 1)', '{{reject numbers "gt" 1}}', [1]],
  ['selectattr(users, "id", "==", 1).map(u, u.name)', '{{map (selectattr users "id" "==" 1) "name"}}', ['bob']],
  ['rejectattr(users, "name", "match", "a").map(u, u.name)', '{{map (rejectattr users "name" "match" "a") "name"}}', ['bob']],
  ['map(words, "upper")', '{{map words "upper"}}', ['B', 'A', 'B']],
  ['combine(m, {"b": {"d": 3}}, true)', '{{combine m (from_json \'{"b":{"d":3}}\') true}}', { a: 1, b: { c: 2, d: 3 } }],
  ['combine(m, {"b": 1})', '{{combine m (from_json \'{"b":1}\')}}', { a: 1, b: 1 }],
  ['dict2items({"x": 1})', '{{dict2items (from_json \'{"x":1}\')}}', [{ key: 'x', value: 1 }]],
  ['items2dict([{"key": "x", "value": 1}])', '{{items2dict (dict2items (from_json \'{"x":1}\'))}}', { x: 1 }],
  ['keys(m)', '{{keys m}}', ['a', 'b']],
  ['values({"x": 1})', '{{values (from_json \'{"x":1}\')}}', [1]],
  ['items({"x": 1})', '{{items (from_json \'{"x":1}\')}}', [['x', 1]]],
  ['to_json(m)', '{{to_json m}}', '{"a":1,"b":{"c":2}}'],
  ['to_nice_json({"b": 1, "a": []})', '{{to_nice_json (from_json \'{"b":1,"a":[]}\')}}', '{\n    "a": [],\n    "b": 1\n}'],
  ['to_yaml({"b": "yes", "a": [1]})', '{{to_yaml (from_json \'{"b":"yes","a":[1]}\')}}', 'a:\n  - 1\nb: "yes"\n'],
  ['to_nice_yaml({"a": {"b": 1}})', '{{to_nice_yaml (from_json \'{"a":{"b":1}}\')}}', 'a:\n    b: 1\n'],
  ['from_json("[1, {}]")', '{{from_json "[1, {}]"}}', [1, {}]],
  ['from_yaml("a: [1, yes]").a', '{{lookup (from_yaml "a: [1, yes]") "a"}}', [1, 'yes']],
  ['from_yaml_all("1\\n---\\n2")', '{{from_yaml_all "1\n---\n2"}}', [1, 2]],
  ['b64encode("pä")', '{{b64encode "pä"}}', 'cMOk'],
  ['b64decode("cMOk")', '{{b64decode "cMOk"}}', 'pä'],
  ['urlencode("a b&c")', '{{urlencode "a b&c"}}', 'a%20b%26c'],
  ['int("42") + 1', '{{add (int "42") 1}}', 43],
  ['int("0x1f", 16)', '{{int "0x1f" 16}}', 31],
  ['uint("7")', '{{uint "7"}}', 7],
  ['double("1.5") * 2', '{{multiply (double "1.5") 2}}', 3],
  ['float(7) / 2', '{{divide (float "7.5") 2}}', [3.5, 3.75]],
  ['bool("yes")', '{{bool "yes"}}', true],
  ['string(m.b)', '{{string m.b}}', '{"c":2}'],
  ['ternary(true, "a", "b")', '{{ternary true "a" "b"}}', 'a'],
  ['abs(-3)', '{{abs -3}}', 3],
  ['round(2.567, 1)', '{{round 2.567 1}}', 2.6],
  ['ceil(1.2)', '{{ceil 1.2}}', 2],
  ['floor(1.8)', '{{floor 1.8}}', 1],
  ['pow(2, 10)', '{{pow 2 10}}', 1024],
  ['root(9)', '{{root 9}}', 3],
  ['round(log(100, 10))', '{{round (log 100 10)}}', 2],
  ['human_to_bytes("1.5G")', '{{human_to_bytes "1.5G"}}', 1_610_612_736],
  ['human_readable(1610612736)', '{{human_readable 1610612736}}', '1.50 GB'],
  ['version("5.14.0", "5.9", ">=")', '{{version "5.14.0" "5.9" ">="}}', true],
  ['list("ab")', '{{list "ab"}}', ['a', 'b']],
  // Of openssl passwd -6 -salt abcdefgh.
  [
    'password_hash("pass word", "sha512", "abcdefgh")',
    '{{password_hash "pass word" "sha512" "abcdefgh"}}',
    '$6$abcdefgh$YN8B0zmx4g7gHNsAPRHBHL7/9D2xv7Ojh6WbPzJjQGPPjUs3FiTtHkWxn/GwRo78ZpAtbvjbXJsaUxh7djdaf0',
  ],
  [
    'password_hash("pass word", "sha256", "abcdefgh")',
    '{{password_hash "pass word" "sha256" "abcdefgh"}}',
    '$5$abcdefgh$.QMzy7v4vXPoalf3eRONDBUv8WZTVbTMR1FBCZC1/L2',
  ],
  ['password_hash("x") == password_hash("x")', '{{eq (password_hash "x") (password_hash "x")}}', true],
  ['hash("x", "sha256").substring(0, 8)', '{{substring (hash "x" "sha256") 0 8}}', '2d711642'],
  ['md5("x")', '{{md5 "x"}}', '9dd4e461268c8034f5c8564e155c67a6'],
  ['sha1("x")', '{{sha1 "x"}}', '11f6ad8ec52a2984abaafd7c3b516503785c2072'],
  ['sha256("").substring(0, 8)', '{{substring (sha256 "") 0 8}}', 'e3b0c442'],
  ['checksum("x")', '{{checksum "x"}}', '11f6ad8ec52a2984abaafd7c3b516503785c2072'],
  ['to_uuid("x") == to_uuid("x")', '{{eq (to_uuid "x") (to_uuid "x")}}', true],
  ['random(100, "h1") == random(100, "h1")', '{{eq (random 100 "h1") (random 100 "h1")}}', true],
  ['sort(shuffle(numbers, "h1"))', '{{sort (shuffle numbers "h1")}}', [1, 2, 3]],
  ['basename("/a/b.txt")', '{{basename "/a/b.txt"}}', 'b.txt'],
  ['dirname("/a/b.txt")', '{{dirname "/a/b.txt"}}', '/a'],
  ['splitext("a.tar.gz")', '{{splitext "a.tar.gz"}}', ['a.tar', '.gz']],
  ['path_join("/a", "b", "c")', '{{path_join "/a" "b" "c"}}', '/a/b/c'],
  ['normpath("/a/../b/")', '{{normpath "/a/../b/"}}', '/b'],
  ['relpath("/a/b", "/a/c")', '{{relpath "/a/b" "/a/c"}}', '../b'],
  ['expanduser("~/x")', '{{expanduser "~/x"}}', '/root/x'],
  ['ipaddr("10.1.2.3/24", "network")', '{{ipaddr "10.1.2.3/24" "network"}}', '10.1.2.0'],
  ['ipv4(["10.0.0.1", "::1", "x"])', '{{ipv4 (split "10.0.0.1 ::1 x")}}', ['10.0.0.1']],
  ['ipv6("FE80::0:1")', '{{ipv6 "FE80::0:1"}}', 'fe80::1'],
  ['ip_in("10.1.2.3", "10.0.0.0/8")', '{{ip_in "10.1.2.3" "10.0.0.0/8"}}', true],
  ['ipwrap("::1")', '{{ipwrap "::1"}}', '[::1]'],
  ['strftime("%Y-%m-%d %H:%M", 0, true)', '{{strftime "%Y-%m-%d %H:%M" 0 true}}', '1970-01-01 00:00'],
  ['to_seconds("1970-01-02T00:00:00Z")', '{{to_seconds "1970-01-02T00:00:00Z"}}', 86_400],
  ['file("x.txt")', '{{file "x.txt"}}', 'text of x.txt'],
  ['fileglob("d/*")', '{{fileglob "d/*"}}', ['d/a', 'd/b']],
  ['first_found(["a", "b"])', '{{first_found (split "a b")}}', 'b'],
  ['env("HOME")', '{{env "HOME"}}', '/root'],
  ['password("db")', '{{password "db"}}', 'password of db'],
  ['group("web") + group("nope")', '{{group "web"}}', ['h1', 'h2']],
  ['eq(1, 1)', '{{eq 1 1}}', true],
  ['ne(1, 1)', '{{ne 1 1}}', false],
  ['lt(1, 2)', '{{lt 1 2}}', true],
  ['le(2, 2)', '{{le 2 2}}', true],
  ['gt(1, 2)', '{{gt 1 2}}', false],
  ['ge(2, 3)', '{{ge 2 3}}', false],
  ['and(true, 0)', '{{and true 0}}', false],
  ['or(false, "x")', '{{or false "x"}}', true],
  ['not(empty)', '{{not empty}}', true],
  ['"x" in ["x"]', '{{in "x" (split "x")}}', true],
  ['add(1, 2)', '{{add 1 2}}', 3],
  ['subtract(5, 2)', '{{subtract 5 2}}', 3],
  ['multiply(2, 3)', '{{multiply 2 3}}', 6],
  ['divide(7, 2)', '{{divide 7 2}}', 3],
  ['modulo(7, 2)', '{{modulo 7 2}}', 1],
];

const printed = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
/** A pair where CEL and the template show different uses of the function. */
const isPair = (cel: string, template: string, value: unknown): value is readonly [unknown, unknown] =>
  ['flatten([1', 'subelements', 'select([0', 'float(7)'].some(start => cel.startsWith(start)) &&
  Array.isArray(value) &&
  value.length === 2 &&
  template !== '';

describe.each(examples)('%s', (text, template, value) => {
  const [inCel, inTemplate] = isPair(text, template, value) ? value : [value, value];
  test('in CEL', () => {
    expect(cel(text, vars)).toEqual(inCel);
  });
  test('in a template', () => {
    const made = compileTemplate(template, 't.hbs');
    expect(made.faults).toEqual([]);
    expect(made.render(lookup(vars))).toBe(printed(inTemplate));
  });
});

test('every function has an example', () => {
  const shown = examples.map(([text, template]) => `${text} ${template}`).join(' ');
  expect(functionNames().filter(name => !new RegExp(`\\b${name}\\b`).test(shown))).toEqual([]);
});

const misuses: readonly (readonly [string, string])[] = [
  ['int("x")', 'E306@1'],
  ['int(null)', 'E306@1'],
  ['bool("perhaps")', 'E306@1'],
  ['upper(["a"])', 'E306@1'],
  ['sort([1, "a"])', 'E306@1'],
  ['min([])', 'E306@1'],
  ['from_json("{")', 'E306@1'],
  ['from_yaml("a: [")', 'E306@1'],
  ['from_yaml("1\\n---\\n2")', 'E306@1'],
  ['from_yaml_all("a: [")', 'E306@1'],
  ['b64decode("%%%")', 'E306@1'],
  ['hash("x", "rot13")', 'E306@1'],
  ['password_hash("x", "md5")', 'E306@1'],
  ['password_hash("x", "sha512", "ä")', 'E306@1'],
  ['range(1000000)', 'E306@1'],
  ['product(range(1000), range(1000))', 'E306@1'],
  ['"x".matches("(")', 'E306@1'],
  ['ip_in("x", "10.0.0.0/8")', 'E306@1'],
  ['human_to_bytes("many")', 'E306@1'],
  ['subelements([{"a": 1}], "b")', 'E306@1'],
  ['items2dict([{"k": 1}])', 'E306@1'],
  ['format("%d", "x")', 'E306@1'],
  ['upper()', 'E306@1'],
  ['nope(1)', 'E305@1'],
];
test.each(misuses)('%s is a fault', (text, found) => {
  expect(cel(text)).toBe(found);
});

test('a regular expression that would run for ever is stopped', () => {
  expect(cel('("a" + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!").matches("^(a+)+$")')).toBe('E306@2');
});

const versions: readonly (readonly [string, string, number])[] = [
  ['1.10', '1.9', 1],
  ['1.0', '1.0.0', -1],
  ['1.0~rc1', '1.0', -1],
  ['1.0-rc1', '1.0', -1],
  ['1.2-3', '1.2.1-1', -1],
  ['5.14.0-427.el9', '5.14', 1],
  ['1:1.0', '2.0', 1],
  ['1.0a', '1.0', 1],
  ['v2.1', '2.1', 0],
  ['1.0^git1', '1.0', 1],
];
test.each(versions)('version %s against %s', (left, right, sign) => {
  const op = sign < 0 ? '<' : sign > 0 ? '>' : '==';
  expect(cel(`version("${left}") ${op} version("${right}")`)).toBe(true);
});

const addresses: readonly (readonly [string, string, unknown])[] = [
  ['10.1.2.3/255.255.255.0', 'prefix', 24],
  ['10.1.2.3/24', 'netmask', '255.255.255.0'],
  ['10.1.2.3/24', 'broadcast', '10.1.2.255'],
  ['10.1.2.3/24', 'subnet', '10.1.2.0/24'],
  ['10.1.2.3/24', 'address', '10.1.2.3'],
  ['10.1.2.3/24', 'size', 256],
  ['10.1.2.0/24', '5', '10.1.2.5/24'],
  ['10.1.2.0/24', '-1', '10.1.2.255/24'],
  ['fe80::1:0:0:2/64', 'network', 'fe80::'],
  ['::ffff:10.0.0.1', 'address', '::ffff:a00:1'],
  ['2001:db8::1', 'version', 6],
  ['10.0.0.256', '', null],
  ['1::2::3', '', null],
  ['10.0.0.1/33', '', null],
];
test.each(addresses)('ipaddr %s %s', (address, query, value) => {
  expect(cel(`ipaddr("${address}", "${query}")`)).toEqual(value);
});

describe('whatever it is given, a function gives plain data or a reason', () => {
  const odd: readonly unknown[] = [
    null,
    0,
    -1,
    1.5,
    1e300,
    '',
    'x',
    '5',
    '/a/b',
    true,
    [],
    [1, 'a', null],
    [['a', 1]],
    [{ a: 1 }],
    {},
    { a: { b: 1 } },
  ];
  const isReason = (error: unknown): boolean => error instanceof Misuse || error instanceof Trouble;
  const surprises = (name: string, { args: [least, most], run }: LanguageFunction): string[] => {
    const found: string[] = [];
    for (let count = least; count <= Math.min(most, 3); count++) {
      // Of three arguments a sample: 29 and the number of values have no common divisor.
      for (let i = 0; i < odd.length ** count; i += count === 3 ? 29 : 1) {
        const args = Array.from({ length: count }, (_, at) => odd[Math.floor(i / odd.length ** at) % odd.length]);
        try {
          if (/function|symbol/.test(typeof run(args, world))) found.push(JSON.stringify(args));
        } catch (error) {
          if (!isReason(error)) found.push(`${JSON.stringify(args)}: ${String(error)}`);
        }
      }
    }
    return found;
  };
  test.each(functionNames())('%s', name => {
    expect(surprises(name, findFunction(name) as LanguageFunction)).toEqual([]);
  });
});
