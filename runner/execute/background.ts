// async and poll: the run of a command becomes a job on the host that outlives its question. What a job's folder holds is read
// by the module async_status; this file only makes the folder and waits. It decides nothing about the task.
import type { Knowledge } from '../core/site.ts';
import { asWritten, lines, raw, sh } from '../core/shell.ts';
import type { Plan, Question, Script, Step, Vars } from '../core/types.ts';
import { perform } from './apply.ts';
import type { HostRun } from './host-run.ts';
import { failed, faultOf, okay, type Outcome, planned } from './outcome.ts';
import type { Prepared } from './prepare.ts';
import { stepFault } from './step-fault.ts';
import { untilScript } from './steps.ts';

export interface Background {
  /** How long the job may take. */
  readonly seconds: number;
  /** 0: nobody waits for it. */
  readonly poll: number;
}

/** One round trip waits no longer than this, so that a lost connection shows itself. */
const CHUNK_SECONDS = 60;
/** A job that is killed at its limit still writes its end. */
const GRACE_SECONDS = 10;
const anyCode = Array.from({ length: 256 }, (_, code) => code);

type Run = Extract<Step, { run: Question }>;
const isRun = (step: Step): step is Run & { run: Extract<Question, { sh: Script }> } => 'run' in step && 'sh' in step.run;

/** The step that runs the user's command becomes the start of a job; what stands behind it (a script's clean-up) is the job's. */
export function inBackground(steps: readonly Step[], { seconds }: Background, cmd: unknown): readonly Step[] {
  const at = steps.findIndex(step => isRun(step) && step.run.apart === true);
  const own = steps[at];
  if (!own || !isRun(own)) return steps;
  const behind = steps.slice(at + 1).flatMap(step => (isRun(step) ? [step.run.sh] : []));
  const { stdin } = own.run;
  const start = startScript(own.run.sh, lines(...behind), seconds, cmdText(cmd));
  return [...steps.slice(0, at), { run: { sh: start, ...(stdin === undefined ? {} : { stdin }) } }];
}

const folderScript = sh`a=$HOME/.tsrun_async
mkdir -p -m 0700 -- "$a" || exit
j=$(date +%s).$$; n=0
until mkdir -m 0700 -- "$a/$j.$n" 2>/dev/null; do n=$((n + 1)); [ $n -lt 1000 ] || { echo "no folder can be made in $a" >&2; exit 1; }; done
d=$a/$j.$n`;

/** The job has a session of its own and no stream or descriptor of the shell, whose lock would else outlive the run. The name
 *  is made on the host: the folder that can be made is new. */
const startScript = (job: Script, after: Script, seconds: number, cmd: string): Script => sh`${raw(folderScript)}
cat >"$d/stdin" && printf '%s' ${cmd} >"$d/cmd" && printf '%s' ${job} >"$d/job" && printf '%s' ${jobScript(after, seconds)} >"$d/run" || exit
s=; if command -v setsid >/dev/null 2>&1; then s=setsid; elif command -v nohup >/dev/null 2>&1; then s=nohup; fi
$s sh "$d/run" "$d" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
echo $! >"$d/pid"
printf '%s' "$j.$n"`;

/** What runs as the job: the command with its limit, then its end, written at once. */
const jobScript = (after: Script, seconds: number): Script => sh`d=$1; b=$(date +%s); t=
if command -v timeout >/dev/null 2>&1; then t=${`timeout -s KILL ${Math.ceil(seconds)}`}; fi
$t sh "$d/job" <"$d/stdin" >"$d/stdout" 2>"$d/stderr"; c=$?
if [ $c -gt 123 ] && [ $(( $(date +%s) - b )) -ge ${Math.ceil(seconds)} ]; then
echo ${`the job was ended: it took longer than async: ${seconds}`} >>"$d/stderr"; fi
( ${raw(after)}
:
) >/dev/null 2>&1
rm -f "$d/stdin" "$d/job" "$d/run"
echo $c >"$d/rc.new" && mv -f "$d/rc.new" "$d/rc"`;

const cmdText = (cmd: unknown): string => (typeof cmd === 'string' ? cmd : JSON.stringify(cmd ?? ''));

