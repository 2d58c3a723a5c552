// What deeds do to what runs and to data, as far as their words tell: commands, SQL, folders. Pure.
import type { Impact } from '../../core/types.ts';

/** Of a service module: by the state that is asked for. */
export const stateImpact = (state: string | undefined): Impact | undefined =>
  state === 'restarted' || state === 'stopped' ? 'restart' : state === 'reloaded' ? 'reload' : undefined;

/** Of a verb of systemctl or of an init script. */
export const verbImpact = (verb: string): Impact =>
  /^(restart|stop|kill|try-restart|reload-or-restart|condrestart)$/.test(verb)
    ? 'restart'
    : /^(reload|force-reload|try-reload-or-restart)$/.test(verb)
      ? 'reload'
      : 'none';

/** Start of a command line, or after what parts commands; `sudo` and a path before the program do not count. */
const BEGIN = String.raw`(?:^|[;&|(\n]|\b(?:sudo|then|do|else)\b)\s*(?:\S*/)?`;
const REBOOT = new RegExp(
  String.raw`${BEGIN}(?:reboot\b|shutdown\s+(?:-\w+\s+)*-r|systemctl\s+(?:-\S+\s+)*(?:reboot|kexec)|init\s+6)`,
);
const SYSTEMCTL = new RegExp(String.raw`${BEGIN}systemctl\s+(?:-\S+\s+)*([a-z-]+)`, 'g');
const SERVICE = new RegExp(String.raw`${BEGIN}(?:service|rc-service|invoke-rc\.d)\s+\S+\s+([a-z-]+)`, 'g');

/** What a command does to services, where it says so; undefined where nobody can tell. */
export function commandImpact(command: string): Impact | undefined {
  if (REBOOT.test(command)) return 'reboot';
  const verbs = [SYSTEMCTL, SERVICE].flatMap(pattern =>
    Array.from(command.matchAll(pattern), ([, verb]) => verbImpact(verb ?? '')),
  );
  return verbs.includes('restart') ? 'restart' : verbs.includes('reload') ? 'reload' : undefined;
}

const LOSSES =
  /^\s*(?:drop\s+(?:database|schema|(?:temporary\s+)?table|tablespace)|truncate|reset\s+(?:master|binary\s+logs)|purge\s+(?:binary|master)\s+logs)\b/i;
const EMPTIES = /^\s*delete\s+from\s+[^\s;]+\s*;?\s*$/i;

/** Statements that lose rows of others: tables, databases, logs; a DELETE without a condition. Comments do not hide them. */
export function sqlImpact(statements: readonly string[]): Impact {
  const bare = statements.flatMap(text => text.replace(/\/\*[\s\S]*?\*\/|(?:--\s|#)[^\n]*/g, ' ').split(';'));
  return bare.some(statement => LOSSES.test(statement) || EMPTIES.test(statement)) ? 'destroys' : 'none';
}

/** Folders whose content is made anew by itself: what is below them is no loss. */
const PASSING = /^\/(?:tmp|var\/tmp|run|var\/run|dev\/shm|var\/cache)\//;
export const isPassing = (path: string): boolean => PASSING.test(path) && !path.split('/').includes('..');
