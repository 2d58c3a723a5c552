// What of a change can be undone later, and the steps that keep a before-image of its files on the host. It decides nothing else.
import { keepScript, leftScript } from '../core/before.ts';
import type { Undoable } from '../core/journal.ts';
import type { Change, Step } from '../core/types.ts';
import type { HostRun } from './host-run.ts';
import type { Prepared } from './prepare.ts';
import type { WithDebts } from './with-debts.ts';

/** Modules whose whole deed is the files that they name. Others (user, package) leave more than their files. */
const FILES: ReadonlySet<string> = new Set([
  'apt_repository',
  'assemble',
  'authorized_key',
  'blockinfile',
  'copy',
  'cron',
  'file',
  'get_url',
  'grub_default',
  'ini_file',
  'json_file',
  'known_hosts',
  'lineinfile',
  'modprobe',
  'mount',
  'pam_limits',
  'replace',
  'sysctl',
  'template',
  'yum_repository',
]);
/** Targets of a diff that are no file, and have an inverse. */
const PARTS = /^(unit|sysctl|mount) \S/;
/** A folder of more files is not kept file by file. */
const MOST_FILES = 64;

export interface Keeping {
  readonly undo?: Undoable;
  readonly first: readonly Step[];
  readonly last: readonly Step[];
}

/** What is to be kept of these changes; nothing without a journal, which alone could find it again. */
export function keeping(run: HostRun, own: Prepared, changes: readonly Change[]): Keeping {
  const { ledger } = run.context;
  if (!ledger?.journal || changes.length === 0) return { first: [], last: [] };
  const isApi = 'api' in own.probe.ask;
  const host = own.delegate ?? run.name;
  const paths = isApi ? [] : filesOf(own.task.module, changes);
  const parts = own.task.noLog ? [] : changes.map(change => change.diff).filter(diff => isApi || PARTS.test(diff.target));
  const undo: Undoable = {
    ...(paths.length > 0 ? { files: paths } : {}),
    ...(parts.length > 0 ? { parts } : {}),
    ...(isApi ? { args: clusterArgs(own) } : {}),
    ...(own.as ? { as: { user: own.as.user, method: own.as.method } } : {}),
    ...(own.delegate === undefined ? {} : { delegate: own.delegate }),
  };
  if (paths.length === 0) return parts.length > 0 ? { undo, first: [], last: [] } : { first: [], last: [] };
  const { run: id } = ledger;
  return { undo, first: [{ run: { sh: keepScript(id, host, paths) } }], last: [{ run: { sh: leftScript(id, host, paths) } }] };
}

function filesOf(module: string, changes: readonly Change[]): readonly string[] {
  if (!FILES.has(module)) return [];
  const paths = [...new Set(changes.flatMap(change => pathsOf(module, change)))];
  return paths.length > MOST_FILES ? [] : paths;
}

/** A mount names its folder, which is no file that it changes. */
function pathsOf(module: string, { diff, touches, foretells = [] }: Change): readonly string[] {
  if (module === 'mount' || module === 'modprobe') return diff.target.startsWith('/') ? [diff.target] : [];
  const told = foretells.flatMap(fact => ('path' in fact ? [fact.path] : []));
  const touched = touches.flatMap(print => (/^file:\/.*[^/]$/.test(print) ? [print.slice('file:'.length)] : []));
  return [...told, ...touched].filter(path => path.startsWith('/') && !path.startsWith('/proc/'));
}

/** Which cluster; never who asks it. */
const clusterArgs = ({ args }: Prepared) =>
  Object.fromEntries(['kubeconfig', 'context'].flatMap(name => (typeof args[name] === 'string' ? [[name, args[name]]] : [])));

/** The images go first of all: what is kept is what was there. */
export const withImages = ({ first, last }: Keeping, bound: WithDebts): WithDebts => ({
  ...bound,
  steps: [...first, ...bound.steps, ...last],
  own: done => bound.own({ ...done, outputs: done.outputs.slice(first.length, first.length + bound.steps.length) }),
});
