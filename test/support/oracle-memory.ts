// What the oracle answered in earlier runs, for a person who mends many cases in a row: kept where TSRUN_ORACLE_CACHE names a folder.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, Seen, Way } from './oracle-cases.ts';

const folder = process.env['TSRUN_ORACLE_CACHE'];

function placeOf(one: Case, way: Way): string {
  const { before, files, task, ansible, times } = one;
  const key = createHash('sha256').update(JSON.stringify([way.name, before, files, task, ansible, times]));
  return join(folder ?? '', `${key.digest('hex')}.json`);
}

/** The first and the second run. */
export function recall(one: Case, way: Way): readonly [Seen, Seen] | undefined {
  if (!folder || !existsSync(placeOf(one, way))) return undefined;
  return JSON.parse(readFileSync(placeOf(one, way), 'utf8')) as [Seen, Seen];
}

export function remember(one: Case, way: Way, seen: readonly [Seen, Seen]): void {
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(placeOf(one, way), JSON.stringify(seen));
}
