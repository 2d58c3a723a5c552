// YAML text of manifests -> plain objects. A mistake names the line of the rendered text, which is what the parser saw.
import { Composer } from 'yaml';
import { fault } from '../core/fault.ts';
import { source } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';
import { readTokens } from './yaml.ts';

/** All documents of the text; empty ones are left out. */
export function documentsOf(text: string, name: string, at: Span): readonly unknown[] | Fault {
  const faults: Fault[] = [];
  const tokens = readTokens(source(name, text), faults);
  if (!tokens) return { ...(faults[0] as Fault), at };
  const documents = [...new Composer({ version: '1.2', merge: true, logLevel: 'silent' }).compose(tokens)];
  for (const document of documents) {
    const [error] = document.errors ?? [];
    if (error) return notYaml(text, name, error.pos[0], error.message, at);
  }
  try {
    return documents.map(document => document.toJS({ maxAliasCount: 100 }) as unknown).filter(found => found !== null);
  } catch (error) {
    // The one thing that it throws for: aliases of aliases, which would take all memory.
    return notYaml(text, name, 0, error instanceof Error ? error.message : String(error), at);
  }
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
