// A handler's debt: a small file on the host, written with the change that notifies and removed when the handler has run, so that
// a run that dies in between is made good by the next one, from any controller (semantics.md 1).
import { createHash } from 'node:crypto';
import { lines, sh } from '../core/shell.ts';
import type { Handler, Play } from '../core/site.ts';
import type { Fault, Output, Script, Step } from '../core/types.ts';
import type { HostRun } from './host-run.ts';

/** What the host says that it owes, of this play and of others. */
export interface Owed {
  /** Users (see observe.ts) whose folder was read. */
  readonly asked: Set<string>;
  readonly labels: Set<string>;
}

export const createOwed = (): Owed => ({ asked: new Set(), labels: new Set() });

const labelOf = ({ role, name }: Handler): string => `${role ?? ''} : ${name}`.replaceAll(/[\0\n]/g, ' ');
const fileOf = (label: string): string => createHash('sha256').update(label).digest('hex').slice(0, 32);

/** Under /var/lib for root, in the home folder for others; TSRUN_OWED in the login's environment names another one, for hosts
 *  that are one machine. */
const folder = sh`d=\${TSRUN_OWED-}; [ -n "$d" ] || { d=/var/lib/tsrun/owed; [ -w /var/lib ] || d=\${HOME:-/nonexistent}/.tsrun/owed; }`;

const writeOne = (label: string): Script => sh`printf '%s\\n' ${label} >"$d"/${fileOf(label)}`;
const removeOne = (label: string): Script => sh`rm -f -- "$d"/${fileOf(label)}`;

/** A debt that cannot be written (a full disk) keeps nobody from the change. */
export const oweStep = (handlers: readonly Handler[]): Step => ({
  run: {
    sh: lines(
      folder,
      sh`{ (umask 077; mkdir -p -- "$d") && {`,
      ...handlers.map(one => writeOne(labelOf(one))),
      sh`}; } 2>/dev/null || :`,
    ),
  },
});

export const payStep = (handlers: readonly Handler[]): Step => ({
  run: { sh: lines(folder, ...handlers.map(one => removeOne(labelOf(one))), sh`:`) },
});

/** Built-ins alone: it travels with the first wave of every run. */
export const owedScript: Script = lines(
  folder,
  sh`[ -d "$d" ] || exit 0; for f in "$d"/*; do [ -f "$f" ] && IFS= read -r l <"$f" && printf '%s\\n' "$l"; done; :`,
);

export function readOwed(owed: Owed, output: Output | undefined): void {
  const said = output?.code === 0 ? output.text() : '';
  for (const label of said.split('\n').filter(Boolean)) owed.labels.add(label);
}

/** Debts that no play of this run can pay: the handler was renamed or taken away, or belongs to another playbook.
 *  Hosts that did not come to the end of their plays are not told of. */
export function forgottenDebts(
  plays: readonly Play[],
  debts: Iterable<readonly [host: string, owed: Owed]>,
  lost: ReadonlySet<string>,
): readonly Fault[] {
  const known = new Set(plays.flatMap(play => play.handlers.map(labelOf)));
  return [...debts].flatMap(([host, { labels }]) =>
    lost.has(host) ? [] : [...labels].filter(label => !known.has(label)).map(label => forgotten(host, label)),
  );
}

const forgotten = (host: string, label: string): Fault => ({
  code: 'W932',
  severity: 'warning',
  what: `${host}: the handler "${label.replace(/^ : /, '')}" is owed`,
  why: 'a run before this one ended between a change and its handler, and no play of this run has a handler of that name',
  mend: `run the playbook that has it; if there is none any more: rm /var/lib/tsrun/owed/${fileOf(label)} on the host (without root: ~/.tsrun/owed)`,
});

/** The handlers of this play that the host owes; they are notified as if their task had changed. */
export function collectDebts(run: HostRun): void {
  for (const handler of run.batch.handlers) {
    const label = labelOf(handler);
    if (!run.owed.labels.delete(label)) continue;
    run.notified.set(handler.id, undefined);
    run.debts.add(handler.id);
    run.fresh.add(handler.id);
  }
}
