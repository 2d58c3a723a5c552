// The property of design.md 3: the result of a run is that of one task after another, always; checked over random playbooks.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect } from 'vitest';
import { connectionFor } from '../../runner/connection/index.ts';
import type { Event } from '../../runner/core/events.ts';
import type { Connection, Session, Vars } from '../../runner/core/types.ts';
import type { Seams } from '../../runner/run.ts';
import { randomPlaybook } from './random-playbook.ts';
import { scene } from './run-playbook.ts';

/** The tree as text: type, mode, link target and content of everything. */
const tree = (dir: string): string =>
  execFileSync(
    'sh',
    ['-c', 'cd "$1" && find . -printf "%y %m %p %l\\n" | sort; find . -type f -exec sha256sum {} + | sort', 'sh', `${dir}/root`],
    { encoding: 'utf8' },
  );

/** What two runs never have in common: when, and where on the disk. */
const PASSING: ReadonlySet<string> = new Set(
  'start end delta inode atime mtime ctime version blocks attr_flags attributes'.split(' '),
);
const lasting = (result: Vars): string => JSON.stringify(result, (key, value: unknown) => (PASSING.has(key) ? undefined : value));

const told = (events: readonly Event[]): readonly string[] =>
  events.flatMap(event =>
    event.event === 'task_result' || event.event === 'handler_result'
      ? [`${event.event} ${event.task} ${event.itemLabel ?? ''} ${event.status} ${event.ignored} ${lasting(event.result)}`]
      : [],
  );

/** All that is told of the tasks, in order, and the tree after one run of the playbook. */
export async function outcomeOf(playbook: string, seams: Partial<Seams>): Promise<string> {
  const one = scene({ 'site.yaml': playbook, 'root/top': 'top\n' });
  try {
    const played = await one.play({ seams });
    expect(played.code).not.toBe(5);
    return [`exit ${played.code}`, ...told(played.events), tree(one.dir)].join('\n').replaceAll(one.dir, '');
  } finally {
    one.end();
  }
}

type Ask = Session['ask'];

/** Connections whose questions go another way. */
function asking(way: (ask: Ask) => Ask): (kind: string) => Promise<Connection> {
  return async kind => {
    const connection = await connectionFor(kind);
    return {
      async open(target, signal) {
        const session = await connection.open(target, signal);
        return {
          ask: way((...words) => session.ask(...words)),
          put: (...words) => session.put(...words),
          get: (...words) => session.get(...words),
          traffic: () => session.traffic(),
          close: () => session.close(),
        };
      },
    };
  };
}

/** A host that does what it is told although something before it failed. */
export const chainless = asking(ask => (questions, options) => ask(questions, { ...options, chained: false }));

export interface Measured {
  /** Share of playbooks whose outcome is another one when old answers are left to stand. */
  readonly altered: number;
  /** Questions in a round trip, on the average. */
  readonly meanWave: number;
  /** Round trips of one task after another for each of ours. */
  readonly saved: number;
}

export async function checkWaves(runs: number, seed: number): Promise<Measured> {
  const sizes: number[] = [];
  let [altered, slow] = [0, 0];
  const counted = asking(ask => (questions, options) => {
    sizes.push(questions.length);
    return ask(questions, options);
  });
  const counting = asking(ask => (...words) => {
    slow += 1;
    return ask(...words);
  });
  await fc.assert(
    fc.asyncProperty(randomPlaybook, async playbook => {
      const alone = await outcomeOf(playbook, { waves: false, connectionFor: counting });
      expect(await outcomeOf(playbook, { connectionFor: counted })).toBe(alone);
      if ((await outcomeOf(playbook, { expiry: false })) !== alone) altered += 1;
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  const asked = sizes.reduce((sum, size) => sum + size, 0);
  return { altered: altered / runs, meanWave: asked / sizes.length, saved: slow / sizes.length };
}
