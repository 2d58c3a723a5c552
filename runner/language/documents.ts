// YAML text of manifests -> plain objects. A mistake names the line of the rendered text, which is what the parser saw.
import { parseAllDocuments } from 'yaml';
import { fault } from '../core/fault.ts';
import type { Fault, Span } from '../core/types.ts';

/** All documents of the text; empty ones are left out. */
export function documentsOf(text: string, name: string, at: Span): readonly unknown[] | Fault {
  const documents = [parseAllDocuments(text, { version: '1.2', merge: true })].flat();
  for (const document of documents) {
    const [error] = document.errors ?? [];
    if (error) return notYaml(text, name, error.pos[0], error.message, at);
  }
  return documents.map(document => document.toJS({ maxAliasCount: 100 }) as unknown).filter(found => found !== null);
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
