// Comprehensions of CEL: map, filter, exists, all, over lists and the keys of maps, with a bound on the work. Pure.
import type { Tree } from './cel.ts';
import { lift, lower, typeName } from './numbers.ts';
import { type Build, build, buildTruth, type Frame, placed, present, type Run, truth } from './program.ts';
import { Pending, Trouble } from './signals.ts';

/** The work of one evaluation, counted in items looked at: nested loops over long lists end with a fault, not with a hang. */
const mostSteps = 1_000_000;

function* items(of: unknown, frame: Frame, slot: number): Generator {
  if (of instanceof Pending || typeof of !== 'object' || of === null) {
    throw new Trouble('E308', {
      what: 'a comprehension over a value that is no list',
      why: `its type is ${typeName(of)}`,
      mend: 'write [x] for a list of one',
    });
  }
  for (const item of Array.isArray(of) ? of : Object.keys(of)) {
    frame.steps += 1;
    if (frame.steps > mostSteps) {
      throw new Trouble('E313', {
        what: 'this expression takes too much work',
        why: `it looked at ${mostSteps} items`,
        mend: 'do it in two steps, or over shorter lists',
      });
    }
    frame.slots[slot] = lift(item);
    yield item;
  }
}

export type Comprehension = (node: Tree, target: Run, bodies: readonly Tree[], scope: Build) => Run;

const mapWord: Comprehension = (node, target, bodies, scope) => {
  const slot = scope.locals.length - 1;
  const keep: Run = bodies.length === 2 ? buildTruth(bodies[0] as Tree, scope) : () => true;
  const change = build(bodies.at(-1) as Tree, scope);
  return placed(node, frame => {
    const made: unknown[] = [];
    for (const _ of items(present(target(frame)), frame, slot)) if (keep(frame)) made.push(lower(change(frame)));
    return made;
  });
};

const filterWord: Comprehension = (node, target, bodies, scope) => {
  const keep = buildTruth(bodies[0] as Tree, scope);
  return placed(node, frame => {
    const made: unknown[] = [];
    for (const item of items(present(target(frame)), frame, scope.locals.length - 1)) if (keep(frame)) made.push(item);
    return made;
  });
};

/** exists and all: an item that decides is enough, even where another one fails (as CEL has it). */
const quantifier =
  (deciding: boolean): Comprehension =>
  (node, target, bodies, scope) => {
    const test = buildTruth(bodies[0] as Tree, scope);
    return placed(node, frame => {
      const failures: unknown[] = [];
      for (const _ of items(present(target(frame)), frame, scope.locals.length - 1)) {
        try {
          if (test(frame) === deciding) return deciding;
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return !deciding;
    });
  };

const existsOne: Comprehension = (node, target, bodies, scope) => {
  const test = buildTruth(bodies[0] as Tree, scope);
  return placed(node, frame => {
    let count = 0;
    for (const _ of items(present(target(frame)), frame, scope.locals.length - 1)) if (truth(test(frame))) count += 1;
    return count === 1;
  });
};

export const comprehensions: Readonly<Record<string, Comprehension>> = {
  map: mapWord,
  filter: filterWord,
  exists: quantifier(true),
  all: quantifier(false),
  exists_one: existsOne,
  existsOne,
};
