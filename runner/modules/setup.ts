// Gathers facts of a host by shell alone. It changes nothing.
import type { Module, Vars } from '../core/types.ts';
import { devices, firmware, memory, mounts, processor, virtualization } from './parts/facts-hardware.ts';
import { network } from './parts/facts-network.ts';
import { factsProbe } from './parts/facts-probe.ts';
import type { Subsets } from './parts/facts-probe.ts';
import { dateTime, distribution, platform, software, user } from './parts/facts-system.ts';
import { items, list, takes, text, whole } from './parts/kinds.ts';
import type { List } from './parts/kinds.ts';
import { globMatches } from './parts/package-version.ts';
import { readSections, framed } from './parts/sections.ts';

interface Args {
  readonly gather_subset: List;
  readonly gather_timeout: number;
  readonly filter: List;
  readonly fact_path: string;
}

const PARTS: Readonly<Record<string, keyof Subsets>> = {
  min: 'min',
  hardware: 'hardware',
  network: 'network',
  virtual: 'virtual',
  interfaces: 'network',
  devices: 'hardware',
  mounts: 'hardware',
};

/** The smallest set is always there, but with `!min`; a single name of Ansible's (date_time, distribution) is in it. */
function subsetsOf(value: List): Subsets {
  const names = items(value);
  const wanted = names.filter(name => !name.startsWith('!'));
  const not = names.filter(name => name.startsWith('!')).map(name => name.slice(1));
  const all = wanted.includes('all') || (wanted.length === 0 && !not.includes('all'));
  const has = (part: keyof Subsets) =>
    (all || wanted.some(name => PARTS[name] === part)) && !not.some(name => PARTS[name] === part && name === part);
  return {
    min: !not.includes('min') || wanted.includes('min'),
    hardware: has('hardware'),
    network: has('network'),
    virtual: has('virtual'),
  };
}

function filtered(facts: Vars, patterns: readonly string[]): Vars {
  if (patterns.length === 0) return facts;
  const fits = (name: string) => patterns.some(pattern => globMatches(pattern, name) || globMatches(pattern, `ansible_${name}`));
  return Object.fromEntries(Object.entries(facts).filter(([name]) => fits(name)));
}

export const module: Module<Args, Vars, never> = {
  summary: 'Gather facts of the host.',
  collection: 'ansible.builtin',
  args: takes({
    gather_subset: list('What to gather: all, min, hardware, network, virtual, or `!` before one.', { default: ['all'] }),
    gather_timeout: whole('Not used: no fact waits.', { default: 10 }),
    filter: list('Globs for the names of facts to keep.', { default: [] }),
    fact_path: text('The folder of *.fact files, which become `ansible_local`.', { default: '/etc/ansible/facts.d' }),
  }),
  returns: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ansible_facts: {
        type: 'object',
        additionalProperties: true,
        description: 'The facts, without `ansible_` before their names.',
      },
    },
  },
  examples: [{ title: 'Only what is cheap', yaml: 'setup: { gather_subset: [min] }' }],
  differs: [
    'Names have no `ansible_` before them in the result; as variables they have.',
    'There is no Python on the host, so `python` is null; facts about it are not there.',
    'Network mounts are not measured: a dead one would hold the probe.',
  ],
  notes: ['Needs `ip` for addresses. It starts about a dozen processes.'],
  probe: args => ({
    ask: framed(factsProbe(subsetsOf(args.gather_subset), args.fact_path)),
    reads: ['*'],
    parse: out => {
      const sections = readSections(out, true);
      const wanted = subsetsOf(args.gather_subset);
      return {
        ...(wanted.min
          ? { ...distribution(sections), ...platform(sections), ...dateTime(sections), ...user(sections), ...software(sections) }
          : {}),
        ...(wanted.hardware
          ? { ...processor(sections), ...memory(sections), ...firmware(sections), ...mounts(sections), ...devices(sections) }
          : {}),
        ...(wanted.network ? network(sections) : {}),
        ...(wanted.virtual ? virtualization(sections) : {}),
        gather_subset: items(args.gather_subset),
        module_setup: true,
      };
    },
  }),
  plan: (args, facts) => ({ changes: [], result: { ansible_facts: filtered(facts, items(args.filter)) } }),
  apply: () => [],
  foresee: (_args, seen) => seen,
};
