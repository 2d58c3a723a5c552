// The mode and policy of SELinux, now and in its configuration file.
import { lines, sh } from '../core/shell.ts';
import type { Change, Module, Plan, Step } from '../core/types.ts';
import { readKeys } from './parts/facts-system.ts';
import { choice, flag, gives, takes, text } from './parts/kinds.ts';
import { fileSection, line, plain, readSections, section, framed } from './parts/sections.ts';

interface Args {
  readonly state: 'enforcing' | 'permissive' | 'disabled';
  readonly policy?: string;
  readonly configfile: string;
  readonly update_kernel_param: boolean;
}
interface State {
  readonly mode: 'enforcing' | 'permissive' | 'disabled';
  readonly config: string | null;
  readonly hasPolicy: boolean;
  /** The words selinux=... of all kernels; null where grubby is not there. */
  readonly kernel: readonly string[] | null;
}
type Action =
  | { readonly enforce: 0 | 1 }
  | { readonly file: string; readonly content: string }
  | { readonly kernel: 'on' | 'off' };

function withKeys(config: string, wanted: Readonly<Record<string, string>>): string {
  const left = new Map(Object.entries(wanted));
  const rows = config
    .replace(/\n$/, '')
    .split('\n')
    .map(row => {
      const key = /^([A-Z]+)=/.exec(row)?.[1] ?? '';
      const value = wanted[key];
      if (value === undefined) return row;
      left.delete(key);
      return `${key}=${value}`;
    });
  return [...rows, ...[...left].map(([key, value]) => `${key}=${value}`)].map(row => `${row}\n`).join('');
}

function changesOf(args: Args, seen: State, config: string): readonly Change<Action>[] {
  const keys = readKeys(config);
  const policy = args.policy ?? keys['SELINUXTYPE'];
  const after = withKeys(config, { SELINUX: args.state, ...(policy === undefined ? {} : { SELINUXTYPE: policy }) });
  // The kernel cannot leave or enter SELinux while it runs: permissive is the nearest.
  const mode = args.state === 'disabled' ? 'permissive' : args.state;
  const live = seen.mode !== 'disabled' && seen.mode !== mode;
  const off = args.state === 'disabled';
  const boots =
    args.update_kernel_param &&
    seen.kernel !== null &&
    (off ? seen.kernel.length === 0 || seen.kernel.includes('selinux=1') : seen.kernel.includes('selinux=0'));
  const change = (what: string, before: string, to: string, action: Action): Change<Action> => ({
    summary: `${what}: ${before} -> ${to}`,
    diff: { target: what, before: `${before}\n`, after: `${to}\n` },
    touches: ['selinux:', `file:${args.configfile}`, 'boot:'],
    action,
  });
  return [
    ...(live ? [change('SELinux', seen.mode, mode, { enforce: mode === 'enforcing' ? 1 : 0 })] : []),
    ...(after === config
      ? []
      : [
          {
            ...change(args.configfile, `${keys['SELINUX']} ${keys['SELINUXTYPE']}`, `${args.state} ${policy}`, {
              file: args.configfile,
              content: after,
            }),
            diff: { target: args.configfile, before: config, after },
          },
        ]),
    ...(boots
      ? [
          change('kernel parameter', seen.kernel?.join(' ') || 'unset', off ? 'selinux=0' : 'unset', {
            kernel: off ? 'off' : 'on',
          }),
        ]
      : []),
  ];
}

function plan(args: Args, seen: State): Plan<Action> {
  const reboot = (args.state === 'disabled') !== (seen.mode === 'disabled');
  const result = {
    configfile: args.configfile,
    policy: args.policy ?? readKeys(seen.config ?? '')['SELINUXTYPE'] ?? '',
    state: args.state,
    reboot_required: reboot,
  };
  const refused = (why: string, mend: string): Plan<Action> => ({ changes: [], result, refuse: { why, mend } });
  if (seen.config === null) return refused(`there is no file ${args.configfile}`, 'install the package selinux-policy before');
  if (!seen.hasPolicy)
    return refused(`the policy ${args.policy} is not on the host`, `install the package selinux-policy-${args.policy} before`);
  const changes = changesOf(args, seen, seen.config);
  return { changes, result, warnings: reboot ? [`SELinux is ${seen.mode} until the host reboots`] : [] };
}

function steps(action: Action): readonly Step[] {
  if ('enforce' in action) return [{ run: { sh: sh`setenforce ${action.enforce}` } }];
  if ('file' in action) return [{ put: action.file, content: action.content }];
  const words = action.kernel === 'off' ? ['--args', 'selinux=0'] : ['--remove-args', 'selinux=0'];
  return [{ run: { sh: sh`grubby --update-kernel ALL ${words}` } }];
}

export const module: Module<Args, State, Action> = {
  summary: 'Set the mode and policy of SELinux.',
  collection: 'ansible.posix',
  args: takes(
    {
      state: choice('The mode.', ['enforcing', 'permissive', 'disabled']),
      policy: text('The policy, as targeted; needed unless disabled.'),
      configfile: text('Its configuration.', { default: '/etc/selinux/config', aliases: ['conf', 'file'] }),
      update_kernel_param: flag('Write it into the parameters of the kernel too (grubby).', false),
    },
    ['state'],
  ),
  returns: gives({
    configfile: { type: 'string' },
    policy: { type: 'string' },
    state: { type: 'string' },
    reboot_required: { type: 'boolean' },
  }),
  examples: [{ title: 'Permissive, now and after a boot', yaml: 'selinux: { state: permissive, policy: targeted }' }],
  check: args => (args.state !== 'disabled' && args.policy === undefined ? [`"state: ${args.state}" needs "policy"`] : []),
  probe: args => ({
    ask: framed(
      lines(
        sh`m=disabled; if [ -e /sys/fs/selinux/enforce ]; then read -r e < /sys/fs/selinux/enforce; [ "$e" = 1 ] && m=enforcing || m=permissive; fi`,
        line('mode', sh`"$m"`),
        fileSection('config', args.configfile),
        args.policy === undefined ? sh`p=yes` : sh`[ -d ${`/etc/selinux/${args.policy}`} ] && p=yes || p=no`,
        line('policy', sh`"$p"`),
        ...(args.update_kernel_param
          ? [
              sh`if command -v grubby >/dev/null; then`,
              section('kernel', sh`grubby --info=ALL | grep -o 'selinux=[01]' | sort -u`),
              sh`fi`,
            ]
          : []),
      ),
    ),
    reads: ['selinux:', `file:${args.configfile}`, 'file:/etc/selinux/', 'boot:'],
    parse: out => {
      const sections = readSections(out);
      return {
        mode: plain(sections, 'mode') as State['mode'],
        config: sections.get('config') ?? null,
        hasPolicy: plain(sections, 'policy') === 'yes',
        kernel: sections.has('kernel') ? plain(sections, 'kernel').split('\n').filter(Boolean) : null,
      };
    },
  }),
  plan,
  apply: steps,
};
