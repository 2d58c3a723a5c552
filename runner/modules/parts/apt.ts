// What dpkg and apt know of packages, and what must be done for the wanted ones. Pure; apt-text.ts has the command lines.
import type { Plan, Vars } from '../../core/types.ts';
import { cleaning, installing, marking, removing, updating, upgrading } from './apt-text.ts';
import type { AptWords } from './apt-text.ts';
import type { List } from './kinds.ts';
import { isGlob, items } from './kinds.ts';
import { compareDebian, globMatches } from './package-version.ts';
import type { PackageAction } from './packages.ts';
import { packageChange } from './packages.ts';

export interface AptArgs extends AptWords {
  readonly package?: List;
  readonly state: string;
  readonly update_cache?: boolean;
  readonly cache_valid_time: number;
  readonly upgrade: string;
  readonly deb?: string;
  readonly autoclean: boolean;
  readonly clean: boolean;
}
export interface AptPackage {
  readonly status: string;
  readonly version: string;
}
export interface AptState {
  readonly installed: Readonly<Record<string, AptPackage>>;
  /** Names that installed packages provide. */
  readonly provided: readonly string[];
  /** The version that apt would take, and all that it can have; absent where nobody asked or no repository has it. */
  readonly offers: Readonly<Record<string, { readonly candidate: string | null; readonly versions: readonly string[] }>>;
  readonly asked: boolean;
  readonly automatic: readonly string[];
  /** Seconds since the lists were updated; null where not asked. */
  readonly age: number | null;
  readonly updated: number;
  /** What a simulation would do: `Inst x [1] (2 ...)`, `Remv y`. */
  readonly simulated: readonly string[];
  readonly deb: { readonly name: string; readonly version: string } | null;
}
export interface Spec {
  readonly written: string;
  readonly name: string;
  readonly cmp: '=' | '>=' | '';
  readonly version: string;
}

export function aptSpec(written: string): Spec {
  const [, name = written, cmp = '', version = ''] = /^(.*?)\s*(>=|=)\s*(.*)$/.exec(written) ?? [];
  return { written, name, cmp: cmp as Spec['cmp'], version };
}

const present = (seen: AptState, name: string): AptPackage | undefined => {
  const found = seen.installed[name] ?? seen.installed[name.replace(/:.*$/, '')];
  return found?.status === 'installed' ? found : undefined;
};

/** The version to install; true: apt may sort it out; null: none; undefined: nothing to do. */
function target(args: AptArgs, seen: AptState, spec: Spec): string | true | null | undefined {
  const has = present(seen, spec.name);
  if (!has && args.only_upgrade) return undefined;
  const offer = seen.offers[spec.name];
  const best = offer ? bestOf(spec, offer) : null;
  const newer = args.state === 'latest';
  if (has) {
    const fits =
      spec.cmp === '' ||
      (spec.cmp === '=' ? globMatches(spec.version, has.version) : compareDebian(has.version, spec.version) >= 0);
    if (best !== null && best !== has.version && (newer || !fits || spec.cmp === '=')) return best;
    return fits ? undefined : null;
  }
  if (spec.cmp === '' && seen.provided.includes(spec.name)) return undefined;
  // Without an answer, or for a name that others provide, apt itself decides.
  if (!seen.asked || (offer && offer.versions.length === 0 && spec.cmp === '')) return true;
  return best;
}

function bestOf(spec: Spec, offer: { readonly candidate: string | null; readonly versions: readonly string[] }): string | null {
  if (spec.cmp === '=') return offer.versions.find(version => globMatches(spec.version, version)) ?? null;
  if (offer.candidate === null) return null;
  return spec.cmp === '>=' && compareDebian(offer.candidate, spec.version) < 0 ? null : offer.candidate;
}

const mustUpdate = (args: AptArgs, seen: AptState): boolean =>
  (args.update_cache === true || args.cache_valid_time > 0) &&
  (seen.age === null || seen.age > args.cache_valid_time || args.cache_valid_time === 0);

export function aptPlan(args: AptArgs, seen: AptState): Plan<PackageAction> {
  const update = mustUpdate(args, seen);
  const result: Vars = { cache_updated: update, cache_update_time: seen.updated };
  const names = items(args.package);
  if (args.deb !== undefined) return debPlan(args, seen, args.deb, result);
  if (args.upgrade !== 'no' || (args.state === 'latest' && names.includes('*')))
    return simulatedPlan(args, seen, 'upgrade', update, result);
  if (names.length === 0 && (args.autoremove || args.autoclean || args.clean)) return cleanPlan(args, seen, update, result);
  if (names.length === 0) return updatePlan(args, update, result);
  if (names.some(name => isGlob(aptSpec(name).name)))
    return simulatedPlan(args, seen, args.state === 'absent' ? 'remove' : 'install', update, result);
  if (args.state === 'absent') return removePlan(args, seen, names, result);
  if (args.state === 'build-dep' || args.state === 'fixed') return simulatedPlan(args, seen, args.state, update, result);
  return installPlan(args, seen, names, update, result);
}

