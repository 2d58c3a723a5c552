// A CEL tree to a function that evaluates it. Pure: variables come through the Lookup, one at a time, when they are read.
import { access, isThere, solid, step } from './access.ts';
import type { Tree } from './cel.ts';
import { buildCall, buildMethod } from './calls.ts';
import type { World } from './functions/table.ts';
import { put } from './functions/table.ts';
import { calculate, compare, contains, equal, lift, lower, negate, typeName } from './numbers.ts';
import { Maybe, Trouble } from './signals.ts';

/** Where names get their values. */
export interface Lookup {
  /** undefined where nothing defines the name; a Pending where its value is not known yet. */
  get(name: string): unknown;
  /** All names, for "did you mean". */
  names(): Iterable<string>;
  readonly world: World;
}

/** One evaluation: the values of comprehension variables by slot, and the work done so far. */
export interface Frame {
  readonly lookup: Lookup;
  readonly slots: unknown[];
  steps: number;
}
export type Run = (frame: Frame) => unknown;

/** Comprehension variables that are in sight, and where mistakes go. */
export interface Build {
  readonly locals: readonly string[];
  report(trouble: Trouble): void;
}

/** Names of CEL's types: `type(x) == string`. A variable of the name wins. */
export const typeWords: ReadonlySet<string> = new Set([
  'bool',
  'int',
  'double',
  'string',
  'list',
  'map',
  'bytes',
  'null_type',
  'version',
]);

const never: Run = () => null;
const at = (node: Tree): { start: number; end: number } => ({ start: node.start, end: node.end });

/** Adds the place to a mistake that has none yet. */
export function placed(node: Tree, run: Run): Run {
  return frame => {
    try {
      return run(frame);
    } catch (error) {
      if (error instanceof Trouble && !error.parts.range) throw new Trouble(error.code, { ...error.parts, range: at(node) });
      throw error;
    }
  };
}

/** A value that can be worked with: neither pending nor optional. */
export function build(node: Tree, scope: Build): Run {
  switch (node.op) {
    case 'value': {
      const value =
        typeof node.args === 'object' && node.args !== null && 'valueOf' in node.args ? node.args.valueOf() : node.args;
      return () => value;
    }
    case 'id':
    case '.':
    case '[]': {
      const run = buildPath(node, scope);
      return placed(node, frame => solid(run(frame)));
    }
    case '.?':
    case '[?]':
      return buildPath(node, scope);
    case 'call':
      return buildCall(node, node.args[0], node.args[1], scope);
    case 'rcall':
      return buildMethod(node, node.args, scope);
    case 'list':
      return buildList(node.args, scope);
    case 'map':
      return buildMap(node.args, scope);
    case '!_':
      return buildNot(node.args, scope);
    case '-_': {
      const run = build(node.args, scope);
      return placed(node, frame => negate(run(frame)));
    }
    case '?:':
      return buildChoice(node.args, scope);
    case '&&':
      return buildLogic(false, node.args, scope);
    case '||':
      return buildLogic(true, node.args, scope);
    default:
      return buildBinary(node, scope);
  }
}

/** Names, fields and indexes; the value may be Pending, so that its known fields can be read. */
export function buildPath(node: Tree, scope: Build): Run {
  if (node.op === 'id') return buildName(node, node.args, scope);
  if (node.op !== '.' && node.op !== '[]' && node.op !== '.?' && node.op !== '[?]') return build(node, scope);
  const [from, key] = node.args;
  const target = buildPath(from, scope);
  const index: Run = typeof key === 'string' ? () => key : build(key, scope);
  if (node.op === '.?' || node.op === '[?]') return placed(node, frame => step(target(frame), index(frame)));
  return placed(node, frame => access(target(frame), index(frame)));
}

