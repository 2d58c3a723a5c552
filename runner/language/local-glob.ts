// Files of the runner that a pattern names, as a shell finds them. Reads folders alone.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const special = /[*?[]/;

function nameTest(pattern: string): RegExp {
  const body = pattern.replace(/\[!?[^\]]+\]|[\\^$.*+?()[\]{}|]/g, found => {
    if (found === '*') return '[^/]*';
    if (found === '?') return '[^/]';
    return found.length > 1 ? found.replace(/^\[!/, '[^') : `\\${found}`;
  });
  return new RegExp(`^${body}$`);
}

/** Files that a pattern with * ? [..] names, sorted; the pattern is absolute. */
export function globFiles(pattern: string): readonly string[] {
  let paths: readonly string[] = ['/'];
  for (const part of pattern.split('/').filter(Boolean)) {
    if (!special.test(part)) {
      paths = paths.map(path => join(path, part));
      continue;
    }
    const test = nameTest(part);
    const hidden = part.startsWith('.');
    paths = paths.flatMap(path =>
      namesIn(path)
        .filter(name => test.test(name) && (hidden || !name.startsWith('.')))
        .map(name => join(path, name)),
    );
  }
  return paths.filter(path => statSync(path, { throwIfNoEntry: false })?.isFile()).sort();
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
