// What sudo, su and doas say when they refuse, turned into faults; and the watch for their prompts. Starts nothing.
import { BecomeFailed } from '../core/lost.ts';
import type { Become } from '../core/types.ts';
import { marker, type Nonce, sudoPrompt, withoutMarks } from './batch.ts';
import type { Line } from './wire.ts';

interface Refusal {
  readonly code: string;
  readonly says: RegExp;
  readonly why: (become: Become) => string;
  readonly mend: (become: Become) => string;
}

const refusals: readonly Refusal[] = [
  {
    code: 'E654',
    says: /must have a tty|no tty present|a tty is required|must be run from a terminal/i,
    why: b => `${b.method} on this host works from a terminal only`,
    mend: b => `remove "requiretty" for this user from the sudoers file (Defaults:${b.user} !requiretty)`,
  },
  {
    code: 'E651',
    says: /a password is required|a terminal is required|Authorization required|Authentication required/i,
    why: b => `${b.method} asks for a password and none was given`,
    mend: () => 'run with -K (--ask-become-pass) or --become-password-file, or set ansible_become_password',
  },
  {
    code: 'E653',
    says: /not in the sudoers|not allowed to (execute|run)|may not run sudo|is not allowed|Operation not permitted|Permission denied/i,
    why: b => `this login may not become ${b.user}`,
    mend: b =>
      `allow it in the host's ${b.method === 'doas' ? 'doas.conf' : b.method === 'su' ? 'PAM rules for su' : 'sudoers file'}, or log in as another user`,
  },
  {
    code: 'E656',
    says: /unknown user|does not exist|no passwd entry|invalid user|no such user/i,
    why: b => `the host has no user "${b.user}"`,
    mend: () => 'create the user in an earlier task, or correct become_user',
  },
  {
    code: 'E655',
    says: /incorrect password|sorry, try again|authentication fail(ed|ure)|maximum.*attempts|password attempt/i,
    why: b => `${b.method} did not accept the password`,
    mend: () => 'give the right password for become (-K, --become-password-file, ansible_become_password)',
  },
  {
    code: 'E652',
    says: /(sudo|doas|su)['"’]?: (not found|command not found|No such file)|command not found|No such file or directory/i,
    why: b => `the host has no ${b.method}`,
    mend: b => `install ${b.method}, or set become_method to one that the host has (sudo, su, doas)`,
  },
];

const lastLines = (text: string): string => text.trim().split('\n').slice(-5).join('\n');

/** The fault for a step that ended before the shell was there. `said`: what came on stderr. */
export function becomeFailed(become: Become, said: string, code: number | undefined): BecomeFailed {
  const found = refusals.find(each => each.says.test(said));
  const words = lastLines(said);
  return new BecomeFailed({
    code: found?.code ?? 'E650',
    what: `cannot become ${become.user} by ${become.method}`,
    why:
      (found?.why(become) ?? `${become.method} ended${code === undefined ? '' : ` with code ${code}`}`) + (words && `\n${words}`),
    mend:
      found?.mend(become) ??
      `log in and run: ${become.method} ${become.method === 'su' ? `${become.user} -c true` : `-u ${become.user} true`}`,
  });
}

export interface Gate {
  feed(stream: 'stdout' | 'stderr', bytes: Buffer): void;
  /** Resolves when the command behind the step is there; rejects with BecomeFailed. */
  readonly passed: Promise<void>;
}

/** Seconds for the step, its answer to the password included. */
const patience = 60;

/** Watches a line that was started with `ready`: gives the password when, and only when, it is asked for. */
export function gate(line: Line, become: Become, nonce: Nonce, onPrompt: () => void): Gate {
  const prompt = become.method === 'sudo' ? sudoPrompt(nonce) : undefined;
  const ready = `${marker(nonce)}^`;
  const heard = { stdout: '', stderr: '' };
  let answered = false;
  let settle: { resolve(): void; reject(error: Error): void };
  const passed = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  passed.catch(() => undefined);
  const timer = setTimeout(
    () => settle.reject(becomeFailed(become, `no answer within ${patience} s\n${heard.stderr}`, undefined)),
    patience * 1000,
  );
  timer.unref();

  const isAsked = (stream: 'stdout' | 'stderr'): boolean =>
    prompt === undefined ? /password[^\n]*: ?$/i.test(heard[stream]) : heard[stream].includes(prompt);

  const onAsked = (): void => {
    const said = withoutMarks(heard.stderr, nonce);
    heard.stdout = heard.stderr = '';
    if (become.password === undefined) return settle.reject(becomeFailed(become, `${said}\na password is required`, undefined));
    if (answered) return settle.reject(becomeFailed(become, `${said}\nincorrect password`, undefined));
    answered = true;
    onPrompt();
    line.write(`${become.password}\n`);
  };

  const feed = (stream: 'stdout' | 'stderr', bytes: Buffer): void => {
    heard[stream] = (heard[stream] + bytes.toString('latin1')).slice(-8192);
    if (heard.stdout.includes(ready)) {
      clearTimeout(timer);
      settle.resolve();
    } else if (isAsked(stream)) onAsked();
  };
  return { feed, passed };
}
