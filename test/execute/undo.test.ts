// tsrun undo: what a run has changed goes back to what it was, where it is still as the run left it; the rest is said and left.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { IntentRecord, JournalRecord } from '../../runner/core/journal.ts';
import { inverseOf } from '../../runner/run-undo.ts';
import { commandLine, type Said } from '../support/command-line.ts';
import { type Scene, scene } from '../support/run-playbook.ts';
import { type SshScene, sshScene } from '../support/ssh-scene.ts';

let one: Scene;
let far: SshScene | undefined;
afterEach(async () => {
  if (far) await far.stop();
  else one.end();
  far = undefined;
});

const tsrun = (...words: string[]): Promise<Said> => {
  process.env.TSRUN_OWED = join(one.dir, 'owed');
  const argv = [...words, '--state', join(one.dir, 'state')];
  const clock = { now: () => Date.now(), sleep: async () => undefined };
  return commandLine(argv, { argv, cwd: one.dir, env: { PATH: process.env.PATH }, clock });
};
const run = (): Promise<Said> => tsrun('site.yaml', '-i', 'hosts.yaml');

/** Kind, mode and content of all that is below the folder `w`. */
const world = (): string =>
  execFileSync('sh', ['-c', 'find . -printf "%P %y %m %l\\n" -type f -exec cat {} \\; | LC_ALL=C sort'], {
    cwd: join(one.dir, 'w'),
  }).toString();
const at = (name: string): string => join(one.dir, 'w', name);

const tasks = [
  { name: 'dir', file: { path: 'SCRATCH/w/{{ inventory_hostname }}/a/b', state: 'directory' } },
  { name: 'inside', copy: { dest: 'SCRATCH/w/{{ inventory_hostname }}/a/b/f', content: 'new\n' } },
  { name: 'conf', copy: { dest: 'SCRATCH/w/conf', content: 'new\n', mode: '0600' }, run_once: true },
  { name: 'line', lineinfile: { path: 'SCRATCH/w/conf', line: 'more' }, run_once: true },
  { name: 'gone', file: { path: 'SCRATCH/w/old', state: 'absent' }, run_once: true },
  { name: 'link', file: { path: 'SCRATCH/w/cur', src: 'conf', state: 'link', force: true }, run_once: true },
  { name: 'bits', file: { path: 'SCRATCH/w/bits', mode: '0640' }, run_once: true },
  { name: 'key', ini_file: { path: 'SCRATCH/w/x.ini', section: 's', option: 'k', value: 'v' }, run_once: true },
];
const files = (more: readonly object[] = []): Record<string, string> => ({
  'w/conf': 'old\n',
  'w/old': 'keep\n',
  'w/bits': 'm\n',
  'w/x.ini': '[s]\nk = u\n',
  'w/h1/': '',
  'site.yaml': JSON.stringify([{ hosts: 'all', gather_facts: false, tasks: [...tasks, ...more] }]),
});

function start(more?: readonly object[]): void {
  const { 'w/h1/': _, ...texts } = files(more);
  one = scene(texts);
  for (const name of ['h1', 'h2']) mkdirSync(at(name));
  symlinkSync('nowhere', at('cur'));
}

describe('tsrun undo', () => {
  it('puts files, folders, links, modes and lines back, and the second time finds nothing to do', async () => {
    start();
    const before = world();
    expect((await run()).code).toBe(0);
    const after = world();
    const rehearsed = await tsrun('undo', 'last', '--check');
    expect([rehearsed.code, world()]).toEqual([0, after]);
    expect(rehearsed.out).toMatch(/11 tasks would change/);
    const undone = await tsrun('undo', 'last');
    expect([undone.code, undone.err, world()]).toEqual([0, '', before]);
    expect(undone.out).toMatch(/11 tasks changed/);
    const again = await tsrun('undo', 'last');
    expect(again.out).toMatch(/nothing changed/);
  });

  it('leaves what has moved since the run, says so and ends with 2', async () => {
    start();
    await run();
    writeFileSync(at('conf'), 'mine\n');
    writeFileSync(at('h1/a/b/mine'), '');
    const { code, out } = await tsrun('undo', 'last');
    expect(code).toBe(2);
    expect([readFileSync(at('conf'), 'utf8'), existsSync(at('h1/a/b/mine')), existsSync(at('h2/a'))]).toEqual([
      'mine\n',
      true,
      false,
    ]);
    expect(out).toMatch(/w\/conf\n +it has changed since the run/);
    expect(out).toMatch(/the folder that the run has made holds mine/);
    expect(readFileSync(at('old'), 'utf8')).toBe('keep\n');
  });

  it('keeps to the limit', async () => {
    start();
    await run();
    await tsrun('undo', 'last', '--limit', 'h2');
    expect([existsSync(at('h1/a')), existsSync(at('h2/a'))]).toEqual([true, false]);
  });

  it('says what has no inverse, and what needs none is not named', async () => {
    start([
      { name: 'deed', shell: 'echo x >SCRATCH/w/made' },
      { name: 'look', command: 'true', changed_when: false },
      { name: 'inner', file: { path: 'SCRATCH/w/h1', state: 'absent' }, run_once: true },
    ]);
    await run();
    const { code, err } = await tsrun('undo', 'last');
    expect(err).toMatch(/W972 {2}2 changes have no inverse\n/);
    expect(err).not.toMatch(/"look"/);
    expect(code).toBe(2);
  });

  it('an image is readable by its owner alone, and no content comes to the runner', async () => {
    start([{ name: 'secret', copy: { dest: 'SCRATCH/w/conf', content: 'pass-new\n' }, no_log: true, run_once: true }]);
    writeFileSync(at('conf'), 'pass-old\n');
    await run();
    await tsrun('undo', 'last', '--diff');
    const images = join(one.dir, 'owed.before');
    expect(statSync(join(images, readdirSync(images)[0] ?? '')).mode & 0o777).toBe(0o700);
    const kept = execFileSync('sh', ['-c', 'cat state/runs/*/*'], { cwd: one.dir }).toString();
    expect(kept).not.toMatch(/pass-(old|new)/);
    expect(readFileSync(at('conf'), 'utf8')).toBe('pass-old\n');
  });

  it.each([['undo'], ['undo', 'nope'], ['undo', 'a', 'b']])('%s %s %s ends with 5', async (...words) => {
    one = scene({});
    expect((await tsrun(...words)).code).toBe(5);
  });

  it('over ssh', async () => {
    const { 'w/h1/': _, ...texts } = files();
    far = await sshScene(texts);
    one = far;
    for (const name of ['h1', 'h2']) mkdirSync(at(name));
    symlinkSync('nowhere', at('cur'));
    const before = world();
    expect((await run()).code).toBe(0);
    const undone = await tsrun('undo', 'last');
    expect([undone.code, world()]).toEqual([0, before]);
  });
});

