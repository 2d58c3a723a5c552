// The module that dnf and yum both are: schema, foresight, and what a result says.
import type { Fact, Module, Output, Vars } from '../../core/types.ts';
import { dnfProbe, readDnf } from './dnf-probe.ts';
import { dnfPlan, rpmSpec } from './dnf.ts';
import type { DnfArgs, DnfState } from './dnf.ts';
import { choice, flag, gives, items, list, takes, text, whole } from './kinds.ts';
import { packageKinds, packageResult, packageSteps } from './packages.ts';
import type { PackageAction } from './packages.ts';
import { readSections, framed } from './sections.ts';

export const dnfKinds = {
  name: list('Names, `foo-1.2`, `foo >= 1.2`, `@group`, a file or URL of an rpm; `*` with latest means all.', {
    aliases: ['pkg'],
  }),
  state: choice('absent and removed remove; latest upgrades. Default: present, with autoremove absent.', [
    'absent',
    'installed',
    'latest',
    'present',
    'removed',
  ]),
  list: text('Only list: installed, available, updates, or a name; see `results`.'),
  allow_downgrade: flag('Take an older version where the name says one.', false),
  allowerasing: flag('Remove what stands in the way.', false),
  autoremove: flag('Remove dependencies that nothing needs any more.', false),
  bugfix: flag('latest: only upgrades that mend bugs.', false),
  security: flag('latest: only upgrades for security.', false),
  cacheonly: flag('Use only what is in the cache.', false),
  conf_file: text('Another configuration file.'),
  disable_excludes: text('Leave out excludes: all, main or a repository.'),
  disable_gpg_check: flag('Do not check signatures.', false),
  disable_plugin: list('Plugins not to use.'),
  enable_plugin: list('Plugins to use.'),
  disablerepo: list('Repositories not to use.'),
  enablerepo: list('Repositories to use.'),
  exclude: list('Packages to leave out.'),
  download_only: flag('Only download.', false),
  download_dir: text('Where downloads go.'),
  installroot: text('The root of another system.', { default: '/' }),
  install_repoquery: flag('Not used.', true),
  install_weak_deps: flag('Install recommended packages too.', true),
  nobest: flag('Take an older version where the newest cannot be had.', false),
  releasever: { type: ['string', 'number'], description: 'The release to take packages of.' },
  skip_broken: flag('Leave out what cannot be had.', false),
  update_cache: flag('Get new lists before.', false, { aliases: ['expire-cache'] }),
  update_only: flag('latest: do not install what is not there.', false),
  validate_certs: flag('Check certificates of URLs.', true),
  sslverify: flag('Check certificates of repositories.', true),
  lock_timeout: whole('Seconds to wait for another process that holds the lock.', { default: 30 }),
};

export function foreseeDnf(seen: DnfState, foretold: readonly Fact[]): DnfState {
  const facts = foretold.filter(fact => 'package' in fact);
  const gone = facts.filter(fact => fact.is === 'absent').map(fact => fact.package);
  const come = facts.filter(fact => fact.is === 'present' && !gone.includes(fact.package)).map(fact => fact.package);
  const installed = seen.installed.filter(rpm => !gone.includes(rpm.name));
  return { ...seen, installed, provided: [...seen.provided, ...come] };
}

/** The lines under `Installed:`, `Upgraded:`, `Removed:`, as Ansible lists them. */
export function dnfResult(outputs: readonly Output[]): Vars {
  const said = packageResult(outputs);
  let heading = '';
  const results = ((said['stdout_lines'] ?? []) as readonly string[]).flatMap(row => {
    const head = /^(Installed|Upgraded|Removed|Downgraded|Reinstalled):$/.exec(row)?.[1];
    if (head) heading = head;
    if (!/^\s+\S/.test(row)) heading = head ?? '';
    return heading && !head
      ? row
          .trim()
          .split(/\s{2,}|\s+(?=\S+\.\w+$)/)
          .map(one => `${heading}: ${one}`)
      : [];
  });
  return { ...said, results, msg: '' };
}

export const dnfReads = (args: DnfArgs) => [
  ...items(args.name).map(name => `package:${rpmSpec(name).name}` as const),
  'file:/etc/yum.repos.d/' as const,
  'file:/etc/dnf/' as const,
  ...(items(args.name).some(name => !/^[\w.+-]+$/.test(name)) || args.list !== undefined ? (['package:'] as const) : []),
];

export const dnfModule = (name: 'dnf' | 'yum'): Module<DnfArgs, DnfState, PackageAction> => ({
  summary: `Install, upgrade and remove packages with ${name}.`,
  collection: 'ansible.builtin',
  args: takes(dnfKinds),
  returns: gives(packageKinds),
  examples: [
    {
      title: 'Install three packages in one transaction',
      yaml: `${name}: { name: [libaio, gflags, nfs-utils], state: present }`,
    },
    { title: 'A repository for this task alone', yaml: `${name}: { name: kernel-ml, enablerepo: elrepo-kernel, state: latest }` },
  ],
  differs: [
    'A package of a URL is judged by its file name; Ansible downloads it each time.',
    '`results` lists what the program printed.',
    'Whether a repository has a package is not known before the run: dnf is slow to ask.',
  ],
  notes: [
    'Needs rpm, and dnf or else yum. Another process that holds the lock is waited for, and then named. `latest` asks the repositories in the probe.',
  ],
  check: args => {
    if (args.name !== undefined && args.list !== undefined) return ['only one of "name" and "list" may be given'];
    const some = items(args.name).length > 0 || args.list !== undefined || args.update_cache || args.autoremove;
    return some || args.name !== undefined ? [] : ['one of name, list, update_cache is needed'];
  },
  probe: args => ({
    ask: framed(dnfProbe(args)),
    reads: dnfReads(args),
    parse: out => {
      if (out.code === 3) throw new Error('the host has no rpm (write "package" for any package manager)');
      return readDnf(readSections(out));
    },
  }),
  plan: dnfPlan,
  apply: packageSteps,
  failsByCode: true,
  result: (_args, _state, outputs) => (outputs.length === 0 ? {} : dnfResult(outputs)),
  foresee: (_args, seen, foretold) => seen && foreseeDnf(seen, foretold),
});
