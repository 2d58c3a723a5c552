// The verbs run and lint: flags -> a request with its reporters -> run.ts.
import { fault, isError } from '../core/fault.ts';
import type { Reporter } from '../core/events.ts';
import type { BecomeDefaults, ConnectionDefaults, LoadRequest, RunMode, RunRequest, VaultSource } from '../core/request.ts';
import { createRedactor, type Redactor } from '../core/secret.ts';
import type { Source } from '../core/source.ts';
import type { Fault } from '../core/types.ts';
import { findings } from '../report/findings.ts';
import { openReporter } from '../report/index.ts';
import { isColored } from './color.ts';
import { complain } from './complain.ts';
import { all, type CommandLine, has, one } from './parse.ts';
import { savingOf } from './plan-saving.ts';
import { type Passwords, readPasswords } from './password.ts';
import { resumed } from './resume.ts';
import { withSettings } from './settings.ts';
import { journalOf } from './state.ts';
import type { World } from './world.ts';

const modes: readonly Exclude<RunMode, 'run'>[] = ['list-hosts', 'list-tasks', 'list-tags', 'syntax-check'];

/** `more`: what another verb asks of the run. */
export async function runVerb(given: CommandLine, from: World, more: Pick<More, 'apply'> = {}): Promise<number> {
  const { line: written, world, faults } = await resumed(given, from);
  if (faults.length > 0) return complain(given, from, faults);
  const misused = misuseOf(written);
  return misused ? complain(written, world, [misused]) : runLine(written, world, more);
}

/** For a run that another verb has made up. */
export interface More {
  /** The playbooks whose settings and variables count, where those that are run stand elsewhere. */
  readonly varsBeside?: readonly string[];
  readonly findings?: readonly Fault[];
  readonly reporters?: readonly Reporter[];
  /** A check run of which nothing is shown. */
  readonly isRehearsal?: boolean;
  readonly apply?: RunRequest['apply'];
}

export async function runLine(written: CommandLine, world: World, more: More = {}): Promise<number> {
  const sources = new Map<string, Source>();
  const { varsBeside, isRehearsal = false } = more;
  const settled = withSettings(varsBeside ? { ...written, words: varsBeside } : written, world, sources);
  const { settings } = settled;
  const line = { ...settled.line, words: written.words };
  if (line.faults.some(isError)) return complain(line, world, line.faults, sources);
  const passwords = await readPasswords(line, world);
  if (passwords.faults.length > 0) return complain(line, world, passwords.faults);
  const redactor = createRedactor();
  const reporters = isRehearsal ? [] : await openReporters(line, world, sources);
  const request = buildRequest(line, world, passwords);
  const saving = savingOf(line, world, request.print, redactor);
  if ('code' in saving) return complain(line, world, [saving]);
  const { hostKeyChecking } = settings;
  const resume = one(line, 'resume');
  const connection = hostKeyChecking === undefined ? request.connection : { ...request.connection, hostKeyChecking };
  const { run } = await import('../run.ts');
  return run({
    ...request,
    ...(more.apply ? { apply: more.apply } : {}),
    ...saving.asked,
    connection,
    ...(isRehearsal ? { check: true } : journalOf(line, world)),
    ...(resume === undefined ? {} : { resume }),
    load: varsBeside ? { ...request.load, varsBeside } : request.load,
    findings: [...line.faults, ...shortPasswords(passwords, redactor), ...(more.findings ?? [])],
    reporters: [...reporters, ...(more.reporters ?? [])],
    redactor,
    sources,
  }).finally(saving.end);
}

function shortPasswords({ connection, become }: Passwords, redactor: Redactor): readonly Fault[] {
  const named = { login: connection, become };
  return Object.entries(named).flatMap(([name, password]) => {
    if (password === undefined || redactor.add(password)) return [];
    const why = 'so few characters occur in any text by chance';
    return [fault('W960', { what: `the ${name} password is not masked inside text`, why, mend: 'choose a longer one' })];
  });
}

function misuseOf(line: CommandLine): Fault | undefined {
  const { verb, words } = line;
  if (verb === 'apply') return planOnce;
  if (verb === 'exec' && words.length !== 1) return wordsOfExec;
  if (words.length === 0) return noPlaybook;
  const form = one(line, 'output') ?? '';
  return modeOf(line) === 'run' && (form === 'sarif' || form === 'github') ? formOfMistakes(form) : undefined;
}

const formOfMistakes = (form: string): Fault =>
  fault('E462', {
    what: `--output ${form} for a run`,
    why: 'it can say what is wrong in files, not what a run did',
    mend: `tsrun lint PLAYBOOK --output ${form}; for a run: ndjson, json or junit`,
  });

