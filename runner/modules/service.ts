// Services by name, whatever the init of the host: systemd, OpenRC, or scripts of System V.
import { lines, raw, sh } from '../core/shell.ts';
import type { Change, Fact, Module, Plan } from '../core/types.ts';
import { readSections, framed } from './parts/sections.ts';
import { readScript, scriptDeed, scriptProbe } from './parts/init-scripts.ts';
import type { InitScript, ScriptAction, ScriptWords } from './parts/init-scripts.ts';
import { stateImpact, verbImpact } from './parts/impact.ts';
import { choice, flag, gives, takes, text, whole } from './parts/kinds.ts';
import { readUnit, unitProbe, unitReads, unitSteps } from './parts/systemd.ts';
import type { Unit, UnitAction, UnitWords } from './parts/systemd.ts';
import { foreseeUnit, unitPlan } from './parts/units.ts';

interface Args extends ScriptWords {
  readonly state?: 'started' | 'stopped' | 'restarted' | 'reloaded';
  readonly enabled?: boolean;
  readonly sleep?: number;
  readonly use: string;
}
type State = { readonly unit: Unit } | { readonly script: InitScript };

const unitWords = ({ name, state, enabled }: Args): UnitWords => ({
  name,
  daemon_reload: false,
  daemon_reexec: false,
  scope: 'system',
  no_block: false,
  ...(state === undefined ? {} : { state }),
  ...(enabled === undefined ? {} : { enabled }),
});

type Verb = ScriptAction['verb'];
function verbs({ state, enabled }: Args, seen: InitScript): readonly Verb[] {
  const saved: readonly Verb[] = enabled === undefined || enabled === seen.enabled ? [] : [enabled ? 'enable' : 'disable'];
  if (state === undefined) return saved;
  if (state === 'stopped') return seen.running ? [...saved, 'stop'] : saved;
  if (!seen.running) return [...saved, 'start'];
  return state === 'started' ? saved : [...saved, state === 'restarted' ? 'restart' : 'reload'];
}

const after: Readonly<Record<Verb, string>> = {
  start: 'running',
  stop: 'stopped',
  restart: 'restarted',
  reload: 'reloaded',
  enable: 'enabled',
  disable: 'disabled',
};

function scriptPlan(args: Args, seen: InitScript): Plan<ScriptAction> {
  const result = {
    name: args.name,
    ...(args.state ? { state: args.state === 'stopped' ? 'stopped' : 'started' } : {}),
    ...enabledOf(args),
  };
  if (!seen.found) {
    const why =
      seen.kind === 'none'
        ? 'the host runs neither systemd nor OpenRC, and has no init scripts'
        : `the host has no service ${args.name}`;
    return { changes: [], result, refuse: { why, mend: '"ls /etc/init.d" shows the services of the host' } };
  }
  const changes = verbs(args, seen).map((verb): Change<ScriptAction> => {
    const before = verb.endsWith('able') ? (seen.enabled ? 'enabled' : 'disabled') : seen.running ? 'running' : 'stopped';
    return {
      summary: `${args.name}: ${before} -> ${after[verb]}`,
      diff: { target: `service ${args.name}`, before, after: after[verb] },
      touches: ['unit:', 'port:', 'mount:', 'file:/run/', 'file:/var/', 'file:/etc/'],
      impact: verbImpact(verb),
      action: { do: 'script', kind: seen.kind, verb, words: args, sleep: args.sleep ?? 0 },
    };
  });
  return { changes, result, ...(args.state === 'restarted' || args.state === 'reloaded' ? { repeats: true } : {}) };
}
const enabledOf = ({ enabled }: Args) => (enabled === undefined ? {} : { enabled });

function foresee(args: Args, seen: State | null, foretold: readonly Fact[]): State | null {
  if (seen === null) return null;
  if ('unit' in seen) {
    const unit = foreseeUnit(unitWords(args), seen.unit, foretold);
    return unit && { unit };
  }
  const brought = foretold.some(fact => 'package' in fact && fact.is === 'present');
  return seen.script.found || !brought ? (seen.script.found ? seen : null) : { script: { ...seen.script, found: true } };
}

export const module: Module<Args, State, UnitAction | ScriptAction> = {
  summary: 'Start, stop and enable services, whatever the init system.',
  collection: 'ansible.builtin',
  impact: ({ state }) => stateImpact(state),
  args: takes(
    {
      name: text('The service.'),
      state: choice('started and stopped hold; restarted and reloaded are done each time.', [
        'started',
        'stopped',
        'restarted',
        'reloaded',
      ]),
      enabled: flag('Whether it starts at boot.'),
      sleep: whole('Seconds between stop and start of a restart (init scripts).', { minimum: 0 }),
      pattern: text('Text to look for in the list of processes, for an init script without a status.'),
      runlevel: text('The runlevel of OpenRC.', { default: 'default' }),
      arguments: text('More words for the init script.', { default: '', aliases: ['args'] }),
      use: text('The init system; only "auto" and the one found.', { default: 'auto' }),
    },
    ['name'],
  ),
  returns: gives({
    name: { type: 'string' },
    state: { type: 'string' },
    enabled: { type: 'boolean' },
    status: { type: 'object', additionalProperties: { type: 'string' }, description: 'systemd: what systemctl showed before.' },
  }),
  examples: [{ title: 'Run sshd, now and after a boot', yaml: 'service: { name: ssh, state: started, enabled: true }' }],
  notes: ['Without systemd it uses rc-service and rc-update (OpenRC), or /etc/init.d with update-rc.d or chkconfig.'],
  check: ({ state, enabled }) => (state === undefined && enabled === undefined ? ['one of "state" and "enabled" is needed'] : []),
  probe: args => ({
    ask: framed(
      lines(
        sh`if [ -d /run/systemd/system ] || [ ! -d /etc/init.d ]; then`,
        unitProbe(unitWords(args)),
        sh`else`,
        scriptProbe(args),
        sh`fi`,
      ),
    ),
    reads: unitReads(args.name),
    parse: out => {
      if (out.code === 3) return { script: { kind: 'none', found: false, running: false, enabled: false } };
      const sections = readSections(out);
      return sections.has('script') ? { script: readScript(sections) } : { unit: readUnit(sections) };
    },
  }),
  plan: (args, seen) => ('unit' in seen ? unitPlan(unitWords(args), seen.unit) : scriptPlan(args, seen.script)),
  apply: action => (action.do === 'script' ? [{ run: { sh: sh`${raw(scriptDeed(action))}` } }] : unitSteps(action)),
  foresee,
};
