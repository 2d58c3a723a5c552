// Packages by name, whatever the package manager of the host: apt, dnf, yum, zypper or apk.
import { lines, raw, sh } from '../core/shell.ts';
import type { Module, Plan, Script } from '../core/types.ts';
import { aptResult, foreseeApt } from './parts/apt-module.ts';
import { aptProbe, readApt } from './parts/apt-probe.ts';
import { aptPlan, aptSpec } from './parts/apt.ts';
import type { AptArgs, AptState } from './parts/apt.ts';
import { dnfResult, foreseeDnf } from './parts/dnf-module.ts';
import { dnfProbe, readDnf } from './parts/dnf-probe.ts';
import { dnfPlan, rpmSpec } from './parts/dnf.ts';
import type { DnfArgs, DnfState } from './parts/dnf.ts';
import { choice, flag, gives, items, list, takes } from './parts/kinds.ts';
import type { List } from './parts/kinds.ts';
import { findManager, packageChange, packageKinds, packageResult, packageSteps } from './parts/packages.ts';
import type { PackageAction } from './parts/packages.ts';
import { line, plain, readSections, section, framed } from './parts/sections.ts';

interface Args {
  readonly name: List;
  readonly state: 'present' | 'installed' | 'latest' | 'absent' | 'removed';
  readonly use: string;
  readonly update_cache: boolean;
}
type State =
  | { readonly manager: 'apt'; readonly apt: AptState }
  | { readonly manager: 'dnf' | 'yum'; readonly dnf: DnfState }
  | { readonly manager: 'zypper' | 'apk'; readonly installed: readonly string[] }
  | { readonly manager: 'none' };

const removes = ({ state }: Args): boolean => state === 'absent' || state === 'removed';

const aptArgs = ({ name, state, update_cache }: Args): AptArgs => ({
  package: name,
  state: state === 'installed' ? 'present' : state === 'removed' ? 'absent' : state,
  update_cache,
  cache_valid_time: 0,
  update_cache_retries: 5,
  update_cache_retry_max_delay: 12,
  upgrade: 'no',
  dpkg_options: 'force-confdef,force-confold',
  lock_timeout: 60,
  ...off('purge', 'autoremove', 'autoclean', 'clean', 'fail_on_autoremove', 'only_upgrade', 'force'),
  ...off('allow_unauthenticated', 'allow_downgrade', 'allow_change_held_packages'),
});
const dnfArgs = ({ name, state, update_cache }: Args): DnfArgs => ({
  name,
  state,
  update_cache,
  installroot: '/',
  lock_timeout: 30,
  install_weak_deps: true,
  sslverify: true,
  validate_certs: true,
  ...off('allow_downgrade', 'allowerasing', 'autoremove', 'bugfix', 'security', 'cacheonly', 'disable_gpg_check'),
  ...off('download_only', 'nobest', 'skip_broken', 'update_only'),
});
function off<Name extends string>(...names: readonly Name[]): Readonly<Record<Name, false>> {
  return Object.fromEntries(names.map(name => [name, false])) as Record<Name, false>;
}

/** Alpine and SUSE: present and absent by name; `latest` asks the program each time. */
const smallProbe = (names: readonly string[]): Script =>
  lines(
    sh`case $m in apk|zypper)`,
    section(
      'small',
      sh`for n in ${names}; do if [ $m = apk ]; then apk info -e -- "$n" >/dev/null; else rpm -q --whatprovides -- "$n" >/dev/null; fi && echo "$n"; done`,
    ),
    sh`;; esac`,
  );

