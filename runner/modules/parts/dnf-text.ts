// The command lines of dnf and yum. Text only; it decides nothing.
import { lines, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import { items } from './kinds.ts';
import type { List } from './kinds.ts';
import { waitForLock } from './packages.ts';

export interface DnfWords {
  readonly allow_downgrade: boolean;
  readonly allowerasing: boolean;
  readonly autoremove: boolean;
  readonly bugfix: boolean;
  readonly security: boolean;
  readonly cacheonly: boolean;
  readonly conf_file?: string;
  readonly disable_excludes?: string;
  readonly disable_gpg_check: boolean;
  readonly disable_plugin?: List;
  readonly disablerepo?: List;
  readonly enable_plugin?: List;
  readonly enablerepo?: List;
  readonly exclude?: List;
  readonly download_only: boolean;
  readonly download_dir?: string;
  readonly installroot: string;
  readonly install_weak_deps: boolean;
  readonly nobest: boolean;
  readonly releasever?: string | number;
  readonly skip_broken: boolean;
  readonly sslverify: boolean;
  readonly validate_certs: boolean;
  readonly lock_timeout: number;
}

const each = (option: string, value: List | undefined): readonly string[] => items(value).map(item => `--${option}=${item}`);
const one = (option: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [`--${option}=${value}`];
const when = (is: boolean, option: string): readonly string[] => (is ? [option] : []);

/** What also a question needs: where to look. */
export const sourceOptions = (args: DnfWords): readonly string[] => [
  ...one('config', args.conf_file),
  ...each('disablerepo', args.disablerepo),
  ...each('enablerepo', args.enablerepo),
  ...each('exclude', args.exclude),
  ...each('disableplugin', args.disable_plugin),
  ...each('enableplugin', args.enable_plugin),
  ...one('releasever', args.releasever),
  ...when(args.installroot !== '/', `--installroot=${args.installroot}`),
  ...one('disableexcludes', args.disable_excludes),
  ...when(args.cacheonly, '--cacheonly'),
  ...when(!args.sslverify, '--setopt=sslverify=0'),
];

const deedOptions = (args: DnfWords): readonly string[] => [
  '-y',
  ...sourceOptions(args),
  ...when(args.disable_gpg_check, '--nogpgcheck'),
  ...when(args.skip_broken, '--setopt=strict=0'),
  ...when(args.download_only, '--downloadonly'),
  ...one('downloaddir', args.download_dir),
];
/** Words that yum of EL 7 does not know; its `$m` is yum. */
const dnfOnly = (args: DnfWords): readonly string[] => [
  ...when(args.allowerasing, '--allowerasing'),
  ...when(args.nobest, '--nobest'),
  ...when(!args.install_weak_deps, '--setopt=install_weak_deps=0'),
];

const prepare = (args: DnfWords): Script =>
  lines(
    sh`export LC_ALL=C.UTF-8; m=dnf; command -v dnf >/dev/null || m=yum; x=; [ $m = yum ] || x=1`,
    waitForLock(sh`/var/run/yum.pid /var/cache/dnf/*_lock.pid /var/lib/dnf/*_lock.pid /var/log/*_lock.pid`, args.lock_timeout),
    sh`d() { if [ -n "$x" ]; then $m ${deedOptions(args)} ${dnfOnly(args)} "$@"; else $m ${deedOptions(args)} "$@"; fi; }`,
  );

const security = (args: DnfWords): readonly string[] => [...when(args.security, '--security'), ...when(args.bugfix, '--bugfix')];

/** One transaction where it can be: `install` of an installed package with an upgrade upgrades it, but not by a bare group. */
export function installingRpm(args: DnfWords, missing: readonly string[], older: readonly string[]): Script {
  const downgrade = args.allow_downgrade ? sh`d install ${missing} || d downgrade ${missing}` : sh`d install ${missing}`;
  return lines(
    prepare(args),
    ...(missing.length > 0 && older.length > 0
      ? [sh`d install ${missing} ${older}`]
      : missing.length > 0
        ? [downgrade]
        : [upgradeLine(args, older)]),
  );
}
const upgradeLine = (args: DnfWords, names: readonly string[]): Script => sh`d upgrade ${security(args)} ${names}`;
export const upgradingRpm = (args: DnfWords, names: readonly string[]): Script => lines(prepare(args), upgradeLine(args, names));

/** Unneeded dependencies stay unless they were asked to go, as in Ansible. */
export const removingRpm = (args: DnfWords, names: readonly string[]): Script =>
  lines(
    prepare(args),
    names.length === 0
      ? sh`d autoremove`
      : sh`d --setopt=clean_requirements_on_remove=${args.autoremove ? 1 : 0} remove ${names}`,
  );

export const refreshing = (args: DnfWords): Script => lines(prepare(args), sh`d -q makecache`);
