// YAML text -> nodes that keep their place, and every fault of the text. Reads no file; knows no keyword.
import { Composer, type CST, type Document, type ErrorCode, Lexer, Parser, type YAMLError } from 'yaml';
import { fault } from '../core/fault.ts';
import { lineText, type Source, spanAt } from '../core/source.ts';
import type { Fault } from '../core/types.ts';
import type { YamlNode } from './node.ts';
import { quotedHabit, toNode } from './yaml-nodes.ts';

export interface Parsed {
  /** Empty where the text is no YAML: what follows would be guesses. */
  readonly documents: YamlNode[];
  readonly faults: Fault[];
}

/** What keeps the memory for one file under 500 MB, measured: the parser takes about 200 bytes a lexeme. */
const limits = { characters: 8_000_000, lines: 300_000, lexemes: 1_800_000, depth: 200 } as const;

const mends: Partial<Record<ErrorCode, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'quote the value if it holds ": ", or put the map on lines of its own',
  MULTILINE_IMPLICIT_KEY: 'write a ":" after the key, or quote the text',
  TAB_AS_INDENT: 'indent with spaces, never with tabs',
  BAD_INDENT: 'line the key up with the others of its map',
  MISSING_CHAR: 'close the quote or the bracket that is still open, or quote the whole value',
  BAD_DQ_ESCAPE: 'write the backslash twice, or use single quotes',
  BAD_ALIAS: 'quote the value: a leading * is an alias in YAML',
  BLOCK_IN_FLOW: 'write the whole list or map in brackets, or none of it',
  UNEXPECTED_TOKEN: 'quote the value',
};

export function parseYaml(from: Source): Parsed {
  const faults: Fault[] = [];
  const tokens = readTokens(from, faults);
  if (!tokens) return { documents: [], faults };
  const documents = compose(tokens);
  const broken = documents.flatMap(document => document.errors.map(error => syntaxFault(from, error)));
  if (broken.length > 0) return { documents: [], faults: oneALine(broken) };
  const nodes = documents.flatMap(document => (document.contents ? [toNode(document.contents, from, faults)] : []));
  return { documents: nodes, faults };
}

/** The parser of tokens keeps a stack of its own, so depth is known here before anything recurses. */
export function readTokens(from: Source, faults: Fault[]): CST.Token[] | undefined {
  const tooMuch = (what: string, offset: number) => {
    const mend = 'split the file, or let an executable print the data as JSON';
    faults.push(
      fault('E107', { what: `${what} in ${from.file}`, at: spanAt(from, offset), why: 'it would take all memory', mend }),
    );
    return undefined;
  };
  if (from.text.length > limits.characters) return tooMuch(`more than ${limits.characters} characters`, 0);
  if (from.lineStarts.length > limits.lines)
    return tooMuch(`more than ${limits.lines} lines`, from.lineStarts[limits.lines] ?? 0);
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(from.text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (++lexemes > limits.lexemes) return tooMuch('too many values', parser.offset);
    if (parser.stack.length > limits.depth) return tooMuch(`more than ${limits.depth} levels of nesting`, parser.offset);
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function compose(tokens: readonly CST.Token[]): Document.Parsed[] {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  return [...composer.compose(tokens)];
}

function syntaxFault(from: Source, error: YAMLError): Fault {
  const at = spanAt(from, error.pos[0], error.pos[1] - error.pos[0]);
  const habit = quotedHabit(lineText(from, at.line) ?? '', at);
  if (habit) return habit;
  const mend = mends[error.code] ?? 'compare the indentation and the quotes with the lines above';
  return fault('E102', { what: 'the text is not YAML', at, why: error.message, mend });
}

/** One mistake makes the parser stumble several times on its line. */
function oneALine(faults: readonly Fault[]): Fault[] {
  const seen = new Set<number | undefined>();
  return faults.filter(({ at }) => !seen.has(at?.line) && seen.add(at?.line));
}
