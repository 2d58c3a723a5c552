// A whole run in a test: files in a scratch folder, the real language and engine, hosts that are this machine's sh.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Event, Recap, Tally, TaskResult } from '../../runner/core/events.ts';
import type { RunRequest } from '../../runner/core/request.ts';
import { createRedactor } from '../../runner/core/secret.ts';
import { run, type Seams } from '../../runner/run.ts';

export interface Played {
  readonly code: number;
  readonly events: readonly Event[];
  /** Task results without the items of loops, in the order of the events. */
  readonly results: readonly TaskResult[];
  readonly recap: Readonly<Record<string, Tally>>;
  readonly findings: readonly string[];
  readonly printed: readonly string[];
}

export interface Scene {
  readonly dir: string;
  play(
    options?: Partial<Omit<RunRequest, 'load'>> & {
      readonly load?: Partial<RunRequest['load']>;
      readonly seams?: Partial<Seams>;
    },
  ): Promise<Played>;
  end(): void;
}

/** `files` by path below the folder; `site.yaml` is the playbook, `hosts.yaml` the inventory (default: two local hosts). */
export function scene(files: Readonly<Record<string, string>>): Scene {
  const dir = mkdtempSync(join(tmpdir(), 'tsrun-scene-'));
  const all = { 'hosts.yaml': twoHosts, ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text.replaceAll('SCRATCH', dir));
  }
  return { dir, play: options => play(dir, options), end: () => rmSync(dir, { recursive: true, force: true }) };
}

const twoHosts = 'all:\n  vars: { ansible_connection: local }\n  hosts: { h1: , h2: }\n';

async function play(dir: string, options: Parameters<Scene['play']>[0] = {}): Promise<Played> {
  // Debts of one test are no other's, and none stays on the machine.
  process.env.TSRUN_OWED = join(dir, 'owed');
  const events: Event[] = [];
  const printed: string[] = [];
  const { load, seams, ...rest } = options;
  const request: RunRequest = {
    mode: 'run',
    load: {
      playbooks: ['site.yaml'],
      inventories: ['hosts.yaml'],
      limit: null,
      tags: [],
      skipTags: [],
      extra: [],
      rolesPath: [],
      startAtTask: null,
      vault: [],
      cwd: dir,
      env: {},
      ...load,
    },
    check: false,
    diff: false,
    forks: 50,
    failOnChange: false,
    verify: false,
    forceHandlers: false,
    step: false,
    connection: {},
    become: { become: false },
    allow: [],
    verbosity: 0,
    reporters: [{ on: event => void events.push(event) }],
    redactor: createRedactor(),
    sources: new Map(),
    signal: new AbortController().signal,
    clock: { now: () => Date.now(), sleep: ms => new Promise(done => setTimeout(done, ms)) },
    ask: async () => null,
    print: line => void printed.push(line),
    ...rest,
  };
  const code = await run(request, seams);
  return { code, events, printed, ...digest(events) };
}

function digest(events: readonly Event[]): Pick<Played, 'results' | 'recap' | 'findings'> {
  const results = events.filter((event): event is TaskResult => event.event === 'task_result' && event.itemLabel === undefined);
  const recap = events.find((event): event is Recap => event.event === 'recap')?.hosts ?? {};
  const findings = events.flatMap(event => (event.event === 'finding' ? [`${event.code} ${event.path ?? ''}`.trim()] : []));
  return { results, recap, findings };
}

/** "host task status" of each result: what most tests compare. */
export const told = (played: Played): readonly string[] => played.results.map(one => `${one.host} ${one.task} ${one.status}`);
