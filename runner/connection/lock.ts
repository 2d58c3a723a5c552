// The run lock of a host: the text by which a starting shell takes it, and what its answer means. Pure text and data.
import { Locked } from '../core/lost.ts';
import { quote } from '../core/shell.ts';
import type { Fault, Output, RunLock } from '../core/types.ts';

/** The answer to the lock has an id that no question has. */
export const lockId = 0;

const ends = { cannotOpen: 73, noFlock: 74, locked: 75, ours: 76 } as const;

/** A link or a file of someone else in a folder that all may write is none of ours. */
const usual = {
  choose:
    'if [ -w /run ] && [ -w /run/lock ]; then tsrun_p=/run/lock/tsrun.lock; else tsrun_p=${HOME:-/nonexistent}/.tsrun.lock; fi',
  isOurs: '[ ! -L "$tsrun_p" ] && ( umask 077; : >>"$tsrun_p" ) && [ -O "$tsrun_p" ]',
};
const named = (path: string) => ({ choose: `tsrun_p=${quote(path)}`, isOurs: '( umask 077; : >>"$tsrun_p" )' });

/** Runs in the resident shell itself, behind its hello: descriptor 6 stays open as long as the shell lives, and no
 *  question inherits it. A lock that is held is tried once more, for a shell that is just ending; BusyBox has no `flock -w`.
 *  Where another run holds it the shell ends here, before the first question. */
export function lockText({ path, run, holder }: RunLock): string {
  const { choose, isOurs } = path === null ? usual : named(path);
  return [
    choose,
    'tsrun_l() {',
    `command -v flock >/dev/null 2>&1 || return ${ends.noFlock}`,
    `{ ${isOurs}; } 2>/dev/null || return ${ends.cannotOpen}`,
    'exec 6>>"$tsrun_p"',
    'for tsrun_a in 1 0; do',
    `if flock -n 6 2>/dev/null; then : >"$tsrun_p"; printf '%s\\n' ${quote(run)} ${quote(holder)} >&6; return 0; fi`,
    `read -r tsrun_c <"$tsrun_p"; [ "$tsrun_c" != ${quote(run)} ] || { exec 6>&-; return ${ends.ours}; }`,
    '[ $tsrun_a = 0 ] || sleep 1; done',
    'cat "$tsrun_p"; echo "$(($(date +%s) - $(stat -c %Y "$tsrun_p")))"; exec 6>&-; ',
    `return ${ends.locked}; }`,
    `tsrun_m +${lockId}; tsrun_l; tsrun_c=$?; tsrun_m "-${lockId} $tsrun_c"`,
    `[ $tsrun_c != ${ends.locked} ] || exit ${ends.locked}`,
  ].join('\n');
}

/** Undefined where this run may go on. */
export function lockedBy(host: string, answer: Output): Locked | undefined {
  if (answer.code !== ends.locked) return undefined;
  const [run = '', holder = '', age = ''] = answer.text().split('\n');
  return new Locked({
    code: 'E530',
    what: `${host}: another run holds the host`,
    why: `${holder || 'somebody who gave no name'} runs there${run && `, run ${run}`}${age && `, for ${ageText(Number(age))}`}`,
    mend: 'wait for that run to end; its lock goes with its connection, however it ends',
  });
}

/** The host cannot tell two runs apart; this one goes on. */
export function lockWarning(host: string, { path }: RunLock, answer: Output): Fault | undefined {
  const why = {
    [ends.noFlock]: 'it has no "flock"',
    [ends.cannotOpen]: `the file of the lock cannot be opened${path === null ? '' : `: ${path}`}`,
  }[answer.code];
  if (why === undefined) return undefined;
  return {
    code: 'W931',
    severity: 'warning',
    what: `${host}: nothing keeps two runs apart`,
    why,
    mend:
      answer.code === ends.noFlock
        ? 'install util-linux or BusyBox there, or say "tsrun_lock: none" where that is meant'
        : 'set tsrun_lock to a file that the login may write, or to "none" where that is meant',
  };
}

function ageText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'a time that is not known';
  if (seconds < 120) return `${Math.max(0, seconds)} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}
