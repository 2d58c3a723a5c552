// Why a deed failed, for people: the command, its exit code and what it said. Pure.
import type { Fault, Output, Plan, Step, Vars } from '../core/types.ts';
import type { Done } from './apply.ts';
import type { HostRun } from './host-run.ts';
import { faultOf } from './outcome.ts';
import type { Prepared } from './prepare.ts';

const MOST_LINES = 20;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim();

/** `made`: how many changes of the plan were made before one failed. */
export function stepFault(run: HostRun, own: Prepared, plan: Plan, done: Done, result: Vars, made: number): Fault {
  const told = done.failed && (done.failed.output.fault ?? own.module.explain?.(done.failed.output));
  if (told) return faultOf(own.task, run.name, told.why, told.mend + madeSome(plan, made), told.code);
  // What a module says of a deed that was not done is not the reason that it was not.
  const said = result['failed'] === true && typeof result['msg'] === 'string' ? result['msg'] : '';
  const why = done.failed
    ? [said, stepWhy(done.failed.step, done.failed.output)].filter(Boolean).join('\n')
    : said || 'the module says that it failed';
  const fault = faultOf(own.task, run.name, why, mendOf(done.failed?.output, own));
  return { ...fault, mend: fault.mend + (done.failed ? madeSome(plan, made) : '') };
}

const madeSome = ({ changes }: Plan, made: number): string =>
  made === 0
    ? ''
    : `; ${made} of ${changes.length} ${changes.length === 1 ? 'change was' : 'changes were'} made, it is safe to run again`;

function stepWhy(step: Step, output: Output): string {
  const tail = lastLines(text(output.stderr) || text(output.stdout));
  return [`${deed(step)} ${ended(step, output.code)}`, tail].filter(Boolean).join('\n');
}

function deed(step: Step): string {
  if ('put' in step) return `writing ${step.put}`;
  if ('until' in step) return `waiting for ${step.what}`;
  if ('run' in step && 'sh' in step.run) return shortened(step.run.sh);
  return 'the step';
}

function ended(step: Step, code: number): string {
  if ('until' in step && code === 124) return `did not end within ${step.within} s`;
  if ('put' in step && code === 65) return 'was refused by validate';
  return code > 128 ? `was killed by signal ${code - 128}` : `exited ${code}`;
}

const shortened = (script: string): string => {
  const line = script.trim().split('\n').at(-1) ?? '';
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
};

const lastLines = (said: string): string => said.split('\n').slice(-MOST_LINES).join('\n');

const MENDS: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/, 'the disk is full: free some room or inodes (df -h and df -i name it) and run again'],
  [/Disk quota exceeded/, 'the quota of the user is used up: quota -s shows it'],
  [/Read-only file system/, 'the file system is mounted read-only: dmesg says why; remount it when it is sound'],
  [
    /Permission denied|Operation not permitted|must be (super-?user|root)|are you root/i,
    'the login may not do this: set "become: true" on the task or the play',
  ],
  [
    /No such file or directory/,
    'a folder or file on the way is missing: add a "file" task with "state: directory" before this one',
  ],
  [/wrong fs type|bad superblock/, 'the device has no filesystem that the kernel knows: add a "filesystem" task before this one'],
  [/command not found|: not found/, 'a program is missing on the host: add a "package" task before this one'],
  [
    /Could not get lock|is another process using it|Waiting for cache lock/,
    'another package manager is at work on the host: wait for it, then run again',
  ],
];

function mendOf(output: Output | undefined, own: Prepared): string {
  const said = output ? `${text(output.stderr)}\n${text(output.stdout)}` : '';
  return (
    MENDS.find(([pattern]) => pattern.test(said))?.[1] ??
    `run again with -vvv to see all that it said; tsrun doc ${own.task.module} says what the module needs`
  );
}
