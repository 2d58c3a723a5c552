// The journal of a run, and going on with it: what is written, what is never written, what is done again and what is not.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../runner/core/journal.ts';
import { createRedactor } from '../../runner/core/secret.ts';
import { keptRuns, pruneRuns, readJournal } from '../../runner/execute/journal-read.ts';
import { commandLine } from '../support/command-line.ts';
import { type Played, type Scene, scene, told } from '../support/run-playbook.ts';

let one: Scene;
afterEach(() => one.end());

const state = (): string => join(one.dir, 'state');
const journal = (argv: readonly string[] = ['site.yaml']) => ({ state: state(), argv, pid: 0, tsrun: '0' });
const play = (options: Parameters<Scene['play']>[0] = {}): Promise<Played> => one.play({ journal: journal(), ...options });
const resume = (): Promise<Played> => play({ resume: 'last' });
const last = () => keptRuns(state()).at(-1) ?? { run: '', folder: '', time: '' };
const records = (): readonly JournalRecord[] => readJournal(last());
const text = (name: string): string => (existsSync(join(one.dir, name)) ? readFileSync(join(one.dir, name), 'utf8') : '');
const there = (name: string): void => writeFileSync(join(one.dir, name), '');

/** Each task leaves a line a time that it is done; `stop` fails until the file `go` is there. */
const log = (word: string) => `echo ${word} >>SCRATCH/log-{{ inventory_hostname }}`;
const site = (tasks: readonly object[], more: object = {}): Record<string, string> => ({
  'site.yaml': JSON.stringify([{ hosts: 'all', gather_facts: false, tasks, ...more }]),
});
const stop = { name: 'stop', shell: 'test -e SCRATCH/go', changed_when: false };
const usual = site(
  [
    { name: 'first', shell: log('first'), register: 'first' },
    { name: 'conf', copy: { dest: 'SCRATCH/conf-{{ inventory_hostname }}', content: '{{ first.rc }}\n' }, notify: 'serve' },
    { name: 'items', shell: log('{{ item }}'), loop: ['a', 'b'], register: 'items' },
    { name: 'flush', meta: 'flush_handlers' },
    { name: 'mid', shell: log('mid'), notify: 'serve' },
    stop,
    { name: 'end', shell: log('end {{ items.results[1].changed }}') },
  ],
  { handlers: [{ name: 'serve', shell: log('served') }] },
);
const whole = 'first\na\nb\nserved\nmid\nend true\nserved\n';

describe('the journal', () => {
  it('says before a change what will be done, and after it what came of it', async () => {
    one = scene(site([{ name: 'conf', copy: { dest: 'SCRATCH/conf', content: 'x\n' } }, stop], { hosts: 'h1' }));
    const { code } = await play();
    expect(code).toBe(2);
    const told = records().map(record => [
      record.rec,
      'status' in record ? record.status : '',
      'task' in record ? record.task : '',
    ]);
    expect(told).toEqual([
      ['start', '', ''],
      ['play', '', ''],
      // Both go in one round trip.
      ['intent', '', 'conf'],
      ['intent', '', 'stop'],
      ['task', 'changed', 'conf'],
      ['task', 'failed', 'stop'],
      ['recap', '', ''],
      ['end', '', ''],
    ]);
    expect(records()[0]).toMatchObject({ cwd: one.dir, playbooks: ['site.yaml'], hosts: ['h1'] });
    expect(statSync(last().folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(last().folder, 'journal.ndjson')).mode & 0o777).toBe(0o600);
  });

  it('holds no secret: not in a result, not of the command line, not of no_log', async () => {
    one = scene(
      site([
        { name: 'quiet', shell: 'echo hidden-word', no_log: true, register: 'q' },
        { name: 'loud', shell: 'echo planted-secret', register: 'r' },
        { name: 'conf planted-secret', copy: { dest: 'SCRATCH/conf', content: 'planted-secret' } },
      ]),
    );
    const redactor = createRedactor();
    redactor.add('planted-secret');
    await play({
      redactor,
      journal: journal(['site.yaml', '-e', 'db_password=told-secret x=1', '--extra-vars={"api_key": "told-2"}']),
    });
    const written = readFileSync(join(last().folder, 'journal.ndjson'), 'utf8');
    expect(written).not.toMatch(/planted-secret|told-|hidden-word/);
    expect(records()[0]).toMatchObject({
      isMasked: true,
      argv: ['site.yaml', '-e', 'db_password=****** x=1', '--extra-vars={"api_key": ******}'],
    });
  });

  it('is not kept by a check run', async () => {
    one = scene(usual);
    await play({ check: true });
    expect(existsSync(state())).toBe(false);
  });

  it('cannot be kept: one warning, and the run goes on', async () => {
    one = scene(usual);
    for (const name of ['go', 'state']) there(name);
    const played = await play();
    expect([played.code, played.findings]).toEqual([0, ['W970']]);
    expect(text('log-h1')).toBe(whole);
  });

  it('of two runs at once are two', async () => {
    one = scene(usual);
    there('go');
    await Promise.all([play({ load: { limit: 'h1' } }), play({ load: { limit: 'h2' } })]);
    expect(keptRuns(state()).map(kept => readJournal(kept).at(-1))).toMatchObject([
      { rec: 'end', exitCode: 0 },
      { rec: 'end', exitCode: 0 },
    ]);
  });

  it('goes when it is old, or one of too many', async () => {
    one = scene({});
    const names = ['2026-01-01T00-00-00.000Z', '2026-02-01T00-00-00.000Z', '2026-02-02T00-00-00.000Z'].map(
      (time, at) => `${time}.${'0'.repeat(8)}-0000-4000-8000-00000000000${at}`,
    );
    for (const name of names) mkdirSync(join(state(), 'runs', name), { recursive: true });
    mkdirSync(join(state(), 'runs', 'not-ours'));
    const now = Date.parse('2026-02-03T00:00:00Z');
    expect(pruneRuns(state(), { runs: 10, days: 30 }, now)).toBe(1);
    expect(pruneRuns(state(), { runs: 1, days: 30 }, now)).toBe(1);
    expect(readdirSync(join(state(), 'runs'))).toEqual([names[2], 'not-ours']);
  });
});

