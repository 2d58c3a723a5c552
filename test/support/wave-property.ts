// The property of design.md 3: the result of a run is that of one task after another, always; checked over random playbooks.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect } from 'vitest';
import { connectionFor } from '../../runner/connection/index.ts';
import type { Connection, Session } from '../../runner/core/types.ts';
import type { Seams } from '../../runner/run.ts';
import { randomPlaybook } from './random-playbook.ts';
import { scene, told } from './run-playbook.ts';

/** The tree as text: type, mode, link target and content of everything. */
const tree = (dir: string): string =>
  execFileSync(
    'sh',
    ['-c', 'cd "$1" && find . -printf "%y %m %p %l\\n" | sort; find . -type f -exec sha256sum {} + | sort', 'sh', `${dir}/root`],
    { encoding: 'utf8' },
  );

/** Statuses and the tree after one run of the playbook. */
export async function outcomeOf(playbook: string, seams: Partial<Seams>): Promise<string> {
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
        const ask: Session['ask'] = (questions, options) => {
          sizes.push(questions.length);
          return session.ask(questions, options);
        };
        return {
          ask,
          put: (...words) => session.put(...words),
          get: (...words) => session.get(...words),
          traffic: () => session.traffic(),
          close: () => session.close(),
        };
      },
    };
  };
}

export interface Measured {
  /** Share of playbooks whose outcome is another one when old answers are left to stand. */
  readonly altered: number;
  /** Questions in a round trip, on the average. */
  readonly meanWave: number;
}

export async function checkWaves(runs: number, seed: number): Promise<Measured> {
  const sizes: number[] = [];
  let altered = 0;
  await fc.assert(
    fc.asyncProperty(randomPlaybook, async playbook => {
      const alone = await outcomeOf(playbook, { waves: false });
      expect(await outcomeOf(playbook, { connectionFor: counting(sizes) })).toBe(alone);
      if ((await outcomeOf(playbook, { expiry: false })) !== alone) altered += 1;
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  return { altered: altered / runs, meanWave: sizes.reduce((sum, size) => sum + size, 0) / sizes.length };
}
