// Units of systemd: running, enabled, masked. All decisions are in parts/units.ts.
import type { Module } from '../core/types.ts';
import { stateImpact } from './parts/impact.ts';
import { readSections, framed } from './parts/sections.ts';
import { choice, flag, gives, takes, text } from './parts/kinds.ts';
import { readUnit, unitProbe, unitReads, unitSteps } from './parts/systemd.ts';
import type { Unit, UnitAction, UnitWords } from './parts/systemd.ts';
import { foreseeUnit, unitPlan } from './parts/units.ts';

export const module: Module<UnitWords, Unit, UnitAction> = {
  summary: 'Start, stop, enable and mask units of systemd.',
  collection: 'ansible.builtin',
  args: takes({
    name: text('The unit; without a suffix a .service.', { aliases: ['service', 'unit'] }),
    state: choice('started and stopped hold; restarted and reloaded are done each time (a unit that is down is started).', [
      'started',
      'stopped',
      'restarted',
      'reloaded',
    ]),
    enabled: flag('Whether it starts at boot.'),
    masked: flag('Whether it is masked: it then cannot be started at all.'),
    force: flag('Replace links that stand in the way.'),
    daemon_reload: flag('Let systemd read its files again before.', false, { aliases: ['daemon-reload'] }),
    daemon_reexec: flag('Let systemd start itself again before.', false, { aliases: ['daemon-reexec'] }),
    scope: choice(
      'The manager to ask: of the system, of the user of the task, or of all users.',
      ['system', 'user', 'global'],
      'system',
    ),
    no_block: flag('Do not wait until it is done.', false),
  }),
  returns: gives({
    name: { type: ['string', 'null'] },
    state: { type: 'string', description: 'started or stopped.' },
    enabled: { type: 'boolean' },
    status: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'What systemctl showed before: ActiveState, ...',
    },
  }),
  examples: [
    { title: 'Run the NFS server, now and after a boot', yaml: 'systemd: { name: nfs-server, state: started, enabled: true }' },
    { title: 'Read a new unit file, then restart', yaml: 'systemd: { name: docker, state: restarted, daemon_reload: true }' },
  ],
  differs: [
    'With a name, daemon_reload is done only where a unit file is newer than what systemd has loaded, or before a change.',
    '`status` holds the properties that are read most, not all of them.',
  ],
  notes: ['Needs systemctl. A unit that fails to start shows its last log lines (journalctl).'],
  check: args => {
    const asked = [args.state, args.enabled, args.masked].some(value => value !== undefined);
    if (args.name === undefined && asked) return ['"name" is missing: state, enabled and masked need it'];
    if (args.name !== undefined && /[*?[]/.test(args.name)) return ['a unit name cannot be a glob here'];
    return asked || args.daemon_reload || args.daemon_reexec
      ? []
      : ['one of state, enabled, masked, daemon_reload, daemon_reexec is needed'];
  },
  probe: args => ({
    ask: framed(unitProbe(args)),
    reads: args.name === undefined ? ['unit:'] : unitReads(args.name),
    parse: out => {
      if (out.code === 3) throw new Error('systemctl is not on this host (the package "systemd" has it)');
      return readUnit(readSections(out));
    },
  }),
  plan: unitPlan,
  impact: ({ state }) => stateImpact(state),
  apply: unitSteps,
  foresee: foreseeUnit,
};
