// One verdict from what was seen and what was foretold.
import { describe, expect, it } from 'vitest';
import type { Task } from '../../runner/core/site.ts';
import type { AnyModule, Plan } from '../../runner/core/types.ts';
import { decide } from '../../runner/plan/decide.ts';

const earlier = { name: 'earlier' } as Task;
const change = { summary: 's', diff: { target: 't', before: '', after: 'x' }, touches: [], action: null };
const empty: Plan = { changes: [], result: {} };
const changing: Plan = { changes: [change], result: {} };
const refusing: Plan = { changes: [], refuse: { why: 'no', mend: 'm' }, result: {} };

/** A module whose plan is what its state says, and whose foresight is given. */
const module = (foreseen: Plan | null): AnyModule =>
  ({ plan: (_: unknown, state: Plan) => state, foresee: () => foreseen }) as unknown as AnyModule;

const rows = [
  { name: 'a fresh answer stands', seen: empty, stale: false, foreseen: changing, is: 'plan', plan: empty },
  { name: 'a fresh refusal stands', seen: refusing, stale: false, foreseen: empty, is: 'plan', plan: refusing },
  { name: 'a stale answer with changes stays changed', seen: changing, stale: true, foreseen: empty, is: 'plan', plan: changing },
  {
    name: 'a stale "as it should be" asks the foresight',
    seen: empty,
    stale: true,
    foreseen: changing,
    is: 'plan',
    plan: changing,
  },
  {
    name: 'a stale refusal is decided by the foresight',
    seen: refusing,
    stale: true,
    foreseen: changing,
    is: 'plan',
    plan: changing,
  },
  { name: 'a stale answer without foresight is unknown', seen: empty, stale: true, foreseen: null, is: 'unknown' },
  {
    name: 'an answer that a package may have touched stands',
    seen: empty,
    stale: 'vague',
    foreseen: null,
    is: 'plan',
    plan: empty,
  },
  { name: 'a refusal that a package may have lifted is unknown', seen: refusing, stale: 'vague', foreseen: null, is: 'unknown' },
  { name: 'a refusal that is only foreseen is unknown', seen: empty, stale: true, foreseen: refusing, is: 'unknown' },
] as const;

describe('decide', () => {
  it.each(rows)('$name', row => {
    const decision = decide(
      module(row.foreseen),
      {},
      { state: row.seen, ...(row.stale ? { stale: { after: earlier, vague: row.stale === 'vague' } } : {}) },
      [],
    );
    expect(decision.is).toBe(row.is);
    if (decision.is === 'plan' && 'plan' in row) expect(decision.plan).toBe(row.plan);
    if (decision.is === 'unknown') expect(decision.after).toBe(earlier);
  });
  it('an answer that cannot be read fails, unless it is stale and foreseen', () => {
    expect(decide(module(null), {}, { state: null, broken: 'why' }, [])).toEqual({ is: 'broken', why: 'why' });
    expect(decide(module(changing), {}, { state: null, broken: 'why', stale: { after: earlier, vague: false } }, []).is).toBe(
      'plan',
    );
  });
});
