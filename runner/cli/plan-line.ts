// The command line inside a saved plan: what of it is kept, what is withheld since it may be secret, and how both come together again.
import { fault } from '../core/fault.ts';
import type { PlannedLine } from '../core/saved-plan.ts';
import type { Redactor } from '../core/secret.ts';
import type { Fault } from '../core/types.ts';
import { all, type CommandLine } from './parse.ts';

/** How it is shown and how it is asked is each run's own. */
const OWN: ReadonlySet<string> = new Set([
  'plan',
  'check',
  'diff',
  'output',
  'verbose',
  'no-color',
  'fail-on-change',
  'step',
  'state',
  'resume',
]);
const SECRET = /pass|secret|token|credential|private|api_?key/i;
const EXTRA = 'extra-vars';

const namesIn = (extra: string): readonly string[] =>
  Array.from(extra.matchAll(/["']?(\w+)["']?\s*[=:]/g), ([, name]) => name ?? '');
const isFile = (extra: string): boolean => extra.startsWith('@');

/** What a plan keeps. `-e` with a name that sounds secret, or with a value that is one, is given again when it is applied. */
export function keptLine(line: CommandLine, redactor: Redactor): PlannedLine {
  const mayKeep = (extra: string): boolean =>
    isFile(extra) || (!namesIn(extra).some(name => SECRET.test(name)) && redactor.redact(extra) === extra);
  const extras = all(line, EXTRA);
  const kept = [...line.given].filter(([name]) => !OWN.has(name) && name !== EXTRA);
  return {
    words: line.words,
    given: Object.fromEntries([...kept, [EXTRA, extras.filter(mayKeep)]]),
    withheld: extras.filter(extra => !mayKeep(extra)).flatMap(namesIn),
  };
}

/** The line of the plan with what `tsrun apply` adds. */
export function appliedLine({ words, given, withheld }: PlannedLine, line: CommandLine): CommandLine {
  const now = all(line, EXTRA);
  const named = now.flatMap(extra => (isFile(extra) ? [] : namesIn(extra)));
  const missing = withheld.filter(name => !named.includes(name) && !now.some(isFile));
  const foreign = named.filter(name => !withheld.includes(name));
  const own = [...line.given].filter(([name]) => name !== EXTRA);
  return {
    verb: 'run',
    words,
    given: new Map([...Object.entries(given), ...own, [EXTRA, [...(given[EXTRA] ?? []), ...now]]]),
    faults: [...line.faults, ...missing.map(lacking), ...foreign.map(alien)],
  };
}

const lacking = (name: string): Fault =>
  fault('E477', {
    what: `the plan does not hold the value of "${name}"`,
    why: 'it was on the command line and may be a secret, which no plan holds',
    mend: `give it again: tsrun apply FILE -e ${name}=...`,
  });

const alien = (name: string): Fault =>
  fault('E477', {
    what: `"${name}" is no value that the plan asks for`,
    why: 'a plan is applied as it was made',
    mend: `leave it out, or make a new plan with -e ${name}=...`,
  });
