// What must change for a unit to be as it should: shared by systemd and service. Pure; the words of systemctl are in systemd.ts.
import { verbImpact } from './impact.ts';
import { didYouMean } from '../../core/fault.ts';
import type { Change, Fact, Footprint, Plan, Vars } from '../../core/types.ts';
import { shortUnit, unitFlags } from './systemd.ts';
import type { Unit, UnitAction, UnitWords } from './systemd.ts';

/** `systemctl is-enabled` says yes to these; Ansible takes indirect and alias for no. */
const isEnabled = (unit: Unit): boolean =>
  unit.initScript && ['generated', '', 'bad'].includes(unit.enablement)
    ? unit.initEnabled
    : ['enabled', 'enabled-runtime', 'static', 'generated'].includes(unit.enablement);
const isRunning = ({ status }: Unit): boolean => ['active', 'activating'].includes(status['ActiveState'] ?? '');

/** A started service makes sockets, data and mounts; it may start other units. */
const livelyTouches: readonly Footprint[] = [
  'unit:',
  'port:',
  'mount:',
  'file:/run/',
  'file:/var/run/',
  'file:/var/lib/',
  'file:/var/log/',
  'file:/proc/',
  'file:/sys/',
];
const savedTouches: readonly Footprint[] = ['unit:', 'file:/etc/systemd/'];

type Wish = { readonly verb: string; readonly before: string; readonly after: string; readonly fact: Fact };

function maskWish(args: UnitWords, unit: Unit, name: string): readonly Wish[] {
  const masked = unit.enablement === 'masked' || unit.status['LoadState'] === 'masked';
  if (args.masked === undefined || masked === args.masked) return [];
  const word = (is: boolean) => (is ? 'masked' : 'not masked');
  return [
    { verb: args.masked ? 'mask' : 'unmask', before: word(masked), after: word(args.masked), fact: { unit: shortUnit(name) } },
  ];
}

function enableWish(args: UnitWords, unit: Unit, name: string): readonly Wish[] {
  if (args.enabled === undefined || isEnabled(unit) === args.enabled) return [];
  const fact = { unit: shortUnit(name), enabled: args.enabled };
  const before = unit.enablement === '' ? 'disabled' : unit.enablement;
  return [{ verb: args.enabled ? 'enable' : 'disable', before, after: args.enabled ? 'enabled' : 'disabled', fact }];
}

function stateWish(args: UnitWords, unit: Unit, name: string): readonly Wish[] {
  const running = isRunning(unit);
  const fact = { unit: shortUnit(name), active: args.state !== 'stopped' };
  const before = unit.status['ActiveState'] ?? 'inactive';
  const start = { verb: 'start', before, after: 'active', fact };
  if (args.state === undefined) return [];
  if (args.state === 'stopped') {
    return running || before === 'deactivating' ? [{ verb: 'stop', before, after: 'inactive', fact }] : [];
  }
  if (args.state === 'started') return running ? [] : [start];
  const verb = args.state === 'restarted' ? 'restart' : 'reload';
  return [running ? { verb, before, after: args.state, fact } : start];
}

export function unitPlan(args: UnitWords, unit: Unit): Plan<UnitAction> {
  const flags = unitFlags(args);
  const verbs = [...(args.daemon_reload ? ['daemon-reload'] : []), ...(args.daemon_reexec ? ['daemon-reexec'] : [])];
  const { name } = args;
  const manager: UnitAction = { do: 'manager', verbs, flags };
  if (name === undefined)
    return {
      changes: [],
      acts: unit.booted && verbs.length > 0 ? [manager] : [],
      aside: true,
      result: { name: null, status: {} },
    };
  const wishes = [
    ...maskWish(args, unit, name),
    ...enableWish(args, unit, name),
    ...(unit.booted ? stateWish(args, unit, name) : []),
  ];
  const result = unitResult(args, unit, name);
  const refuse = refusal(args, unit, name);
  if (refuse) return { changes: [], result, refuse };
  const changes = wishes.map((wish, at) => unitChange(wish, name, flags, at === 0 && unit.booted ? verbs : []));
  const reload = args.daemon_reexec || (args.daemon_reload && (unit.stale || /\.(mount|swap|automount)$/.test(name)));
  const acts = changes.length === 0 && unit.booted && reload ? [manager] : [];
  const repeats = args.state === 'restarted' || args.state === 'reloaded';
  return { changes, acts, aside: true, result, warnings: unitWarnings(args, unit, name), ...(repeats ? { repeats } : {}) };
}

