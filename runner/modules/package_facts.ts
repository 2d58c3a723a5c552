// All packages of the host as facts. It changes nothing.
import { lines, raw, sh } from '../core/shell.ts';
import type { Module } from '../core/types.ts';
import { choice, gives, list, takes } from './parts/kinds.ts';
import type { List } from './parts/kinds.ts';
import { findManager } from './parts/packages.ts';
import { line, plain, readSections, section, framed } from './parts/sections.ts';

type Row = Readonly<Record<string, unknown>>;
type Packages = Readonly<Record<string, readonly Row[]>>;

function readRow(manager: string, row: string): Row | null {
  const fields = row.split('\t');
  const [name, version = '', release = '', epoch = '', arch = '', extra = ''] = fields;
  if (!name) return null;
  if (manager === 'apt')
    return version === '' || arch !== 'installed' ? null : { name, version, arch: release, category: epoch, source: 'apt' };
  if (manager === 'apk') {
    const [, short = name, rest = ''] = /^(.+?)-(\d.*)$/.exec(name) ?? [];
    return { name: short, version: rest, source: 'apk' };
  }
  return { name, version, release, epoch: epoch === '(none)' ? null : Number(epoch), arch: arch || extra, source: 'rpm' };
}

function read(manager: string, text: string): Packages {
  const found: Record<string, Row[]> = {};
  for (const row of text.split('\n')) {
    const one = readRow(manager, row);
    if (one) (found[String(one['name'])] ??= []).push(one);
  }
  return found;
}

const dpkg = '\\${Package}\\t\\${Version}\\t\\${Architecture}\\t\\${Section}\\t\\${db:Status-Status}\\n'.replaceAll('\\$', '$');
const rpm = '%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{EPOCH}\\t%{ARCH}\\n';

export const module: Module<{ readonly manager: List; readonly strategy: string }, Packages, never> = {
  summary: 'Gather the packages of the host as facts.',
  collection: 'ansible.builtin',
  args: takes({
    manager: list('The package manager; auto: the one of the host.', { default: ['auto'] }),
    strategy: choice('Not used: a host has one package manager.', ['first', 'all'], 'first'),
  }),
  returns: gives({
    ansible_facts: {
      type: 'object',
      additionalProperties: true,
      description: 'packages: name -> a list of {name, version, arch, source, ...}.',
    },
  }),
  examples: [{ title: 'Which packages', yaml: 'package_facts: {}' }],
  probe: () => ({
    ask: framed(
      lines(
        findManager,
        line('manager', sh`"$m"`),
        sh`case $m in apt)`,
        section('rows', sh`dpkg-query -W -f=${dpkg}`),
        sh`;; apk)`,
        section('rows', sh`apk info -v`),
        sh`;; none) ;; *)`,
        section('rows', sh`rpm -qa --qf ${rpm}`),
        sh`${raw(sh`;; esac`)}`,
      ),
    ),
    reads: ['package:'],
    parse: out => {
      const sections = readSections(out, true);
      const manager = plain(sections, 'manager');
      if (manager === 'none') throw new Error('the host has none of apt, dnf, yum, zypper, apk');
      return read(manager, plain(sections, 'rows'));
    },
  }),
  plan: (_args, packages) => ({ changes: [], result: { ansible_facts: { packages } } }),
  apply: () => [],
};
