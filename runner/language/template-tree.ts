// A Handlebars tree made strict: every path and call goes through our own words, which know its place. Renders nothing.
import { didYouMean, fault } from '../core/fault.ts';
import type { Reference } from '../core/site.ts';
import type { Fault, Span } from '../core/types.ts';
import { findFunction, functionNames } from './functions/index.ts';

type Ast = hbs.AST.Node;
type Params = hbs.AST.Expression[];

/** A path of the template: the keys after its base, and where it stands. */
export interface Spot {
  readonly keys: readonly string[];
  readonly span: Span;
  /** Missing values are an answer: `has`, `default`. */
  readonly lenient: boolean;
}
export interface Strict {
  readonly spots: readonly Spot[];
  readonly references: readonly Reference[];
  readonly faults: readonly Fault[];
}

/** Words that stand in the tree in place of paths and output. */
export const pathWord = '__path';
export const showWord = '__show';
/** Words that may be given what is missing. */
export const lenientWords: ReadonlySet<string> = new Set(['default', 'has']);
const blocks: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with']);

interface Walk {
  readonly file: string;
  readonly spots: Spot[];
  readonly references: Reference[];
  readonly faults: Fault[];
}
/** What `this` is: the variables, or something of a loop; and the names that blocks have given. */
interface Sight {
  readonly contexts: readonly ('root' | 'item')[];
  readonly names: ReadonlySet<string>;
  /** Inside of a block: what is here may never be rendered. */
  readonly perhaps: boolean;
}

export function makeStrict(program: hbs.AST.Program, file: string): Strict {
  const walk: Walk = { file, spots: [], references: [], faults: [] };
  walkProgram(program, walk, { contexts: ['root'], names: new Set(), perhaps: false });
  return walk;
}

const spanOf = (node: Ast, { file }: Walk): Span => {
  const { start, end } = node.loc;
  return {
    file,
    line: start.line,
    col: start.column + 1,
    length: end.line === start.line ? Math.max(1, end.column - start.column) : 1,
  };
};

const refuse = (node: Ast, walk: Walk, what: string, why: string, mend: string, code: 'E305' | 'E306' | 'E315' = 'E315'): void =>
  void walk.faults.push(fault(code, { what, why, mend, at: spanOf(node, walk) }));

function walkProgram(program: hbs.AST.Program | undefined, walk: Walk, sight: Sight): void {
  for (const statement of program?.body ?? []) {
    switch (statement.type) {
      case 'MustacheStatement':
        walkMustache(statement as hbs.AST.MustacheStatement, walk, sight);
        break;
      case 'BlockStatement':
        walkBlock(statement as hbs.AST.BlockStatement, walk, sight);
        break;
      case 'ContentStatement':
      case 'CommentStatement':
        break;
      default:
        refuse(statement, walk, 'partials and decorators are not there', 'a template is one file', 'write the text here');
    }
  }
}

const isPath = (node: Ast): node is hbs.AST.PathExpression => node.type === 'PathExpression';
const word = (name: string, loc: hbs.AST.SourceLocation): hbs.AST.PathExpression => ({
  type: 'PathExpression',
  data: false,
  depth: 0,
  parts: [name],
  original: name,
  loc,
});

const call = (name: string, params: Params, loc: hbs.AST.SourceLocation): hbs.AST.SubExpression =>
  ({ type: 'SubExpression', path: word(name, loc), params, hash: undefined, loc }) as unknown as hbs.AST.SubExpression;

function walkMustache(node: hbs.AST.MustacheStatement, walk: Walk, sight: Sight): void {
  const { path, params, loc } = node;
  checkHash(node, walk);
  const shown = params.length === 0 ? argument(path, walk, sight, false) : calledFunction(node, walk, sight);
  if (!shown) return;
  node.path = word(showWord, loc);
  node.params = [shown];
}

function checkHash(node: { readonly hash?: hbs.AST.Hash } & Ast, walk: Walk): void {
  const pair = node.hash?.pairs[0];
  if (pair)
    refuse(
      pair,
      walk,
      `"${pair.key}=" is not known here`,
      'arguments are given in their order, without names',
      'write the value alone',
      'E306',
    );
}

