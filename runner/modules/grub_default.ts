// The kernel that the host boots by default: grubby on EL, GRUB_DEFAULT on Debian.
import { asWritten, lines, raw, sh } from '../core/shell.ts';
import type { Module, Plan, Script, Step } from '../core/types.ts';
import { readEntries, withDefault } from './parts/grub.ts';
import type { Entry } from './parts/grub.ts';
import { flag, gives, takes, text } from './parts/kinds.ts';
import { fileSection, line, plain, readSections, section, framed } from './parts/sections.ts';

interface Args {
  readonly kernel: string;
  readonly reboot_needed: boolean;
}
interface State {
  readonly by: 'grubby' | 'grub' | 'none';
  readonly exists: boolean;
  readonly current: string;
  readonly config: string | null;
  readonly entries: readonly Entry[];
  readonly running: string;
  /** The path that `kernel` means: its pattern resolved. */
  readonly path: string;
}
type Action = { readonly kernel: string } | { readonly config: string };

const CONFIG = '/etc/default/grub';
const isPattern = (kernel: string): boolean => /[*?[]/.test(kernel);

/** Of several that fit a pattern, the one of the highest version: never an index, which the next kernel shifts. */
const pathScript = (kernel: string): Script =>
  isPattern(kernel)
    ? sh`k=$(for f in ${raw(patternWord(pathOf(kernel)))}; do [ -e "$f" ] && printf '%s\\n' "$f"; done | sort -V | tail -n 1)`
    : sh`k=${pathOf(kernel)}`;

/** A glob whose other characters are quoted. */
const patternWord = (glob: string): Script => asWritten(glob.replace(/[^A-Za-z0-9_./*?[\]-]/g, '\\$&'));

const pathOf = (kernel: string): string => (kernel.startsWith('/') ? kernel : `/boot/vmlinuz-${kernel}`);

/** Where /boot is a filesystem of its own, grub.cfg has paths without it; the recovery entries come after. */
const entryOf = (seen: State, path: string): Entry | undefined =>
  seen.entries.find(entry => [entry.kernel, `/boot${entry.kernel}`].includes(path) && !/recovery/i.test(entry.title));

function plan(args: Args, seen: State): Plan<Action> {
  const path = seen.path || pathOf(args.kernel);
  const result = {
    kernel: path,
    running: seen.running,
    reboot_required: args.reboot_needed && !path.endsWith(`-${seen.running}`),
  };
  const refused = (why: string, mend: string): Plan<Action> => ({ changes: [], result, refuse: { why, mend } });
  if (seen.by === 'none')
    return refused(
      'the host has neither grubby nor /etc/default/grub',
      'set the kernel by hand: the boot loader is not known here',
    );
  if (!seen.exists)
    return refused(
      `the host has no kernel ${path}`,
      'install the package of the kernel before ("ls /boot/vmlinuz-*" shows those that are there)',
    );
  const before = seen.by === 'grubby' ? seen.current : (/^\s*GRUB_DEFAULT=["']?([^"'\n]*)/m.exec(seen.config ?? '')?.[1] ?? '0');
  const entry = entryOf(seen, path);
  if (seen.by === 'grub' && !entry) return refused(`grub.cfg has no entry for ${path}`, 'run update-grub on the host');
  const wanted = seen.by === 'grubby' ? path : (entry?.id ?? '');
  // GRUB_DEFAULT=0 is the first entry, whichever kernel that is.
  const first = seen.by === 'grub' && before === '0' && seen.entries[0]?.kernel === entry?.kernel;
  if (before === wanted || first) return { changes: [], result };
  const content = seen.by === 'grub' ? withDefault(seen.config ?? '', wanted) : '';
  return {
    changes: [
      {
        summary: `default kernel: ${before} -> ${wanted}`,
        diff:
          seen.by === 'grub'
            ? { target: CONFIG, before: seen.config ?? '', after: content }
            : { target: 'default kernel', before: `${before}\n`, after: `${wanted}\n` },
        touches: ['boot:default', `file:${CONFIG}`, 'file:/boot/'],
        action: seen.by === 'grub' ? { config: content } : { kernel: path },
      },
    ],
    result,
  };
}

const steps = (action: Action): readonly Step[] =>
  'kernel' in action
    ? [{ run: { sh: sh`grubby --set-default ${action.kernel}` } }]
    : [
        { put: CONFIG, content: action.config, mode: 0o644 },
        {
          run: { sh: sh`if command -v update-grub >/dev/null; then update-grub; else grub-mkconfig -o /boot/grub/grub.cfg; fi` },
        },
      ];

export const module: Module<Args, State, Action> = {
  summary: 'Choose the kernel that the host boots by default.',
  args: takes(
    {
      kernel: text('The path of the kernel, its release (as `uname -r` says it), or a pattern of either: the newest that fits.'),
      reboot_needed: flag('Say in the result whether another kernel runs now.', true),
    },
    ['kernel'],
  ),
  returns: gives({
    kernel: { type: 'string', description: 'The path of the kernel.' },
    running: { type: 'string', description: 'The release that runs now.' },
    reboot_required: { type: 'boolean', description: 'The wanted kernel does not run yet.' },
  }),
  examples: [
    { title: 'Boot the newest kernel of ELRepo', yaml: 'grub_default: { kernel: "/boot/vmlinuz-*.elrepo.*" }' },
    { title: 'Boot the newer kernel', yaml: 'grub_default: { kernel: /boot/vmlinuz-5.14.0-427.el9.x86_64 }\nregister: boot' },
  ],
  notes: ['Needs grubby (EL), or /etc/default/grub and update-grub (Debian). It does not reboot.'],
  probe: ({ kernel }) => ({
    ask: framed(
      lines(
        line('running', sh`"$(uname -r)"`),
        pathScript(kernel),
        line('path', sh`"$k"`),
        sh`[ -e "$k" ] && printf '@exists\\n\tyes\\n\\n'`,
        sh`if command -v grubby >/dev/null; then`,
        section('current', sh`grubby --default-kernel`),
        sh`else`,
        fileSection('config', CONFIG),
        section(
          'entries',
          sh`grep -hE '^[[:space:]]*(menuentry|submenu|linux(16|efi)?)[[:space:]]' /boot/grub/grub.cfg /boot/grub2/grub.cfg`,
        ),
        sh`fi`,
      ),
    ),
    reads: ['boot:default', `file:${CONFIG}`, 'file:/boot/', `file:${pathOf(kernel)}`],
    parse: out => {
      const sections = readSections(out);
      const config = sections.get('config') ?? null;
      return {
        by: sections.has('current') ? 'grubby' : config === null ? 'none' : 'grub',
        exists: sections.has('exists'),
        current: plain(sections, 'current'),
        config,
        entries: readEntries(sections.get('entries') ?? ''),
        running: plain(sections, 'running'),
        path: plain(sections, 'path'),
      };
    },
  }),
  plan,
  apply: steps,
  foresee: (args, seen, foretold) => {
    if (seen === null || (seen.exists && !isPattern(args.kernel))) return seen;
    const path = pathOf(args.kernel);
    if (!foretold.some(fact => 'package' in fact && fact.is === 'present')) return null;
    return { ...seen, path, exists: true, entries: [...seen.entries, { id: path, title: path, kernel: path }] };
  },
};