describe('--resume', () => {
  it('does the rest and the handlers that are owed, and nothing twice', async () => {
    one = scene(usual);
    expect((await play()).code).toBe(2);
    there('go');
    const { code, recap } = await resume();
    expect(code).toBe(0);
    expect([text('log-h1'), text('log-h2')]).toEqual([whole, whole]);
    expect(recap['h1']).toMatchObject({ failed: 0, changed: 2 });
  });

  it('goes on where only one host failed, with what the others gave', async () => {
    one = scene(
      site([
        { name: 'first', shell: log('first'), register: 'first' },
        { name: 'late', shell: 'test -e SCRATCH/go || test {{ inventory_hostname }} = h1', changed_when: false },
        { name: 'end', shell: log('{{ hostvars.h1.?first.?rc.orValue(9) }}') },
      ]),
    );
    await play();
    there('go');
    const played = await resume();
    expect(told(played)).toContain('h1 end skipped');
    expect(text('log-h2')).toBe('first\n0\n');
    expect([text('log-h1').split('\n').length, text('log-h2').split('\n').length]).toEqual([3, 3]);
  });

  it('asks again where a register cannot be given back', async () => {
    one = scene(site([{ name: 'give', shell: `${log('give')}; echo planted-secret`, register: 'r' }, stop], { hosts: 'h1' }));
    const redactor = createRedactor();
    redactor.add('planted-secret');
    await play({ redactor });
    there('go');
    expect((await play({ redactor, resume: 'last' })).code).toBe(0);
    expect(text('log-h1')).toBe('give\ngive\n');
  });

  it('does a task again whose arguments are others now', async () => {
    one = scene(site([{ name: 'say', shell: log('{{ word }}') }, stop], { hosts: 'h1' }));
    await play({ load: { extra: ['word=a'] } });
    there('go');
    await play({ resume: 'last', load: { extra: ['word=b'] } });
    expect(text('log-h1')).toBe('a\nb\n');
  });

  it.each([
    ['a changed file', () => appendFileSync(join(one.dir, 'site.yaml'), ' '), 'last'],
    ['no such run', () => undefined, 'ffff'],
  ])('%s: it ends with 5 and touches nothing', async (_, change, named) => {
    one = scene(usual);
    await play();
    change();
    const before = text('log-h1');
    const { code, recap } = await play({ resume: named });
    expect([code, recap, text('log-h1')]).toEqual([5, {}, before]);
  });

  it('a run that was resumed can be resumed again', async () => {
    one = scene(usual);
    await play();
    await resume();
    there('go');
    expect((await resume()).code).toBe(0);
    expect(text('log-h1')).toBe(whole);
  });

  // The runner dies after any record, or in the middle of one: what was recorded as done is not done again, what was not is.
  it('holds wherever the journal was cut off', async () => {
    one = scene(
      site([...JSON.parse(usual['site.yaml'] ?? '[]')[0].tasks], {
        hosts: 'h1',
        handlers: [{ name: 'serve', shell: log('served') }],
      }),
    );
    await play();
    const path = join(last().folder, 'journal.ndjson');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const log0 = text('log-h1');
    there('go');
    const cuts = lines.flatMap((line, at) => (/"rec":"(intent|task)"/.test(line) ? [at + 1] : []));
    for (const cut of cuts) {
      writeFileSync(join(one.dir, 'log-h1'), log0);
      const torn = lines[cut]?.slice(0, 20) ?? '';
      const { run } = last();
      writeFileSync(path, `${lines.slice(0, cut).join('\n')}\n${torn}`);
      const named = run && JSON.parse(lines[0] ?? '').run;
      const { code } = await play({ resume: named });
      const kept = lines.slice(0, cut).map(line => JSON.parse(line) as JournalRecord);
      const done = (task: string, item = 0): boolean =>
        kept.some(record => record.rec === 'task' && record.task === task && record.item === item && record.status === 'changed');
      const times = (word: string): number =>
        text('log-h1')
          .split('\n')
          .filter(line => line === word).length;
      expect([cut, code, times('first'), times('a'), times('b'), times('mid')]).toEqual([
        cut,
        0,
        done('first') ? 1 : 2,
        done('items', 0) ? 1 : 2,
        done('items', 1) ? 1 : 2,
        done('mid') ? 1 : 2,
      ]);
      expect(text('log-h1').endsWith('end true\nserved\n')).toBe(true);
    }
  }, 60_000);
});

