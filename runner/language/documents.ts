// YAML text that a run makes (manifests, from_yaml) -> plain data. A mistake names the line of that text, which is what the parser saw.
import { Composer } from 'yaml';
import { fault } from '../core/fault.ts';
import { source } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';
import { readTokens } from './yaml.ts';

export interface Broken {
  /** Absent where the text is too large to be read. */
  readonly offset?: number;
  readonly message: string;
  readonly fault?: Fault;
}

/** All documents of the text, with the bounds of every YAML file. */
export function readDocuments(text: string, name: string): { readonly values: readonly unknown[] } | Broken {
  const faults: Fault[] = [];
  const tokens = readTokens(source(name, text), faults);
  if (!tokens) return { message: faults[0]?.what ?? 'it is too large', ...(faults[0] ? { fault: faults[0] } : {}) };
  const documents = [...new Composer({ version: '1.2', merge: true, logLevel: 'silent' }).compose(tokens)];
  for (const document of documents) {
    const [error] = document.errors ?? [];
    if (error) return { offset: error.pos[0], message: error.message };
  }
  try {
    return { values: documents.map(document => document.toJS({ maxAliasCount: 100 }) as unknown) };
  } catch (error) {
    // The one thing that it throws for: aliases of aliases, which would take all memory.
    return { offset: 0, message: error instanceof Error ? error.message : String(error) };
  }
}

/** The documents of a manifest; empty ones are left out. */
export function documentsOf(text: string, name: string, at: Span): readonly unknown[] | Fault {
  const read = readDocuments(text, name);
  if ('values' in read) return read.values.filter(found => found !== null);
  return read.fault ? { ...read.fault, at } : notYaml(text, name, read.offset ?? 0, read.message, at);
}

function notYaml(text: string, name: string, offset: number, message: string, at: Span): Fault {
  const row = text.slice(0, offset).split('\n').length;
  const lines = text.split('\n').slice(Math.max(0, row - 2), row + 1);
  return fault('E102', {
    what: `${name} is not YAML after rendering`,
    why: `line ${row}: ${message.split('\n')[0]}\n${lines.join('\n')}`,
    mend: 'compare the indentation and the quotes with the lines above; a value that may hold ": " or "#" needs quotes',
    at,
  });
}
