// The name of the host, now and after a boot.
import { lines, sh } from '../core/shell.ts';
import type { Change, Module, Step } from '../core/types.ts';
import { choice, gives, takes, text } from './parts/kinds.ts';
import { line, plain, readSections, framed } from './parts/sections.ts';

interface Args {
  readonly name: string;
  readonly use?: string;
}
interface State {
  readonly current: string;
  readonly saved: string | null;
  readonly hasSystemd: boolean;
}
type Action =
  | { readonly name: string; readonly by: 'hostnamectl' | 'hostname' }
  | { readonly file: string; readonly content: string };

const change = (args: Args, what: string, before: string, action: Action): Change<Action> => ({
  summary: `${what}: ${before} -> ${args.name}`,
  diff: { target: what, before: `${before}\n`, after: `${args.name}\n` },
  touches: ['host:name', 'file:/etc/hostname', 'file:/proc/'],
  ...('file' in action ? { foretells: [{ path: action.file, is: 'file' as const, content: action.content }] } : {}),
  action,
});

function steps(action: Action): readonly Step[] {
  if ('file' in action) return [{ put: action.file, content: action.content, mode: 0o644 }];
  const { name, by } = action;
  return [
    {
      run: {
        sh: by === 'hostnamectl' ? sh`hostnamectl --transient set-hostname ${name} || hostname ${name}` : sh`hostname ${name}`,
      },
    },
  ];
}

export const module: Module<Args, State, Action> = {
  summary: 'Set the name of the host.',
  collection: 'ansible.builtin',
  args: takes(
    {
      name: text('The name.', { minLength: 1, maxLength: 64 }),
      use: choice('Not used: the way is found by what the host has.', [
        'alpine',
        'debian',
        'freebsd',
        'generic',
        'macos',
        'macosx',
        'darwin',
        'openbsd',
        'openrc',
        'redhat',
        'sles',
        'solaris',
        'systemd',
      ]),
    },
    ['name'],
  ),
  returns: gives({ name: { type: 'string' }, ansible_facts: { type: 'object', additionalProperties: true } }),
  examples: [{ title: 'By the inventory', yaml: 'hostname: { name: "{{ inventory_hostname }}" }' }],
  notes: ['/etc/hostname holds the name for the next boot. It does not write /etc/hosts.'],
  check: ({ name }) => (/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name) ? [] : [`"${name}" is no host name`]),
  probe: () => ({
    ask: framed(
      lines(
        line('current', sh`"$(uname -n)"`),
        sh`if [ -r /etc/hostname ]; then v=; while IFS= read -r l || [ -n "$l" ]; do case $l in '#'*|'') ;; *) v=$l;; esac; done < /etc/hostname`,
        line('saved', sh`"$v"`),
        sh`fi; [ -d /run/systemd/system ] && command -v hostnamectl >/dev/null && s=yes || s=no`,
        line('systemd', sh`"$s"`),
      ),
    ),
    reads: ['host:name', 'file:/etc/hostname'],
    parse: out => {
      const sections = readSections(out);
      const saved = sections.has('saved') ? plain(sections, 'saved').trim() : null;
      return { current: plain(sections, 'current'), saved, hasSystemd: plain(sections, 'systemd') === 'yes' };
    },
  }),
  plan: (args, seen) => {
    const { name } = args;
    const live =
      seen.current === name
        ? []
        : [change(args, 'host name', seen.current, { name, by: seen.hasSystemd ? 'hostnamectl' : 'hostname' })];
    const saved =
      seen.saved === name
        ? []
        : [change(args, '/etc/hostname', seen.saved ?? '', { file: '/etc/hostname', content: `${name}\n` })];
    const facts = { hostname: name.split('.')[0], nodename: name };
    return { changes: [...saved, ...live], result: { name, ansible_facts: facts } };
  },
  apply: steps,
  foresee: (_args, seen) => seen,
};