function buildName(node: Tree, name: string, scope: Build): Run {
  const slot = scope.locals.lastIndexOf(name);
  if (slot >= 0) return frame => frame.slots[slot];
  return placed(node, frame => {
    const value = frame.lookup.get(name);
    if (value !== undefined) return lift(value);
    if (typeWords.has(name)) return name === 'null_type' ? 'null' : name;
    throw isThere(name, frame.lookup.names());
  });
}

function buildList(nodes: readonly Tree[], scope: Build): Run {
  const items = nodes.map(item => build(item, scope));
  return frame => items.map(item => lower(item(frame)));
}

function buildMap(nodes: readonly (readonly [Tree, Tree])[], scope: Build): Run {
  const entries = nodes.map(([key, value]) => [placed(key, keyText(build(key, scope))), build(value, scope)] as const);
  return frame => {
    const made: Record<string, unknown> = {};
    for (const [key, value] of entries) put(made, key(frame) as string, lower(value(frame)));
    return made;
  };
}

const keyText =
  (run: Run): Run =>
  frame => {
    const key = run(frame);
    if (typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean') return String(key);
    throw new Trouble('E308', {
      what: 'a key that is no text',
      why: `it is of type ${typeName(key)}`,
      mend: 'write string(...) around it',
    });
  };

/** What to write instead of a value that is used as if it were true or false. */
const asBool: Readonly<Record<string, string>> = {
  string: 'write x != "" to ask whether there is text, bool(x) where the text says true or false',
  list: 'write size(x) > 0 to ask whether it has items',
  map: 'write size(x) > 0 to ask whether it has keys',
  int: 'write x != 0',
  double: 'write x != 0.0',
  null: 'write x != null',
};

export function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const name = typeName(value);
  const mend = asBool[name] ?? 'give it a value first: x.orValue(false)';
  throw new Trouble('E310', {
    what: 'a value that is neither true nor false where one is needed',
    why: `its type is ${name}`,
    mend,
  });
}

export function buildTruth(node: Tree, scope: Build): Run {
  const run = build(node, scope);
  return placed(node, frame => truth(run(frame)));
}

function buildNot(node: Tree, scope: Build): Run {
  const run = buildTruth(node, scope);
  return frame => !run(frame);
}

function buildChoice([condition, yes, no]: readonly Tree[], scope: Build): Run {
  if (!condition || !yes || !no) return never;
  const [test, first, second] = [buildTruth(condition, scope), build(yes, scope), build(no, scope)];
  return frame => (test(frame) ? first(frame) : second(frame));
}

/** `&&` and `||`: a side that decides is enough, even where the other one fails or is not known yet (as CEL has it). */
function buildLogic(deciding: boolean, [one, other]: readonly [Tree, Tree], scope: Build): Run {
  const [left, right] = [buildTruth(one, scope), buildTruth(other, scope)];
  return frame => {
    let first: unknown;
    try {
      first = left(frame);
    } catch (error) {
      if (right(frame) === deciding) return deciding;
      throw error;
    }
    return first === deciding ? deciding : right(frame);
  };
}

type Operation = (left: unknown, right: unknown) => unknown;

function operation(op: string): Operation {
  switch (op) {
    case '==':
      return equal;
    case '!=':
      return (left, right) => !equal(left, right);
    case 'in':
      return contains;
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return (left, right) => calculate(op, left, right);
    default:
      return (left, right) => compare(op, left, right);
  }
}

function buildBinary(node: Extract<Tree, { args: [Tree, Tree] }>, scope: Build): Run {
  const [left, right] = [build(node.args[0], scope), build(node.args[1], scope)];
  const work = operation(node.op);
  return placed(node, frame => work(present(left(frame)), present(right(frame))));
}

/** Optional values must be opened before they are worked with. */
export function present(value: unknown): unknown {
  if (!(value instanceof Maybe)) return value;
  throw new Trouble('E312', {
    what: 'a value that may be missing',
    why: 'a value read with .? is optional',
    mend: 'write .orValue(...) after it, with the value to take where it is missing',
  });
}
