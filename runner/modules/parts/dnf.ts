// What rpm knows of packages, and what dnf must do for the wanted ones. Pure; dnf-text.ts has the command lines.
import type { Plan } from '../../core/types.ts';
import { installingRpm, refreshing, removingRpm, upgradingRpm } from './dnf-text.ts';
import type { DnfWords } from './dnf-text.ts';
import { isGlob, items } from './kinds.ts';
import type { List } from './kinds.ts';
import { compareRpm, globMatches } from './package-version.ts';
import { packageChange } from './packages.ts';
import type { PackageAction } from './packages.ts';

export interface DnfArgs extends DnfWords {
  readonly name?: List;
  readonly state?: 'present' | 'installed' | 'latest' | 'absent' | 'removed';
  readonly update_cache: boolean;
  readonly update_only: boolean;
  readonly list?: string;
}
export interface Rpm {
  readonly name: string;
  /** `epoch:version-release`. */
  readonly evr: string;
  readonly arch: string;
}
export interface DnfState {
  readonly installed: readonly Rpm[];
  /** Names as written that something installed provides. */
  readonly provided: readonly string[];
  readonly groups: readonly string[];
  /** Names that have an upgrade; null where nobody asked. */
  readonly upgrades: readonly { readonly name: string; readonly evr: string }[] | null;
  readonly unneeded: readonly string[];
  readonly listed: readonly Readonly<Record<string, string>>[];
}
export interface RpmSpec {
  readonly written: string;
  readonly kind: 'name' | 'group' | 'file' | 'glob' | 'relation';
  /** The package without its version, as far as the text tells. */
  readonly name: string;
  readonly cmp: string;
  readonly evr: string;
  readonly arch: string;
}

const ARCH = /\.(x86_64|i[3-6]86|aarch64|noarch|ppc64le|s390x|armv7hl|riscv64)$/;

