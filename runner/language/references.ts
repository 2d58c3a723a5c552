// What an expression reads, by a walk over its tree: full paths as far as they are written out. Evaluates nothing.
import type { Reference } from '../core/site.ts';
import type { Span } from '../core/types.ts';
import type { Tree } from './cel.ts';
import { typeWords } from './program.ts';

type Locate = (start: number, end: number) => Span;
interface Walk {
  readonly locals: ReadonlySet<string>;
  readonly optional: boolean;
  readonly perhaps: boolean;
}

interface Path {
  readonly root: string;
  readonly keys: readonly string[];
  /** The fields after the first dynamic index. */
  readonly beyond: readonly string[] | undefined;
  /** How many keys come before the first `.?`; undefined without one. */
  readonly sure: number | undefined;
  readonly dynamic: readonly Tree[];
}

/** The path that a chain of fields and indexes spells; null where it does not begin with a name. */
function pathOf(node: Tree): Path | null {
  if (node.op === 'id') return { root: node.args, keys: [], beyond: undefined, sure: undefined, dynamic: [] };
  if (node.op !== '.' && node.op !== '[]' && node.op !== '.?' && node.op !== '[?]') return null;
  const [target, key] = node.args;
  const from = pathOf(target);
  if (!from) return null;
  const optional = node.op === '.?' || node.op === '[?]';
  const sure = from.sure ?? (optional ? from.keys.length : undefined);
  const fixed = typeof key === 'string' ? key : key.op === 'value' && typeof key.args === 'string' ? key.args : undefined;
  if (fixed === undefined) return { ...from, sure, beyond: from.beyond ?? [], dynamic: [...from.dynamic, key as Tree] };
  return from.beyond ? { ...from, sure, beyond: [...from.beyond, fixed] } : { ...from, sure, keys: [...from.keys, fixed] };
}

export function referencesOf(tree: Tree, locate: Locate): readonly Reference[] {
  const found: Reference[] = [];
  // `vars.x` is the variable x.
  const add = (path: readonly string[], rest: Omit<Reference, 'path'>): void => {
    found.push({ path: path[0] === 'vars' && path.length > 1 ? path.slice(1) : path, ...rest });
  };
  const addPath = (node: Tree, path: Path, walk: Walk): void => {
    const whole = [path.root, ...path.keys];
    const span = locate(node.start, node.end);
    const optional = walk.optional || path.sure !== undefined || (typeWords.has(path.root) && path.keys.length === 0);
    // What stands before the first `.?` must be there all the same.
    const before = whole.slice(0, (path.sure ?? 0) + 1);
    const perhaps = walk.perhaps ? { perhaps: true } : {};
    if (path.sure !== undefined && !walk.optional && before.join() !== 'vars') add(before, { span, optional: false, ...perhaps });
    add(whole, { span, optional, ...(path.beyond ? { beyond: path.beyond } : {}), ...perhaps });
  };
  const visit = (node: Tree, walk: Walk): void => {
    const path = pathOf(node);
    if (path) {
      if (!walk.locals.has(path.root)) addPath(node, path, walk);
      for (const index of path.dynamic) visit(index, { ...walk, optional: false });
      return;
    }
    for (const [child, inner] of children(node, walk)) visit(child, inner);
  };
  visit(tree, { locals: new Set(), optional: false, perhaps: false });
  return found;
}

type Child = readonly [Tree, Walk];

function children(node: Tree, walk: Walk): readonly Child[] {
  const plain = { ...walk, optional: false };
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case 'call':
      return callChildren(node.args[0], node.args[1], plain);
    case 'rcall':
      return methodChildren(node.args, walk);
    case 'list':
      return node.args.map((item): Child => [item, plain]);
    case 'map':
      return node.args.flat().map((item): Child => [item, plain]);
    case '!_':
    case '-_':
      return [[node.args, plain]];
    case '?:':
    case '&&':
    case '||':
      return node.args.map((item, i): Child => [item, i === 0 ? plain : { ...plain, perhaps: true }]);
    default:
      return (node.args as readonly (Tree | string)[])
        .filter(item => typeof item !== 'string')
        .map((item): Child => [item, plain]);
  }
}

const callChildren = (name: string, args: readonly Tree[], walk: Walk): readonly Child[] =>
  args.map((arg, i) => [arg, name === 'has' || (name === 'default' && i === 0) ? { ...walk, optional: true } : walk]);

const binding = new Set(['map', 'filter', 'exists', 'all', 'exists_one', 'existsOne']);

function methodChildren([name, target, args]: readonly [string, Tree, readonly Tree[]], walk: Walk): readonly Child[] {
  const plain = { ...walk, optional: false };
  const bind = target.op === 'id' && target.args === 'cel' && name === 'bind';
  const variable = args[0]?.op === 'id' && args.length >= 2 && (bind || binding.has(name)) ? args[0].args : undefined;
  const head: Child[] =
    target.op === 'id' && (bind || target.args === 'optional')
      ? []
      : [[target, name === 'default' ? { ...walk, optional: true } : plain]];
  if (variable === undefined) return [...head, ...args.map((arg): Child => [arg, plain])];
  const inner = { ...plain, locals: new Set([...walk.locals, variable]), perhaps: walk.perhaps || !bind };
  const rest = args.slice(1).map((arg, i): Child => [arg, bind && i === 0 ? plain : inner]);
  return [...head, ...rest];
}
