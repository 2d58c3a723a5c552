// The tiers of tests: which files, what they need, how long one may take. vitest.config.ts and scripts/test.mjs read it.
const minute = 60_000;
/** Tests that wait more than they work: two files at a time. Vitest wants an order for groups of another size. */
const two = order => ({ maxWorkers: 2, sequence: { groupOrder: order } });
const slow = { testTimeout: 20 * minute, hookTimeout: 20 * minute, fileParallelism: false };

/** In the order in which they run, and in which their needs are prepared. `programs`: what must be there -> its Debian package;
 *  `wants`: what some of its tests use where it is there. What no other tier includes is in `unit`. */
export const tiers = [
  // No part has ambient state, so test files of this tier share a thread: half the time goes into imports otherwise.
  {
    name: 'unit',
    include: ['test/**/*.test.ts'],
    options: { isolate: false, pool: 'threads', ...two(1), testTimeout: minute / 2 },
  },
  // Hundreds of scripts in real shells, and tsrun as a process.
  {
    name: 'shell',
    include: [
      'test/laws.test.ts',
      'test/modules/**',
      'test/execute/steps.test.ts',
      'test/execute/jobs.test.ts',
      'test/execute/journal.test.ts',
      'test/execute/undo.test.ts',
      'test/execute/waves.test.ts',
      'test/connection/contract.test.ts',
      'test/connection/ssh.test.ts',
      'test/connection/become.test.ts',
      'test/cli/main.test.ts',
      'test/cli/exec.test.ts',
      'test/cli/completion.test.ts',
      'test/cli/schema.test.ts',
      'test/cli/vault.test.ts',
      'test/language/editor-schema.test.ts',
      'test/execute/folders.test.ts',
      'test/execute/impact.test.ts',
      'test/execute/saved-plan.test.ts',
      'test/golden/**',
      'test/roles/**',
    ],
    wants: { busybox: 'busybox', git: 'git' },
    options: { ...two(2), testTimeout: minute },
  },
  {
    name: 'ssh',
    include: ['test/ssh/**'],
    programs: { sshd: 'openssh-server', sudo: 'sudo' },
    wants: { busybox: 'busybox', fish: 'fish', tcsh: 'tcsh', strace: 'strace' },
    options: { ...two(3), testTimeout: 2 * minute },
  },
  {
    name: 'faults',
    include: ['test/faults/**'],
    programs: { sshd: 'openssh-server', sudo: 'sudo' },
    options: { ...two(4), testTimeout: 5 * minute },
  },
  { name: 'lab', include: ['test/lab/**', 'test/**/*.lab.test.ts'], lab: true, options: slow },
  { name: 'cluster', include: ['test/cluster/**'], lab: true, options: slow },
  {
    name: 'ansible',
    include: ['test/ansible/**'],
    programs: { 'ansible-playbook': 'ansible', sshd: 'openssh-server', git: 'git', zip: 'zip', unzip: 'unzip', curl: 'curl' },
    wants: { crontab: 'cron', sudo: 'sudo' },
    options: { testTimeout: 5 * minute },
  },
];

/** The globs above are simple: `**` at the end is all below a folder, before a name any folder. */
const fits = (glob, path) => {
  const [head, tail] = glob.split('**');
  if (tail === undefined) return path === glob;
  return path.startsWith(head) && path.endsWith(tail.replace('/*', ''));
};
const isIn = (tier, path) => tier.include.some(glob => fits(glob, path));

/** Whether a test file belongs to the tier. */
export const owns = (tier, path) =>
  tier.name === 'unit' ? !tiers.some(other => other.name !== 'unit' && isIn(other, path)) : isIn(tier, path);
