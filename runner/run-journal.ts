// The journal of a run is opened here, and the run that is to be resumed is read and judged. Writing is execute/journal.ts.
import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Event, Reporter } from './core/events.ts';
import { fault } from './core/fault.ts';
import type { JournalRequest, StartRecord } from './core/journal.ts';
import type { RunRequest } from './core/request.ts';
import { masked } from './core/secret.ts';
import type { Fault } from './core/types.ts';
import { createJournal, type Journal } from './execute/journal.ts';
import { endOf, findRuns, folderName, LIMITS, pruneRuns, readJournal, startOf } from './execute/journal-read.ts';
import { type Ledger, maskRecord } from './execute/ledger.ts';
import { createPast, type Past } from './execute/replay.ts';
import type { Loaded } from './language/load.ts';
import { maskedArgv } from './run-argv.ts';

interface Opened {
  readonly ledger?: Ledger;
  /** Hears the events that the journal keeps. */
  readonly listener?: Reporter;
  readonly faults: readonly Fault[];
}
interface Circumstances {
  readonly run: string;
  readonly holder: string;
  readonly machine: string;
  warn(found: Fault): void;
}

export const holderOf = (env: Readonly<Record<string, string | undefined>>, machine: string): string =>
  `${env['USER'] ?? env['LOGNAME'] ?? 'someone'}@${machine}`;

/** A check run changes nothing: it keeps no journal, but it can look at what a resumed run would do. */
export function openLedger(request: RunRequest, loaded: Loaded, own: Circumstances): Opened {
  const { journal: wanted, resume, check, redactor } = request;
  if (!wanted) return { faults: resume === undefined ? [] : [noState] };
  const files = hashesOf(loaded);
  const found = resume === undefined ? {} : pastOf(wanted, resume, files, request, own.machine);
  if (found.fault) return { faults: [found.fault] };
  const { past } = found;
  const mask: Ledger['mask'] = value => masked(value, redactor);
  const journal = check ? undefined : startJournal(wanted, { request, loaded, own, files, past, mask });
  const ledger: Ledger = { run: own.run, mask, ...(journal ? { journal } : {}), ...(past ? { past } : {}) };
  return { ledger, faults: past ? doubts(past) : [], ...(journal ? { listener: listening(journal) } : {}) };
}

const hashesOf = ({ sources }: Loaded): Readonly<Record<string, string>> =>
  Object.fromEntries([...sources].map(([file, { text }]) => [file, hash('sha256', text)]));

interface Starting {
  readonly request: RunRequest;
  readonly loaded: Loaded;
  readonly own: Circumstances;
  readonly files: Readonly<Record<string, string>>;
  readonly past: Past | undefined;
  readonly mask: Ledger['mask'];
}

function startJournal(wanted: JournalRequest, { request, loaded, own, files, past, mask }: Starting): Journal {
  const { clock, load } = request;
  const now = clock.now();
  const folder = join(wanted.state, 'runs', folderName(own.run, now));
  const journal = createJournal({ folder, mask: record => maskRecord(record, mask), warn: own.warn });
  pruneRuns(wanted.state, LIMITS, now, own.run);
  const { argv, isMasked } = maskedArgv(wanted.argv);
  const start: StartRecord = {
    rec: 'start',
    run: own.run,
    time: new Date(now).toISOString(),
    tsrun: wanted.tsrun,
    who: own.holder,
    pid: wanted.pid,
    machine: own.machine,
    cwd: load.cwd,
    argv,
    isMasked: isMasked || mask(argv) !== argv,
    playbooks: load.playbooks,
    inventories: load.inventories,
    hosts: [...new Set(loaded.site.plays.flatMap(play => play.hosts))],
    files,
    ...(past ? { resumes: past.start.run } : {}),
  };
  journal.write(start);
  return journal;
}

