// The command lines of apt-get. Text only; it decides nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';

export interface AptWords {
  readonly purge: boolean;
  readonly autoremove: boolean;
  readonly autoclean: boolean;
  readonly clean: boolean;
  readonly fail_on_autoremove: boolean;
  readonly only_upgrade: boolean;
  readonly force: boolean;
  readonly allow_unauthenticated: boolean;
  readonly allow_downgrade: boolean;
  readonly allow_change_held_packages: boolean;
  readonly install_recommends?: boolean;
  readonly default_release?: string;
  readonly dpkg_options: string;
  readonly lock_timeout: number;
  readonly policy_rc_d?: number;
  readonly update_cache_retries: number;
  readonly update_cache_retry_max_delay: number;
  readonly upgrade: string;
}

/** apt itself says which process holds a lock, once it has waited. */
const options = (args: AptWords): readonly string[] => [
  '-q',
  '-y',
  ...args.dpkg_options
    .split(',')
    .filter(Boolean)
    .flatMap(option => ['-o', `Dpkg::Options::=--${option}`]),
  '-o',
  `DPkg::Lock::Timeout=${args.lock_timeout}`,
  ...(args.force
    ? ['--allow-unauthenticated', '--allow-downgrades', '--allow-remove-essential', '--allow-change-held-packages']
    : []),
  ...(args.fail_on_autoremove ? ['--no-remove'] : []),
  ...(args.autoremove ? ['--auto-remove'] : []),
  ...(args.only_upgrade ? ['--only-upgrade'] : []),
  ...(args.default_release === undefined ? [] : ['-t', args.default_release]),
  ...(args.install_recommends === undefined ? [] : ['-o', `APT::Install-Recommends=${args.install_recommends ? 'yes' : 'no'}`]),
  ...(args.allow_unauthenticated ? ['--allow-unauthenticated'] : []),
  ...(args.allow_downgrade ? ['--allow-downgrades'] : []),
  ...(args.allow_change_held_packages ? ['--allow-change-held-packages'] : []),
];

const quiet = sh`export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical APT_LISTCHANGES_FRONTEND=none LC_ALL=C.UTF-8 UCF_FORCE_CONFFOLD=1`;

/** While it is there, no service starts by an install; it is taken away however the install ends. */
const policy = (args: AptWords): Script =>
  args.policy_rc_d === undefined
    ? sh`:`
    : lines(
        sh`p=/usr/sbin/policy-rc.d; k=; [ ! -e $p ] || { k=$p.tsrun; mv -f $p $k; }`,
        sh`trap '[ -z "$k" ] && rm -f $p || mv -f "$k" $p' EXIT; trap 'exit 129' HUP; trap 'exit 143' TERM`,
        sh`printf '#!/bin/sh\\nexit %s\\n' ${args.policy_rc_d} > $p; chmod 755 $p`,
      );

/** Failed fetches are errors here, and the lists' own lock is not waited for by every apt: so it tries again. */
const update = (args: AptWords): Script =>
  lines(
    sh`n=0 d=1; until apt-get -q -y -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=${args.lock_timeout} update; do`,
    sh`n=$((n+1)); [ $n -lt ${args.update_cache_retries} ] || exit 100; sleep $d; d=$((d*2)); [ $d -le ${args.update_cache_retry_max_delay} ] || d=${args.update_cache_retry_max_delay}; done`,
  );

const whole = (args: AptWords, first: boolean, deed: Script): Script =>
  lines(quiet, ...(first ? [update(args)] : []), policy(args), deed);

export const updating = (args: AptWords): Script => lines(quiet, update(args));

export function installing(args: AptWords, words: readonly string[], first: boolean): Script {
  const url = words.length === 1 && words[0]?.includes('://') ? words[0] : undefined;
  if (url === undefined) return whole(args, first, sh`apt-get ${options(args)} install -- ${words}`);
  const fetch = sh`{ curl -fsSL -o "$t/x.deb" ${url} || wget -qO "$t/x.deb" ${url}; } && chmod 755 "$t" && apt-get ${options(args)} install -- "$t/x.deb"`;
  return whole(args, first, sh`t=$(mktemp -d) || exit; ${raw(fetch)}; c=$?; rm -rf "$t"; exit $c`);
}

export const removing = (args: AptWords, names: readonly string[]): Script =>
  whole(args, false, sh`apt-get ${options(args)} ${args.purge ? ['--purge'] : []} remove -- ${names}`);

const upgradeVerb = (upgrade: string): readonly string[] =>
  /^(dist|full)$/.test(upgrade) ? ['dist-upgrade'] : ['upgrade', '--with-new-pkgs'];

/** The words of the deed: the same for the simulation and for the run. */
export function upgradeWords(args: AptWords, verb: string, names: readonly string[]): readonly string[] {
  if (verb === 'build-dep') return ['build-dep', ...names];
  if (verb === 'install' || verb === 'remove') return [verb, ...names];
  if (verb === 'fixed') return ['--fix-broken', 'install', ...names];
  return upgradeVerb(args.upgrade);
}

export const upgrading = (args: AptWords, verb: string, names: readonly string[], first: boolean): Script =>
  whole(args, first, sh`apt-get ${options(args)} ${upgradeWords(args, verb, names)}`);

export function cleaning(args: AptWords): Script {
  const verb = args.clean ? 'clean' : args.autoremove ? 'autoremove' : 'autoclean';
  const also = args.autoremove && args.autoclean ? sh`apt-get ${options(args)} autoclean` : sh`:`;
  return whole(
    args,
    false,
    sh`apt-get ${options(args)} ${args.purge && verb === 'autoremove' ? ['--purge'] : []} ${verb} && ${raw(also)}`,
  );
}

export const marking = (names: readonly string[]): Script => sh`apt-mark manual ${names}`;

export const simulating = (args: AptWords, words: readonly string[]): Script =>
  sh`apt-get -s -q ${args.default_release === undefined ? [] : ['-t', args.default_release]} ${words} | grep -E '^(Inst|Remv|Purg|Del) '`;