/** `foo`, `foo.x86_64`, `foo-1.2`, `foo-1:1.2-3.el9.x86_64`, `foo >= 1.2`, `@group`, `/tmp/foo.rpm`, `/usr/bin/foo`. */
export function rpmSpec(written: string): RpmSpec {
  const base = { written, name: written, cmp: '', evr: '', arch: '' };
  if (written.startsWith('@')) return { ...base, kind: 'group', name: written.slice(1) };
  const [, name, cmp, evr] = /^(\S+)\s*(>=|<=|==|=|>|<)\s*(\S+)$/.exec(written) ?? [];
  if (name && cmp && evr) return { ...base, kind: 'relation', name, cmp: cmp === '==' ? '=' : cmp, evr };
  const file = written.endsWith('.rpm');
  const short = file ? written.replace(/^.*\//, '').replace(/\.rpm$/, '') : written;
  const arch = ARCH.exec(short)?.[1] ?? '';
  const bare = arch ? short.slice(0, -arch.length - 1) : short;
  const [, stem, version] = /^(.+?)-((?:\d+:)?\d[^-]*(?:-[^-]+)?)$/.exec(bare) ?? [];
  const kind = file ? 'file' : isGlob(written) ? 'glob' : 'name';
  return { ...base, kind, name: kind === 'glob' ? written : (stem ?? bare), cmp: version ? '=' : '', evr: version ?? '', arch };
}

const holds = (cmp: string, by: number): boolean =>
  (by === 0 && cmp.includes('=')) || (by > 0 && cmp.startsWith('>')) || (by < 0 && cmp.startsWith('<'));

/** A package name may itself end in something like a version (`java-11-openjdk`, `gcc-toolset-12`). */
export function matching(spec: RpmSpec, seen: DnfState): readonly Rpm[] {
  if (spec.kind === 'glob') return seen.installed.filter(rpm => globMatches(spec.written, rpm.name));
  const whole = seen.installed.filter(rpm => rpm.name === spec.written || `${rpm.name}.${rpm.arch}` === spec.written);
  return whole.length > 0
    ? whole
    : seen.installed.filter(rpm => rpm.name === spec.name && (spec.arch === '' || rpm.arch === spec.arch));
}

function isPresent(args: DnfArgs, spec: RpmSpec, seen: DnfState): boolean {
  if (spec.kind === 'group') return seen.groups.includes(spec.name);
  const found = matching(spec, seen);
  if (found.length === 0) return seen.provided.includes(spec.written);
  const exact = spec.cmp === '' || found.some(rpm => rpm.name === spec.written || `${rpm.name}.${rpm.arch}` === spec.written);
  if (exact || found.some(rpm => holds(spec.cmp, compareRpm(rpm.evr, spec.evr)))) return true;
  // As in Ansible: what is newer already stays, unless an older one is allowed.
  return spec.cmp === '=' && !args.allow_downgrade && found.some(rpm => compareRpm(rpm.evr, spec.evr) > 0);
}

const shown = (found: readonly Rpm[]): string => found.map(rpm => rpm.evr.replace(/^(0|\(none\)):/, '')).join(', ') || 'absent';

export function dnfPlan(args: DnfArgs, seen: DnfState): Plan<PackageAction> {
  const result = { rc: 0, msg: '', results: args.list === undefined ? [] : seen.listed };
  const names = items(args.name);
  const removes = args.state === 'absent' || args.state === 'removed' || (args.state === undefined && args.autoremove);
  if (names.length === 0) {
    if (removes && args.autoremove) return unneededPlan(args, seen, result);
    return {
      changes: [],
      acts: args.update_cache ? [{ script: refreshing(args) }] : [],
      aside: true,
      result: { ...result, msg: args.update_cache ? 'Cache updated' : '' },
    };
  }
  const specs = names.map(rpmSpec);
  if (removes) return removePlan(args, seen, specs, result);
  return installPlan(args, seen, specs, result);
}

function installPlan(args: DnfArgs, seen: DnfState, specs: readonly RpmSpec[], result: Plan['result']): Plan<PackageAction> {
  const all = args.state === 'latest' && specs.some(({ written }) => written === '*');
  const upgradeOf = (spec: RpmSpec) =>
    seen.upgrades?.find(one => (spec.kind === 'glob' ? globMatches(spec.name, one.name) : one.name === spec.name));
  const missing = all || args.update_only ? [] : specs.filter(spec => !isPresent(args, spec, seen));
  const older = all
    ? (seen.upgrades ?? [])
    : args.state === 'latest'
      ? olderOf(specs, spec => isPresent(args, spec, seen), upgradeOf)
      : [];
  const deeds = args.update_cache ? [{ script: refreshing(args) }] : [];
  if (missing.length === 0 && older.length === 0)
    return { changes: [], acts: deeds, aside: true, result: { ...result, msg: 'Nothing to do' } };
  const was = [
    ...missing.map(spec => ({ name: spec.written, before: shown(matching(spec, seen)), after: spec.evr || 'present' })),
    ...older.map(({ name, evr }) => ({ name, before: shown(seen.installed.filter(rpm => rpm.name === name)), after: evr })),
  ];
  const words = missing.map(({ written }) => written);
  const script = all
    ? upgradingRpm(args, [])
    : installingRpm(
        args,
        words,
        older.map(({ name }) => name),
      );
  return { changes: [packageChange('install', was, script)], result };
}

function olderOf(
  specs: readonly RpmSpec[],
  has: (spec: RpmSpec) => boolean,
  upgradeOf: (spec: RpmSpec) => { readonly evr: string } | undefined,
): readonly { readonly name: string; readonly evr: string }[] {
  return specs.flatMap(spec => {
    const to = has(spec) ? upgradeOf(spec) : undefined;
    return to ? [{ name: spec.written, evr: to.evr }] : [];
  });
}

function removePlan(args: DnfArgs, seen: DnfState, specs: readonly RpmSpec[], result: Plan['result']): Plan<PackageAction> {
  const there = specs.filter(spec =>
    spec.kind === 'group'
      ? seen.groups.includes(spec.name)
      : matching(spec, seen).some(
          rpm => spec.cmp === '' || rpm.name === spec.written || holds(spec.cmp, compareRpm(rpm.evr, spec.evr)),
        ) ||
        (spec.written.startsWith('/') && seen.provided.includes(spec.written)),
  );
  if (there.length === 0) return { changes: [], result: { ...result, msg: 'Nothing to do' } };
  const was = there.map(spec => ({
    name: spec.written,
    before: spec.kind === 'group' ? 'installed' : shown(matching(spec, seen)),
    after: 'absent',
  }));
  const change = packageChange(
    'remove',
    was,
    removingRpm(
      args,
      there.map(spec => spec.written),
    ),
    'absent',
  );
  return { changes: [change], result };
}

function unneededPlan(args: DnfArgs, seen: DnfState, result: Plan['result']): Plan<PackageAction> {
  if (seen.unneeded.length === 0) return { changes: [], result };
  const was = seen.unneeded.map(name => ({ name, before: 'present', after: 'absent' }));
  return { changes: [packageChange('autoremove', was, removingRpm(args, []), 'absent')], result };
}
