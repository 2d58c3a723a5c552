// A kernel parameter, now (/proc/sys) and after a boot (a line in a file). It leaves the other lines of the file alone.
import { lines, sh } from '../core/shell.ts';
import type { Change, Module, Script, Step } from '../core/types.ts';
import { choice, flag, gives, takes, text } from './parts/kinds.ts';
import { fileSection, line, plain, readSections, section, framed } from './parts/sections.ts';
import { savedValue, withKey } from './parts/sysctl-file.ts';

interface Args {
  readonly name: string;
  readonly value?: string | number | boolean;
  readonly state: 'present' | 'absent';
  readonly reload: boolean;
  readonly sysctl_set: boolean;
  readonly ignoreerrors: boolean;
  readonly sysctl_file: string;
}
interface State {
  /** Null where the kernel has no such key. */
  readonly live: string | null;
  readonly writable: boolean;
  readonly file: string | null;
}
interface Action {
  readonly set?: { readonly path: string; readonly value: string };
  readonly save?: { readonly file: string; readonly content: string };
  readonly load?: { readonly file: string; readonly ignore: boolean };
}

/** The first separator says which one it is: `net.ipv4.conf.eth0/1.x`, `net/ipv4/conf/eth0.1/x`. */
function procPath(name: string): string {
  const swap = (char: string) => (char === '.' ? '/' : '.');
  const dotted = /[./]/.exec(name)?.[0] !== '/';
  return `/proc/sys/${dotted ? name.replace(/[./]/g, swap) : name}`;
}

const fold = (value: string): string => value.trim().split(/\s+/).join(' ');

/** Ansible writes 1 for yes and 0 for no. */
function wantedValue(value: Args['value']): string {
  const written = String(value ?? '').trim();
  if (/^(true|yes|on|y|t)$/i.test(written)) return '1';
  return /^(false|no|off|n|f)$/i.test(written) ? '0' : written;
}

function changesOf(args: Args, seen: State): readonly Change<Action>[] {
  const { sysctl_file: file, sysctl_set, reload, ignoreerrors: ignore } = args;
  const name = args.name.trim();
  const wanted = args.state === 'present' ? wantedValue(args.value) : null;
  const saved = savedValue(seen.file, name);
  const differs = wanted !== null && seen.live !== null && fold(seen.live) !== fold(wanted);
  const changes: Change<Action>[] = [];
  const load = reload ? { load: { file, ignore } } : {};
  const live = { target: `sysctl ${name}`, before: seen.live ?? '', after: wanted ?? '' };
  const moved = `${name}: ${seen.live ?? 'unset'} -> ${wanted}`;
  if (sysctl_set && differs) {
    changes.push({
      summary: moved,
      diff: live,
      touches: [`sysctl:${name}`],
      action: { set: { path: procPath(name), value: wanted } },
    });
  }
  if (wanted === null ? saved !== null : saved === null || fold(saved) !== fold(wanted)) {
    const content = withKey(seen.file ?? '', name, wanted);
    changes.push({
      summary: `${file}: ${name} ${saved ?? 'unset'} -> ${wanted ?? 'unset'}`,
      diff: { target: file, before: seen.file ?? '', after: content },
      touches: [`file:${file}`, ...(reload ? (['sysctl:'] as const) : [])],
      foretells: [{ path: file, is: 'file', content }],
      action: { save: { file, content }, ...load },
    });
  } else if (reload && differs && !sysctl_set) {
    changes.push({ summary: moved, diff: live, touches: ['sysctl:'], action: load });
  }
  return changes;
}