function unitChange(wish: Wish, name: string, flags: readonly string[], before: readonly string[]): Change<UnitAction> {
  return {
    summary: `${name}: ${wish.before} -> ${wish.after}`,
    diff: { target: `unit ${name}`, before: wish.before, after: wish.after },
    touches: /able|mask/.test(wish.verb) ? savedTouches : livelyTouches,
    foretells: [wish.fact],
    impact: verbImpact(wish.verb),
    action: { do: 'unit', verb: wish.verb, unit: name, flags, before },
  };
}

function unitResult(args: UnitWords, unit: Unit, name: string): Vars {
  return {
    name,
    status: unit.status,
    ...(args.enabled === undefined ? {} : { enabled: args.enabled }),
    ...(args.state === undefined ? {} : { state: args.state === 'stopped' ? 'stopped' : 'started' }),
  };
}

function unitWarnings(args: UnitWords, unit: Unit, name: string): readonly string[] {
  if (unit.status['NeedDaemonReload'] === 'yes' && !args.daemon_reload) {
    return [`the file of ${name} is newer than what systemd has loaded: "daemon_reload: true" makes it count`];
  }
  return !unit.booted && args.state !== undefined
    ? [`systemd does not run here (a chroot?): the state of ${name} is left alone`]
    : [];
}

function refusal(args: UnitWords, unit: Unit, name: string): Plan['refuse'] {
  const wanted = args.enabled !== undefined || args.state !== undefined;
  if (wanted && !unit.found && !unit.initScript) {
    const near = didYouMean(shortUnit(name), unit.known.map(shortUnit));
    const mend = near === undefined ? `"systemctl list-unit-files" shows those that are there` : `did you mean "${near}"?`;
    return { why: unit.why || `the host has no unit ${name}`, mend };
  }
  const error = unit.status['LoadError'];
  const load = unit.status['LoadState'] ?? '';
  if (wanted && ['error', 'bad-setting'].includes(load)) {
    return {
      why: `the unit file of ${name} cannot be loaded: ${error ?? load}`,
      mend: `"systemd-analyze verify ${name}" on the host shows the line`,
    };
  }
  const needsIt = args.enabled === true || (args.state !== undefined && args.state !== 'stopped');
  if ((load === 'masked' || unit.enablement === 'masked') && args.masked !== false && needsIt) {
    return { why: `${name} is masked`, mend: 'write "masked: false" in the task' };
  }
  return undefined;
}

/** Check runs: a unit that a package or a unit file before would bring is there, not enabled and not running. */
export function foreseeUnit(args: UnitWords, seen: Unit | null, foretold: readonly Fact[]): Unit | null {
  if (seen === null || args.name === undefined) return seen;
  const short = shortUnit(args.name);
  const names = new Set([short, ...(seen.status['Names'] ?? '').split(' ').map(shortUnit)]);
  const base = short.replace(/@.*$/, '@');
  const brought = foretold.some(
    fact =>
      ('package' in fact && fact.is === 'present') ||
      ('path' in fact && fact.is !== 'absent' && /\/(systemd|init\.d)\//.test(fact.path) && fact.path.includes(`/${base}`)),
  );
  if (!seen.found && !seen.initScript && !brought) return null;
  const facts = foretold.filter(fact => 'unit' in fact && names.has(shortUnit(fact.unit)));
  let unit: Unit = seen.found
    ? seen
    : { ...seen, found: true, status: { LoadState: 'loaded', ActiveState: 'inactive' }, enablement: 'disabled' };
  for (const fact of facts) if ('unit' in fact) unit = withFact(unit, fact);
  return unit;
}

function withFact(unit: Unit, fact: { readonly enabled?: boolean; readonly active?: boolean }): Unit {
  const active = fact.active === undefined ? {} : { ActiveState: fact.active ? 'active' : 'inactive' };
  const enablement = fact.enabled === undefined ? unit.enablement : fact.enabled ? 'enabled' : 'disabled';
  return { ...unit, enablement, status: { ...unit.status, ...active } };
}
