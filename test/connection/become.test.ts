// The step to another user: the password is shown only when asked for, and each refusal is a fault of its own.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { becomeFailed } from '../../runner/connection/become.ts';
import { connectionFor } from '../../runner/connection/index.ts';
import { BecomeFailed } from '../../runner/core/lost.ts';
import { asWritten } from '../../runner/core/shell.ts';
import type { Become } from '../../runner/core/types.ts';
import { newKey, startSshServer, target } from '../support/ssh-server.ts';
import { scratch } from '../support/scratch.ts';

const key = newKey();

/** Acts as sudo does: `$MODE` says whether it wants a password. It logs what it is told to run. */
const sudo = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in -p) prompt=$2; shift ;; -u) shift ;; -n) quiet=1 ;; --) shift; break ;; esac
  shift
done
echo "$*" >>"$LOG"
[ "$MODE" = free ] && exec "$@"
[ "$quiet" ] && { echo 'sudo: a password is required' >&2; exit 1; }
for try in 1 2 3; do
  printf %s "$prompt" >&2
  IFS= read -r given || exit 1
  echo "given: $given" >>"$LOG"
  [ "$given" = right ] && exec "$@"
  echo 'Sorry, try again.' >&2
done
`;

const absent = '#!/bin/sh\necho "sudo: command not found" >&2; exit 127\n';

async function ask(mode: string, become: Become, program = sudo) {
  const folder = scratch({ key: key.private, sudo: program, log: '' });
  const log = join(folder, 'log');
  const server = await startSshServer({
    users: { worker: { keys: [key.public] } },
    env: { MODE: mode, LOG: log, PATH: `${folder}:${process.env.PATH}` },
  });
  const known = join(scratch({ known: server.known }), 'known');
  const session = await (await connectionFor('ssh')).open(
    target({ port: server.port, knownHostsFiles: [known], privateKeyFiles: [join(folder, 'key')] }),
    new AbortController().signal,
  );
  try {
    const questions = [`cat ${log}`, 'cat', "printf '%s' \"a'b\\\\\"; exit 3", 'kill -9 $$; sleep 0.3', 'echo after'].map(
      text => ({ sh: asWritten(text) }),
    );
    const answers = await session.ask(questions, { as: become, timeout: 20 });
    return {
      log: answers[0]?.text() ?? '',
      answers: answers.slice(1).map(each => [each.code, each.text()]),
      trips: session.traffic().roundTrips,
      turns: server.seen.turns,
    };
  } finally {
    await session.close();
    await server.close();
  }
}

const root: Become = { user: 'root', method: 'sudo' };
const answers = [
  [0, ''],
  [3, "a'b\\"],
  [137, ''],
  [0, 'after\n'],
];

describe('sudo', () => {
  it('without a password costs no round trip, and its log never sees the questions', async () => {
    const done = await ask('free', root);
    expect(done.answers).toEqual(answers);
    expect(done.log).toBe('sh\n');
    // The question that kills the shell makes a second start.
    expect([done.trips, done.turns]).toEqual([4, 4]);
  });

  it('gets the password when it asks, and nothing before', async () => {
    const done = await ask('locked', { ...root, password: 'right' });
    expect(done.answers).toEqual(answers);
    expect(done.log).toMatch(/^sh -c .*\ngiven: right\n$/);
  });

  it('is not shown the password where it does not ask', async () => {
    const done = await ask('free', { ...root, password: 'right' });
    expect(done.answers).toEqual(answers);
    expect(done.log).not.toContain('right');
  });

  const refusals: readonly (readonly [name: string, mode: string, become: Become, program: string, code: string])[] = [
    ['a wrong password, tried once', 'locked', { ...root, password: 'wrong' }, sudo, 'E655'],
    ['no password where one is needed', 'locked', root, sudo, 'E651'],
    ['no sudo on the host', 'free', root, absent, 'E652'],
  ];
  it.each(refusals)('%s', async (_, mode, become, program, code) => {
    const error = await ask(mode, become, program).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BecomeFailed);
    expect((error as BecomeFailed).fault.code).toBe(code);
    expect((error as BecomeFailed).fault.why).not.toMatch(/[0-9a-f]{32}/);
  });
});

/** What the programs say: Debian 12, EL 8 and 9, Alpine. */
const said: readonly (readonly [method: Become['method'], text: string, code: string])[] = [
  ['sudo', 'sudo: a password is required', 'E651'],
  ['sudo', 'sudo: a terminal is required to read the password; either use the -S option', 'E651'],
  ['sudo', 'worker is not in the sudoers file.  This incident will be reported.', 'E653'],
  ['sudo', "Sorry, user worker is not allowed to execute '/bin/sh' as root on host-1.", 'E653'],
  ['sudo', 'Sorry, user worker may not run sudo on host-1.', 'E653'],
  ['sudo', 'sudo: sorry, you must have a tty to run sudo', 'E654'],
  ['sudo', 'sudo: no tty present and no askpass program specified', 'E654'],
  ['sudo', 'sudo: unknown user: nobody-here', 'E656'],
  ['sudo', 'sudo: 1 incorrect password attempt', 'E655'],
  ['sudo', 'sh: 1: sudo: not found', 'E652'],
  ['sudo', 'bash: line 1: sudo: command not found', 'E652'],
  ['sudo', 'env: ‘sudo’: No such file or directory', 'E652'],
  ['sudo', "env: can't execute 'sudo': No such file or directory", 'E652'],
  ['sudo', 'something else', 'E650'],
  ['su', 'su: Authentication failure', 'E655'],
  ['su', 'Password: su: incorrect password', 'E655'],
  ['su', 'su: user nobody-here does not exist or the user entry does not contain all the required fields', 'E656'],
  ['su', 'su: must be run from a terminal', 'E654'],
  ['su', 'su: Permission denied', 'E653'],
  ['doas', 'doas: Authentication required', 'E651'],
  ['doas', 'doas: Authorization required', 'E651'],
  ['doas', 'doas: Operation not permitted', 'E653'],
  ['doas', 'doas: Authentication failed', 'E655'],
  ['doas', 'doas: a tty is required', 'E654'],
];

it.each(said)('%s: "%s" is %s', (method, text, code) => {
  expect(becomeFailed({ user: 'root', method }, text, 1).fault.code).toBe(code);
});
