// The whole site on real hosts that nobody has touched: a check that tells the truth, a run, and a run that changes nothing.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event, HandlerResult, Recap, TaskResult } from '../../runner/core/events.ts';

const execute = promisify(execFile);
const checkout = resolve(import.meta.dirname, '../..');
const PARTS = ['test/lab', 'scripts', 'package.json', 'inventory', 'playbooks', 'roles', 'templates', 'runner', 'tsconfig.json'];

/** Another checkout with a lab of its own: its hosts are virgin, whatever was done to the lab of this one. */
let other = '';
const lab = (...words: string[]) => execute('node', [join(other, 'scripts/lab.mjs'), ...words], { timeout: 600_000 });

beforeAll(async () => {
  other = await mkdtemp(join(tmpdir(), 'tsrun-site-'));
  await mkdir(join(other, 'test'));
  for (const part of PARTS) await cp(join(checkout, part), join(other, part), { recursive: true });
  await rm(join(other, 'inventory/group_vars/lab/addresses.yaml'), { force: true });
  await symlink(join(checkout, 'node_modules'), join(other, 'node_modules'));
  await lab('up');
}, 600_000);

afterAll(async () => {
  await lab('down').catch(() => undefined);
  await rm(other, { recursive: true, force: true });
}, 120_000);

type Result = TaskResult | HandlerResult;
interface Played {
  readonly code: number;
  readonly events: readonly Event[];
  readonly results: readonly Result[];
  readonly recap: Recap['hosts'];
}

const site = (...flags: string[]): Promise<Played> => book('site', ...flags);

async function book(name: string, ...flags: string[]): Promise<Played> {
  const words = [
    '--import',
    'tsx',
    'runner/main.ts',
    `playbooks/${name}.yaml`,
    '-i',
    'inventory/lab.yaml',
    '--output',
    'ndjson',
    ...flags,
  ];
  const done = await execute('node', words, { cwd: other, maxBuffer: 1 << 28 }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, stdout: error.stdout }),
  );
  const events = done.stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Event);
  const results = events.filter(
    (event): event is Result =>
      (event.event === 'task_result' || event.event === 'handler_result') && event.itemLabel === undefined,
  );
  return {
    code: done.code,
    events,
    results,
    recap: events.find((event): event is Recap => event.event === 'recap')?.hosts ?? {},
  };
}

/** Host, play, task and path: the same pair in a check and in a run. */
const pair = (one: Result): string => `${one.host} | ${one.play} | ${one.task} | ${one.path}`;
const withStatus = (played: Played, ...statuses: string[]): readonly string[] =>
  played.results.filter(one => statuses.includes(one.status)).map(pair);
const failures = (played: Played) =>
  played.results.filter(one => one.failed && !one.ignored).map(one => `${pair(one)}: ${one.message}`);

describe('site.yaml on virgin hosts', () => {
  let virgin: Played;
  let first: Played;

  test('a check runs to the end and nothing fails in it', { timeout: 120_000 }, async () => {
    virgin = await site('--check');
    expect(failures(virgin)).toEqual([]);
    expect(virgin.code).toBe(0);
  });

  test('the run converges', { timeout: 400_000 }, async () => {
    first = await site();
    expect(failures(first)).toEqual([]);
    expect(first.code).toBe(0);
    expect(withStatus(first, 'changed').length).toBeGreaterThan(30);
  });

  test('the check had named every change of the run as changed or unknown', () => {
    const named = new Set(withStatus(virgin, 'changed', 'unknown'));
    expect(withStatus(first, 'changed').filter(one => !named.has(one))).toEqual([]);
  });

  test('at most one pair in twenty was unknown', () => {
    const unknown = withStatus(virgin, 'unknown');
    expect({ unknown: unknown.slice(0, 20), share: unknown.length / virgin.results.length }).toMatchObject({
      share: expect.toSatisfy((share: number) => share <= 0.05),
    });
  });

  test('a second run changes nothing', { timeout: 120_000 }, async () => {
    const second = await site('--fail-on-change');
    expect(withStatus(second, 'changed', 'failed', 'unknown')).toEqual([]);
    expect(second.code).toBe(0);
  });

  test('a check of the converged site has nothing to do', { timeout: 120_000 }, async () => {
    const again = await site('--check', '--fail-on-change');
    expect(withStatus(again, 'changed', 'failed', 'unknown')).toEqual([]);
    expect(again.code).toBe(0);
  });

  test('--tags nfs alone changes nothing either', { timeout: 120_000 }, async () => {
    const tagged = await site('--tags', 'nfs', '--fail-on-change');
    expect(tagged.code).toBe(0);
    expect(new Set(tagged.results.map(one => one.role))).toContain('nfs');
  });

  test('teardown wants to be meant, and then takes away all but the data', { timeout: 120_000 }, async () => {
    const unmeant = await book('teardown');
    expect(withStatus(unmeant, 'changed')).toEqual([]);
    expect(unmeant.code).toBe(2);
    const ended = await book('teardown', '-e', 'teardown=lab.test');
    expect(failures(ended)).toEqual([]);
    expect(ended.code).toBe(0);
    expect(withStatus(ended, 'changed').length).toBeGreaterThan(8);
  });
});
