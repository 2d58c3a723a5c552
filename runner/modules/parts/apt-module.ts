// The schema of apt, its foresight and its words on a result: shared by apt and package.
import type { Fact, JsonSchema, Output, Vars } from '../../core/types.ts';
import type { AptArgs, AptState } from './apt.ts';
import { choice, flag, list, text, whole } from './kinds.ts';
import { packageResult } from './packages.ts';

const also = (name: string): JsonSchema => ({ aliases: [name] });
export const aptKinds: JsonSchema = {
  package: list('Names, `name=1.2*` or `name>=1.2`; `*` with latest means all.', { aliases: ['pkg', 'name'] }),
  state: choice('absent removes; latest upgrades.', ['absent', 'build-dep', 'fixed', 'latest', 'present'], 'present'),
  update_cache: flag('Update the lists before.', undefined, also('update-cache')),
  update_cache_retries: whole('How often to try the update.', { default: 5, minimum: 1 }),
  update_cache_retry_max_delay: whole('The longest pause between tries, in seconds.', { default: 12 }),
  cache_valid_time: whole('Seconds for which updated lists are good enough; above 0 it asks for the update by itself.', {
    default: 0,
  }),
  purge: flag('Remove configuration files too.', false),
  deb: text('A .deb file on the host, or its URL.'),
  default_release: text('The release to take packages from.', also('default-release')),
  install_recommends: flag(
    'Whether to install what is recommended; default: as the host has it.',
    undefined,
    also('install-recommends'),
  ),
  force: flag('Let apt take packages that are not trusted, older or held.', false),
  upgrade: choice('Upgrade all packages.', ['dist', 'full', 'no', 'safe', 'yes'], 'no'),
  dpkg_options: text('Options for dpkg, with commas.', { default: 'force-confdef,force-confold' }),
  autoremove: flag('Remove dependencies that nothing needs any more.', false),
  autoclean: flag('Clean the cache of packages that no repository has any more.', false),
  fail_on_autoremove: flag('Fail where an install would remove something.', false),
  policy_rc_d: whole('What policy-rc.d answers during the install; 101 keeps services from starting.'),
  only_upgrade: flag('Only upgrade what is installed.', false),
  force_apt_get: flag('Not used: it is always apt-get.', false),
  clean: flag('Empty the cache of packages.', false),
  allow_unauthenticated: flag('Take packages without a signature.', false, also('allow-unauthenticated')),
  allow_downgrade: flag('Take older versions.', false, { aliases: ['allow-downgrade', 'allow_downgrades', 'allow-downgrades'] }),
  allow_change_held_packages: flag('Change packages that are held.', false),
  lock_timeout: whole('Seconds to wait for another process that holds the lock.', { default: 60 }),
};

export function checkApt(args: AptArgs): readonly string[] {
  const exclusive = [args.deb, args.package, args.upgrade === 'no' ? undefined : args.upgrade].filter(
    value => value !== undefined,
  );
  if (exclusive.length > 1) return ['only one of "deb", "package" and "upgrade" may be given'];
  const asked =
    exclusive.length > 0 || args.autoremove || args.autoclean || args.clean || args.update_cache || args.cache_valid_time > 0;
  if (args.deb !== undefined && args.state !== 'present') return ['"deb" only goes with state "present"'];
  return asked ? [] : ['one of autoremove, deb, package, update_cache, upgrade is needed'];
}

/** What a check run knows of packages to come: those that facts name; new repositories make the offers unknown. */
export function foreseeApt(seen: AptState, foretold: readonly Fact[]): AptState {
  const installed = { ...seen.installed };
  for (const fact of foretold) {
    if (!('package' in fact)) continue;
    if (fact.is === 'absent') delete installed[fact.package];
    else installed[fact.package] ??= { status: 'installed', version: '' };
  }
  const repositories = foretold.some(fact => 'path' in fact && fact.path.startsWith('/etc/apt/'));
  return { ...seen, installed, ...(repositories ? { offers: {}, asked: false } : {}) };
}

/** apt said what it did: nothing at all is no change. */
export function aptResult(outputs: readonly Output[]): Vars {
  const said = packageResult(outputs);
  const nothing = /^0 upgraded, 0 newly installed, 0 to remove/m.test(String(said['stdout'] ?? ''));
  return { ...said, ...(nothing ? { changed: false } : {}) };
}