function installPlan(
  args: AptArgs,
  seen: AptState,
  names: readonly string[],
  update: boolean,
  result: Vars,
): Plan<PackageAction> {
  const specs = names.map(aptSpec);
  const found = specs.map(spec => ({ spec, to: target(args, seen, spec) }));
  const lost = found.filter(({ to }) => to === null).map(({ spec }) => spec.written);
  if (lost.length > 0 && !update) {
    const why = `no repository of the host has ${lost.join(', ')}`;
    return {
      changes: [],
      result,
      refuse: {
        why,
        mend: 'mend the name or the version ("apt-cache policy NAME" shows what there is), or update the lists: "update_cache: true"',
      },
    };
  }
  const wanted = found.filter(({ to }) => to !== undefined);
  const words = wanted.map(({ spec, to }) =>
    typeof to === 'string' ? `${spec.name}=${to}` : spec.cmp === '=' ? `${spec.name}=${spec.version}` : spec.name,
  );
  const auto = specs.map(({ name }) => name).filter(name => seen.automatic.includes(name));
  // The lists are old, and only the new ones say whether a version is the latest: apt decides, and its answer says if it changed.
  const open = update && args.state === 'latest';
  if (wanted.length === 0 && !open) {
    const deeds = [...(update ? [{ script: updating(args) }] : []), ...(auto.length > 0 ? [{ script: marking(auto) }] : [])];
    return { changes: [], acts: deeds, aside: true, result };
  }
  const script = installing(args, open ? names.map(name => aptSpec(name).name) : words, update);
  const was = (open ? found : wanted).map(({ spec, to }) => ({
    name: spec.name,
    before: present(seen, spec.name)?.version ?? 'absent',
    after: typeof to === 'string' ? to : open ? 'latest' : 'present',
  }));
  return { changes: [packageChange('install', was, script)], result, ...(open ? { repeats: true } : {}) };
}

function removePlan(args: AptArgs, seen: AptState, names: readonly string[], result: Vars): Plan<PackageAction> {
  const there = names
    .map(name => aptSpec(name).name)
    .filter(name => {
      const found = seen.installed[name] ?? seen.installed[name.replace(/:.*$/, '')];
      return found?.status === 'installed' || (args.purge && found?.status === 'config-files');
    });
  if (there.length === 0) return { changes: [], result };
  const was = there.map(name => ({ name, before: present(seen, name)?.version ?? 'configuration', after: 'absent' }));
  return { changes: [packageChange(args.purge ? 'purge' : 'remove', was, removing(args, there), 'absent')], result };
}

function updatePlan(args: AptArgs, update: boolean, result: Vars): Plan<PackageAction> {
  if (!update) return { changes: [], result };
  const was = [{ name: 'lists', before: 'older', after: 'updated' }];
  const change = {
    ...packageChange('update', was, updating(args)),
    touches: ['file:/var/lib/apt/', 'package:'] as const,
    foretells: [],
  };
  return { changes: [change], result, repeats: true };
}

/** `Inst nginx [1.0] (1.1 Debian:12 [amd64])` */
function simulatedChanges(seen: AptState) {
  return seen.simulated.flatMap(row => {
    const [, verb, name, before, after] = /^(Inst|Remv|Purg|Del) (\S+)(?: \[([^\]]*)\])?(?: \((\S+))?/.exec(row) ?? [];
    if (!verb || !name) return [];
    return [
      {
        name,
        before: before ?? (verb === 'Inst' ? 'absent' : 'present'),
        after: verb === 'Inst' ? (after ?? 'present') : 'absent',
      },
    ];
  });
}

function simulatedPlan(args: AptArgs, seen: AptState, verb: string, update: boolean, result: Vars): Plan<PackageAction> {
  const was = simulatedChanges(seen);
  const script = upgrading(args, verb, items(args.package), update);
  // What the new lists would bring, nobody knows before they are there: the answer of apt says if it changed anything.
  if (was.length === 0 && update) {
    const open = [{ name: 'what the new lists bring', before: 'older', after: 'newer' }];
    return { changes: [{ ...packageChange(verb, open, script), foretells: [] }], result, repeats: true };
  }
  if (was.length === 0) return { changes: [], result };
  const gone = was.every(one => one.after === 'absent');
  return { changes: [packageChange(verb, was, script, gone ? 'absent' : 'present')], result };
}

function cleanPlan(args: AptArgs, seen: AptState, update: boolean, result: Vars): Plan<PackageAction> {
  const was = args.clean ? [{ name: 'package cache', before: 'kept', after: 'empty' }] : simulatedChanges(seen);
  if (was.length === 0) return { changes: [], acts: update ? [{ script: updating(args) }] : [], aside: true, result };
  const change = packageChange(
    args.clean ? 'clean' : args.autoremove ? 'autoremove' : 'autoclean',
    was,
    cleaning(args),
    'absent',
  );
  return {
    changes: [args.clean ? { ...change, foretells: [], touches: ['file:/var/cache/apt/'] } : change],
    result,
    ...(args.clean ? { repeats: true } : {}),
  };
}

function debPlan(args: AptArgs, seen: AptState, deb: string, result: Vars): Plan<PackageAction> {
  const name = seen.deb?.name ?? '';
  const version = seen.deb?.version ?? '';
  if (seen.deb === null && !deb.includes('://')) {
    return {
      changes: [],
      result,
      refuse: { why: `${deb} is not a Debian package on the host`, mend: 'copy the file to the host before, or write its URL' },
    };
  }
  const has = present(seen, name);
  const same = has !== undefined && (has.version === version || has.version.replace(/^\d+:/, '') === version);
  if (same || (has !== undefined && version !== '' && !args.allow_downgrade && compareDebian(has.version, version) > 0))
    return { changes: [], result };
  const was = [{ name: name || deb, before: has?.version ?? 'absent', after: version || 'present' }];
  return { changes: [packageChange('install', was, installing(args, [deb], false))], result };
}
