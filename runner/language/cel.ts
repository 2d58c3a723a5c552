// CEL text to its tree, by the library's parser; the one file that imports it. What a tree means is in program.ts.
//
// Only the parser is used. The library's evaluator types a list by its first item (`[1] + ['a']` fails), lets no one
// replace `int`, `bool` or `matches`, and has no bound on the work of nested comprehensions.
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import type { Range } from './signals.ts';

export type Tree = ASTNode;
export interface Unreadable {
  readonly why: string;
  readonly code: string;
  readonly range: Range;
}

const longest = 20_000;

const grammar = new Environment({
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: 2000, maxDepth: 60 },
});

interface ParseTrouble {
  readonly code?: string;
  readonly summary?: string;
  readonly range?: Range;
}

export function parse(text: string): Tree | Unreadable {
  const whole = { start: 0, end: text.length };
  if (text.length > longest) return { why: `it has more than ${longest} characters`, code: 'limit_exceeded', range: whole };
  try {
    return grammar.parse(text).ast;
  } catch (error) {
    // A RangeError is a stack that nests too deep (`!!!!...`), which the limits of the library do not see.
    if (error instanceof RangeError) return { why: 'it nests too deep', code: 'limit_exceeded', range: whole };
    const { code = 'parse_error', summary, range = whole } = error as ParseTrouble;
    return { why: summary ?? String(error), code, range };
  }
}

export const isUnreadable = (found: Tree | Unreadable): found is Unreadable => 'why' in found;
