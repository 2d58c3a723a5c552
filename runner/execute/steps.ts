// Steps -> questions: the scripts by which the engine writes files, waits and runs. Pure; every value is quoted by `sh`.
import { asWritten, lines, quote, raw, sh } from '../core/shell.ts';
import type { Blob, Question, Script, Step } from '../core/types.ts';

type Put = Extract<Step, { put: string }>;
type Until = Extract<Step, { until: Script }>;

/** The name of the new file beside its target: hidden, so that run-parts, sudoers.d and cron.d pass over it. */
export function besideName(path: string): string {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const short = name.length > 200 ? name.slice(0, 200) : name;
  return `${path.slice(0, slash + 1)}.tsrun-new-${short}`;
}

/** Written beside the target, synced, validated, given owner and mode, then renamed over it. Content comes by stdin,
 *  or is there already (`uploaded`). An old leftover is removed first; noclobber refuses a link that someone put there. */
export function putScript(step: Put, uploaded: boolean): Script {
  const path = step.put;
  if (step.inPlace) return inPlaceScript(step);
  const receive = uploaded ? sh`` : sh`rm -f -- "$t"; set -C; cat >"$t"; set +C`;
  return lines(
    sh`set -e; umask 077; p=${anchored(path)}; t=${anchored(besideName(path))}; trap 'rm -f -- "$t"' EXIT`,
    receive,
    sh`sync -- "$t" 2>/dev/null || sync`,
    step.validate === undefined ? sh`` : validateScript(step.validate),
    ownership(step),
    step.backup ? backupScript : sh``,
    sh`mv -f -- "$t" "$p"`,
    sh`trap - EXIT`,
  );
}

/** A relative path that begins with a dash is no option. */
const anchored = (path: string): string => (path.startsWith('-') ? `./${path}` : path);

const backupScript = sh`if [ -e "$p" ]; then b="$p.$$.$(date +%Y-%m-%d@%H:%M:%S)~"; cp -p -- "$p" "$b"; printf '%s' "$b"; fi`;

const validateScript = (command: string): Script => sh`v() { ${raw(asWritten(command.replaceAll('%s', '"$t"')))}
}
v >&2 || { c=$?; echo ${`validate: ${command} exited`} $c >&2; exit 65; }`;

/** Owner and mode as told, else as the replaced file had them, else as the login's umask gives. */
function ownership({ mode, owner, group }: Put): Script {
  const keepOwner = sh`if [ -e "$p" ]; then chown "$(stat -Lc %u:%g -- "$p")" "$t" 2>/dev/null || :; fi`;
  const who =
    owner === undefined
      ? group === undefined
        ? sh``
        : sh`chgrp -- ${group} "$t"`
      : sh`chown -- ${group === undefined ? owner : `${owner}:${group}`} "$t"`;
  const bits =
    mode === undefined
      ? sh`if [ -e "$p" ]; then chmod "$(stat -Lc %a -- "$p")" "$t"; else umask "$TSRUN_UMASK"; chmod "$(printf '%o' $((0666 & ~0$TSRUN_UMASK)))" "$t"; fi`
      : sh`chmod ${mode.toString(8).padStart(4, '0')} "$t"`;
  return lines(keepOwner, who, bits);
}

function inPlaceScript(step: Put): Script {
  const { put, owner, group, mode } = step;
  return lines(
    sh`set -e; p=${anchored(put)}`,
    step.backup ? backupScript : sh``,
    sh`cat >"$p"; sync -- "$p" 2>/dev/null || sync`,
    owner === undefined ? sh`` : sh`chown -- ${owner} "$p"`,
    group === undefined ? sh`` : sh`chgrp -- ${group} "$p"`,
    mode === undefined ? sh`` : sh`chmod ${mode.toString(8).padStart(4, '0')} "$p"`,
  );
}

/** Asks again and again on the host, so that a wait costs one round trip; 124 when the time is over. */
export function untilScript(step: Until): Script {
  return sh`e=$(( $(date +%s) + ${Math.ceil(step.within)} ))
while :; do
( ${raw(step.until)}
) && exit 0
[ "$(date +%s)" -lt "$e" ] || exit 124
sleep ${step.every}
done`;
}

/** A step that is one question; undefined for those that need more of the connection. */
export function stepQuestion(step: Step, uploaded = false): Question | undefined {
  if ('run' in step) return step.run;
  if ('until' in step) return { sh: untilScript(step) };
  if (!('put' in step)) return undefined;
  const { content } = step;
  if (typeof content === 'string' || content instanceof Uint8Array)
    return { sh: withUmask(putScript(step, false)), stdin: content };
  return uploaded ? { sh: withUmask(putScript(step, true)) } : undefined;
}

/** Dash sets umask for the rest of the subshell: the login's own is kept for files that are told no mode. */
const withUmask = (script: Script): Script => lines(sh`TSRUN_UMASK=$(umask)`, script);

/** The variables of `environment:` for one question. */
export function withEnvironment(question: Question, environment: Readonly<Record<string, string>>): Question {
  const names = Object.keys(environment);
  if (names.length === 0 || !('sh' in question)) return question;
  const exports = names.map(name => `export ${name}=${quote(environment[name] ?? '')}`).join('\n');
  return { ...question, sh: lines(asWritten(exports), question.sh) };
}

/** Bytes of a file that travels with its batch, and of all such files in one: a folder of small files is one transfer. */
export const SMALL = 48 * 1024;
export const MOST_BYTES = 2 * 1024 * 1024;

export const isBlob = (content: unknown): content is Blob => typeof content === 'object' && content !== null && 'open' in content;

/** How many bytes of content the steps bring along; undefined where one needs more of the connection than a question. */
export function sendable(steps: readonly Step[]): number | undefined {
  let bytes = 0;
  for (const step of steps) {
    if ('get' in step || 'reconnect' in step) return undefined;
    if (!('put' in step)) continue;
    const { content } = step;
    if (isBlob(content) && content.size > SMALL) return undefined;
    bytes += isBlob(content) ? content.size : Buffer.byteLength(content);
  }
  return bytes;
}
