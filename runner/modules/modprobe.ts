// Kernel modules: loaded now, and named in /etc/modules-load.d and /etc/modprobe.d for the next boots.
import { lines, sh } from '../core/shell.ts';
import type { Change, Footprint, Module, Plan, Step } from '../core/types.ts';
import { choice, gives, takes, text } from './parts/kinds.ts';
import { plain, readSections, section, framed } from './parts/sections.ts';
import { splitWords } from './parts/words.ts';

interface Args {
  readonly name: string;
  readonly state: 'present' | 'absent';
  readonly params: string;
  readonly persistent: 'disabled' | 'present' | 'absent';
}
interface State {
  /** builtin modules are always there. */
  readonly loaded: 'loaded' | 'builtin' | 'no';
  /** none: the host has no modprobe. */
  readonly available: 'yes' | 'no' | 'none';
  /** File -> text, of those that name the module. */
  readonly loads: ReadonlyMap<string, string>;
  readonly options: ReadonlyMap<string, string>;
}
type Action = { readonly words: readonly string[] } | { readonly file: string; readonly content: string };

const LOADS = '/etc/modules-load.d';
const OPTIONS = '/etc/modprobe.d';
const bare = (name: string): string => name.replaceAll('-', '_');

const namesModule = (row: string, name: string): boolean => row.replace(/[#;].*$/, '').trim() === name;
const optionOf = (row: string, name: string): string | null => {
  const [, module, option] = /^options (\S+) (\w+=\S+)\s*(?:[#;].*)?$/.exec(row) ?? [];
  return module === name ? (option ?? null) : null;
};

const rows = (text: string): readonly string[] => text.replace(/\n$/, '').split('\n');
const commented = (text: string, hit: (row: string) => boolean): string =>
  rows(text)
    .map(row => `${hit(row) ? '#' : ''}${row}\n`)
    .join('');

function saved(file: string, before: string, after: string, summary: string): Change<Action> {
  return {
    summary,
    diff: { target: file, before, after },
    touches: [`file:${file}`],
    foretells: [{ path: file, is: 'file', content: after }],
    action: { file, content: after },
  };
}

/** What is written down: the name in one folder, the options in the other. */
function persistence(args: Args, seen: State): readonly Change<Action>[] {
  const { name } = args;
  const named = [...seen.loads].filter(([, text]) => rows(text).some(row => namesModule(row, name)));
  const options = [...seen.options].flatMap(([, text]) => rows(text).flatMap(row => optionOf(row, name) ?? []));
  const wanted = args.params.split(/\s+/).filter(Boolean);
  const old = [...seen.options].filter(([, text]) => rows(text).some(row => optionOf(row, name) !== null));
  const silenced = (except: string) =>
    old
      .filter(([file]) => file !== except)
      .map(([file, text]) =>
        saved(
          file,
          text,
          commented(text, row => optionOf(row, name) !== null),
          `${file}: options of ${name} -> comments`,
        ),
      );
  if (args.persistent === 'absent') {
    return [
      ...named.map(([file, text]) =>
        saved(
          file,
          text,
          commented(text, row => namesModule(row, name)),
          `${file}: ${name} -> a comment`,
        ),
      ),
      ...silenced(''),
    ];
  }
  if (args.persistent === 'disabled') return [];
  const load = `${LOADS}/${name}.conf`;
  const option = `${OPTIONS}/${name}.conf`;
  const same = wanted.length === new Set(options).size && wanted.every(word => options.includes(word));
  return [
    ...(named.length > 0 ? [] : [saved(load, seen.loads.get(load) ?? '', `${name}\n`, `${load}: ${name} is loaded at boot`)]),
    ...(same
      ? []
      : [
          ...silenced(option),
          saved(
            option,
            seen.options.get(option) ?? '',
            wanted.map(word => `options ${name} ${word}\n`).join('') || '\n',
            `${option}: options ${args.params}`,
          ),
        ]),
  ];
}

/** A module may make files under /proc and /sys, and kernel parameters. */
const touches: readonly Footprint[] = ['module:', 'sysctl:', 'file:/proc/', 'file:/sys/', 'file:/dev/'];

function plan(args: Args, seen: State): Plan<Action> {
  const { name, state, params } = args;
  const result = { name, state, params };
  const words = splitWords(params) ?? [];
  const change = (before: string, after: string, action: Action): Change<Action> => ({
    summary: `${name}: ${before} -> ${after}`,
    diff: { target: `kernel module ${name}`, before, after: params === '' ? after : `${after} ${params}` },
    touches,
    action,
  });
  if (state === 'present' && seen.loaded === 'no') {
    if (seen.available === 'none') {
      return { changes: [], result, refuse: { why: 'modprobe is not on the host', mend: 'install the package kmod' } };
    }
    if (seen.available === 'no') {
      const why = `the kernel of the host has no module ${name}`;
      return {
        changes: [],
        result,
        refuse: { why, mend: 'install the package with it for the running kernel, or reboot into the kernel that has it' },
      };
    }
    return { changes: [change('not loaded', 'loaded', { words: [name, ...words] }), ...persistence(args, seen)], result };
  }
  // What is built in cannot be unloaded: modprobe says so.
  const unload = state === 'absent' && seen.loaded !== 'no' ? [change('loaded', 'not loaded', { words: ['-r', name] })] : [];
  return { changes: [...unload, ...persistence(args, seen)], result };
}

const steps = (action: Action): readonly Step[] =>
  'words' in action ? [{ run: { sh: sh`modprobe ${action.words}` } }] : [{ put: action.file, content: action.content }];

const files = (name: string, folder: string, module: string) =>
  section(
    name,
    sh`for f in ${folder}/*; do [ -f "$f" ] && grep -q -e ${module} "$f" && { printf '=%s\\n' "$f"; sed 's/^/ /' "$f"; }; done`,
  );

function readFiles(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let file = '';
  for (const row of text.split('\n')) {
    if (row.startsWith('=')) found.set((file = row.slice(1)), '');
    else if (row.startsWith(' ')) found.set(file, `${found.get(file) ?? ''}${row.slice(1)}\n`);
  }
  return found;
}

export const module: Module<Args, State, Action> = {
  summary: 'Load and unload kernel modules.',
  collection: 'community.general',
  args: takes(
    {
      name: text('The module.'),
      state: choice('Whether it is loaded.', ['present', 'absent'], 'present'),
      params: text('Its parameters.', { default: '' }),
      persistent: choice(
        'Whether it is loaded at boot; disabled leaves that alone.',
        ['disabled', 'present', 'absent'],
        'disabled',
      ),
    },
    ['name'],
  ),
  returns: gives({ name: { type: 'string' }, state: { type: 'string' }, params: { type: 'string' } }),
  examples: [{ title: 'Load a module, now and at boot', yaml: 'modprobe: { name: br_netfilter, persistent: present }' }],
  differs: ['A module that the kernel does not have is refused before anything is written.'],
  notes: ['Needs modprobe (kmod). Parameters count only while the module is being loaded.'],
  probe: ({ name }) => ({
    ask: framed(
      lines(
        sh`s=no; while read -r n x; do [ "$n" = ${bare(name)} ] && s=loaded; done < /proc/modules`,
        sh`k=$(uname -r); if [ $s = no ]; then while read -r f; do f=\${f##*/}; case $f in ${`${name}.ko`}|${`${bare(name)}.ko`}|${`${name.replaceAll('_', '-')}.ko`}) s=builtin;; esac; done < /lib/modules/$k/modules.builtin; fi 2>/dev/null`,
        sh`[ $s != no ] || [ ! -d ${`/sys/module/${bare(name)}`} ] || s=builtin; a=yes; if [ $s = no ]; then if command -v modprobe >/dev/null; then modprobe -n -q ${name} 2>/dev/null || a=no; else a=none; fi; fi; printf '@loaded\\n\t%s %s\\n\\n' "$s" "$a"`,
        files('loads', LOADS, name),
        files('options', OPTIONS, name),
      ),
    ),
    reads: [`module:${bare(name)}`, `file:${LOADS}/`, `file:${OPTIONS}/`, 'file:/lib/modules/'],
    parse: out => {
      const sections = readSections(out);
      const [loaded = 'no', available = 'no'] = plain(sections, 'loaded').split(' ');
      return {
        loaded: loaded as State['loaded'],
        available: available as State['available'],
        loads: readFiles(sections.get('loads') ?? ''),
        options: readFiles(sections.get('options') ?? ''),
      };
    },
  }),
  plan,
  apply: steps,
  foresee: (_args, seen, foretold) => {
    if (seen === null || seen.available === 'yes') return seen;
    return foretold.some(fact => 'package' in fact && fact.is === 'present') ? { ...seen, available: 'yes' } : null;
  },
};
