// The laws that every module keeps (architecture.md 5), over every module that is there: a new one is tested before its author writes a test.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AnyModule, Plan, Step } from '../runner/core/types.ts';
import { moduleNames, openModules } from '../runner/modules/index.ts';
import { overlaps } from '../runner/plan/footprint.ts';
import { look, makeScratch, play, readExample, removeScratch, type Scratch, snapshot, type Task } from './support/laws.ts';

const modules = await openModules(moduleNames());
const names = moduleNames();
const examples = names.flatMap(name => (modules.get(name)?.examples ?? []).map(example => ({ name, ...example })));
const inScratch = examples.filter(({ yaml }) => yaml.includes('/scratch'));
const elsewhere = examples.filter(({ yaml }) => !yaml.includes('/scratch'));

const busybox = spawnSync('busybox', ['--help']).status === 0;
const tools = mkdtempSync(join(tmpdir(), 'tsrun-busybox-'));
if (busybox) {
  mkdirSync(join(tools, 'bin'));
  spawnSync('busybox', ['--install', '-s', join(tools, 'bin')]);
  symlinkSync(spawnSync('sh', ['-c', 'command -v git']).stdout.toString().trim(), join(tools, 'bin', 'git'));
}
afterAll(() => rmSync(tools, { recursive: true, force: true }));

const shells: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ['sh', ['sh'], undefined],
  ['bash', ['bash'], undefined],
  ...(busybox ? [['busybox alone', [join(tools, 'bin', 'sh')], join(tools, 'bin')] as const] : []),
];

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}

const scriptsOf = (steps: readonly Step[]): string[] =>
  steps.flatMap(step => ('run' in step && 'sh' in step.run ? [step.run.sh] : 'until' in step ? [step.until] : []));

/** Laws 3, 5, 6 and 9, on a plan that was made of frozen inputs. */
function expectLawfulPlan({ module, args }: Task, state: unknown): Plan {
  const plan = module.plan(args, frozen(state));
  expect(module.plan(args, state)).toEqual(plan);
  for (const change of plan.changes) {
    expect(change.summary).not.toBe('');
    expect(change.diff.before).not.toBe(change.diff.after);
    const { reads } = module.probe(args);
    // A command reads nothing that is known.
    if (reads.length > 0) expect(overlaps(change.touches, reads), `${change.summary} touches what was read`).toBe(true);
  }
  for (const action of [...plan.changes.map(change => change.action), ...(plan.acts ?? [])]) {
    const steps = module.apply(action);
    expect(JSON.stringify(module.apply(JSON.parse(JSON.stringify(action))))).toBe(JSON.stringify(steps));
    for (const script of scriptsOf(steps)) expectShell(script);
    if (module.failsByCode)
      expect(
        module.result?.(
          args,
          state,
          steps.map(() => nothing),
        )['failed'],
      ).not.toBe(true);
  }
  return plan;
}

/** The answer of a step that went well and has nothing to say. */
const nothing = { code: 0, stdout: new Uint8Array(), stderr: new Uint8Array(), text: () => '' };

/** One parse for all of them: a process a script would take most of the time. */
const scripts = new Set<string>();
const expectShell = (script: string): void => void scripts.add(script);
const parses = (shell: readonly string[], script: string): string => {
  const { status, stderr } = spawnSync(shell[0] ?? 'sh', [...shell.slice(1), '-n'], { input: script });
  return status === 0 ? '' : stderr.toString() || `exit ${status}`;
};

describe('every module', () => {
  it.each(names)('%s says what it is, has an example, and describes its arguments and results', name => {
    const module = modules.get(name) as AnyModule;
    expect(module.summary).toMatch(/\.$/);
    expect(module.examples.length).toBeGreaterThan(0);
    expect(module.args).toMatchObject({ type: 'object' });
    expect(module.returns).toMatchObject({ type: 'object' });
  });

  it.each(elsewhere)('$name: "$title" is valid, and its scripts are shell', ({ yaml }) => {
    for (const task of readExample(modules, yaml, '/scratch')) {
      expect(task.faults).toEqual([]);
      const probe = task.module.probe(frozen(task.args));
      if ('sh' in probe.ask) expectShell(probe.ask.sh);
      let state: unknown;
      try {
        state = probe.parse(nothing);
      } catch {
        continue;
      }
      expectLawfulPlan(task, state);
    }
  });
});

describe.each(shells)('under %s', (_name, shell, path) => {
  it.each(inScratch)('$name: "$title" is done once, then holds', async ({ yaml }) => {
    const scratch: Scratch = makeScratch(shell, path);
    try {
      const count = readExample(modules, yaml, scratch.root).length;
      for (let i = 0; i < count; i++) await expectLaws(() => readExample(modules, yaml, scratch.root)[i] as Task, scratch);
    } finally {
      removeScratch(scratch);
    }
  });
});

/** The task is made anew for the second look: what it reads on the runner may have changed. */
async function expectLaws(make: () => Task, scratch: Scratch): Promise<void> {
  const task = make();
  expect(task.faults).toEqual([]);
  const probe = task.module.probe(frozen(task.args));
  if ('sh' in probe.ask) expectShell(probe.ask.sh);
  const before = snapshot(scratch.root);
  const { state, plan: first } = look(task, scratch);
  expect(snapshot(scratch.root), 'a probe changes nothing').toEqual(before);
  const plan = expectLawfulPlan(task, state);
  const done = await play(task, scratch, { state, plan: first });
  expect(done.failed).toBeUndefined();
  const again = look(make(), scratch);
  if (!plan.repeats) expect(again.plan.changes.map(change => change.summary)).toEqual([]);
  expect(again.plan.refuse).toBeUndefined();
}

describe.each(shells)('%s -n', (_name, shell) => {
  it('accepts every script of every probe and every step', () => {
    expect(scripts.size).toBeGreaterThan(100);
    const whole = [...scripts].map((script, i) => `f${i}() {\n:\n${script}\n}`).join('\n');
    const wrong = parses(shell, whole) === '' ? [] : [...scripts].filter(script => parses(shell, script) !== '');
    expect(wrong).toEqual([]);
    expect(parses(shell, whole)).toBe('');
  });
});
