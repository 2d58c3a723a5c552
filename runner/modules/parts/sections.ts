// How the probes of system modules frame several answers in one stdout, and how they are read back. Asks nothing itself.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Output, Question, Script } from '../../core/types.ts';

/** Prints `@name`, then what the script prints, each line behind a tab. An empty line at the end says that
 *  the last line had its newline. `sed` starts once; no byte of the answer can be taken for a name. */
export const section = (name: string, script: Script): Script =>
  sh`printf '@%s\\n' ${name}; { ${raw(script)}\n} 2>/dev/null | sed 's/^/\t/'; echo`;

/** The same for a file; no section where it is not there. */
export const fileSection = (name: string, path: string): Script =>
  sh`if [ -f ${path} ]; then printf '@%s\\n' ${name}; sed 's/^/\t/' ${dashed(path)}; echo; fi`;

/** One line: `@name`, a tab, a word or words that hold no newline. Starts no process. */
export const line = (name: string, word: Script): Script => sh`printf '@%s\\n\t%s\\n\\n' ${name} ${raw(word)}`;

/** The question of a probe: its last line says that the script came to its end. */
export const framed = (...scripts: readonly Script[]): Question => ({ sh: lines(...scripts, sh`echo @@`) });

/** A path that no program takes for an option. */
export const dashed = (path: string): string => (path.startsWith('-') ? `./${path}` : path);

export type Sections = ReadonlyMap<string, string>;

/** Lenient: for answers that are only read, never written back. */
export function readSections(out: Output, lenient = false): Sections {
  const sections = new Map<string, string>();
  let name: string | undefined;
  let seen: string[] = [];
  const keep = (closed: boolean) => {
    if (name !== undefined) sections.set(name, seen.join('\n') + (closed && seen.length > 0 ? '\n' : ''));
    name = undefined;
    seen = [];
  };
  whole(out);
  for (const text of (lenient ? out.text() : strictText(out)).split('\n')) {
    if (text.startsWith('@')) {
      keep(false);
      name = text.slice(1);
    } else if (text.startsWith('\t')) seen.push(text.slice(1));
    else keep(text === '');
  }
  keep(false);
  return sections;
}

/** An answer that ends early must not read as "nothing is there": that would be changed, and harm the host. */
function whole(out: Output): void {
  if (out.cut) throw new Error('the answer of the host is too large');
  const said = Buffer.from(out.stderr).toString('utf8').trim();
  if (!out.text().endsWith('@@\n')) throw new Error(said || `the probe ended early, with exit code ${out.code}`);
}

/** A file that is edited as text must come back byte for byte, so bytes that are no UTF-8 are refused. */
function strictText(out: Output): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(out.stdout);
  } catch {
    throw new Error('the answer of the host holds bytes that are not UTF-8');
  }
}

/** The text of a section without its last newline; '' where there is none. */
export const plain = (sections: Sections, name: string): string => (sections.get(name) ?? '').replace(/\n$/, '');
