// Packages of Debian and its kin, by apt-get and dpkg. The thinking is in parts/apt.ts.
import type { Module } from '../core/types.ts';
import { aptKinds, aptResult, checkApt, foreseeApt } from './parts/apt-module.ts';
import { aptProbe, readApt } from './parts/apt-probe.ts';
import { aptPlan, aptSpec } from './parts/apt.ts';
import type { AptArgs, AptState } from './parts/apt.ts';
import { gives, items, takes } from './parts/kinds.ts';
import { packageKinds, packageSteps } from './parts/packages.ts';
import type { PackageAction } from './parts/packages.ts';
import { readSections, framed } from './parts/sections.ts';

export const module: Module<AptArgs, AptState, PackageAction> = {
  summary: 'Install, upgrade and remove packages with apt.',
  collection: 'ansible.builtin',
  args: takes(aptKinds),
  returns: gives(packageKinds),
  examples: [
    {
      title: 'Install two packages with lists of this hour',
      yaml: 'apt: { name: [nfs-kernel-server, liburing2], cache_valid_time: 3600 }',
    },
    { title: 'Hold a version', yaml: 'apt: { name: "mysql-server=8.0*", state: present, allow_downgrade: true }' },
    { title: 'Upgrade all', yaml: 'apt: { upgrade: dist, update_cache: true }' },
  ],
  differs: [
    'A name that several installed packages provide counts as present.',
    'A .deb of a URL is judged by its file name; Ansible downloads it each time.',
    'Without a package, `update_cache` is a change each time that it is done, as in Ansible; with packages it is none by itself.',
  ],
  notes: ['Needs apt-get and dpkg. All names go in one transaction. A lock is waited for; apt then says which process holds it.'],
  check: checkApt,
  probe: args => ({
    ask: framed(aptProbe(args)),
    reads: [
      ...items(args.package).map(name => `package:${aptSpec(name).name}` as const),
      'file:/etc/apt/',
      ...(args.deb === undefined ? [] : [`file:${args.deb}` as const]),
      ...(args.package === undefined ? (['package:'] as const) : []),
    ],
    parse: out => {
      if (out.code === 3) throw new Error('the host has no apt-get (write "package" for any package manager)');
      return readApt(args, readSections(out));
    },
  }),
  plan: aptPlan,
  apply: packageSteps,
  failsByCode: true,
  result: (args, _state, outputs) => (outputs.length === 0 ? {} : aptResult(outputs)),
  foresee: (_args, seen, foretold) => seen && foreseeApt(seen, foretold),
};
