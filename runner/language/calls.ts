// Calls in CEL: the words that decide which of their arguments run (has, default, map, filter, ...), and the functions.
import { didYouMean } from '../core/fault.ts';
import { solid } from './access.ts';
import type { Tree } from './cel.ts';
import { findFunction, functionNames } from './functions/index.ts';
import type { LanguageFunction } from './functions/table.ts';
import { lift, lower, typeName } from './numbers.ts';
import { comprehensions } from './comprehensions.ts';
import { type Build, build, buildPath, buildTruth, type Frame, placed, present, type Run } from './program.ts';
import { isMissing, Maybe, Misuse, none, Trouble } from './signals.ts';

const at = (node: Tree): { start: number; end: number } => ({ start: node.start, end: node.end });
const nothing: Run = () => null;

/** f(a, b) */
export function buildCall(node: Tree, name: string, args: readonly Tree[], scope: Build): Run {
  if (name === 'has' && args.length === 1) return buildHas(args[0] as Tree, scope);
  if (name === 'default' && (args.length === 2 || args.length === 3)) return buildDefault(args, scope);
  if (name === 'type' && args.length === 1) {
    const run = build(args[0] as Tree, scope);
    return frame => typeName(run(frame));
  }
  if (name === 'dyn' && args.length === 1) return build(args[0] as Tree, scope);
  return buildFunction(node, name, args, scope);
}