describe('tsrun runs', () => {
  const tsrun = (...argv: string[]) => commandLine([...argv, '--state', state()], { cwd: one.dir });

  it('lists runs, shows one, and says on which hosts to go on', async () => {
    one = scene(usual);
    await play({ load: { limit: 'h1' } });
    const { out } = await tsrun('runs');
    expect(out.split('\n')[1]).toMatch(/^[0-9a-f]{8} {2}.* site\.yaml .* 1 +5 +5 +1 +2 \(failed\)$/);
    const shown = await tsrun('runs', 'show', 'last');
    expect(shown.out).toMatch(/h1 {2}failed {2}stop\n/);
    expect(shown.out).toMatch(/did not finish: h1\n/);
    const listed = await tsrun('runs', '--output', 'ndjson');
    expect(JSON.parse(listed.out)).toMatchObject({ outcome: 2, unfinished: ['h1'], hosts: ['h1'] });
    const nobody = await tsrun('runs', 'show', 'last', '--host', 'h2', '--output', 'ndjson');
    expect(nobody.out).not.toMatch(/"host":"h1"/);
  });

  it('a run without an end was killed', async () => {
    one = scene(usual);
    await play();
    const path = join(last().folder, 'journal.ndjson');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/\{"rec":"(recap|end)".*\n/g, ''));
    expect((await tsrun('runs')).out).toMatch(/- +- +- +killed\n/);
  });

  it.each([
    ['runs', 'show', 'nope'],
    ['runs', 'list-all'],
    ['runs', 'show', 'a', 'b'],
  ])('%s %s %s ends with 5', async (...argv) => {
    one = scene({});
    expect((await tsrun(...argv.filter(Boolean))).code).toBe(5);
  });

  it('the command line alone goes on, and asks for what was masked in it', async () => {
    one = scene(usual);
    const argv = ['site.yaml', '-i', 'hosts.yaml', '-e', 'token=told-secret'];
    const world = {
      cwd: one.dir,
      env: { PATH: process.env.PATH },
      clock: { now: () => Date.now(), sleep: async () => undefined },
    };
    const first = await commandLine([...argv, '--state', state()], { ...world, argv: [...argv, '--state', state()] });
    expect(first.code).toBe(2);
    there('go');
    const bare = ['--resume', 'last', '--state', state()];
    const refused = await commandLine(bare, { ...world, argv: bare, cwd: '/' });
    expect([refused.code, refused.err]).toEqual([5, expect.stringMatching(/E471 .*held a secret/)]);
    const more = [...bare, '-e', 'token=told-secret'];
    const done = await commandLine(more, { ...world, argv: more, cwd: '/' });
    expect(done.code).toBe(0);
    expect(text('log-h1')).toBe(whole);
  });
});
