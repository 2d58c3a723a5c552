// What systemd knows of a unit, and the deeds on it: shared by systemd and service. It decides nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Footprint, Script, Step } from '../../core/types.ts';
import { line, plain, section } from './sections.ts';
import type { Sections } from './sections.ts';

export interface UnitWords {
  readonly name?: string;
  readonly state?: 'started' | 'stopped' | 'restarted' | 'reloaded';
  readonly enabled?: boolean;
  readonly masked?: boolean;
  readonly force?: boolean;
  readonly daemon_reload: boolean;
  readonly daemon_reexec: boolean;
  readonly scope: 'system' | 'user' | 'global';
  readonly no_block: boolean;
}
export interface Unit {
  /** False where systemd is not the init here (a chroot, a container without it). */
  readonly booted: boolean;
  readonly found: boolean;
  readonly status: Readonly<Record<string, string>>;
  /** enabled, disabled, static, masked, ... */
  readonly enablement: string;
  /** The names of an init script of the same name that start it in a runlevel. */
  readonly initScript: boolean;
  readonly initEnabled: boolean;
  /** Some loaded unit is older than its file. */
  readonly stale: boolean;
  /** Where the unit is not there: the names of those that are. */
  readonly known: readonly string[];
  readonly why: string;
}
export type UnitAction =
  | { readonly do: 'manager'; readonly verbs: readonly string[]; readonly flags: readonly string[] }
  | {
      readonly do: 'unit';
      readonly verb: string;
      readonly unit: string;
      readonly flags: readonly string[];
      readonly before: readonly string[];
    };

const PROPERTIES =
  'Id,Names,Description,LoadState,LoadError,ActiveState,SubState,UnitFileState,FragmentPath,SourcePath,NeedDaemonReload,MainPID,Result,Type,ExecMainStatus,ExecMainStartTimestamp,NRestarts';

export const unitFlags = (args: UnitWords): readonly string[] => [
  ...(args.scope === 'system' ? [] : [`--${args.scope}`]),
  ...(args.no_block ? ['--no-block'] : []),
  ...(args.force ? ['--force'] : []),
];
/** The manager of a user is found through its runtime folder, which a session by sudo does not name. */
const runtime = (flags: readonly string[]): Script =>
  flags.includes('--user') ? sh`export XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}` : sh`:`;

export const shortUnit = (name: string): string => name.replace(/\.service$/, '');
const isTemplate = (name: string): boolean => /@(\.\w+)?$/.test(name);

/** One `systemctl show`; the list of all units only where this one is not there. */
export function unitProbe(args: UnitWords): Script {
  const { name, scope, daemon_reload } = args;
  const flags = scope === 'system' ? [] : [`--${scope}`];
  const booted = sh`[ -d /run/systemd/system ] && b=yes || b=no; [ / -ef /proc/1/root/. ] || [ $b = yes ] || b=chroot`;
  if (name === undefined) return lines(booted, line('booted', sh`"$b"`));
  const stale = sh`case $(systemctl ${flags} show -p NeedDaemonReload '*' 2>/dev/null) in *=yes*) s=yes;; *) s=no;; esac`;
  const init = `/etc/init.d/${shortUnit(name)}`;
  const fileState = sh`systemctl ${flags} is-enabled -- ${name}`;
  // A template has no state of its own, and a global or offline manager answers for files alone.
  const byFile = isTemplate(name) || scope === 'global' ? sh`true` : sh`[ $b != yes ]`;
  return lines(
    runtime(flags),
    booted,
    line('booted', sh`"$b"`),
    sh`command -v systemctl >/dev/null || { echo 'systemctl is not on this host' >&2; exit 3; }`,
    sh`if ${raw(byFile)}; then`,
    section('enablement', fileState),
    sh`else o=$(systemctl ${flags} show -p ${PROPERTIES} -- ${name} 2>&1) || printf '@why\\n\t%s\\n\\n' "$o"`,
    section('status', sh`printf '%s\\n' "$o"`),
    sh`fi`,
    sh`if [ -x ${init} ]; then`,
    sh`i=no; for f in /etc/rc[2-5].d/S??${shortUnit(name)}; do [ ! -e "$f" ] || i=yes; done`,
    line('init', sh`"$i"`),
    sh`fi`,
    sh`case "$o" in *LoadState=not-found*)`,
    section('known', sh`systemctl ${flags} list-unit-files --no-legend --no-pager | cut -d' ' -f1`),
    sh`;; esac`,
    ...(daemon_reload ? [stale, line('stale', sh`"$s"`)] : []),
  );
}

export function readUnit(sections: Sections): Unit {
  const status: Record<string, string> = {};
  for (const text of plain(sections, 'status').split('\n')) {
    const at = text.indexOf('=');
    if (at > 0) status[text.slice(0, at)] = text.slice(at + 1);
  }
  const enablement = plain(sections, 'enablement').split('\n')[0] || status['UnitFileState'] || '';
  const load = status['LoadState'];
  const init = sections.get('init');
  return {
    booted: plain(sections, 'booted') === 'yes',
    found: load !== undefined ? load !== 'not-found' : enablement !== '' && enablement !== 'not-found',
    status,
    enablement,
    initScript: init !== undefined,
    initEnabled: init?.startsWith('yes') ?? false,
    stale: plain(sections, 'stale') === 'yes',
    known: plain(sections, 'known').split('\n').filter(Boolean),
    why: plain(sections, 'why'),
  };
}

export const unitReads = (name: string): readonly Footprint[] => [
  `unit:${shortUnit(name)}`,
  'file:/etc/systemd/',
  'file:/usr/lib/systemd/',
  'file:/lib/systemd/',
  'file:/run/systemd/',
  `file:/etc/init.d/${shortUnit(name)}`,
];
/** A unit that fails shows its last words: they go to stderr, behind what systemctl said. */
export function unitSteps(action: UnitAction): readonly Step[] {
  const manager = (verbs: readonly string[]) => verbs.map(verb => sh`systemctl ${action.flags} ${verb} || exit`);
  if (action.do === 'manager') return [{ run: { sh: lines(runtime(action.flags), ...manager(action.verbs)) } }];
  const { verb, unit, flags, before } = action;
  const scope = flags.filter(word => word === '--user');
  const logs = sh`journalctl ${scope} -u ${unit} -n 20 --no-pager -o cat >&2 2>/dev/null`;
  const run = sh`systemctl ${flags} ${verb} -- ${unit}`;
  const told = /able|mask/.test(verb)
    ? run
    : sh`${raw(run)} || { c=$?; echo "last log lines of "${unit}":" >&2; ${raw(logs)}; exit $c; }`;
  return [{ run: { sh: lines(runtime(flags), ...manager(before), told) } }];
}