describe('the inverse of what is no file', () => {
  const intent = (module: string, target: string, before: string, after: string): IntentRecord => ({
    ...{ rec: 'intent', host: 'h', key: `${target}${after}`, item: 0, play: 'p', task: 't', module, path: 'x' },
    changes: [`${target}: ${before} -> ${after}`],
    undo: { parts: [{ target, before, after }], as: { user: 'root', method: 'sudo' } },
  });
  const inverse = (...records: readonly JournalRecord[]) => inverseOf('0'.repeat(36), records);
  const deeds = (...records: readonly JournalRecord[]): readonly unknown[] =>
    inverse(...records).plays.flatMap(play =>
      play.tasks.map(({ systemd, restore, mount, k8s }) => systemd ?? restore ?? mount ?? k8s),
    );

  // biome-ignore format: one row a change.
  it.each([
    ['systemd', 'unit x.service', 'disabled', 'enabled', { name: 'x.service', enabled: false }],
    ['systemd', 'unit x.service', 'enabled', 'disabled', { name: 'x.service', enabled: true }],
    ['systemd', 'unit x.service', 'inactive', 'active', { name: 'x.service', state: 'stopped' }],
    ['systemd', 'unit x.service', 'active', 'inactive', { name: 'x.service', state: 'started' }],
    ['systemd', 'unit x.service', 'not masked', 'masked', { name: 'x.service', masked: false }],
    ['sysctl', 'sysctl vm.swappiness', '60', '1', { sysctl: 'vm.swappiness', before: '60', after: '1' }],
    ['mount', 'mount /mnt', 'not mounted', '/dev/x (ext4)', { path: '/mnt', state: 'unmounted' }],
    ['k8s', 'ConfigMap n/x', '', 'kind: ConfigMap\n', { definition: 'kind: ConfigMap\n', state: 'absent' }],
    ['k8s', 'ConfigMap n/x', 'kind: ConfigMap\na: 1\n', 'kind: ConfigMap\n', { definition: 'kind: ConfigMap\na: 1\n', state: 'present' }],
  ])('%s: %s %s -> %s', (module, target, before, after, wanted) => {
    expect(deeds(intent(module, target, before, after))).toEqual([wanted]);
  });

  it.each([
    ['k8s', 'Secret n/x', 'data: ******', 'data: ******'],
    ['k8s', 'ConfigMap n/x', 'a: "{{ x }}"', 'a: 1'],
    ['mount', 'mount /mnt', '/dev/x (ext4)', 'not mounted'],
  ])('has none: %s %s %s -> %s', (module, target, before, after) => {
    const { plays, none } = inverse(intent(module, target, before, after));
    expect([plays, none.length]).toEqual([[], 1]);
  });

  it('the first state before and the last after count, and the last change goes first', () => {
    const parameter = (before: string, after: string) => intent('sysctl', 'sysctl a.b', before, after);
    const all = [parameter('1', '2'), intent('systemd', 'unit u', 'inactive', 'active'), parameter('2', '3')];
    expect(deeds(...all)).toEqual([
      { name: 'u', state: 'stopped' },
      { sysctl: 'a.b', before: '1', after: '3' },
    ]);
  });

  it('what the run has restarted reads the files that are put back', () => {
    const file: IntentRecord = { ...intent('copy', '/etc/x', '', ''), undo: { files: ['/etc/systemd/system/u.service'] } };
    const [play] = inverse(file, intent('systemd', 'unit u', 'active', 'restarted')).plays;
    expect(play?.tasks).toMatchObject([{ notify: ['u restarted again'] }, { systemd: { daemon_reload: true } }]);
    expect(play?.handlers).toMatchObject([{ systemd: { name: 'u', state: 'restarted' }, become: true }]);
  });
});
