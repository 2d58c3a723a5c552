// What command, shell, script and raw share: their guards (creates, removes), the run itself and its result. Decides no words.
import { lines, quote, raw, sh } from '../../core/shell.ts';
import type { Change, Fact, Footprint, JsonSchema, Output, Plan, Probe, Script, Step, Vars } from '../../core/types.ts';
import { commandImpact } from './impact.ts';
import { flag, text } from './kinds.ts';
import { pathWord } from './words.ts';

export interface Guards {
  readonly chdir?: string;
  readonly creates?: string;
  readonly removes?: string;
  readonly stdin?: string;
  readonly stdin_add_newline: boolean;
  readonly strip_empty_ends: boolean;
}
export interface Guarded {
  /** False where `chdir` cannot be entered. */
  readonly entered: boolean;
  /** Whether something is at `creates`, at `removes`; null where not asked. */
  readonly created: boolean | null;
  readonly removable: boolean | null;
}
export interface Execution {
  readonly script: Script;
  readonly stdin?: string;
}

export const guardKinds: JsonSchema = {
  chdir: text('Folder to be in while it runs.'),
  creates: text('A path or glob: where something is there, it does not run.'),
  removes: text('A path or glob: where nothing is there, it does not run.'),
};
export const streamKinds: JsonSchema = {
  stdin: text('What it reads on its standard input.'),
  stdin_add_newline: flag('End the standard input with a newline.', true),
  strip_empty_ends: flag('Drop newlines at the end of stdout and stderr.', true),
};
export const runReturns: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    cmd: { type: ['string', 'array'], description: 'What ran.' },
    rc: { type: 'integer', description: 'Its exit code.' },
    stdout: { type: 'string' },
    stderr: { type: 'string' },
    stdout_lines: { type: 'array', items: { type: 'string' } },
    stderr_lines: { type: 'array', items: { type: 'string' } },
    start: { type: ['string', 'null'], description: 'When it started, by the clock of the host.' },
    end: { type: ['string', 'null'] },
    delta: { type: ['string', 'null'], description: 'How long it took.' },
    msg: { type: 'string' },
  },
};

