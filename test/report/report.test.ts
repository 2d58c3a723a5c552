// What the reporters write of one and the same run.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Event, Reporter } from '../../runner/core/events.ts';
import { createRedactor, MASK } from '../../runner/core/secret.ts';
import { source } from '../../runner/core/source.ts';
import { findings } from '../../runner/report/findings.ts';
import { redacting } from '../../runner/report/index.ts';
import { run, tally, task, written } from './sample.ts';

const golden = (name: string): string => `golden/${name}`;

test.each([
  ['human', 'human.txt', {}],
  ['human', 'human-diff-color.txt', { diff: true, color: true }],
  ['human', 'human-verbose.txt', { verbosity: 2 }],
  ['ndjson', 'run.ndjson', {}],
  ['json', 'run.json', {}],
  ['junit', 'run.xml', {}],
])('%s writes %s', async (name, file, options) => {
  await expect(await written(name, run(), options)).toMatchFileSnapshot(golden(file));
});

test('a check run says what would change', async () => {
  await expect(await written('human', run(true), { diff: true })).toMatchFileSnapshot(golden('human-check.txt'));
});

test('mistakes and warnings go to stderr, each once, with their line', async () => {
  const base = { time: 't', run: 'r' };
  const mistake: Event = {
    event: 'finding',
    ...base,
    severity: 'error',
    code: 'E201',
    what: 'unknown keyword "hots"',
    path: 'site.yaml:1:3',
    why: 'a play has no such keyword',
    mend: 'write "hosts"',
  };
  let text = '';
  const reporter = findings({ write: part => (text += part), color: false, sources: new Map([['site.yaml', source('site.yaml', '- hots: all\n')]]) }); // biome-ignore format: one call
  const warned = task({ warnings: ['an old \u001b[2Jhabit'] });
  for (const event of [mistake, mistake, warned, warned, { event: 'run_end', ...base, exitCode: 5 } as const]) reporter.on(event);
  await expect(text).toMatchFileSnapshot(golden('findings.txt'));
});

test.each([
  [{ failed: true, changed: true }, '3 hosts, 1 failed task may have changed something, 1 failed'],
  [{ failed: true, changed: false }, '3 hosts, nothing changed, 1 failed'],
])('the recap says what a failed task leaves: %j', async (result, summary) => {
  const calm = { ...tally, changed: 0 };
  const hosts = { a: calm, b: calm, c: { ...calm, failed: 1 } };
  const events: readonly Event[] = [
    task({ status: 'failed', failed: true, changed: false, result }),
    { event: 'recap', time: 't', run: 'r', hosts, impact: {} },
  ];
  expect((await written('human', events)).trimEnd().split('\n').at(-1)).toBe(summary);
});

test('a quiet run is two lines and its recap', async () => {
  const calm = run().filter(
    event => event.event !== 'finding' && !('status' in event && event.status !== 'ok') && event.event !== 'host_unreachable',
  );
  expect((await written('human', calm.filter(event => !('module' in event && event.module === 'debug')))).split('\n').slice(0, 4)).toEqual([
    '', 'Storage on the nodes (3 hosts)', 'unchanged  1 as it should be', '',
  ]); // biome-ignore format: a table
});

test.each(['human', 'ndjson', 'json', 'junit'])('%s lets no control character of a host through', async name => {
  const nasty = Array.from({ length: 160 }, (_, i) => String.fromCharCode(i)).join('') + '\u202e';
  const event = task({
    status: 'changed',
    task: nasty,
    message: nasty,
    changes: [nasty],
    itemLabel: nasty,
    host: nasty,
    diff: [{ target: nasty, before: '', after: nasty }],
  });
  const text = await written(name, [...run().slice(0, 3), event, ...run().slice(-2)], { diff: true, verbosity: 3 });
  // biome-ignore lint: the control characters are the point.
  expect(text.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g)).toBeNull();
});

test('JSON means the same after control characters were escaped', async () => {
  const message = 'a\u007fb\u009bc\u2028d';
  expect(JSON.parse(await written('ndjson', [task({ message })]))).toMatchObject({ message });
});

test('JUnit output is XML that a parser takes', async () => {
  const parse = 'import sys, xml.dom.minidom as m; d = m.parse(sys.stdin.buffer); print(d.documentElement.getAttribute("tests"))';
  const parsed = spawnSync('python3', ['-c', parse], { input: await written('junit', run()), encoding: 'utf8' });
  if (parsed.error) return expect(String(parsed.error)).toContain('ENOENT');
  expect([parsed.stderr, parsed.stdout.trim()]).toEqual(['', '10']);
});

test.each(['human', 'ndjson', 'json', 'junit'])('%s shows no secret', async name => {
  const redactor = createRedactor();
  for (const secret of ['hunter22', '123456', 'nvme1n1', 'changed']) redactor.add(secret);
  const wrap = (reporter: Reporter): Reporter => redacting(reporter, redactor);
  const text = await written(name, run(), { diff: true, verbosity: 2 }, wrap);
  expect(text).not.toMatch(/hunter22|123456|nvme1n1/);
  expect(text).toContain(MASK);
});

test('a secret that is a word of the contract does not break it', () => {
  const redactor = createRedactor();
  for (const secret of ['changed', 'task_result', 'ok']) redactor.add(secret);
  const seen: Event[] = [];
  redacting({ on: event => seen.push(event) }, redactor).on(task({ status: 'changed', result: { said: 'ok', changed: true } }));
  expect(seen).toMatchObject([{ event: 'task_result', status: 'changed', changed: true, result: { said: MASK } }]);
});
