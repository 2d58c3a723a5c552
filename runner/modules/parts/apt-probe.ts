// Asks dpkg and apt about packages in one script, and reads the answer. It changes nothing and decides nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import type { AptArgs, AptPackage, AptState } from './apt.ts';
import { aptSpec } from './apt.ts';
import { simulating, upgradeWords } from './apt-text.ts';
import { isGlob, items } from './kinds.ts';
import { line, plain, section } from './sections.ts';
import type { Sections } from './sections.ts';

const query = `\${Package}\\t\${Architecture}\\t\${db:Status-Status}\\t\${Version}\\t\${Provides}\\n`;

/** What needs apt to think: upgrades, dependencies, globs. */
export function simulatedVerb(args: AptArgs): readonly string[] | null {
  const names = items(args.package);
  if (args.upgrade !== 'no' || (args.state === 'latest' && names.includes('*'))) return upgradeWords(args, 'upgrade', []);
  if (names.length === 0 && args.deb === undefined)
    return args.clean ? null : args.autoremove ? ['autoremove'] : args.autoclean ? ['autoclean'] : null;
  if (args.state === 'build-dep' || args.state === 'fixed') return upgradeWords(args, args.state, names);
  if (names.some(name => isGlob(aptSpec(name).name))) return [args.state === 'absent' ? 'remove' : 'install', ...names];
  return null;
}

function namesProbe(args: AptArgs, names: readonly string[]): Script {
  const specs = names.map(aptSpec);
  const must = args.state === 'latest' || specs.some(({ cmp }) => cmp !== '');
  const release = args.default_release === undefined ? [] : ['-t', args.default_release];
  const bare = specs.map(({ name }) => name);
  const installing = args.state !== 'absent';
  return lines(
    sh`r=0; o=$(dpkg-query -W -f=${query} ${bare} 2>/dev/null) || r=1`,
    section('installed', sh`printf '%s\\n' "$o"`),
    ...(installing
      ? [
          sh`case $o in *config-files*|*not-installed*|*half-*|*unpacked*) r=1;; esac`,
          sh`if [ $r = 1 ]; then`,
          section('provided', sh`dpkg-query -W -f='\${db:Status-Status}\\t\${Provides}\\n' | grep -v '\t$'`),
          sh`fi; if [ $r = 1 ] || ${raw(must ? sh`:` : sh`false`)}; then`,
          section('policy', sh`apt-cache -q ${release} policy ${bare}`),
          sh`fi`,
          section('auto', sh`awk '/^Package:/ { p = $2 } /^Auto-Installed: 1/ { print p }' /var/lib/apt/extended_states`),
        ]
      : []),
  );
}

const debProbe = (deb: string): Script =>
  deb.includes('://')
    ? sh`n=${debName(deb).name}`
    : lines(
        sh`n=; if [ -f ${deb} ]; then`,
        section('deb', sh`dpkg-deb -f ${deb} Package Version`),
        sh`n=$(dpkg-deb -f ${deb} Package 2>/dev/null); fi`,
      );

/** `name_version_arch.deb`, as archives name their files. */
function debName(url: string): { readonly name: string; readonly version: string } {
  const [, name = '', version = ''] = /([^/_]+)_([^/_]+)_[^/_]+\.deb(?:\?.*)?$/.exec(url) ?? [];
  return { name, version: decodeURIComponent(version) };
}

const stamp = sh`s=$(stat -c %Y /var/lib/apt/periodic/update-success-stamp 2>/dev/null || stat -c %Y /var/lib/apt/lists 2>/dev/null || echo 0)`;

export function aptProbe(args: AptArgs): Script {
  const names = items(args.package).filter(name => !isGlob(aptSpec(name).name));
  const simulated = simulatedVerb(args);
  const updates = args.update_cache === true || args.cache_valid_time > 0;
  return lines(
    sh`command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 3; export LC_ALL=C`,
    ...(names.length > 0 ? [namesProbe(args, names)] : []),
    ...(args.deb === undefined
      ? []
      : [debProbe(args.deb), sh`[ -z "$n" ] || {`, section('installed', sh`dpkg-query -W -f=${query} "$n"`), sh`}`]),
    ...(simulated === null ? [] : [section('simulated', simulating(args, simulated))]),
    ...(updates ? [stamp, line('stamp', sh`"$s $(date +%s)"`)] : []),
  );
}

function readInstalled(text: string): Readonly<Record<string, AptPackage>> {
  const found: Record<string, AptPackage> = {};
  for (const row of text.split('\n')) {
    const [name, arch, status, version] = row.split('\t');
    if (!name || !status) continue;
    const one = { status, version: version ?? '' };
    found[`${name}:${arch}`] = one;
    if (found[name]?.status !== 'installed') found[name] = one;
  }
  return found;
}

/** `Provides: a, b (= 1)` of all that is installed. */
const readProvided = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter(row => row.startsWith('installed\t'))
    .flatMap(row => row.slice(10).split(','))
    .map(name => name.trim().replace(/[ (:].*$/, ''))
    .filter(Boolean);

function readPolicy(text: string): AptState['offers'] {
  const offers: Record<string, { candidate: string | null; versions: string[] }> = {};
  let current: { candidate: string | null; versions: string[] } | undefined;
  for (const row of text.split('\n')) {
    const head = /^(\S+):$/.exec(row)?.[1];
    if (head) offers[head] = current = { candidate: null, versions: [] };
    const candidate = /^ {2}Candidate: (\S+)$/.exec(row)?.[1];
    if (candidate && current) current.candidate = candidate === '(none)' ? null : candidate;
    const version = /^ (?:\*\*\*|   ) (\S+) -?\d+$/.exec(row)?.[1];
    if (version && current) current.versions.push(version);
  }
  return offers;
}

export function readApt(args: AptArgs, sections: Sections): AptState {
  const [updated = 0, now = 0] = plain(sections, 'stamp').split(' ').map(Number);
  const fields = plain(sections, 'deb');
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(fields)?.[1] ?? '';
  const deb = args.deb?.includes('://') ? debName(args.deb) : { name: field('Package'), version: field('Version') };
  return {
    installed: readInstalled(sections.get('installed') ?? ''),
    provided: readProvided(sections.get('provided') ?? ''),
    offers: readPolicy(sections.get('policy') ?? ''),
    asked: sections.has('policy'),
    automatic: plain(sections, 'auto').split('\n').filter(Boolean),
    age: sections.has('stamp') ? now - updated : null,
    updated,
    simulated: plain(sections, 'simulated').split('\n').filter(Boolean),
    deb: deb.name === '' ? null : deb,
  };
}
