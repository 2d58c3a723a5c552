// Cases of the differential suite: reads them, plays each through Ansible and tsrun on equal trees, many cases a run.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { recall, remember } from './oracle-memory.ts';
import { type Order, type Ran, runAnsible, runTsrun, type Told } from './oracle.ts';
import { plant, type Planted, snapshot } from './oracle-tree.ts';

export type Task = Readonly<Record<string, unknown>>;

export interface Case {
  readonly name: string;
  /** The tree before, below /scratch. */
  readonly before?: Planted;
  /** Files of the runner, below /files. */
  readonly files?: Planted;
  readonly task: Task | readonly Task[];
  /** Where the two must be spelt differently: laid over each task. */
  readonly ansible?: Task;
  readonly tsrun?: Task;
  /** Both refuse it: Ansible when the task runs, tsrun before the run. */
  readonly invalid?: boolean;
  /** A check run cannot know what a run does: `validate`, a command. */
  readonly unknown?: boolean;
  /** Modification times are compared too. */
  readonly times?: boolean;
  /** Result fields that are not compared. */
  readonly ignore?: readonly string[];
  /** Why the two differ on purpose; the test then wants a difference. */
  readonly differs?: string;
  readonly root?: boolean;
  /** A program of this machine without which Ansible refuses. */
  readonly needs?: string;
}

export interface Seen {
  /** One a task. */
  readonly told: readonly (Told | undefined)[];
  readonly tree: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly case: Case;
  readonly ansible: { readonly first: Seen; readonly second: Seen };
  readonly tsrun: { readonly check: Seen; readonly first: Seen; readonly second: Seen };
  /** Before anything ran. */
  readonly before: Readonly<Record<string, string>>;
  readonly refused: readonly string[];
}

/** How both reach the host: what stands behind the playbook on the command line. */
export interface Way {
  readonly name: string;
  readonly ansible: readonly string[];
  readonly tsrun: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}
export const local: Way = {
  name: 'local',
  ansible: ['-i', 'localhost,', '-c', 'local'],
  tsrun: ['-i', 'localhost,', '-c', 'local'],
};

const folder = join(import.meta.dirname, '../ansible/cases');

