// All services of the host as facts. It changes nothing.
import { lines, sh } from '../core/shell.ts';
import type { Module } from '../core/types.ts';
import { gives, takes } from './parts/kinds.ts';
import { plain, readSections, section, framed } from './parts/sections.ts';

interface Service {
  readonly name: string;
  readonly state: string;
  readonly status: string;
  readonly source: string;
}
type Services = Readonly<Record<string, Service>>;

const BAD = ['not-found', 'masked', 'failed'];

/** `UNIT LOAD ACTIVE SUB DESCRIPTION`; a mark stands before what is not well. */
function readUnits(units: string, files: string): Services {
  const found: Record<string, Service> = {};
  for (const row of units.split('\n')) {
    const [name = '', load = '', active = '', sub = ''] = row
      .trim()
      .replace(/^[^\w@-]+\s*/, '')
      .split(/\s+/);
    if (!name.endsWith('.service')) continue;
    const bad = [load, active, sub].find(word => BAD.includes(word));
    found[name] = { name, state: sub === 'running' ? 'running' : 'stopped', status: bad ?? active, source: 'systemd' };
  }
  for (const row of files.split('\n')) {
    const [name = '', status = ''] = row.trim().split(/\s+/);
    if (!name.endsWith('.service')) continue;
    const known = found[name];
    if (!known) found[name] = { name, state: 'inactive', status, source: 'systemd' };
    else if (!BAD.includes(known.status)) found[name] = { ...known, status };
  }
  return found;
}

function readScripts(text: string): Services {
  const rows = text.split('\n').flatMap(row => {
    const [name, state = 'stopped', status = 'disabled', source = 'sysv'] = row.split(' ');
    return name ? [[name, { name, state, status, source }] as const] : [];
  });
  return Object.fromEntries(rows);
}

export const module: Module<object, Services, never> = {
  summary: 'Gather the services of the host as facts.',
  collection: 'ansible.builtin',
  args: takes({}),
  returns: gives({
    ansible_facts: {
      type: 'object',
      additionalProperties: true,
      description: 'services: name -> {name, state, status, source}.',
    },
  }),
  examples: [{ title: 'Which services', yaml: 'service_facts: {}' }],
  differs: ['Init scripts of System V are listed with the state "unknown": asking each would run it.'],
  probe: () => ({
    ask: framed(
      lines(
        sh`if [ -d /run/systemd/system ]; then`,
        section('units', sh`systemctl list-units --no-pager --no-legend --plain --full --all --type service`),
        section('files', sh`systemctl list-unit-files --no-pager --no-legend --full --type service`),
        sh`elif command -v rc-status >/dev/null; then`,
        section(
          'scripts',
          sh`for f in /etc/init.d/*; do n=\${f##*/}; s=stopped; [ ! -e /run/openrc/started/$n ] || s=running; e=disabled; for l in /etc/runlevels/*/$n; do [ ! -e "$l" ] || e=enabled; done; echo "$n $s $e openrc"; done`,
        ),
        sh`else`,
        section(
          'scripts',
          sh`for f in /etc/init.d/*; do [ -x "$f" ] || continue; n=\${f##*/}; e=disabled; for l in /etc/rc[2-5].d/S??$n; do [ ! -e "$l" ] || e=enabled; done; echo "$n unknown $e sysv"; done`,
        ),
        sh`fi`,
      ),
    ),
    reads: ['unit:'],
    parse: out => {
      const sections = readSections(out, true);
      return sections.has('units')
        ? readUnits(plain(sections, 'units'), plain(sections, 'files'))
        : readScripts(plain(sections, 'scripts'));
    },
  }),
  plan: (_args, services) => ({ changes: [], result: { ansible_facts: { services } } }),
  apply: () => [],
};