/** Globs expand with IFS empty, so a name with spaces stays one word. */
function existence(name: string, pattern: string): Script {
  const isGlob = /[*?[]/.test(pattern);
  const word = isGlob ? sh`$p` : pathWord(pattern);
  const set = isGlob ? sh`p=${raw(pathWord(pattern.replaceAll('\\', '\\\\')))}; IFS=` : sh`:`;
  return sh`( ${raw(set)}; for f in ${raw(word)}; do if [ -e "$f" ] || [ -L "$f" ]; then echo ${name} yes; exit; fi; done; echo ${name} no )`;
}

function footprint(path: string, chdir: string | undefined): Footprint {
  const whole = path.startsWith('/') ? path : `${chdir?.startsWith('/') ? chdir : '~'}/${path}`;
  if (whole.startsWith('~')) return 'file:';
  const glob = whole.search(/[*?[]/);
  return `file:${glob < 0 ? whole : whole.slice(0, whole.lastIndexOf('/', glob) + 1)}`;
}

export function guardProbe({ chdir, creates, removes }: Guards): Probe<Guarded> {
  const asked = [
    ...(creates === undefined ? [] : [existence('creates', creates)]),
    ...(removes === undefined ? [] : [existence('removes', removes)]),
  ];
  const enter =
    chdir === undefined || asked.length === 0 ? [] : [sh`cd ${raw(pathWord(chdir))} 2>/dev/null || { echo lost; exit 0; }`];
  const paths = [creates, removes].filter(path => path !== undefined);
  const found = (out: string, name: string) => (out.includes(`${name} yes`) ? true : out.includes(`${name} no`) ? false : null);
  return {
    ask: { sh: asked.length === 0 ? sh`:` : lines(...enter, ...asked) },
    reads: paths.map(path => footprint(path, chdir)),
    parse: out => {
      const seen = {
        entered: !out.text().startsWith('lost'),
        created: found(out.text(), 'creates'),
        removable: found(out.text(), 'removes'),
      };
      const silent = (creates !== undefined && seen.created === null) || (removes !== undefined && seen.removable === null);
      if (seen.entered && silent) throw new Error(`the probe ended early, with exit code ${out.code}`);
      return seen;
    },
  };
}

export interface Deed {
  readonly cmd: string | readonly string[];
  readonly script: Script;
}

export function runPlan<Action>(args: Guards, seen: Guarded, deed: Deed, action: Action): Plan<Action> {
  const kept =
    seen.created === true ? `${args.creates} exists` : seen.removable === false ? `${args.removes} does not exist` : null;
  const shown = typeof deed.cmd === 'string' ? deed.cmd : deed.cmd.map(quote).join(' ');
  const nothing = { cmd: deed.cmd, stderr: '', stderr_lines: [], start: null, end: null, delta: null };
  if (kept !== null) {
    const stdout = `skipped, since ${kept}`;
    const result = {
      ...nothing,
      rc: 0,
      stdout,
      stdout_lines: [stdout],
      msg: `Did not run command since '${kept.replace(' ', "' ")}`,
    };
    return { changes: [], result };
  }
  // What it will say, only the run knows: a check run that knew more would be believed.
  const result = { cmd: deed.cmd };
  if (!seen.entered) {
    return {
      changes: [],
      result,
      refuse: { why: `there is no folder ${args.chdir} to run it in`, mend: 'mend "chdir", or make the folder before' },
    };
  }
  const told = commandImpact(shown);
  const change: Change<Action> = {
    summary: `run ${shown}`,
    diff: { target: 'command', before: '', after: shown },
    touches: ['*'],
    ...(told ? { impact: told } : {}),
    action,
  };
  return { changes: [change], result, ...(args.creates === undefined && args.removes === undefined ? { repeats: true } : {}) };
}

const clock = sh`date '+%s.%N %Y-%m-%d %H:%M:%S.%N'`;
const anyCode = Array.from({ length: 256 }, (_, code) => code);

/** The clock of the host before and after; the run itself may exit with any code: `result` judges it. */
export const runSteps = ({ script, stdin }: Execution): readonly Step[] => [
  { run: { sh: clock }, accept: anyCode },
  { run: { sh: script, apart: true, ...(stdin === undefined ? {} : { stdin }) }, accept: anyCode },
  { run: { sh: clock }, accept: anyCode },
];

export const execution = (args: Guards, script: Script): Execution => ({
  script: args.chdir === undefined ? script : lines(enterOrFail(args.chdir), script),
  ...(args.stdin === undefined ? {} : { stdin: args.stdin + (args.stdin_add_newline && args.stdin !== '' ? '\n' : '') }),
});

const enterOrFail = (chdir: string): Script => sh`cd ${raw(pathWord(chdir))} || exit`;

/** outputs: [.., clock, run, clock, ..]; `at` is the place of the run. */
export function runResult(args: Guards, cmd: string | readonly string[], outputs: readonly Output[], at = 1): Vars {
  const run = outputs[at];
  if (!run) return {};
  const trim = (bytes: Uint8Array) => {
    const whole = Buffer.from(bytes).toString('utf8');
    return args.strip_empty_ends ? whole.replace(/[\r\n]+$/, '') : whole;
  };
  const stdout = trim(run.stdout);
  const stderr = trim(run.stderr);
  return {
    cmd,
    rc: run.code,
    stdout,
    stderr,
    stdout_lines: splitLines(stdout),
    stderr_lines: splitLines(stderr),
    ...times(outputs[at - 1], outputs[at + 1]),
    ...(run.code === 0 ? { msg: '' } : { failed: true, changed: true, msg: 'non-zero return code' }),
  };
}

export const splitLines = (whole: string): readonly string[] =>
  whole === '' ? [] : whole.replace(/\r?\n$/, '').split(/\r\n|\n|\r/);

function times(before: Output | undefined, after: Output | undefined): Vars {
  const first = stamp(before);
  const last = stamp(after);
  if (!first || !last) return { start: null, end: null, delta: null };
  return { start: first.words, end: last.words, delta: duration(Math.max(0, last.micros - first.micros)) };
}

/** BusyBox may print `%N` as it stands: then the seconds are all there is. */
function stamp(out: Output | undefined): { readonly micros: number; readonly words: string } | null {
  const found = /^(\d+)\.(\S*) (\S+ [\d:]+)/.exec(out?.text() ?? '');
  if (!found) return null;
  const fraction = /^\d{9}$/.test(found[2] ?? '') ? (found[2] ?? '').slice(0, 6) : '000000';
  return { micros: Number(found[1]) * 1e6 + Number(fraction), words: `${found[3]}.${fraction}` };
}

function duration(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const clocked = `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${clocked}.${String(micros % 1e6).padStart(6, '0')}`;
}

/** Check runs: what earlier tasks would make or take away decides the guards. */
export function foreseeGuards(args: Guards, seen: Guarded | null, foretold: readonly Fact[]): Guarded | null {
  const state = seen ?? {
    entered: true,
    created: args.creates === undefined ? null : false,
    removable: args.removes === undefined ? null : false,
  };
  const last = (path: string | undefined) => foretold.findLast(fact => 'path' in fact && fact.path === path);
  const verdict = (was: boolean | null, path: string | undefined) => {
    const fact = last(path);
    return fact && 'path' in fact ? fact.is !== 'absent' : was;
  };
  // A glob, or a path that no fact names, stays as it was seen: unknown to us, so the engine hears null.
  const known = [args.creates, args.removes].every(path => path === undefined || last(path) !== undefined);
  if (!known) return null;
  const entered = state.entered || last(args.chdir) !== undefined;
  return { entered, created: verdict(state.created, args.creates), removable: verdict(state.removable, args.removes) };
}