function calledFunction(
  node: (hbs.AST.MustacheStatement | hbs.AST.SubExpression) & Ast,
  walk: Walk,
  sight: Sight,
): hbs.AST.SubExpression | undefined {
  const name = isPath(node.path) ? node.path.original : '';
  const found = findFunction(name);
  if (!found && name !== 'has' && name !== 'default' && name !== 'lookup') {
    const meant = didYouMean(name, [...functionNames(), 'has', 'default', 'lookup']);
    refuse(
      node,
      walk,
      `there is no function "${name}"`,
      'a word with arguments is a function',
      meant ? `did you mean "${meant}"?` : '"tsrun doc functions" lists them all',
      'E305',
    );
    return undefined;
  }
  const [least, most] = found?.args ?? (name === 'has' ? [1, 1] : name === 'lookup' ? [2, 2] : [2, 3]);
  if (node.params.length < least || node.params.length > most) {
    refuse(
      node,
      walk,
      `"${name}" has the wrong number of arguments`,
      `it got ${node.params.length}`,
      found ? `the arguments are those of ${found.does}` : `write (${name} ...)`,
      'E306',
    );
    return undefined;
  }
  const params = node.params.map((param, i) => argument(param, walk, sight, lenientWords.has(name) && i === 0));
  return params.includes(undefined) ? undefined : call(name, params as Params, node.loc);
}

/** What stands for one argument: literals as they are, paths and calls in our own words. */
function argument(node: hbs.AST.Expression, walk: Walk, sight: Sight, lenient: boolean): hbs.AST.Expression | undefined {
  if (isPath(node)) return pathCall(node, walk, sight, lenient);
  if (node.type !== 'SubExpression') return node;
  checkHash(node, walk);
  return calledFunction(node as hbs.AST.SubExpression, walk, sight);
}

/** As far as a check can follow: up to an index or a length. `vars.x` is the variable x. */
function written(keys: readonly string[]): readonly string[] {
  const path = keys[0] === 'vars' && keys.length > 1 ? keys.slice(1) : keys;
  const end = path.findIndex((key, i) => i > 0 && (/^\d+$/.test(key) || key === 'length'));
  return end < 0 ? path : path.slice(0, end);
}

/** Handlebars finds the base (this, .., a name that a block gave, @data); the keys after it are read by us. */
function pathCall(node: hbs.AST.PathExpression, walk: Walk, sight: Sight, lenient: boolean): hbs.AST.Expression {
  const parts = node.parts as readonly string[];
  const isOwn = !node.data && node.depth === 0 && !/^(?:this\b|\.)/.test(node.original) && sight.names.has(parts[0] ?? '');
  const taken = node.data || isOwn ? 1 : 0;
  const base = { ...node, parts: parts.slice(0, taken) } as hbs.AST.PathExpression;
  const keys = parts.slice(taken);
  const span = spanOf(node, walk);
  const isRoot = node.data ? parts[0] === 'root' : !isOwn && sight.contexts.at(-1 - node.depth) === 'root';
  if (isRoot && keys.length > 0)
    walk.references.push({ path: written(keys), span, optional: lenient, ...(sight.perhaps ? { perhaps: true } : {}) });
  walk.spots.push({ keys, span, lenient });
  const index = {
    type: 'NumberLiteral',
    value: walk.spots.length - 1,
    original: walk.spots.length - 1,
    loc: node.loc,
  } as hbs.AST.NumberLiteral;
  return call(pathWord, [base, index], node.loc);
}

function walkBlock(node: hbs.AST.BlockStatement, walk: Walk, sight: Sight): void {
  const name = node.path.original;
  if (!blocks.has(name)) {
    const meant = node.params.length > 0 ? didYouMean(name, blocks) : undefined;
    const mend = meant ? `did you mean "${meant}"?` : `write {{#if ${name}}}, {{#each ${name}}} or {{#with ${name}}}`;
    return refuse(node, walk, `there is no block "${name}"`, 'blocks are if, unless, each and with', mend);
  }
  const [param] = node.params;
  if (!param || node.params.length > 1)
    return refuse(
      node,
      walk,
      `"${name}" takes one value`,
      `it got ${node.params.length}`,
      'write a call in round brackets: {{#if (eq a b)}}',
      'E306',
    );
  const made = argument(param, walk, sight, false);
  if (made) node.params = [made];
  const names = new Set([...sight.names, ...(node.program?.blockParams ?? [])]);
  const contexts = name === 'each' || name === 'with' ? [...sight.contexts, 'item' as const] : sight.contexts;
  walkProgram(node.program, walk, { contexts, names, perhaps: true });
  walkProgram(node.inverse, walk, { ...sight, perhaps: true });
}
