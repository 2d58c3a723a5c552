// Asks rpm and, only where it must, dnf about packages, and reads the answer. It changes nothing and decides nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import { rpmSpec } from './dnf.ts';
import type { DnfArgs, DnfState, Rpm, RpmSpec } from './dnf.ts';
import { sourceOptions } from './dnf-text.ts';
import { items } from './kinds.ts';
import { plain, section } from './sections.ts';
import type { Sections } from './sections.ts';

const FORMAT = '%{NAME}\\t%{EPOCH}:%{VERSION}-%{RELEASE}\\t%{ARCH}\\n';

/** rpm answers for globs only with -a. A name that may hold a version is asked with and without it. */
function rpmProbe(args: DnfArgs, specs: readonly RpmSpec[]): Script {
  const root = args.installroot === '/' ? [] : ['--root', args.installroot];
  const globs = specs.filter(({ kind }) => kind === 'glob').map(({ written }) => written);
  const names = specs
    .filter(({ kind }) => kind !== 'glob' && kind !== 'group')
    .flatMap(({ written, name, kind }) => (kind === 'name' ? [written, name] : [name]));
  const wanted = specs.filter(({ kind }) => kind === 'name').map(({ written }) => written);
  const unique = [...new Set(names)];
  const ask = (words: readonly string[]) => sh`rpm ${root} -q --qf ${FORMAT} ${words}`;
  return lines(
    ...(unique.length === 0
      ? []
      : [sh`r=0; o=$(${raw(ask(unique))} 2>/dev/null) || r=1`, section('named', sh`printf '%s\\n' "$o"`)]),
    ...(globs.length === 0 ? [] : [section('globbed', sh`rpm ${root} -qa --qf ${FORMAT} ${globs}`)]),
    ...(wanted.length === 0 || unique.length === 0
      ? []
      : [
          sh`[ $r = 0 ] || {`,
          section('provided', sh`for w in ${wanted}; do rpm ${root} -q --whatprovides "$w" >/dev/null && echo "$w"; done`),
          sh`}`,
        ]),
  );
}

const listWords = (list: string): readonly string[] => {
  if (list === 'updates') return ['--upgrades'];
  return ['available', 'installed'].includes(list) ? [`--${list}`] : [list];
};

export function dnfProbe(args: DnfArgs): Script {
  const specs = items(args.name).map(rpmSpec);
  const options = sourceOptions(args);
  const all = specs.some(({ written }) => written === '*');
  const names = all ? [] : specs.filter(({ kind }) => kind !== 'group' && kind !== 'file').map(({ name }) => name);
  const list = args.list;
  const repo = '%{name}\\t%{epoch}\\t%{version}\\t%{release}\\t%{arch}\\t%{repoid}';
  const unneeded = specs.length === 0 && args.autoremove;
  return lines(
    sh`export LC_ALL=C.UTF-8; command -v rpm >/dev/null || exit 3; m=dnf; command -v dnf >/dev/null || m=yum`,
    ...(specs.length > 0 ? [rpmProbe(args, specs)] : []),
    ...(specs.some(({ kind }) => kind === 'group')
      ? [section('groups', sh`$m -q ${options} group list --installed --ids --hidden; $m -q ${options} module list --installed`)]
      : []),
    ...(args.state === 'latest'
      ? [section('upgrades', sh`$m -q ${options} ${args.nobest ? ['--nobest'] : []} check-update ${names}`)]
      : []),
    ...(unneeded ? [section('unneeded', sh`$m -q ${options} repoquery --unneeded --qf '%{name}'`)] : []),
    ...(list === undefined
      ? []
      : [
          section(
            'listed',
            list === 'installed'
              ? sh`rpm -qa --qf ${`${FORMAT.replace('\\n', '')}\\n`}`
              : sh`$m -q ${options} repoquery --qf ${repo} ${listWords(list)}`,
          ),
        ]),
  );
}

const readRpms = (text: string): readonly Rpm[] =>
  text.split('\n').flatMap(row => {
    const [name, evr, arch] = row.split('\t');
    return name && evr && arch ? [{ name, evr: evr.replace('(none):', '0:'), arch }] : [];
  });

/** `   Development Tools (development)`; a module line begins with name and stream. */
const readGroups = (text: string): readonly string[] =>
  text.split('\n').flatMap(row => {
    const [, title, id] = /^ {2,}(.+?)(?: \(([^)]+)\))?$/.exec(row) ?? [];
    const [, module, stream] = /^(\S+)\s+(\S+)(?: \[[^\]]*\])* /.exec(row) ?? [];
    return [...(title ? [title, ...(id ? [id] : [])] : []), ...(module && stream ? [module, `${module}:${stream}`] : [])];
  });

const readUpgrades = (text: string) =>
  (text.split(/^Obsoleting Packages/m)[0] ?? '').split('\n').flatMap(row => {
    const [, name, evr] = /^(\S+)\.\S+\s+(\S+)\s+\S+\s*$/.exec(row) ?? [];
    return name && evr ? [{ name, evr }] : [];
  });

function readListed(text: string): DnfState['listed'] {
  return text
    .split('\n')
    .filter(Boolean)
    .map(row => {
      const fields = row.split('\t');
      const [, epoch = '0', version = '', release = ''] = /^([^:]*):([^-]*)-(.*)$/.exec(fields[1] ?? '') ?? [];
      const [name = '', e = '', v = '', r = '', arch = '', repo = ''] =
        fields.length === 3 ? [fields[0], epoch, version, release, fields[2], 'installed'] : fields;
      const real = e === '(none)' ? '0' : e;
      const state = repo === 'installed' ? 'installed' : 'available';
      return {
        name,
        epoch: real,
        version: v,
        release: r,
        arch,
        repo,
        yumstate: state,
        nevra: `${name}-${real}:${v}-${r}.${arch}`,
        envra: `${real}:${name}-${v}-${r}.${arch}`,
      };
    });
}

export function readDnf(sections: Sections): DnfState {
  const upgrades = sections.get('upgrades');
  return {
    installed: [...readRpms(sections.get('named') ?? ''), ...readRpms(sections.get('globbed') ?? '')],
    provided: plain(sections, 'provided').split('\n').filter(Boolean),
    groups: readGroups(sections.get('groups') ?? ''),
    upgrades: upgrades === undefined ? null : readUpgrades(upgrades),
    unneeded: plain(sections, 'unneeded').split('\n').filter(Boolean),
    listed: readListed(sections.get('listed') ?? ''),
  };
}