function refusal(args: Args, seen: State) {
  const name = args.name.trim();
  const live = args.state === 'present' && (args.sysctl_set || args.reload);
  if (!live || (seen.live === null && args.ignoreerrors)) return undefined;
  if (seen.live === null) {
    return {
      why: `the kernel has no parameter ${name}`,
      mend: 'load the kernel module that has it before (modprobe), or write "ignoreerrors: true"',
    };
  }
  if (seen.writable || fold(seen.live) === fold(wantedValue(args.value))) return undefined;
  return {
    why: `${procPath(name)} cannot be written here (read-only, as in a container, or the user is not root)`,
    mend: 'run as root on a host with a kernel of its own, or only save it: "sysctl_set: false" and "reload: false"',
  };
}

/** Reads as one block: dash's `read` gets only the first byte of such a file. */
const probeScript = (path: string, file: string): Script =>
  lines(
    sh`if [ -e ${path} ]; then`,
    section('live', sh`cat ${path}`),
    sh`[ -w ${path} ] && w=yes || w=no`,
    line('writable', sh`"$w"`),
    sh`fi`,
    fileSection('file', file),
  );

const steps = ({ set, save, load }: Action): readonly Step[] => [
  ...(set ? [{ run: { sh: sh`printf '%s\\n' ${set.value} > ${set.path}` } }] : []),
  ...(save ? [{ put: save.file, content: save.content }] : []),
  ...(load ? [{ run: { sh: sh`sysctl ${load.ignore ? ['-e'] : []} -p ${load.file}` } }] : []),
];

export const module: Module<Args, State, Action> = {
  summary: 'Set a kernel parameter, now and after every boot.',
  collection: 'ansible.posix',
  args: takes(
    {
      name: text('The parameter, as `vm.swappiness`.', { aliases: ['key'], minLength: 1 }),
      value: {
        type: ['string', 'number', 'boolean'],
        description: 'Its value. Words count, not the spaces between them.',
        aliases: ['val'],
      },
      state: choice('Whether the file names it.', ['present', 'absent'], 'present'),
      reload: flag('Load the file (sysctl -p) after a change, and where the kernel has another value.', true),
      sysctl_set: flag('Set the value in the kernel itself.', false),
      ignoreerrors: flag('A parameter that the kernel does not have is no failure.', false),
      sysctl_file: text('The file that names it.', { default: '/etc/sysctl.conf' }),
    },
    ['name'],
  ),
  returns: gives(),
  examples: [
    {
      title: 'Let RocksDB map many files',
      yaml: 'sysctl: { name: vm.max_map_count, value: 1048576, sysctl_set: true, sysctl_file: /etc/sysctl.d/60-mytopling.conf }',
    },
  ],
  differs: [
    'The other lines of the file stay as they are (Ansible takes the spaces around their "=" away).',
    'With ignoreerrors, a parameter that the kernel does not have is "changed" only where the file changes.',
    'A parameter that the kernel does not have, or that cannot be written, is refused before the file is changed.',
  ],
  notes: ['Loading the file needs the program sysctl (the package procps).'],
  check: args => (args.state === 'present' && String(args.value ?? '').trim() === '' ? ['"value" is missing'] : []),
  probe: ({ name, sysctl_file }) => ({
    ask: framed(probeScript(procPath(name.trim()), sysctl_file)),
    reads: [`sysctl:${name.trim()}`, `file:${sysctl_file}`],
    parse: out => {
      const sections = readSections(out);
      const live = sections.has('live') ? plain(sections, 'live') : null;
      return { live, writable: plain(sections, 'writable') === 'yes', file: sections.get('file') ?? null };
    },
  }),
  plan: (args, seen) => {
    const refuse = refusal(args, seen);
    return refuse ? { changes: [], result: {}, refuse } : { changes: changesOf(args, seen), result: {} };
  },
  apply: steps,
  foresee: (args, seen, foretold) => {
    if (seen === null) return null;
    const fact = foretold.findLast(one => 'path' in one && one.path === args.sysctl_file);
    const file = fact && 'content' in fact ? (fact.content ?? seen.file) : seen.file;
    // A parameter that only a module or a package to come will bring has a value that nobody knows yet.
    return { live: seen.live ?? '', writable: seen.live === null || seen.writable, file };
  },
};
