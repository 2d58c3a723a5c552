// The result of a run is that of one task after another, always: waves against single steps over random playbooks.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionFor } from '../../runner/connection/index.ts';
import type { Connection } from '../../runner/core/types.ts';
import type { Seams } from '../../runner/run.ts';
import { randomPlaybook } from '../support/random-playbook.ts';
import { scene, told } from '../support/run-playbook.ts';

const SEED = Number(process.env['TSRUN_SEED'] ?? 20261123);
const RUNS = Number(process.env['TSRUN_RUNS'] ?? 12);

/** The tree as text: type, mode, link target and content of everything. */
const tree = (dir: string): string =>
  execFileSync(
    'sh',
    ['-c', 'cd "$1" && find . -printf "%y %m %p %l\\n" | sort; find . -type f -exec sha256sum {} + | sort', 'sh', `${dir}/root`],
    { encoding: 'utf8' },
  );

async function outcome(playbook: string, seams: Partial<Seams>): Promise<string> {
  const one = scene({ 'site.yaml': playbook, 'root/top': 'top\n' });
  try {
    const played = await one.play({ seams });
    expect(played.code).toBe(0);
    return [...told(played), tree(one.dir)].join('\n').replaceAll(one.dir, '');
  } finally {
    one.end();
  }
}

/** Counts how many questions each round trip holds. */
function counting(sizes: number[]): (kind: string) => Promise<Connection> {
  return async kind => {
    const connection = await connectionFor(kind);
    return {
      async open(target, signal) {
        const session = await connection.open(target, signal);
        return { ...session, ask: (questions, options) => (sizes.push(questions.length), session.ask(questions, options)) };
      },
    };
  };
}

describe('waves', () => {
  it('give what one task after another gives, and would not without expiry', { timeout: 120_000 }, async () => {
    const sizes: number[] = [];
    let altered = 0;
    await fc.assert(
      fc.asyncProperty(randomPlaybook, async playbook => {
        const alone = await outcome(playbook, { waves: false });
        expect(await outcome(playbook, { connectionFor: counting(sizes) })).toBe(alone);
        if ((await outcome(playbook, { expiry: false })) !== alone) altered += 1;
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    expect(altered / RUNS).toBeGreaterThanOrEqual(0.5);
    expect(sizes.reduce((sum, size) => sum + size, 0) / sizes.length).toBeGreaterThanOrEqual(5);
  });
});

/** A deed of each module, and a task behind it whose answer it alters. */
const pairs: Readonly<Record<string, readonly object[]>> = {
  file: [
    { file: { path: 'SCRATCH/root/x', state: 'directory' } },
    { copy: { dest: 'SCRATCH/root/x/', content: 'a', mode: '0600' }, when: 'false' },
    { command: { argv: ['touch', 'SCRATCH/root/made'], creates: 'SCRATCH/root/x' } },
  ],
  copy: [{ copy: { dest: 'SCRATCH/root/f', content: 'red\n' } }, { lineinfile: { path: 'SCRATCH/root/f', line: 'blue' } }],
  lineinfile: [
    { lineinfile: { path: 'SCRATCH/root/top', line: 'blue' } },
    { copy: { dest: 'SCRATCH/root/top', content: 'top\n' } },
  ],
  blockinfile: [
    { blockinfile: { path: 'SCRATCH/root/top', block: 'blue' } },
    { copy: { dest: 'SCRATCH/root/top', content: 'top\n' } },
  ],
  command: [{ command: { argv: ['rm', 'SCRATCH/root/top'] } }, { copy: { dest: 'SCRATCH/root/top', content: 'top\n' } }],
  shell: [{ shell: 'rm SCRATCH/root/top' }, { copy: { dest: 'SCRATCH/root/top', content: 'top\n' } }],
};

/** Begins a wave, so that what stands behind it is asked about early. */
const look = { stat: { path: 'SCRATCH/root' } };

describe('a module that tells nothing of what it touches is found out', () => {
  it.each(Object.entries(pairs))('%s', async (name, tasks) => {
    const playbook = JSON.stringify([
      {
        hosts: 'h1',
        gather_facts: false,
        tasks: [look, ...tasks].map((task, i) => ({ name: `t${i}`, ...task, ignore_errors: true })),
      },
    ]);
    const silent: Partial<Seams> = {
      module: (one, real) => (one !== name ? real : { ...real, plan: (args, state) => mute(real.plan(args, state)) }),
    };
    const whole = await outcome(playbook, {});
    expect(whole).toBe(await outcome(playbook, { waves: false }));
    expect(await outcome(playbook, silent)).not.toBe(whole);
  });
});

const mute = (plan: ReturnType<import('../../runner/core/types.ts').AnyModule['plan']>) => ({
  ...plan,
  changes: plan.changes.map(change => ({ ...change, touches: [] })),
});
