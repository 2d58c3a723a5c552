// Faults of the shell on the far side: it does not start, or says too much before it does. Data only.
import { Unreachable } from '../core/lost.ts';

const lastLines = (text: string): string => text.trim().split('\n').slice(-5).join('\n');

/** The login works, but no POSIX shell answers. */
export function noShell(host: string, shell: string, said: string, code: number): Unreachable {
  const words = lastLines(said);
  return new Unreachable({
    code: 'E613',
    what: `${host}: no shell answers`,
    why: `the login ended with code ${code} before "${shell}" was there${words && `\n${words}`}`,
    mend: `give the user a login shell that runs commands, and see that "${shell}" is a POSIX shell: ssh ${host} ${shell} -c true`,
  });
}

export function tooMuchNoise(host: string): Unreachable {
  return new Unreachable({
    code: 'E614',
    what: `${host}: the login does not stop talking`,
    why: 'more than 1 MiB came before the shell was there',
    mend: "let the login's start files (.bashrc, .profile, a banner) print nothing where there is no terminal",
  });
}

export function closedHere(host: string): Unreachable {
  return new Unreachable({
    code: 'E611',
    what: `${host}: the connection is closed`,
    why: 'the run closed the session',
    mend: 'nothing: the run was ending; start it again to go on',
  });
}
