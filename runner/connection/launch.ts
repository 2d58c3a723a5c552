// How a resident shell is started: the command of the channel, and what follows on its stdin. Pure text.
import { quote } from '../core/shell.ts';
import type { Become, RunLock } from '../core/types.ts';
import { frameText, type Nonce, type Shape, sudoPrompt } from './batch.ts';
import { lockText } from './lock.ts';

export interface Launch {
  readonly command: string;
  /** Written as soon as the command runs; '' for nothing. */
  readonly stdin: string;
  /** The shell says that it is there before it is given anything: a password may be asked first. */
  readonly ready: boolean;
  /** How many of the questions the command itself carries. */
  readonly carried: number;
}

/** What a launch is made of. `texts` are the questions, `end` closes the batch. */
export interface FirstBatch {
  readonly texts: readonly string[];
  /** Questions from this one on must not stand in a command line: they carry stdin, which may be secret. */
  readonly open: number;
  /** Questions from this one on go by the same way, the command or stdin: what stops a group is a variable of one shell. */
  readonly tied: number;
  readonly end: string;
}

export interface LaunchOptions {
  readonly nonce: Nonce;
  readonly shell: string;
  /** The login is root's, whom su asks nothing. */
  readonly root: boolean;
  readonly become?: Become | undefined;
  readonly longest: number;
  readonly lock?: RunLock | undefined;
}

/** csh reads its command line by line: it leaves here, before it can misread our quotes, and so does
 *  fish, which refuses the whole text for `$?`. The session then starts a bare `sh` and talks to its stdin. */
const guard = 'test "$?path" = 1 && exit 125\n';

/** The shell's surroundings. It stays in the folder where the login begins (the home), unless the user whom it
 *  has become may not read that. C.UTF-8 keeps messages and order as in C without breaking programs on names
 *  that are not ASCII; a system without it gets C. The group comes from /proc without a process, else from ps. */
export function preamble(nonce: Nonce, shape: Shape, lock?: RunLock): string {
  return [
    'PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin',
    'LC_ALL=C; for tsrun_d in /usr/lib/locale/C.utf8 /usr/lib/locale/C.UTF-8; do [ -d $tsrun_d ] && LC_ALL=C.UTF-8; done',
    'LANG=$LC_ALL; export PATH LC_ALL LANG; unset LANGUAGE tsrun_d',
    '{ [ -r . ] || cd 2>/dev/null || cd /; }',
    frameText(nonce, shape),
    'if [ -r /proc/$$/stat ]',
    'then read -r tsrun_a tsrun_a tsrun_a tsrun_a tsrun_g tsrun_a </proc/$$/stat; ',
    'else tsrun_g=$(ps -o pgid= -p $$); fi',
    'tsrun_m "=$$ "$tsrun_g',
    ...(lock === undefined ? [] : [lockText(lock)]),
  ].join('\n');
}

/** The step to the other user, up to the command that it runs. `prompt` is what sudo prints before it reads a password. */
function becomeWords(become: Become, prompt: string | undefined): readonly string[] {
  const flags = (become.flags ?? '').split(/\s+/).filter(Boolean);
  const asks = prompt !== undefined;
  if (become.method === 'sudo') {
    const kept = flags.length > 0 ? flags.filter(flag => flag !== '-n' && flag !== '-S') : ['-H'];
    return ['sudo', ...kept, ...(asks ? ['-S', '-p', prompt] : ['-n']), '-u', become.user, '--'];
  }
  if (become.method === 'doas') return ['doas', ...flags, ...(asks ? [] : ['-n']), '-u', become.user, '--'];
  return ['su', ...flags, become.user, '-c'];
}

/** Prints the mark that a shell is there and has read nothing yet. In single quotes it means the same to
 *  every login shell, csh and fish too: it holds no quote, no backslash, no `!`. */
const readyText = ({ left, right }: Nonce): string => `tsrun_a=${left}; echo "$tsrun_a"${right}^`;

/** Without a password: a relay gives the shell the batch first and then the channel's stdin. The batch is
 *  never an argument of sudo, which would write it to the log. The last mark says that the shell is gone,
 *  since the relay waits on for stdin. */
function relay(become: Become, batch: string, options: LaunchOptions): string {
  const words = becomeWords(become, undefined).map(quote).join(' ');
  const shell = become.method === 'su' ? quote(`exec ${options.shell}`) : options.shell;
  const { left, right } = options.nonce;
  const feed = `{ printf '%s\\n' ${quote(batch)}; exec cat; }`;
  return `${feed} | { LC_ALL=C ${words} ${shell}; printf '${left}%s~%s\\n' ${right} "$?"; }`;
}