/** --resume of a run that applied one. */
const planOnce = fault('E471', {
  what: 'a run that applied a saved plan is not resumed',
  why: 'its hosts are no longer as the plan saw them',
  mend: 'make a new plan: what was done already is not in it',
});

const wordsOfExec = fault('E463', {
  what: 'tsrun exec takes one pattern of hosts',
  why: 'the task comes with -m MODULE and -a ARGS',
  mend: "tsrun exec 'web:!web01' -i INVENTORY -m service -a 'name=nginx state=restarted'",
});

const noPlaybook = fault('E463', {
  what: 'no playbook is named',
  why: 'tsrun needs the file of at least one playbook',
  mend: 'tsrun PLAYBOOK -i INVENTORY; tsrun --help shows the rest',
});

async function openReporters(line: CommandLine, world: World, sources: Map<string, Source>): Promise<readonly Reporter[]> {
  const options = {
    color: isColored(line, world, world.out),
    diff: has(line, 'diff'),
    verbosity: all(line, 'verbose').length,
    sources,
  };
  const form = one(line, 'output') ?? 'human';
  const main = await openReporter(form === 'human' && line.verb === 'exec' ? 'exec' : form, {
    ...options,
    write: world.out.write,
  });
  return [main, findings({ write: world.err.write, color: isColored(line, world, world.err), sources })];
}

/** All of the request that the command line tells. */
export function buildRequest(
  line: CommandLine,
  world: World,
  passwords: Passwords,
): Omit<RunRequest, 'reporters' | 'redactor' | 'sources' | 'findings'> {
  return {
    mode: modeOf(line),
    load: loadRequest(line, world, passwords.vault),
    ...execOf(line),
    check: has(line, 'check'),
    diff: has(line, 'diff'),
    forks: Number(one(line, 'forks') ?? 50),
    failOnChange: has(line, 'fail-on-change'),
    verify: has(line, 'verify'),
    forceHandlers: has(line, 'force-handlers'),
    step: has(line, 'step'),
    connection: connectionDefaults(line, passwords),
    become: becomeDefaults(line, passwords),
    allow: all(line, 'allow'),
    verbosity: all(line, 'verbose').length,
    signal: world.signal,
    clock: world.clock,
    ask: world.ask,
    // stdout holds nothing but the events where a script reads them.
    print: text => ((one(line, 'output') ?? 'human') === 'human' ? world.out.write(`${text}\n`) : world.err.write(`${text}\n`)),
  };
}

const modeOf = (line: CommandLine): RunMode =>
  line.verb === 'lint' ? 'syntax-check' : (modes.find(mode => has(line, mode)) ?? 'run');

function execOf(line: CommandLine): Pick<RunRequest, 'exec'> {
  if (line.verb !== 'exec') return {};
  // A list of hosts asks for no task.
  const byDefault = has(line, 'args') || modeOf(line) === 'run' ? 'command' : 'ping';
  return { exec: { pattern: line.words[0] ?? '', module: one(line, 'module') ?? byDefault, args: one(line, 'args') ?? '' } };
}

export function loadRequest(line: CommandLine, world: World, vault: readonly VaultSource[]): LoadRequest {
  return {
    playbooks: line.verb === 'exec' ? [] : line.words,
    inventories: all(line, 'inventory'),
    limit: one(line, 'limit') ?? null,
    tags: all(line, 'tags'),
    skipTags: all(line, 'skip-tags'),
    extra: all(line, 'extra-vars'),
    rolesPath: all(line, 'roles-path').flatMap(path => path.split(':')),
    startAtTask: one(line, 'start-at-task') ?? null,
    vault,
    identities: all(line, 'identity'),
    ...(world.random ? { random: world.random } : {}),
    cwd: world.cwd,
    env: world.env,
  };
}

/** What was not given is not there, so that the inventory and the built-in defaults count. */
const given = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, string>);

function connectionDefaults(line: CommandLine, { connection }: Passwords): ConnectionDefaults {
  const timeout = one(line, 'timeout');
  return {
    ...given('connection', one(line, 'connection')),
    ...given('user', one(line, 'user')),
    ...given('privateKey', one(line, 'private-key')),
    ...given('sshCommonArgs', one(line, 'ssh-common-args')),
    ...given('password', connection),
    ...(timeout === undefined ? {} : { timeout: Number(timeout) }),
  };
}

function becomeDefaults(line: CommandLine, { become }: Passwords): BecomeDefaults {
  const method = one(line, 'become-method') as BecomeDefaults['method'];
  return {
    become: has(line, 'become'),
    ...given('user', one(line, 'become-user')),
    ...given('password', become),
    ...(method ? { method } : {}),
  };
}
