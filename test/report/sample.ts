// One run with everything in it, as events: what the reporters are shown.
import type { Event, TaskResult } from '../../runner/core/events.ts';
import type { Reporter } from '../../runner/core/events.ts';
import { openReporter, type ReporterOptions } from '../../runner/report/index.ts';

const base = { time: '2026-01-02T03:04:05.000Z', run: 'r1' } as const;
const play = 'Storage on the nodes';

export const task = (more: Partial<TaskResult>): TaskResult => ({
  ...base,
  event: 'task_result',
  play,
  role: 'storage',
  task: 'Do it',
  module: 'file',
  host: 'node-1',
  path: 'roles/storage/tasks.yaml:3:3',
  status: 'ok',
  changed: more.status === 'changed',
  failed: more.status === 'failed',
  ignored: false,
  seconds: 0.25,
  message: '',
  diff: [],
  result: {},
  changes: [],
  ...more,
});

export const tally = { ok: 2, changed: 1, unreachable: 0, failed: 0, skipped: 1, rescued: 0, ignored: 0, unknown: 0, roundTrips: 2, bytesSent: 900, bytesReceived: 450, seconds: 1.25 }; // biome-ignore format: one row
const fstab = '/dev/sda1 / ext4 defaults 0 1\n';
const fault = {
  code: 'E501',
  what: 'node-2: "Mount the data volume" failed',
  at: { file: 'roles/storage/tasks.yaml', line: 31, col: 3 },
  why: 'mount /dev/nvme1n1 /mnt/data  exited 32\nmount: wrong fs type, bad option, bad superblock on /dev/nvme1n1',
  mend: 'the device has no filesystem: add a "filesystem" task before this one',
};

export const run = (check = false): readonly Event[] => [
  { event: 'run_start', ...base, playbooks: ['site.yaml'], check, limit: null, tags: [] },
  {
    event: 'finding',
    ...base,
    severity: 'warning',
    code: 'W950',
    what: 'nothing reads "spare"',
    path: 'site.yaml:4:5',
    why: 'no task names it',
    mend: 'remove it',
  },
  { event: 'play_start', ...base, play, hosts: ['node-1', 'node-2', 'node-10'] },
  task({ task: 'Make the folder' }),
  task({ task: 'Not for this one', status: 'skipped', message: 'when is false' }),
  task({
    task: 'Write fstab',
    module: 'mount',
    status: 'changed',
    changes: ['/etc/fstab: add /mnt/data', 'mount /mnt/data'],
    impact: 'restart',
    diff: [{ target: '/etc/fstab', before: fstab, after: `${fstab}/dev/nvme1n1 /mnt/data xfs noatime 0 2\n` }],
    result: { changed: true, password: 'hunter22', pin: 123456 },
    warnings: ['the device has no label'],
  }),
  task({ task: 'Say', module: 'debug', role: null, message: 'hello\u001b[31m from\u0007 the host\nsecond line' }),
  task({
    task: 'Packages',
    module: 'package',
    status: 'changed',
    item: 'xfsprogs',
    itemLabel: 'xfsprogs',
    changes: ['xfsprogs: absent -> present'],
  }),
  task({ task: 'Packages', module: 'package', item: 'nfs', itemLabel: 'nfs' }),
  task({ task: 'Packages', module: 'package', status: 'changed' }),
  task({ task: 'Ask', module: 'command', status: 'unknown', message: 'not run in a check run', host: 'node-2', role: null }),
  task({ task: 'Look', module: 'command', status: 'failed', ignored: true, message: 'exited 1', host: 'node-2' }),
  task({
    task: 'Mount the data volume',
    module: 'mount',
    status: 'failed',
    message: 'mount exited 32',
    host: 'node-2',
    path: 'roles/storage/tasks.yaml:31:3',
    fault,
  }),
  {
    event: 'host_unreachable',
    ...base,
    play,
    host: 'node-10',
    task: 'Make the folder',
    message: 'connection refused <10.0.0.10:22>',
    ignored: false,
  },
  {
    ...task({ task: 'Restart it', status: 'changed', changes: ['x.service: restart'], delegate: 'localhost' }),
    event: 'handler_result',
  },
  { event: 'play_end', ...base, play, hosts: ['node-1'] },
  {
    event: 'recap',
    ...base,
    impact: { none: 1, restart: 2, reboot: 1 },
    hosts: {
      'node-2': { ...tally, ok: 1, changed: 0, failed: 1, ignored: 1, unknown: 1, skipped: 0, seconds: 75 },
      'node-10': { ...tally, ok: 0, changed: 0, unreachable: 1, skipped: 0, roundTrips: 0, seconds: 0 },
      'node-1': { ...tally, ok: 12, changed: 3, roundTrips: 12 },
    },
  },
  { event: 'run_end', ...base, exitCode: 2 },
];

/** What a reporter writes of these events. */
export async function written(
  name: string,
  events: readonly Event[],
  more: Partial<ReporterOptions> = {},
  wrap = (reporter: Reporter) => reporter,
): Promise<string> {
  let text = '';
  const write = (part: string): void => {
    text += part;
  };
  const reporter = wrap(
    await openReporter(name, { write, color: false, diff: false, verbosity: 0, sources: new Map(), ...more }),
  );
  for (const event of events) reporter.on(event);
  return text;
}
