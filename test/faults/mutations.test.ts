// Each kind of mistake, planted at each place of the project's own site where it can stand: every one is reported at its line,
// with exit code 5, and nothing is connected to.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Source } from '../../runner/core/source.ts';
import { isWord } from '../../runner/language/grammar/words.ts';
import { moduleNames, openModules } from '../../runner/modules/index.ts';
import { type Mutation, mutationsOf, planted } from '../support/mutations.ts';
import { scene } from '../support/run-playbook.ts';

const root = join(import.meta.dirname, '../..');
const below = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true }).map(name => `${folder}/${String(name)}`);
const paths = [...below('playbooks'), ...below('roles'), ...below('templates'), 'inventory/prod.yaml']
  .filter(path => /\.(yaml|hbs)$/.test(path) && !path.endsWith('example.yaml'))
  .sort();
const site = Object.fromEntries(paths.map(path => [path, readFileSync(join(root, path), 'utf8')]));
const modules = await openModules(moduleNames());
const load = { playbooks: ['playbooks/site.yaml'], inventories: ['inventory/prod.yaml'] };
const stage = scene(site);
afterAll(() => stage.end());

/** A role that no play has yet is not looked at; templates are, where their role is. */
const sources: Map<string, Source> = new Map();
await stage.play({ mode: 'syntax-check', load, sources });
const roles = new Set([...sources.keys()].map(path => /^roles\/([^/]+)\//.exec(path)?.[1]));
const isRead = (path: string): boolean => sources.has(path) || roles.has(/^templates\/([^/]+)\//.exec(path)?.[1] ?? 'none');

const all = paths.filter(isRead).flatMap(path =>
  mutationsOf(path, site[path] ?? '', {
    isModule: name => isWord(name) || modules.get(name) !== undefined,
    takesMap: (name, argument) => {
      const { properties } = (modules.get(name)?.args ?? {}) as { properties?: Record<string, { type?: unknown }> };
      const type = properties?.[argument]?.type;
      return type === undefined || [type].flat().includes('object');
    },
  }),
);
const kinds = [...new Set(all.map(({ kind }) => kind))];

const connectionFor = (): Promise<never> => Promise.reject(new Error('a connection was asked for'));

/** Files that bring others: a mistake in them may hide what is in the others. */
const classes = [/^playbooks\/site/, /^playbooks\//, /tasks\.yaml$/, /role\.yaml$/, /^templates\//, /./];
const classOf = ({ file }: Mutation): number => classes.findIndex(pattern => pattern.test(file));

/** Mistakes share a run, as far from each other as they can be. */
function batches(mutations: readonly Mutation[], most: number): readonly (readonly Mutation[])[] {
  return classes.flatMap((_, k) => {
    const own = mutations.filter(one => classOf(one) === k);
    const count = Math.ceil(own.length / most);
    return Array.from({ length: count }, (_one, i) => own.filter((_other, at) => at % count === i));
  });
}

async function missed(mutations: readonly Mutation[]): Promise<readonly Mutation[]> {
  const { files, places } = planted(site, mutations);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(stage.dir, path), text);
  // Without a fault it goes on to connect, which ends it.
  const played = await stage.play({ load, seams: { connectionFor } }).catch(() => undefined);
  for (const path of Object.keys(files)) writeFileSync(join(stage.dir, path), site[path] ?? '');
  if (!played) return mutations;
  const { code, events } = played;
  const errors = events.flatMap(event => (event.event === 'finding' && event.severity === 'error' ? [event.path ?? ''] : []));
  return mutations.filter((_, i) => code !== 5 || !errors.some(path => path.startsWith(`${places[i]}:`)));
}

const shown = (one: Mutation): string => `${planted(site, [one]).places[0]} ${JSON.stringify(one.text)}`;

describe('the site as it stands', () => {
  it('has no mistake', async () => {
    const { code, findings } = await stage.play({ mode: 'syntax-check', load });
    expect([code, findings]).toEqual([0, []]);
  });
  it.each([
    ['keyword', 100],
    ['module', 40],
    ['argument', 100],
    ['variable', 80],
    ['template variable', 40],
    ['handler', 3],
    ['host pattern', 6],
    ['file', 10],
    ['role', 5],
    ['role input', 3],
    ['wrong type', 100],
    ['duplicate key', 300],
  ])('has places for the mistake "%s": %i at least', (kind, least) => {
    expect(all.filter(one => one.kind === kind).length).toBeGreaterThanOrEqual(least);
  });
});

describe('every mistake is reported at its line, and nothing is connected to', () => {
  it.each(kinds)('%s', async kind => {
    let left: readonly Mutation[] = all.filter(one => one.kind === kind);
    // One that hides another (a play without hosts, a file that is not found) is told by the second try, or alone.
    for (const most of [40, 6, 1]) {
      const hidden: Mutation[] = [];
      for (const batch of batches(left, most)) hidden.push(...(await missed(batch)));
      left = hidden;
    }
    expect(left.map(shown)).toEqual([]);
  });
});