/** With `poll: 0` a later task asks for the job by its name, also where a guard (creates) held: one that has ended is there to be
 *  found. */
export async function endedAtOnce(run: HostRun, own: Prepared, on: Knowledge, plan: Plan): Promise<Outcome> {
  const { result } = plan;
  const script = sh`${raw(folderScript)}
printf '%s' ${cmdText(result['cmd'])} >"$d/cmd" && printf '%s' ${String(result['stdout'] ?? '')} >"$d/stdout" && : >"$d/stderr" && echo 0 >"$d/rc" || exit
printf '%s' "$j.$n"`;
  const done = await perform(run, own, [{ run: { sh: script } }], on, [], 0);
  if (done.failed) return failed(stepFault(run, own, plan, done, result, 0), result);
  const jid = done.outputs[0]?.text().trim() ?? '';
  return okay({ ...result, ...jobState(jid), finished: 1 });
}

const jobState = (jid: string): Vars => ({ ansible_job_id: jid, started: 1, results_file: `~/.tsrun_async/${jid}` });

/** What a task with `poll: 0` gives at once. */
export function started(own: Prepared, plan: Plan, jid: string): Outcome {
  return {
    ...okay({ ...jobState(jid), finished: 0, changed: true }, `job ${jid} was started`),
    ...planned(plan, own.module),
    status: 'changed',
  };
}

/** Waits for the job on the host and takes its result; the job's folder goes when its end was read. */
export async function awaited(
  run: HostRun,
  own: Prepared,
  on: Knowledge,
  plan: Plan,
  jid: string,
  background: Background,
): Promise<Outcome> {
  const { clock, signal } = run.context;
  const status = run.context.module('async_status');
  const args = { jid, mode: 'status' };
  const probe = status.probe(args);
  const end = clock.now() + 1000 * (background.seconds + GRACE_SECONDS);
  for (;;) {
    const done = await perform(
      run,
      own,
      [waitStep(jid, background), { run: probe.ask, accept: anyCode }, forget(jid)],
      on,
      [],
      0,
    );
    const answer = done.outputs[1];
    if (!answer) throw new Error(`no answer about the job ${jid}`);
    const found = status.plan(args, probe.parse(answer));
    const result: Vars = { ...plan.result, ...found.result, ...('cmd' in plan.result ? { cmd: plan.result['cmd'] } : {}) };
    const isOver = found.result['finished'] === 1;
    if (isOver) return ended(run, own, plan, result, found);
    if (signal.aborted || clock.now() > end) return stillThere(run, own, jid, result);
  }
}

const waitStep = (jid: string, { seconds }: Background): Step => {
  const within = Math.min(CHUNK_SECONDS, Math.ceil(seconds) + GRACE_SECONDS);
  const over = sh`cd "$HOME/.tsrun_async/${jid}" || exit 0; [ -e rc ] || ! kill -0 "$(cat pid)" 2>/dev/null`;
  return { run: { sh: untilScript({ until: over, every: 1, within, what: `the job ${jid}` }) }, accept: [0, 124] };
};

const forget = (jid: string): Step => ({
  run: { sh: asWritten(`cd "$HOME/.tsrun_async" && if [ -e ${jid}/rc ]; then rm -rf ${jid}; fi`) },
});

function ended(run: HostRun, own: Prepared, plan: Plan, result: Vars, found: Plan): Outcome {
  const { refuse } = found;
  if (refuse) {
    const fault = faultOf(own.task, run.name, refuse.why, refuse.mend);
    return { ...failed(fault, { ...result, changed: true }), ...planned(plan, own.module) };
  }
  const message = plan.changes.map(change => change.summary).join('; ');
  return { ...okay({ ...result, changed: true }, message), ...planned(plan, own.module), status: 'changed' };
}

const stillThere = (run: HostRun, own: Prepared, jid: string, result: Vars): Outcome =>
  failed(
    faultOf(own.task, run.name, `the job ${jid} has not ended`, `it goes on alone: ask with async_status, jid: "${jid}"`, 'E516'),
    result,
  );