export const families = (): readonly (readonly [string, readonly Case[]])[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .map(name => [basename(name, '.yaml'), readCases(readFileSync(join(folder, name), 'utf8'))]);

const readCases = (text: string): readonly Case[] => parse(text) as readonly Case[];

export const tasksOf = (one: Case): readonly Task[] => (Array.isArray(one.task) ? one.task : [one.task as Task]);

const KEYWORDS = new Set(
  'name register when failed_when changed_when loop become become_user environment args vars check_mode'.split(' '),
);
export const moduleOf = (task: Task): string => Object.keys(task).find(key => !KEYWORDS.has(key)) ?? '';

type Side = 'a' | 't';
interface Bench {
  readonly dir: string;
  readonly way: Way;
  readonly ids: ReadonlyMap<Case, string>;
  readonly words: Words;
}
/** Words of a case that mean something else in each run: the address of a server. */
export type Words = Readonly<Record<string, string>>;

const rootOf = (bench: Bench, side: Side, one: Case): string => join(bench.dir, side, bench.ids.get(one) ?? '');
const filesOf = (bench: Bench, one: Case): string => join(bench.dir, 'files', bench.ids.get(one) ?? '');

const wordsOf = (bench: Bench, side: Side, one: Case): readonly (readonly [string, string])[] => [
  ...Object.entries(bench.words),
  ['/scratch', rootOf(bench, side, one)],
  ['/files', filesOf(bench, one)],
];
const exchanged = (text: string, words: readonly (readonly [string, string])[]): string =>
  words.reduce((done, [from, to]) => done.replaceAll(from, () => to), text);

/** One task a line, so that a finding's line tells its case. */
function playbook(bench: Bench, side: Side, cases: readonly Case[]): { text: string; owners: readonly Case[] } {
  const lines: string[] = [];
  const owners: Case[] = [];
  for (const one of cases) {
    for (const [index, task] of tasksOf(one).entries()) {
      const written = {
        ...task,
        ...(side === 'a' ? one.ansible : one.tsrun),
        name: `${bench.ids.get(one)}.${index}`,
        ignore_errors: true,
      };
      lines.push(exchanged(JSON.stringify(written), wordsOf(bench, side, one)));
      owners.push(one);
    }
  }
  return { text: `[{"hosts":"all","gather_facts":false,"tasks":[\n${lines.join(',\n')}\n]}]\n`, owners };
}

function order(bench: Bench, side: Side, name: string, text: string, more: readonly string[] = []): Order {
  const path = join(bench.dir, name);
  writeFileSync(path, text);
  const args = [...(side === 'a' ? bench.way.ansible : bench.way.tsrun), ...more];
  return { cwd: bench.dir, playbook: path, args, ...(bench.way.env ? { env: bench.way.env } : {}) };
}

/** Paths of the scratch root are written as the case wrote them. */
function see(bench: Bench, side: Side, one: Case, ran: readonly Ran[]): Seen {
  const id = bench.ids.get(one);
  const root = rootOf(bench, side, one);
  const back = wordsOf(bench, side, one).map(([from, to]) => [to, from] as const);
  const told = tasksOf(one).map((_, index) => {
    const found = ran.flatMap(run => run.told).find(line => line.task === `${id}.${index}` && !line.item);
    const text = found && exchanged(JSON.stringify(found), back);
    return text === undefined ? undefined : (JSON.parse(text) as Told);
  });
  return { told, tree: snapshot(root, { times: one.times ?? false }) };
}

const seeAll = (bench: Bench, side: Side, cases: readonly Case[], ran: readonly Ran[]): Map<Case, Seen> =>
  new Map(cases.map(one => [one, see(bench, side, one, ran)]));

type Passes = ReadonlyMap<Case, readonly [Seen, Seen]>;

async function ansibleSide(bench: Bench, cases: readonly Case[], before: ReadonlyMap<Case, Seen['tree']>): Promise<Passes> {
  const known = new Map(cases.flatMap(one => [[one, recall(one, bench.way)] as const]));
  const asked = cases.filter(one => !known.get(one));
  const pass = async (list: readonly Case[]): Promise<Map<Case, Seen>> => {
    const shards = [0, 1].map(n => list.filter((_, index) => index % 2 === n)).filter(part => part.length > 0);
    const ran = await Promise.all(
      shards.map((part, n) => runAnsible(order(bench, 'a', `a${n}.json`, playbook(bench, 'a', part).text))),
    );
    for (const run of ran) if (run.told.length === 0) throw new Error(`ansible-playbook told nothing: ${run.noise}`);
    return seeAll(bench, 'a', list, ran);
  };
  const first = await pass(asked);
  // What left its tree as it was would see and say the same again.
  const moved = asked.filter(one => JSON.stringify(first.get(one)?.tree) !== JSON.stringify(before.get(one)));
  const second = new Map([...first, ...(await pass(moved))]);
  const both = (one: Case): readonly [Seen, Seen] => known.get(one) ?? [first.get(one) ?? nothing, second.get(one) ?? nothing];
  for (const one of asked) remember(one, bench.way, both(one));
  return new Map(cases.map(one => [one, both(one)]));
}

const nothing: Seen = { told: [], tree: {} };

/** Cases that tsrun refuses before the run stand aside; the others go on. */
async function tsrunSide(
  bench: Bench,
  all: readonly Case[],
): Promise<{ passes: Map<Case, Seen>[]; refused: Map<Case, string[]> }> {
  const refused = new Map<Case, string[]>();
  const once = async (more: readonly string[]): Promise<Map<Case, Seen>> => {
    const cases = all.filter(one => !refused.has(one));
    const { text, owners } = playbook(bench, 't', cases);
    const run = await runTsrun(order(bench, 't', 't.json', text, more));
    if (run.findings.length > 0 && run.told.length === 0) {
      for (const found of run.findings) {
        const owner = owners[found.line - 2];
        if (!owner) throw new Error(`a finding of no case: ${found.text}`);
        refused.set(owner, [...(refused.get(owner) ?? []), found.text]);
      }
      return once(more);
    }
    if (run.told.length === 0 && cases.length > 0) throw new Error(`tsrun told nothing: ${run.noise}`);
    return seeAll(bench, 't', all, [run]);
  };
  return { passes: [await once(['--check']), await once([]), await once([])], refused };
}

export async function playCases(
  cases: readonly Case[],
  way: Way = local,
  words: Words = {},
): Promise<ReadonlyMap<Case, Outcome>> {
  const dir = mkdtempSync(join(tmpdir(), 'tsrun-oracle-'));
  chmodSync(dir, 0o755);
  const bench: Bench = { dir, way, words, ids: new Map(cases.map((one, n) => [one, `c${String(n).padStart(4, '0')}`])) };
  try {
    for (const one of cases) {
      for (const side of ['a', 't'] as const) plant(rootOf(bench, side, one), one.before ?? {});
      mkdirSync(filesOf(bench, one), { recursive: true });
      plant(filesOf(bench, one), one.files ?? {});
    }
    const before = new Map(cases.map(one => [one, snapshot(rootOf(bench, 't', one), { times: one.times ?? false })]));
    const [
      passes,
      {
        passes: [check, one, two],
        refused,
      },
    ] = await Promise.all([ansibleSide(bench, cases, before), tsrunSide(bench, cases)]);
    const outcome = (key: Case): Outcome => {
      const [first, second] = passes.get(key) ?? [nothing, nothing];
      return {
        case: key,
        ansible: { first, second },
        tsrun: { check: check?.get(key) ?? nothing, first: one?.get(key) ?? nothing, second: two?.get(key) ?? nothing },
        before: before.get(key) ?? {},
        refused: refused.get(key) ?? [],
      };
    };
    return new Map(cases.map(key => [key, outcome(key)]));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