/** True where the path can be read to its end; nothing on the way needs to be there. */
function buildHas(arg: Tree, scope: Build): Run {
  const run = buildPath(arg, scope);
  return frame => {
    try {
      const value = run(frame);
      return value instanceof Maybe ? value.there : true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  };
}

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === false ||
  value === 0 ||
  value === 0n ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** default(x, y): y where x is missing or null; default(x, y, true): also where x is empty, 0 or false. */
function buildDefault([value, other, also]: readonly Tree[], scope: Build): Run {
  const [run, instead] = [buildPath(value as Tree, scope), build(other as Tree, scope)];
  const empty: Run = also ? buildTruth(also, scope) : () => false;
  return frame => {
    let found: unknown;
    try {
      found = solid(run(frame));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    if (found instanceof Maybe) found = found.there ? found.value : null;
    return found === null || found === undefined || (isEmpty(found) && empty(frame) === true) ? instead(frame) : found;
  };
}

/** Names of Jinja and of other tools, with what to write here. */
const elsewhere: Readonly<Record<string, string>> = {
  defined: 'write has(vars.x)',
  lookup: 'write env("NAME"), file("PATH"), fileglob("PATTERN"), password("PATH") or first_found([...])',
  query: 'write env("NAME"), file("PATH"), fileglob("PATTERN"), password("PATH") or first_found([...])',
  q: 'write fileglob("PATTERN") and the like',
};

const lookups: ReadonlySet<string> = new Set(['lookup', 'query', 'q']);

/** lookup("env", "HOME") is env("HOME"). */
function withoutLookup(node: Tree, name: string, args: readonly Tree[]): string | undefined {
  const [kind, first] = args;
  if (!lookups.has(name) || kind?.op !== 'value' || typeof kind.args !== 'string' || !first) return undefined;
  const last = args.at(-1) as Tree;
  return findFunction(kind.args) ? `write ${kind.args}(${node.input.slice(first.start, last.end)})` : undefined;
}

function unknownFunction(node: Tree, name: string, scope: Build, args: readonly Tree[] = []): Run {
  const meant = didYouMean(name, [...functionNames(), 'has', 'default']);
  const mend =
    withoutLookup(node, name, args) ??
    elsewhere[name] ??
    (meant ? `did you mean "${meant}"?` : '"tsrun doc functions" lists them all');
  scope.report(
    new Trouble('E305', {
      what: `there is no function "${name}"`,
      why: 'functions are those of CEL and of tsrun',
      mend,
      range: at(node),
    }),
  );
  return nothing;
}

function checkCount(node: Tree, name: string, found: LanguageFunction, count: number, scope: Build): boolean {
  const [least, most] = found.args;
  if (count >= least && count <= most) return true;
  const range = least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`;
  const why = `it takes ${range} argument${range === '1' ? '' : 's'}, and got ${count}`;
  scope.report(
    new Trouble('E306', {
      what: `"${name}" has the wrong number of arguments`,
      why,
      mend: `write ${found.does}`,
      range: at(node),
    }),
  );
  return false;
}

/** Runs a function on plain data, and says which function it was where that fails. */
export function callFunction(
  name: string,
  found: LanguageFunction,
  args: readonly unknown[],
  frame: Pick<Frame, 'lookup'>,
): unknown {
  try {
    const plain = args.map(arg => (found.double && typeof arg === 'bigint' ? Number(arg) : lower(present(arg))));
    const result = found.run(plain, frame.lookup.world);
    return found.double ? result : lift(result === undefined ? null : result);
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    throw new Trouble('E306', { what: `"${name}" cannot work with its arguments`, why: error.message, mend: error.mend });
  }
}

function buildFunction(node: Tree, name: string, args: readonly Tree[], scope: Build): Run {
  const runs = args.map(arg => build(arg, scope));
  const found = findFunction(name);
  if (!found) return unknownFunction(node, name, scope, args);
  if (!checkCount(node, name, found, args.length, scope)) return nothing;
  return placed(node, frame =>
    callFunction(
      name,
      found,
      runs.map(run => run(frame)),
      frame,
    ),
  );
}

/** target.f(a, b): a comprehension, a word on optionals, or f(target, a, b). */
export function buildMethod(node: Tree, [name, target, args]: readonly [string, Tree, readonly Tree[]], scope: Build): Run {
  const first = args[0];
  if (target.op === 'id' && target.args === 'cel' && name === 'bind' && args.length === 3) return buildBind(args, scope);
  if (target.op === 'id' && target.args === 'optional') return buildOptional(node, name, args, scope);
  if (name === 'default' && (args.length === 1 || args.length === 2)) return buildDefault([target, ...args], scope);
  if (optionalWords.has(name)) return buildOptionalWord(node, name, target, args, scope);
  const word = first?.op === 'id' ? comprehensions[name] : undefined;
  if (word && first?.op === 'id' && (args.length === 2 || (name === 'map' && args.length === 3))) {
    return word(node, build(target, scope), args.slice(1), { ...scope, locals: [...scope.locals, first.args] });
  }
  return buildFunction(node, name, [target, ...args], scope);
}

function buildBind([variable, value, body]: readonly Tree[], scope: Build): Run {
  const slot = scope.locals.length;
  const [run, inner] = [
    build(value as Tree, scope),
    build(body as Tree, { ...scope, locals: [...scope.locals, variable?.args as string] }),
  ];
  return frame => {
    frame.slots[slot] = run(frame);
    return inner(frame);
  };
}

function buildOptional(node: Tree, name: string, args: readonly Tree[], scope: Build): Run {
  if (name === 'none') return () => none;
  const run = args[0] ? build(args[0], scope) : nothing;
  if (name === 'of') return frame => new Maybe(true, run(frame));
  if (name !== 'ofNonZeroValue') return unknownFunction(node, `optional.${name}`, scope);
  return frame => {
    const value = run(frame);
    return value === null || isEmpty(value) ? none : new Maybe(true, value);
  };
}

const optionalWords = new Set(['orValue', 'or', 'hasValue', 'value']);

function buildOptionalWord(node: Tree, name: string, target: Tree, args: readonly Tree[], scope: Build): Run {
  const run = buildPath(target, scope);
  const other = args[0] ? build(args[0], scope) : nothing;
  return placed(node, frame => {
    const found = run(frame);
    // A value that is simply there is as good as an optional one: `vars.x.orValue(1)` is a common slip.
    const maybe = found instanceof Maybe ? found : new Maybe(true, found);
    if (name === 'hasValue') return maybe.there;
    if (name === 'or') return maybe.there ? maybe : other(frame);
    if (maybe.there) return solid(maybe.value);
    if (name === 'orValue') return other(frame);
    throw new Trouble('E312', {
      what: 'value() of an optional that is empty',
      why: 'the field is not there',
      mend: 'write .orValue(...) instead',
    });
  });
}
