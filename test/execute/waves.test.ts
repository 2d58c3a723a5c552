// The result of a run is that of one task after another: a few random playbooks here, many in the faults tier.
import { describe, expect, it } from 'vitest';
import type { AnyModule } from '../../runner/core/types.ts';
import type { Seams } from '../../runner/run.ts';
import { chainless, checkWaves, outcomeOf } from '../support/wave-property.ts';

it('waves give what one task after another gives, and would not without expiry', { timeout: 60_000 }, async () => {
  const { altered } = await checkWaves(3, 20261123);
  expect(altered).toBeGreaterThanOrEqual(0.5);
});

/** Begins a wave, so that what stands behind it is asked about early. */
const look = { stat: { path: 'SCRATCH/root' } };

const file = (name: string, more: object = {}): object => ({
  copy: { dest: `SCRATCH/root/${name}`, content: `${name}\n` },
  ...more,
});
const bad = { copy: { dest: 'SCRATCH/root/bad', content: 'bad\n', validate: 'grep -q good %s' } };

describe('deeds of one round trip stop where one fails', { timeout: 60_000 }, () => {
  const rows: Readonly<Record<string, readonly object[]>> = {
    'in the first': [bad, file('b'), file('c')],
    'in the middle': [file('a'), bad, file('c')],
    'in a loop, whose other items are done': [
      {
        copy: { dest: 'SCRATCH/root/{{ item }}', content: 'bad\n', validate: 'echo %s | grep -qv bad' },
        loop: ['a', 'bad', 'c'],
      },
      file('d'),
    ],
    'in a block with a rescue': [{ block: [file('a'), bad, file('c')], rescue: [file('mended')] }, file('d')],
    'in a handler': [file('a', { notify: 'one' }), file('b', { notify: 'two' })],
  };
  it.each(Object.entries(rows))('%s', async (where, tasks) => {
    const handlers = [
      { name: 'one', ...(where === 'in a handler' ? bad : file('one')) },
      { name: 'two', ...file('two') },
    ];
    const playbook = JSON.stringify([{ hosts: 'h1', gather_facts: false, tasks: [look, ...tasks], handlers }]);
    const alone = await outcomeOf(playbook, { waves: false });
    expect(await outcomeOf(playbook, {})).toBe(alone);
    expect(await outcomeOf(playbook, { connectionFor: chainless })).not.toBe(alone);
  });
});

/** A deed of each module, and a task behind it whose answer it alters. */
const pairs: Readonly<Record<string, readonly object[]>> = {
  file: [
    { file: { path: 'SCRATCH/root/x', state: 'directory' } },
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

describe('a module that tells nothing of what it touches is found out', { timeout: 60_000 }, () => {
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
    const whole = await outcomeOf(playbook, {});
    expect(whole).toBe(await outcomeOf(playbook, { waves: false }));
    expect(await outcomeOf(playbook, silent)).not.toBe(whole);
  });
});

const mute = (plan: ReturnType<AnyModule['plan']>) => ({
  ...plan,
  changes: plan.changes.map(change => ({ ...change, touches: [] })),
});