function smallPlan(args: Args, manager: 'zypper' | 'apk', installed: readonly string[]): Plan<PackageAction> {
  const names = items(args.name);
  const wanted = names.filter(name =>
    removes(args) ? installed.includes(name) : args.state === 'latest' || !installed.includes(name),
  );
  if (wanted.length === 0) return { changes: [], result: {} };
  const verb = removes(args)
    ? { apk: ['del'], zypper: ['remove'] }
    : { apk: ['add', ...(args.state === 'latest' ? ['-U', '-u'] : [])], zypper: ['install'] };
  const script = manager === 'apk' ? sh`apk ${verb.apk} -- ${wanted}` : sh`zypper --non-interactive ${verb.zypper} -- ${wanted}`;
  const was = wanted.map(name => ({
    name,
    before: installed.includes(name) ? 'present' : 'absent',
    after: removes(args) ? 'absent' : args.state,
  }));
  const change = packageChange(removes(args) ? 'remove' : 'install', was, script, removes(args) ? 'absent' : 'present');
  return { changes: [change], result: {}, ...(args.state === 'latest' ? { repeats: true } : {}) };
}

export const module: Module<Args, State, PackageAction> = {
  summary: 'Install and remove packages by the package manager that the host has.',
  collection: 'ansible.builtin',
  args: takes(
    {
      name: list('Names, or names with a version as the package manager of the host writes them.', { aliases: ['pkg'] }),
      state: choice(
        'absent and removed remove; latest upgrades.',
        ['absent', 'installed', 'latest', 'present', 'removed'],
        'present',
      ),
      use: choice('The package manager.', ['auto', 'apt', 'dnf', 'yum', 'zypper', 'apk'], 'auto'),
      update_cache: flag('Update the lists before.', false),
    },
    ['name'],
  ),
  returns: gives(packageKinds),
  examples: [{ title: 'Install two packages, whatever the system', yaml: 'package: { name: [tar, unzip], state: present }' }],
  differs: ['`state` has a default, present; of the arguments of the package managers only update_cache is taken.'],
  notes: ['The release file of the host says which package manager it is; where it does not, the programs that are there do.'],
  probe: args => ({
    ask: framed(
      lines(
        args.use === 'auto' ? findManager : sh`m=${args.use}`,
        line('manager', sh`"$m"`),
        sh`case $m in apt)`,
        aptProbe(aptArgs(args)),
        sh`;; dnf|yum)`,
        dnfProbe(dnfArgs(args)),
        sh`;; esac`,
        sh`${raw(smallProbe(items(args.name)))}`,
      ),
    ),
    reads: [
      ...items(args.name).flatMap(name => [`package:${aptSpec(name).name}`, `package:${rpmSpec(name).name}`] as const),
      'file:/etc/apt/',
      'file:/etc/yum.repos.d/',
    ],
    parse: out => {
      if (out.code === 3) throw new Error('the tools of the package manager are not on the host (dpkg, rpm)');
      const sections = readSections(out);
      const manager = plain(sections, 'manager');
      if (manager === 'apt') return { manager, apt: readApt(aptArgs(args), sections) };
      if (manager === 'dnf' || manager === 'yum') return { manager, dnf: readDnf(sections) };
      if (manager === 'zypper' || manager === 'apk')
        return { manager, installed: plain(sections, 'small').split('\n').filter(Boolean) };
      return { manager: 'none' };
    },
  }),
  plan: (args, seen) => {
    if (seen.manager === 'apt') return aptPlan(aptArgs(args), seen.apt);
    if ('dnf' in seen) return dnfPlan(dnfArgs(args), seen.dnf);
    if ('installed' in seen) return smallPlan(args, seen.manager, seen.installed);
    return {
      changes: [],
      result: {},
      refuse: { why: 'the host has none of apt, dnf, yum, zypper, apk', mend: 'install the package by a "command" task' },
    };
  },
  apply: packageSteps,
  failsByCode: true,
  result: (args, seen, outputs) => {
    if (outputs.length === 0) return {};
    if (seen.manager === 'apt') return aptResult(outputs);
    return 'dnf' in seen ? dnfResult(outputs) : packageResult(outputs);
  },
  foresee: (_args, seen, foretold) => {
    if (seen === null) return null;
    if (seen.manager === 'apt') return { ...seen, apt: foreseeApt(seen.apt, foretold) };
    if ('dnf' in seen) return { ...seen, dnf: foreseeDnf(seen.dnf, foretold) };
    return seen;
  },
};
