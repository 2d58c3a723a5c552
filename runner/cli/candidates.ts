// What may stand at the end of a command line that is not finished. Reads files where a flag or a word asks for hosts or tags.
import type { Inventory } from '../core/site.ts';
import { load } from '../language/load.ts';
import { loadInventory } from '../language/inventory.ts';
import { moduleNames, openModules } from '../modules/index.ts';
import { type Flag, flags, type Verb, verbs } from './flags.ts';
import { all, type CommandLine, parseCommandLine } from './parse.ts';
import { loadRequest } from './run.ts';
import { withSettings } from './settings.ts';
import type { World } from './world.ts';

export interface Candidate {
  readonly word: string;
  /** What it is, for shells that show it. */
  readonly about: string;
}
/** What a flag or a place takes, where it is no file. */
type Kind = 'hosts' | 'host' | 'tags' | 'modules' | 'tasks';

const kinds: Readonly<Record<string, Kind>> = {
  limit: 'hosts',
  host: 'host',
  tags: 'tags',
  'skip-tags': 'tags',
  module: 'modules',
  'start-at-task': 'tasks',
};
const listed: ReadonlySet<Kind> = new Set<Kind>(['hosts', 'tags']);

/** `words` is the command line behind `tsrun` up to the cursor; the last one is begun. Nothing where a file may stand. */
export async function candidates(words: readonly string[], world: World): Promise<readonly Candidate[]> {
  const whole = joined(words);
  const begun = whole.at(-1) ?? '';
  const before = whole.slice(0, -1);
  const line = parseCommandLine(before, {});
  const [, name = '', value] = /^(--[^=]+)=(.*)$/.exec(begun) ?? [];
  const flag = value === undefined ? flagOf(before.at(-1) ?? '') : flagOf(name);
  const isValue = flag?.takes !== undefined;
  if (!isValue && begun.startsWith('-')) return fitting(flagWords(line.verb), begun);
  const found = isValue ? await valuesOf(flag, line, world) : await wordsOf(line, world);
  const part = isValue ? (value ?? begun) : begun;
  const fit = isValue && listed.has(kinds[flag.name] as Kind) ? fittingList(found, part) : fitting(found, part);
  const head = begun.slice(0, begun.length - part.length);
  return fit.map(({ word, about }) => ({ word: `${head}${word}`, about }));
}

/** Bash gives `--output=nd` as three words. */
function joined(words: readonly string[]): readonly string[] {
  const whole: string[] = [];
  for (const [i, word] of words.entries()) {
    if (word === '=' && whole.at(-1)?.startsWith('--')) {
      if (i === words.length - 1) whole.push('');
    } else whole.push(word);
  }
  return whole;
}

function flagOf(word: string): Flag | undefined {
  if (word.startsWith('--')) return flags.find(flag => [flag.name, ...(flag.also ?? [])].includes(word.slice(2)));
  return word.startsWith('-') ? flags.find(flag => flag.short !== undefined && word.endsWith(flag.short)) : undefined;
}

const flagWords = (verb: Verb): readonly Candidate[] =>
  flags.filter(flag => flag.verbs.includes(verb)).map(flag => ({ word: `--${flag.name}`, about: flag.help }));

const fitting = (found: readonly Candidate[], begun: string): readonly Candidate[] =>
  found.filter(({ word }) => word.startsWith(begun));

/** `a,b` is a list whose last part is begun. */
function fittingList(found: readonly Candidate[], begun: string): readonly Candidate[] {
  const head = begun.slice(0, Math.max(begun.lastIndexOf(','), begun.lastIndexOf(':')) + 1);
  return fitting(found, begun.slice(head.length)).map(one => ({ ...one, word: `${head}${one.word}` }));
}

async function valuesOf(flag: Flag, line: CommandLine, world: World): Promise<readonly Candidate[]> {
  if (flag.choices) return flag.choices.map(word => ({ word, about: '' }));
  const kind = kinds[flag.name];
  return kind ? ofKind(kind, line, world) : [];
}

async function wordsOf(line: CommandLine, world: World): Promise<readonly Candidate[]> {
  const { verb, words } = line;
  if (verb === 'run' && words.length === 0 && line.given.size === 0)
    return Object.entries(verbs).map(([word, { help }]) => ({ word, about: help }));
  if (words.length > 0) return [];
  if (verb === 'exec') return ofKind('hosts', line, world);
  if (verb === 'explain') return ofKind('host', line, world);
  if (verb === 'doc') return ofKind('modules', line, world);
  const choices = verbs[verb].words.split(' ')[0]?.split('|') ?? [];
  return choices.length > 1 ? choices.map(word => ({ word, about: '' })) : [];
}

async function ofKind(kind: Kind, line: CommandLine, world: World): Promise<readonly Candidate[]> {
  if (kind === 'modules') return summaries();
  const { line: settled } = withSettings(line, world, new Map());
  if (kind === 'hosts' || kind === 'host') return hostsOf(await inventoryOf(settled, world), kind === 'hosts');
  const modules = { names: moduleNames, open: openModules };
  const { site } = await load({ ...loadRequest({ ...settled, verb: 'run' }, world, []), tags: [], skipTags: [], modules });
  const { tagNames, taskNames } = await import('../report/lists.ts');
  return (kind === 'tags' ? tagNames(site.plays) : taskNames(site)).map(word => ({ word, about: kind.slice(0, -1) }));
}

async function summaries(): Promise<readonly Candidate[]> {
  const open = await openModules(moduleNames());
  return moduleNames().map(word => ({ word, about: open.get(word)?.summary ?? '' }));
}

async function inventoryOf(line: CommandLine, world: World): Promise<Inventory> {
  const { cwd, env } = world;
  const given = { sources: all(line, 'inventory'), cwd, env, playbookDirs: [cwd], remember: () => undefined };
  return (await loadInventory(given)).inventory;
}

function hostsOf(inventory: Inventory, withGroups: boolean): readonly Candidate[] {
  const hosts = [...inventory.hosts.keys()].map(word => ({ word, about: 'host' }));
  const groups = ['all', ...[...inventory.groups.keys()].filter(name => name !== 'all')].map(word => ({ word, about: 'group' }));
  return withGroups ? [...groups, ...hosts] : hosts;
}