/** Nothing is written before the prompt or the ready mark was seen. Means the same to every login shell. */
function asking(become: Become, script: string, options: LaunchOptions): string {
  const words = becomeWords(become, sudoPrompt(options.nonce)).map(quote).join(' ');
  const start = `${readyText(options.nonce)}; ${script}`;
  const inner = become.method === 'su' ? quote(`exec sh -c ${quote(start)}`) : `sh -c ${quote(start)}`;
  return `exec env LC_ALL=C ${words} ${inner}`;
}

/** doas reads a password from a terminal alone. The terminal goes raw once the step is done. */
function onTerminal(become: Become, options: LaunchOptions): string {
  const relayed = `stty raw -echo </dev/tty; ${readyText(options.nonce)}; cat </dev/tty | { ${options.shell}; echo "$tsrun_a"${options.nonce.right}~$?; }`;
  return `exec env LC_ALL=C ${becomeWords(become, '').map(quote).join(' ')} sh -c ${quote(relayed)}`;
}

export const shapeOf = (become: Become | undefined): Shape =>
  become?.method === 'doas' && become.password !== undefined ? 'merged' : 'split';

/** Whether the step may ask for a password. su cannot be told not to ask: without one the prompt is the fault. */
export const asks = (become: Become | undefined, root: boolean): boolean =>
  become !== undefined && (become.password !== undefined || (become.method === 'su' && !root));

const sizeOf = (text: string): number => Buffer.byteLength(text);

/** As many questions as fit go with the command; the rest follows on stdin. */
export function launch(batch: FirstBatch, options: LaunchOptions): Launch {
  const shape = shapeOf(options.become);
  const head = preamble(options.nonce, shape, options.lock);
  const all = [head, ...batch.texts, batch.end, ''].join('\n');
  if (options.become !== undefined && asks(options.become, options.root)) {
    const command =
      shape === 'merged' ? onTerminal(options.become, options) : asking(options.become, `exec ${options.shell}`, options);
    return { command, stdin: all, ready: true, carried: 0 };
  }
  return carrying(head, batch, options);
}

function carrying(head: string, batch: FirstBatch, options: LaunchOptions): Launch {
  const commandOf = (text: string): string =>
    guard +
    (options.become === undefined
      ? `exec ${options.shell} -c ${quote(`${text}\nexec ${options.shell}`)}`
      : relay(options.become, text, options));
  const fits = (count: number): string | undefined => {
    const parts = [head, ...batch.texts.slice(0, count), ...(count === batch.texts.length ? [batch.end] : [])];
    const command = commandOf(parts.join('\n'));
    return sizeOf(command) <= options.longest ? command : undefined;
  };
  // Halving is near enough: what does not fit costs one more round trip, however much it is.
  const allowed = (count: number): number => (count < batch.texts.length ? Math.min(count, batch.tied) : count);
  let count = allowed(batch.open);
  let command = fits(count);
  while (command === undefined && count > 0) {
    count = allowed(count >> 1);
    command = fits(count);
  }
  const rest = batch.texts.slice(count);
  // `exec sh` has forgotten the functions.
  const stdin = rest.length === 0 ? '' : [frameText(options.nonce), ...rest, batch.end, ''].join('\n');
  return { command: command ?? commandOf(head), stdin, ready: false, carried: count };
}

/** A command of its own, beside the resident: `script` is one line without `'`, `!` or a backslash before a quote. */
export function commandFor(script: string, options: LaunchOptions): string {
  const { become } = options;
  if (become === undefined) return `exec sh -c '${script}'`;
  if (asks(become, options.root)) return asking(become, script, options);
  const inner = `sh -c '${script}'`;
  const words = becomeWords(become, undefined).map(quote).join(' ');
  return `exec env LC_ALL=C ${words} ${become.method === 'su' ? quote(inner) : inner}`;
}

/** For a login shell that is no POSIX shell: the command has nothing to misread, all comes on stdin. */
export function bareLaunch(batch: FirstBatch, options: LaunchOptions): Launch {
  const head = preamble(options.nonce, 'split', options.lock);
  const stdin = [head, ...batch.texts, batch.end, ''].join('\n');
  if (options.become === undefined) return { command: `exec ${options.shell}`, stdin, ready: false, carried: 0 };
  const words = becomeWords(options.become, undefined).map(quote).join(' ');
  const shell = options.become.method === 'su' ? `'exec ${options.shell}'` : options.shell;
  return { command: `exec env LC_ALL=C ${words} ${shell}`, stdin, ready: false, carried: 0 };
}
