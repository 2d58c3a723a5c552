// argv and TSRUN_* variables -> a verb, words and flags, or all that is wrong with them. Pure.
import { parseArgs } from 'node:util';
import { didYouMean, fault } from '../core/fault.ts';
import type { Fault } from '../core/types.ts';
import { type Flag, flags, laterFlags, laterVerbs, type Verb, verbs } from './flags.ts';

export interface CommandLine {
  readonly verb: Verb;
  readonly words: readonly string[];
  /** What was given by flag name; a switch has an empty text for each time. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly faults: readonly Fault[];
}
type Environment = Readonly<Record<string, string | undefined>>;
type Token = ReturnType<typeof tokensOf>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

export const has = (line: CommandLine, name: string): boolean => line.given.has(name);
export const all = (line: CommandLine, name: string): readonly string[] => line.given.get(name) ?? [];
export const one = (line: CommandLine, name: string): string | undefined => all(line, name).at(-1);

const byName = new Map(flags.flatMap(flag => [flag.name, ...(flag.also ?? [])].map(name => [name, flag] as const)));
const isVerb = (word: string | undefined): word is Verb => word !== undefined && Object.hasOwn(verbs, word);

function tokensOf(argv: readonly string[]) {
  const options = Object.fromEntries(
    [...byName].map(([name, flag]) => [
      name,
      {
        type: flag.takes ? ('string' as const) : ('boolean' as const),
        multiple: true,
        ...(flag.short && name === flag.name ? { short: flag.short } : {}),
      },
    ]),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

export function parseCommandLine(argv: readonly string[], env: Environment): CommandLine {
  const faults: Fault[] = [];
  const tokens = tokensOf(argv);
  const found = tokens.flatMap(token => (token.kind === 'positional' ? [token.value] : []));
  const verb = isVerb(found[0]) ? found[0] : 'run';
  const words = isVerb(found[0]) ? found.slice(1) : found;
  if (words === found && laterVerbs.includes(found[0] ?? '')) faults.push(later(`the verb "${found[0]}"`));
  const given = new Map<string, string[]>();
  for (const token of tokens) if (token.kind === 'option') take(token, argv, verb, given, faults);
  fillIn(verb, env, given, faults);
  return { verb, words, given, faults };
}

function take(token: OptionToken, argv: readonly string[], verb: Verb, given: Map<string, string[]>, faults: Fault[]): void {
  const flag = byName.get(token.name);
  if (!flag) return void faults.push(laterFlags.includes(token.name) ? later(token.rawName) : unknownFlag(token.rawName));
  if (!flag.verbs.includes(verb)) return void faults.push(wrongVerb(token.rawName, flag, verb));
  if (!flag.takes && token.value !== undefined)
    return void faults.push(valueFault(token.rawName, 'it is a switch and takes no value'));
  // `-l -C` is a forgotten value, not a host named -C; `--limit=-C` says that it is meant.
  const forgotten = flag.takes && (token.value === undefined || (!token.inlineValue && isFlag(token.value, argv)));
  if (forgotten) return void faults.push(valueFault(token.rawName, `it takes ${flag.takes}`));
  accept(flag, token.value ?? '', token.rawName, given, faults);
}

function isFlag(text: string, argv: readonly string[]): boolean {
  if (!argv.includes(text) || !text.startsWith('-')) return false;
  return byName.has(text.slice(2)) || flags.some(flag => `-${flag.short}` === text);
}

function accept(flag: Flag, value: string, shown: string, given: Map<string, string[]>, faults: Fault[]): void {
  const wrong = reasonAgainst(flag, value);
  if (wrong) return void faults.push(fault('E462', { what: `${shown} ${value}`, why: wrong, mend: mendOf(flag, value) }));
  const values =
    flag.type === 'list'
      ? value
          .split(',')
          .map(part => part.trim())
          .filter(part => part !== '')
      : [value];
  given.set(flag.name, flag.many ? [...(given.get(flag.name) ?? []), ...values] : values);
}

function reasonAgainst(flag: Flag, value: string): string | undefined {
  if (flag.choices && !flag.choices.includes(value)) return `it takes ${flag.choices.join(', ')}`;
  if (flag.type === 'number' && !/^[1-9]\d{0,5}$/.test(value)) return 'it takes a whole number above 0';
  return undefined;
}

function mendOf(flag: Flag, value: string): string {
  const meant = flag.choices && (didYouMean(value, flag.choices) ?? flag.choices[0]);
  return `write --${flag.name} ${meant ?? flag.fallback ?? '10'}`;
}

/** What the command line leaves open comes from TSRUN_FORKS and the like. */
function fillIn(verb: Verb, env: Environment, given: Map<string, string[]>, faults: Fault[]): void {
  for (const flag of flags) {
    const name = `TSRUN_${flag.name.toUpperCase().replaceAll('-', '_')}`;
    const value = env[name];
    const open =
      !given.has(flag.name) &&
      flag.verbs.includes(verb) &&
      flag.group !== 'lists' &&
      flag.name !== 'help' &&
      flag.name !== 'version';
    if (!open || value === undefined || value === '') continue;
    if (flag.takes) accept(flag, value, name, given, faults);
    else if (/^(1|true|yes|on)$/i.test(value)) given.set(flag.name, ['']);
    else if (!/^(0|false|no|off)$/i.test(value)) {
      faults.push(fault('E462', { what: `${name}=${value}`, why: 'it is a switch', mend: `set ${name} to true or false` }));
    }
  }
}

function unknownFlag(shown: string): Fault {
  const meant = shown.startsWith('--') ? didYouMean(shown.slice(2), byName.keys()) : undefined;
  const mend = meant ? `did you mean --${meant}?` : 'tsrun --help lists them';
  return fault('E460', { what: `unknown flag ${shown}`, why: 'tsrun has no flag of that name', mend });
}

function wrongVerb(shown: string, flag: Flag, verb: Verb): Fault {
  const owners = flag.verbs.map(owner => `tsrun ${owner}`).join(', ');
  return fault('E460', {
    what: `${shown} is no flag of tsrun ${verb}`,
    why: `it belongs to ${owners}`,
    mend: `leave ${shown} out`,
  });
}

const valueFault = (shown: string, why: string): Fault =>
  fault('E461', { what: `${shown} as it stands here`, why, mend: 'tsrun --help shows each flag with what it takes' });

const later = (what: string): Fault =>
  fault('E464', {
    what: `${what} is not there yet`,
    why: 'this version of tsrun does not have it',
    mend: 'leave it out; tsrun --help lists what there is',
  });
