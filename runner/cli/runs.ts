// tsrun runs [show RUN|prune]: the journals of earlier runs, as a table, in full, or the old ones gone. It connects to nothing.
import { hostname } from 'node:os';
import { fault, isError } from '../core/fault.ts';
import type { Tally } from '../core/events.ts';
import type { IntentRecord, JournalRecord, TaskRecord, UndoneRecord } from '../core/journal.ts';
import type { Fault } from '../core/types.ts';
import { asJson, count, visible } from '../report/text.ts';
import { lookUp, prune, type RunSeen, runsIn, talliesOf, unfinishedHosts } from '../run-runs.ts';
import { complain } from './complain.ts';
import { type CommandLine, one } from './parse.ts';
import { withSettings } from './settings.ts';
import { stateFolder } from './state.ts';
import type { World } from './world.ts';

export async function runsVerb(written: CommandLine, world: World): Promise<number> {
  const { line } = withSettings({ ...written, words: [] }, world, new Map());
  const state = stateFolder(line, world);
  const [deed = 'list', named, ...more] = written.words;
  const wrong = [...line.faults.filter(isError), ...misuse(deed, named, more), ...(state === undefined ? [noFolder] : [])];
  if (wrong.length > 0 || state === undefined) return complain(written, world, wrong);
  const isForScripts = one(line, 'output') !== 'human' && one(line, 'output') !== undefined;
  const write = (text: string): void => world.out.write(`${text}\n`);
  if (deed === 'prune') {
    write(`${count(prune(state, world.clock.now()), 'journal')} taken away; those of 30 days, 200 at most, are kept`);
    return 0;
  }
  if (deed === 'list') {
    const all = [...runsIn(state, hostname())];
    if (isForScripts) for (const run of all) write(asJson(outline(run)));
    else for (const text of table(all)) write(text);
    return 0;
  }
  const found = lookUp(state, named ?? 'last', hostname());
  if (!found.records) return complain(written, world, found.fault ? [found.fault] : []);
  const run = found as RunSeen;
  const records = run.records.filter(about(one(line, 'host')));
  if (isForScripts) for (const record of records) write(asJson(record));
  else for (const text of page(run, records)) write(visible(text));
  return 0;
}

function misuse(deed: string, named: string | undefined, more: readonly string[]): readonly Fault[] {
  const isRight = deed === 'show' ? more.length === 0 : (deed === 'list' || deed === 'prune') && named === undefined;
  if (isRight) return [];
  const mend = 'tsrun runs; tsrun runs show RUN; tsrun runs prune';
  return [
    fault('E463', { what: `tsrun runs ${[deed, named ?? '', ...more].join(' ').trim()}`, why: 'it takes other words', mend }),
  ];
}

const noFolder = fault('E470', {
  what: 'no journals',
  why: 'no folder for them is known: neither HOME nor XDG_STATE_HOME is set',
  mend: 'name it: --state DIR',
});

const about =
  (host: string | undefined) =>
  (record: JournalRecord): boolean =>
    host === undefined || !('host' in record) || record.host === host;

function outline({ run, start, records, end }: RunSeen) {
  const { time, who, playbooks, argv, hosts = [], resumes } = start ?? {};
  const ended = records.findLast(record => record.rec === 'end');
  const unfinished = unfinishedHosts({ records, start, end });
  return {
    run,
    time,
    end: ended?.rec === 'end' ? ended.time : null,
    who,
    playbooks,
    argv,
    hosts,
    resumes,
    outcome: end,
    unfinished,
  };
}

const HEAD = ['RUN', 'WHEN', 'PLAYBOOK', 'WHO', 'HOSTS', 'OK', 'CHANGED', 'FAILED', 'END'];

function table(runs: readonly RunSeen[]): readonly string[] {
  if (runs.length === 0) return ['no run is kept'];
  const rows = [HEAD, ...runs.map(rowOf)];
  const widths = HEAD.map((_, at) => Math.max(...rows.map(row => row[at]?.length ?? 0)));
  return rows.map(row =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function rowOf({ run, start, records, end }: RunSeen): readonly string[] {
  const tallies = Object.values(talliesOf(records));
  const sum = (field: keyof Tally): string =>
    tallies.length === 0 ? '-' : String(tallies.reduce((total, tally) => total + tally[field], 0));
  const what = start ? start.playbooks.join(' ') || 'exec' : '?';
  const when = start?.time.slice(0, 19).replace('T', ' ') ?? '?';
  const [hosts, who] = [String(start?.hosts.length ?? '?'), start?.who ?? '?'];
  return [run.slice(0, 8), when, what, who, hosts, sum('ok'), sum('changed'), sum('failed'), endWord(end)].map(visible);
}

const ENDS: Readonly<Record<number, string>> = {
  0: 'well',
  1: "tsrun's own fault",
  2: 'failed',
  3: 'well, changed',
  4: 'unreachable',
  5: 'wrong site',
  8: 'locked',
  130: 'interrupted',
};

const endWord = (end: RunSeen['end']): string => (typeof end === 'string' ? end : `${end} (${ENDS[end] ?? 'ended'})`);

/** A run in full: a line a task that changed something, failed or was begun and never ended. */
function page(run: RunSeen, records: readonly JournalRecord[]): readonly string[] {
  const { start, end } = run;
  const unfinished = unfinishedHosts(run);
  const ended = new Set(records.flatMap(record => (record.rec === 'task' || record.rec === 'undone' ? [placeOf(record)] : [])));
  return [
    `run ${run.run}${start?.resumes ? `, which goes on with ${start.resumes.slice(0, 8)}` : ''}`,
    `${start?.time ?? '?'}  ${start?.who ?? '?'}  in ${start?.cwd ?? '?'}`,
    `tsrun ${start?.argv.join(' ') ?? '?'}`,
    `end: ${endWord(end)}`,
    '',
    ...records.flatMap(record => linesOf(record, ended)),
    ...(unfinished.length > 0
      ? [
          '',
          `did not finish: ${unfinished.join(', ')}`,
          `to go on: tsrun --resume ${run.run.slice(0, 8)}; from the start on these alone: --limit '${unfinished.join(',')}'`,
        ]
      : []),
  ];
}

const placeOf = ({ host, key, item }: TaskRecord | IntentRecord | UndoneRecord): string => `${host} ${key} ${item}`;

function linesOf(record: JournalRecord, ended: ReadonlySet<string>): readonly string[] {
  if (record.rec === 'play') return [`play ${record.play}: ${count(record.hosts.length, 'host')}`];
  if (record.rec === 'lost') return [`  ${record.host}  unreachable  ${record.task}: ${record.message}`];
  if (record.rec === 'notify') return [`  ${record.host}  notified  ${record.handlers.join(', ')}`];
  if (record.rec === 'task' && record.status !== 'ok') {
    const said = record.status === 'failed' ? [record.message ?? ''] : (record.changes ?? []);
    return [
      `  ${record.host}  ${record.status}  ${record.task}`,
      ...said.map(text => `      ${text.replaceAll('\n', '\n      ')}`),
    ];
  }
  if (record.rec !== 'intent' || ended.has(placeOf(record))) return [];
  return [`  ${record.host}  begun, no end known  ${record.task}`, ...record.changes.map(text => `      ${text}`)];
}
