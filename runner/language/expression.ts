// Expressions: CEL text in, a compiled Expression out, and its value in a scope. Every mistake becomes a Fault with its place.
import { fault } from '../core/fault.ts';
import type { Answer, Expression } from '../core/site.ts';
import type { Fault, Span } from '../core/types.ts';
import { isUnreadable, parse, type Unreadable } from './cel.ts';
import { jinjaFault, pythonNames } from './jinja.ts';
import { settle } from './lazy.ts';
import { lower } from './numbers.ts';
import { build, type Lookup, present, type Run } from './program.ts';
import { referencesOf } from './references.ts';
import { Faulty, NotYet, type Range, Trouble } from './signals.ts';

export type { Lookup } from './program.ts';

/** The place of characters of the expression's text in its file. */
export type Locate = (start: number, end: number) => Span;
export interface Compiled {
  readonly expression: Expression | null;
  readonly faults: readonly Fault[];
}
interface Program {
  readonly run: Run;
  readonly locate: Locate;
}

/** On one line a place is an offset; over several the caller must say how the text lies in the file. */
function inLine(text: string, span: Span): Locate {
  return (start, end) => {
    const before = text.slice(0, start);
    const newline = before.lastIndexOf('\n');
    const line = span.line + (newline < 0 ? 0 : before.split('\n').length - 1);
    const col = newline < 0 ? span.col + start : start - newline;
    return { file: span.file, line, col, length: Math.max(1, end - start) };
  };
}

export const located = (trouble: Trouble, locate: Locate, whole: Range): Fault => {
  const { what, why, mend, range = whole } = trouble.parts;
  return fault(trouble.code, { what, why, mend, at: locate(range.start, range.end) });
};

function unreadableFault(text: string, found: Unreadable, locate: Locate, dress: (cel: string) => string): Fault {
  const { range, why, code } = found;
  const at = locate(Math.min(range.start, Math.max(0, text.length - 1)), range.end);
  const jinja = jinjaFault(text, locate, dress);
  if (jinja) return jinja;
  if (code === 'reserved_identifier') {
    const name = text.slice(range.start, range.end);
    return fault('E301', {
      what: `"${name}" is a reserved word of CEL`,
      why: 'a variable of that name cannot be named alone',
      mend: `write vars.${name}`,
      at,
    });
  }
  if (code === 'limit_exceeded')
    return fault('E313', { what: 'this expression is too large', why, mend: 'split it: give its parts names under vars', at });
  const assignment = /[^=!<>]=[^=]/.test(text) ? 'write == to compare' : '"tsrun doc expressions" shows how to write it';
  return fault('E301', {
    what: 'this is not a CEL expression',
    why,
    mend: text.trim() === '' ? 'write an expression between {{ and }}' : assignment,
    at,
  });
}

const bare = (cel: string): string => cel;

/** Compiles CEL text that stands at `span`. `dress` shows a mended expression as its YAML wants it: with braces in a value. */
export function compileExpression(text: string, span: Span, locate: Locate = inLine(text, span), dress = bare): Compiled {
  const tree = parse(text);
  if (isUnreadable(tree)) return { expression: null, faults: [unreadableFault(text, tree, locate, dress)] };
  const faults: Fault[] = [];
  const whole = { start: 0, end: text.length };
  const report = (trouble: Trouble): void => void faults.push(located(trouble, locate, whole));
  const run = build(tree, { locals: [], report });
  const references = referencesOf(tree, locate);
  for (const reference of references) {
    const meant = pythonNames[reference.path[0] as string];
    if (meant)
      faults.push(
        fault('E302', {
          what: `"${reference.path[0]}" is Python's spelling`,
          why: 'CEL has true, false and null',
          mend: `write ${meant}`,
          at: reference.span,
        }),
      );
  }
  const program: Program = { run, locate };
  return { expression: faults.length > 0 ? null : { text, span, references, program }, faults };
}

/** The value as plain data. Throws the signals of signals.ts, every Trouble already turned into Faulty. */
export function run(expression: Expression, lookup: Lookup): unknown {
  const program = expression.program as Program;
  try {
    return lower(present(program.run({ lookup, slots: [], steps: 0 })));
  } catch (error) {
    if (error instanceof Trouble) throw new Faulty([located(error, program.locate, { start: 0, end: expression.text.length })]);
    if (error instanceof RangeError)
      throw new Faulty([
        fault('E313', {
          what: 'this expression nests too deep',
          why: error.message,
          mend: 'split it: give its parts names under vars',
          at: expression.span,
        }),
      ]);
    throw error;
  }
}

/** Turns what an evaluation throws into an Answer; anything else is a bug and goes on its way. `at`: where no expression stands. */
export function answer<T>(work: () => T, at?: Span): Answer<T> {
  try {
    return { is: 'known', value: work() };
  } catch (error) {
    if (error instanceof Trouble)
      return {
        is: 'fault',
        faults: [fault(error.code, { what: error.parts.what, why: error.parts.why, mend: error.parts.mend, at })],
      };
    if (error instanceof NotYet) return { is: 'unknown', name: error.variable, unknown: error.unknown };
    if (error instanceof Faulty) return { is: 'fault', faults: error.faults };
    throw error;
  }
}

export const evaluate = (expression: Expression, lookup: Lookup): Answer<unknown> =>
  answer(() => settle(run(expression, lookup)));
