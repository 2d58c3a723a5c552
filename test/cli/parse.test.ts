// What a command line means, and what is said of one that is wrong.
import { expect, test } from 'vitest';
import { all, has, one, parseCommandLine } from '../../runner/cli/parse.ts';

const parse = (line: string, env: Record<string, string> = {}) => parseCommandLine(line.split(' ').filter(Boolean), env);

test.each([
  ['site.yaml', 'run', ['site.yaml']],
  ['run site.yaml more.yaml', 'run', ['site.yaml', 'more.yaml']],
  ['-i inv site.yaml', 'run', ['site.yaml']],
  ['./doc', 'run', ['./doc']],
  ['doc copy', 'doc', ['copy']],
  ['lint a.yaml', 'lint', ['a.yaml']],
  ['-- doc', 'doc', []],
  ['-C -- -odd.yaml', 'run', ['-odd.yaml']],
])('%s is the verb %s', (line, verb, words) => {
  expect(parse(line)).toMatchObject({ verb, words, faults: [] });
});

test.each([
  ['a.yaml -i one -i two', 'inventory', ['one', 'two']],
  ['a.yaml --inventory=one', 'inventory', ['one']],
  ['a.yaml -ione', 'inventory', ['one']],
  ['a.yaml --inventory-file one', 'inventory', ['one']],
  ['a.yaml -t a -t b,c', 'tags', ['a', 'b', 'c']],
  ['a.yaml --tags a,,b,', 'tags', ['a', 'b']],
  ['a.yaml -e x=1 -e @vars.yaml', 'extra-vars', ['x=1', '@vars.yaml']],
  ['a.yaml -l one -l two', 'limit', ['two']],
  ['a.yaml --limit=-x', 'limit', ['-x']],
  ['a.yaml --limit -odd', 'limit', ['-odd']],
  ['a.yaml -vvv', 'verbose', ['', '', '']],
  ['a.yaml -f 7', 'forks', ['7']],
  ['a.yaml --key-file k', 'private-key', ['k']],
  ['a.yaml -T 10', 'timeout', ['10']],
])('%s gives %s', (line, flag, values) => {
  const parsed = parse(line);
  expect(parsed.faults).toEqual([]);
  expect(all(parsed, flag)).toEqual(values);
});

test('short switches may stand together', () => {
  const parsed = parse('-CDb a.yaml');
  expect([has(parsed, 'check'), has(parsed, 'diff'), has(parsed, 'become'), parsed.words]).toEqual([
    true,
    true,
    true,
    ['a.yaml'],
  ]);
});

test.each([
  ['a.yaml --chek', 'E460', '--check'],
  ['a.yaml --inventry x', 'E460', '--inventory'],
  ['a.yaml -Q', 'E460', 'tsrun --help'],
  ['doc --check', 'E460', 'leave --check out'],
  ['a.yaml -l', 'E461', '--help'],
  ['a.yaml -l -C', 'E461', '--help'],
  ['a.yaml --check=yes', 'E461', '--help'],
  ['a.yaml --forks many', 'E462', '--forks 50'],
  ['a.yaml --forks 0', 'E462', '--forks 50'],
  ['a.yaml --output ndjsn', 'E462', '--output ndjson'],
  ['a.yaml --become-method=sudoo', 'E462', '--become-method sudo'],
  ['a.yaml --report p.html', 'E464', 'leave it out'],
  ['drift site.yaml', 'E464', 'leave it out'],
])('%s is refused with %s', (line, code, mend) => {
  const { faults } = parse(line);
  expect(faults.map(found => found.code)).toEqual([code]);
  expect(faults[0]?.mend).toContain(mend);
});

test('all that is wrong is told together', () => {
  expect(parse('a.yaml --chek --forks x --limt y').faults.map(found => found.code)).toEqual(['E460', 'E462', 'E460']);
});

test('TSRUN_ variables fill in what the command line leaves open', () => {
  const env = {
    TSRUN_FORKS: '5',
    TSRUN_LIMIT: 'web',
    TSRUN_BECOME: 'yes',
    TSRUN_DIFF: 'no',
    TSRUN_LIST_HOSTS: '1',
    TSRUN_HELP: '1',
  };
  const parsed = parse('a.yaml -l db', env);
  expect([one(parsed, 'forks'), one(parsed, 'limit'), has(parsed, 'become'), has(parsed, 'diff')]).toEqual([
    '5',
    'db',
    true,
    false,
  ]);
  expect([has(parsed, 'list-hosts'), has(parsed, 'help')]).toEqual([false, false]);
});

test('a TSRUN_ variable that makes no sense is a fault', () => {
  expect(parse('a.yaml', { TSRUN_CHECK: 'perhaps', TSRUN_FORKS: '-1' }).faults.map(found => found.code)).toEqual([
    'E462',
    'E462',
  ]);
});