function listening(journal: Journal): Reporter {
  const on = (event: Event): void => {
    if (event.event === 'play_start') journal.add({ rec: 'play', play: event.play, hosts: event.hosts });
    if (event.event === 'host_unreachable')
      journal.write({ rec: 'lost', host: event.host, task: event.task, message: event.message });
    if (event.event === 'recap') journal.add({ rec: 'recap', hosts: event.hosts });
    if (event.event !== 'run_end') return;
    journal.write({ rec: 'end', time: event.time, exitCode: event.exitCode });
    journal.close();
  };
  return { on };
}

interface Judged {
  readonly past?: Past;
  readonly fault?: Fault;
}

/** The journal of the run that is named, if this one is the same run of the same files. */
function pastOf(
  { state }: JournalRequest,
  named: string,
  files: Readonly<Record<string, string>>,
  { load }: RunRequest,
  machine: string,
): Judged {
  const { kept, fault: unknown } = oneRun(state, named);
  if (!kept) return { fault: unknown };
  const records = readJournal(kept);
  const start = startOf(records);
  if (!start) return { fault: unreadable(kept.run) };
  if (endOf(records, machine) === 'runs') return { fault: goesOn(start) };
  const same = start.cwd === load.cwd && start.playbooks.join('\n') === load.playbooks.join('\n');
  if (!same) return { fault: otherRun(start) };
  const moved = [...new Set([...Object.keys(files), ...Object.keys(start.files)])].filter(
    file => files[file] !== start.files[file],
  );
  if (moved.length > 0) return { fault: changedFiles(start, moved) };
  return { past: createPast(start, records) };
}

/** The one run that is meant, or why there is none. */
export function oneRun(state: string, named: string) {
  const [kept, ...more] = findRuns(state, named);
  if (kept && more.length === 0) return { kept };
  const why = kept ? `${more.length + 1} runs begin like that` : `no journal of such a run is in ${join(state, 'runs')}`;
  const mend = '"tsrun runs" lists those that are kept';
  return { fault: fault('E470', { what: `no run "${named}"`, why, mend }) };
}

const short = (run: string): string => run.slice(0, 8);

const noState = fault('E471', {
  what: '--resume without journals',
  why: 'no folder for them is known: neither HOME nor XDG_STATE_HOME is set',
  mend: 'name the folder that the run used: --state DIR',
});

const unreadable = (run: string): Fault =>
  fault('E471', {
    what: `the journal of run ${short(run)} cannot be read`,
    why: 'its first record is not there',
    mend: 'run without --resume: what is as it should be is left as it is',
  });

const goesOn = ({ run, who, pid }: StartRecord): Fault =>
  fault('E471', {
    what: `run ${short(run)} has not ended`,
    why: `${who} runs it, as process ${pid}`,
    mend: 'wait for its end',
  });

const otherRun = ({ run, cwd, playbooks }: StartRecord): Fault =>
  fault('E471', {
    what: `run ${short(run)} was another one`,
    why: `it ran ${playbooks.join(' ') || 'one task (exec)'} in ${cwd}`,
    mend: `tsrun --resume ${short(run)} alone takes its own command line`,
  });

const changedFiles = ({ run }: StartRecord, files: readonly string[]): Fault =>
  fault('E471', {
    what: `the files of run ${short(run)} have changed since`,
    why: `what was done then is not what they say now: ${files.slice(0, 20).join(', ')}${files.length > 20 ? ` and ${files.length - 20} more` : ''}`,
    mend: `run without --resume (what is as it should be is left as it is); on the hosts that did not finish alone: see "tsrun runs show ${short(run)}"`,
  });

const MOST_DOUBTS = 20;

function doubts({ start, inDoubt }: Past): readonly Fault[] {
  return inDoubt.slice(0, MOST_DOUBTS).map(({ host, task, path, changes }) =>
    fault('W971', {
      what: `${host}: "${task}" was begun in run ${short(start.run)}, and how it ended is not known`,
      why: `the run ended while the host was at it: ${changes.join('; ') || path}`,
      mend: 'it is done again now; if that must not be, look at the host and use --start-at-task',
    }),
  );
}
