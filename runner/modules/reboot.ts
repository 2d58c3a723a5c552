// Reboots the host and waits until it is back: another boot id, and a command that works.
import { asWritten, lines, raw, sh } from '../core/shell.ts';
import type { Module, Script, Step } from '../core/types.ts';
import { gives, takes, text, whole } from './parts/kinds.ts';

interface Args {
  readonly pre_reboot_delay: number;
  readonly post_reboot_delay: number;
  readonly reboot_timeout: number;
  readonly connect_timeout?: number;
  readonly test_command: string;
  readonly msg: string;
  readonly search_paths: readonly string[];
  readonly boot_time_command: string;
  readonly reboot_command?: string;
}
type Action = Omit<Args, 'connect_timeout' | 'boot_time_command'> & { readonly bootId: string };

/** The first of the programs that is there. Cut off from the session, so that the end of the connection does not end it. */
function deed({ pre_reboot_delay, msg, search_paths, reboot_command }: Action): Script {
  const minutes = Math.floor(pre_reboot_delay / 60);
  const late = Math.max(1, pre_reboot_delay % 60);
  const own = sh`PATH=$PATH:${search_paths.join(':')}; shutdown -r ${`+${minutes}`} ${msg} || systemctl reboot || reboot`;
  const command = reboot_command === undefined ? own : asWritten(reboot_command);
  return sh`( trap '' HUP; sleep ${late}; ${raw(command)} ) </dev/null >/dev/null 2>&1 &`;
}

const steps = (action: Action): readonly Step[] => [
  { run: { sh: lines(sh`date +%s`, deed(action)) } },
  { reconnect: 'reboot', within: action.reboot_timeout + action.pre_reboot_delay, bootId: action.bootId },
  ...(action.post_reboot_delay > 0 ? [{ run: { sh: sh`sleep ${action.post_reboot_delay}` } }] : []),
  {
    until: asWritten(action.test_command),
    every: 1,
    within: action.reboot_timeout,
    what: `"${action.test_command}" after the reboot`,
  },
  { run: { sh: sh`date +%s` } },
];

export const module: Module<Args, string, Action> = {
  summary: 'Reboot the host and wait until it is back.',
  collection: 'ansible.builtin',
  args: takes({
    pre_reboot_delay: whole('Seconds before it goes down.', { default: 0, minimum: 0 }),
    post_reboot_delay: whole('Seconds to wait once it is back.', { default: 0, minimum: 0 }),
    reboot_timeout: whole('Seconds until it fails: for the host to come back, and again for the test.', {
      default: 600,
      minimum: 1,
    }),
    connect_timeout: whole('Not used: the connection has its own.'),
    test_command: text('A command that works once the host is ready.', { default: 'whoami' }),
    msg: text('What users of the host read.', { default: 'Reboot initiated by Ansible' }),
    search_paths: {
      type: 'array',
      items: { type: 'string' },
      description: 'Folders to look for shutdown in.',
      default: ['/sbin', '/bin', '/usr/sbin', '/usr/bin', '/usr/local/sbin'],
    },
    boot_time_command: text('Not used: the boot id of the kernel tells the boots apart.', {
      default: 'cat /proc/sys/kernel/random/boot_id',
    }),
    reboot_command: text('Another command that reboots.'),
  }),
  returns: gives({ rebooted: { type: 'boolean' }, elapsed: { type: 'integer', description: 'Seconds that it took.' } }),
  examples: [
    { title: 'Into the new kernel', yaml: 'reboot: { reboot_timeout: 900, test_command: "systemctl is-system-running --wait" }' },
  ],
  differs: ['Boots are told apart by the boot id of the kernel alone.'],
  probe: () => ({
    ask: { sh: sh`cat /proc/sys/kernel/random/boot_id` },
    reads: ['host:boot'],
    parse: out => {
      if (out.code !== 0) throw new Error('the boot id of the host cannot be read (/proc/sys/kernel/random/boot_id)');
      return out.text().trim();
    },
  }),
  plan: ({ connect_timeout: _one, boot_time_command: _two, ...args }, bootId) => ({
    changes: [
      {
        summary: 'reboot',
        diff: { target: 'host', before: 'running', after: 'rebooted' },
        touches: ['*'],
        impact: 'reboot',
        action: { ...args, bootId },
      },
    ],
    repeats: true,
    result: { rebooted: true, elapsed: 0 },
  }),
  apply: steps,
  impact: () => 'reboot',
  result: (_args, _state, outputs) => {
    const [first, last] = [outputs[0], outputs.at(-1)].map(out => Number(out?.text().split('\n')[0] ?? 0));
    return outputs.length > 1 && first && last ? { rebooted: true, elapsed: last - first } : {};
  },
};
