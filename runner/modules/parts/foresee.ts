// A survey as it will be when the changes planned so far are made (check runs). Pure; null where that is not known.
import type { Fact } from '../../core/types.ts';
import { sha256 } from './bytes.ts';
import { absentEntry, type Entry } from './entry.ts';
import { isBelow, joinPath, parentOf } from './paths.ts';
import type { Survey, SurveyWish } from './survey.ts';

type PathFact = Extract<Fact, { path: string }>;

const pathFacts = (foretold: readonly Fact[]): readonly PathFact[] => foretold.filter((fact): fact is PathFact => 'path' in fact);

export interface Future {
  readonly entry: Entry;
  readonly above: Survey['above'];
  /** A fact settles what is there. */
  readonly known: boolean;
  /** Text that a fact tells; null: the content changes in a way that nobody can tell. */
  readonly content: string | null | undefined;
  readonly sha256: string | undefined;
}

export function foreseeEntry(seen: Pick<Survey, 'entry' | 'above'>, foretold: readonly Fact[]): Future {
  const { path } = seen.entry;
  let future: Future = { ...seen, known: false, content: undefined, sha256: undefined };
  for (const fact of pathFacts(foretold)) {
    if (fact.path === path) future = withFact(future, fact);
    else if (isBelow(path, fact.path)) future = belowFact(future, fact);
  }
  return future;
}

/** A folder that comes is empty; one that goes takes all below it along. */
function belowFact(future: Future, fact: PathFact): Future {
  const gone = { ...future, entry: absentEntry(future.entry.path), known: true, content: undefined, sha256: undefined };
  if (fact.is === 'absent') return { ...gone, above: { path: parentOf(fact.path), isFolder: true } };
  if (fact.is !== 'directory' || !isBelow(fact.path, future.above.path)) return future;
  return { ...gone, above: { path: fact.path, isFolder: true } };
}

function withFact(future: Future, fact: PathFact): Future {
  const { entry } = future;
  const above = { path: parentOf(entry.path), isFolder: true };
  if (fact.is === 'absent')
    return { ...future, entry: absentEntry(entry.path), known: true, content: undefined, sha256: undefined };
  const same = entry.is === fact.is;
  const from = same ? entry : absentEntry(entry.path);
  const told: Entry = {
    ...from,
    is: fact.is,
    // -1: not known. A plan that needs it calls the outcome unknown.
    mode: fact.mode ?? (same ? entry.mode : -1),
    ...(fact.owner === undefined ? {} : named(fact.owner, 'owner', 'uid')),
    ...(fact.group === undefined ? {} : named(fact.group, 'group', 'gid')),
    links: same ? entry.links : 1,
    size: fact.content === undefined ? from.size : Buffer.byteLength(fact.content),
    target: fact.is === 'link' ? (fact.content ?? from.target) : '',
  };
  const rewritten = fact.content !== undefined || fact.sha256 !== undefined || !same;
  return {
    entry: told,
    above,
    known: true,
    content: fact.is === 'link' ? undefined : (fact.content ?? (rewritten ? null : future.content)),
    sha256: fact.sha256 ?? (fact.content === undefined ? (rewritten ? undefined : future.sha256) : sha256(fact.content)),
  };
}

const named = (name: string, nameKey: 'owner' | 'group', idKey: 'uid' | 'gid'): Partial<Entry> => ({
  [nameKey]: name,
  [idKey]: /^\d+$/.test(name) ? Number(name) : -1,
});

/** A user that an earlier task makes has no number yet: FORETOLD is nobody's, so that the owner differs from all. */
export const FORETOLD = -2;

/** The whole survey; `wish` says what of it must be known. */
export function foreseeSurvey(wish: SurveyWish, seen: Survey | null, foretold: readonly Fact[]): Survey | null {
  if (!seen) return null;
  const inFolder = foreseeFolder(wish, seen, foretold);
  return foreseeThere(wish, inFolder ?? seen, foretold, inFolder !== undefined);
}

/** The path turns out to be a folder, so the file in it is meant. */
function foreseeFolder({ path, within }: SurveyWish, seen: Survey, foretold: readonly Fact[]): Survey | undefined {
  if (within === undefined || path.endsWith('/') || seen.entry.is !== 'absent') return undefined;
  const future = foreseeEntry(seen, foretold);
  if (future.entry.is !== 'directory' || seen.entry.path.endsWith(`/${within}`)) return undefined;
  const entry = absentEntry(joinPath(seen.entry.path, within));
  return { ...seen, path: entry.path, entry, real: entry, above: { path: seen.entry.path, isFolder: true } };
}

function foreseeThere(wish: SurveyWish, seen: Survey, foretold: readonly Fact[], known: boolean): Survey | null {
  const uid = seen.uid === null && foretold.some(fact => 'user' in fact && fact.user === wish.owner) ? FORETOLD : seen.uid;
  const gid = seen.gid === null && foretold.some(fact => namesGroup(fact, wish.group)) ? FORETOLD : seen.gid;
  const named = uid !== seen.uid || gid !== seen.gid;
  const throughLink = seen.real !== seen.entry;
  const link = throughLink ? foreseeEntry(seen, foretold) : undefined;
  if (link?.known) return null;
  const future = foreseeEntry({ entry: seen.real, above: seen.above }, foretold);
  if (!future.known && !named && !known) return null;
  const real = settled(future.entry, wish, uid, gid);
  const content = contentOf(wish, seen, future);
  if (!real || content === null || (wish.follow && real.is === 'link')) return null;
  const told = future.sha256 ?? (future.content === undefined && real.is === 'file' ? seen.sha256 : '');
  const entry = throughLink ? seen.entry : real;
  return { ...seen, entry, real, above: future.above, uid, gid, readable: real.is === 'file', sha256: told, content };
}

/** A user makes a group of its own name, unless it is told otherwise. */
const namesGroup = (fact: Fact, name: unknown): boolean =>
  ('group' in fact && !('path' in fact) && fact.group === name) || ('user' in fact && fact.user === name);

/** The ids that a fact gave by name, as far as they matter to these arguments. */
function settled(entry: Entry, wish: SurveyWish, uid: Survey['uid'], gid: Survey['gid']): Entry | null {
  const own = wish.owner !== undefined && entry.uid === -1 && entry.owner === String(wish.owner) ? (uid ?? -1) : entry.uid;
  const grp = wish.group !== undefined && entry.gid === -1 && entry.group === String(wish.group) ? (gid ?? -1) : entry.gid;
  const missing =
    entry.is !== 'absent' &&
    entry.is !== 'link' &&
    (entry.mode === -1 ||
      (wish.owner !== undefined && own === -1 && entry.owner === '') ||
      (wish.group !== undefined && grp === -1 && entry.group === ''));
  return missing ? null : { ...entry, uid: own, gid: grp };
}

/** null: needed, but nobody can tell. */
function contentOf(wish: SurveyWish, seen: Survey, future: Future): Uint8Array | undefined | null {
  if (!wish.content || future.entry.is !== 'file') return undefined;
  if (typeof future.content === 'string') return Buffer.from(future.content);
  if (future.content === undefined) return seen.content;
  return wish.content.unless !== undefined && future.sha256 !== undefined ? undefined : null;
}
