// The language's side of a run: what was written, on one host, as it stands now (Binder in core/site.ts). Changes nothing.
import { homedir } from 'node:os';
import { fault, isError } from '../core/fault.ts';
import type { BecomeDefaults, ConnectionDefaults } from '../core/request.ts';
import type { Redactor } from '../core/secret.ts';
import type { Answer, Binder, Expression, Included, Inventory, Knowledge, Play, Site, Task, Value } from '../core/site.ts';
import type { Become, Fault, Target, Vars } from '../core/types.ts';
import { createArgsBinder } from './bind-args.ts';
import { type BecomeSaid, becomeOf, type ConnectionOptions, type Said, targetOf } from './connection-vars.ts';
import { answer, run } from './expression.ts';
import { render } from './functions/table.ts';
import { wordSchemas } from './grammar/words.ts';
import { settle } from './lazy.ts';
import { openLocalFiles } from './local-files.ts';
import { truth } from './program.ts';
import { createReads } from './reads.ts';
import { createWorld } from './runner-world.ts';
import { createScopes, type Scope } from './scope.ts';
import { Faulty } from './signals.ts';
import { sshConfigOf } from './ssh-config.ts';
import type { Vault } from './vault.ts';

export interface BinderOptions {
  readonly site: Site;
  /** What another host has learned; undefined before the run knows it. */
  others(name: string): Knowledge | undefined;
  /** Where add_host and group_by change the site's. */
  readonly inventory?: () => Inventory;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly check: boolean;
  /** Magic names that the command line knows: tsrun_version, ansible_forks, ansible_run_tags, ... */
  readonly magic?: Vars;
  readonly connection?: ConnectionDefaults;
  readonly become?: BecomeDefaults;
  readonly vault?: Vault;
  readonly redactor?: Pick<Redactor, 'add'>;
  /** Told once of each thing that is not honoured. */
  readonly warn?: (found: Fault) => void;
  /** Told of every local file that a task uses. */
  readonly remember?: (path: string) => void;
  /** load().expand */
  include(task: Task, args: Vars): { readonly included: Included; readonly faults: readonly Fault[] };
}

type Place = Task | Play;
const nothing: Readonly<Record<string, string>> = Object.freeze({});

export function createBinder(options: BinderOptions): Binder {
  const { site, env, cwd, vault, redactor } = options;
  const home = env['HOME'] ?? homedir();
  const inventory = options.inventory ?? (() => site.inventory);
  const module = (name: string) => site.modules.get(name);
  const files = openLocalFiles({ cwd, home, decryptText: vault?.decryptNow, remember: options.remember });
  const world = createWorld({ files, env, home, cwd, now: options.now, inventory, redactor, check: options.check });
  const scopes = createScopes({
    inventory,
    extra: site.extra,
    magic: options.magic ?? {},
    others: options.others,
    world,
    reveal: secret => (vault ?? noVault).reveal(secret),
  });
  const args = createArgsBinder({ files, module, wordSchema: name => wordSchemas[name] });
  const reads = createReads({ extra: site.extra, files, module, template: args.template });
  const reaching = createReaching(options, scopes.of);
  return {
    condition: (conditions, place, on) => holds(conditions, scopes.of(place, on)),
    value: (value, place, on) => answer(() => scopes.of(place, on).data(value), value.span),
    args: (task, on) => answer(() => args.module(task, scopes.of(task, on)), task.span),
    wordArgs: (task, on) => answer(() => args.word(task, scopes.of(task, on)), task.span),
    loopItems: (task, on) => answer(() => itemsOf(task.loop, scopes.of(task, on)), task.loop?.span ?? task.span),
    environment: (task, on) => answer(() => environmentOf(task, scopes.of(task, on)), task.span),
    become: reaching.become,
    target: reaching.target,
    include: (task, given) => {
      const { included, faults } = options.include(task, given);
      return faults.some(isError) ? { is: 'fault', faults } : { is: 'known', value: included };
    },
    reads,
  };
}

const noVault: Pick<Vault, 'reveal'> = {
  reveal: ({ span }) => {
    const mend = 'give it: --vault-password-file FILE, or --ask-vault-pass';
    throw new Faulty([
      fault('E702', { what: 'this value cannot be decrypted', why: 'no vault password was given', mend, at: span }),
    ]);
  },
};

/** Stops at the first false. One that is not known yet leaves the others a chance to be false. */
function holds(conditions: readonly Expression[], scope: Scope): Answer<boolean> {
  let unknown: Answer<boolean> | undefined;
  for (const condition of conditions) {
    const found = answer(() => truth(run(condition, scope)), condition.span);
    if (found.is === 'fault') return unknown ?? found;
    if (found.is === 'known' && !found.value) return found;
    if (found.is === 'unknown') unknown ??= found;
  }
  return unknown ?? { is: 'known', value: true };
}

function itemsOf(loop: Value | undefined, scope: Scope): readonly unknown[] {
  if (!loop) return [undefined];
  const found = scope.data(loop);
  if (Array.isArray(found)) return found;
  const isMap = typeof found === 'object' && found !== null;
  const mend = isMap
    ? 'write dict2items(m) around it'
    : found === null
      ? 'write default(x, []) around it'
      : 'write [x] for a list of one';
  throw new Faulty([
    fault('E316', {
      what: 'a loop over a value that is no list',
      why: `its value is ${JSON.stringify(found)?.slice(0, 80)}`,
      mend,
      at: loop.span,
    }),
  ]);
}

function environmentOf(task: Task, scope: Scope): Readonly<Record<string, string>> {
  if (task.environment.length === 0) return nothing;
  const made: Record<string, string> = {};
  for (const value of task.environment) {
    const found = scope.data(value);
    if (found === null) continue;
    if (typeof found !== 'object' || Array.isArray(found)) {
      throw new Faulty([
        fault('E316', {
          what: '"environment" is no map',
          why: `its value is ${JSON.stringify(found)}`,
          mend: 'write NAME: value, one below the other',
          at: value.span,
        }),
      ]);
    }
    for (const [name, one] of Object.entries(found)) if (one !== null) made[name] = render(one);
  }
  return Object.freeze(made);
}

type Reaching = Pick<Binder, 'become' | 'target'>;

/** Says once of each ssh option that it is not honoured. */
function createWarner(warn: BinderOptions['warn']): (host: string, options: readonly string[]) => void {
  const warned = new Set<string>();
  return (host, options) => {
    for (const name of options) {
      if (warned.has(name)) continue;
      warned.add(name);
      const why = `it stands in the ssh arguments of ${host}, or in a configuration of ssh`;
      warn?.(
        fault('W930', { what: `the ssh option "${name}" is not honoured`, why, mend: 'take it out, or set it in another way' }),
      );
    }
  };
}

function createReaching(options: BinderOptions, scopeOf: (place: Place, on: Knowledge) => Scope): Reaching {
  const { env, cwd, redactor } = options;
  const given: ConnectionOptions = {
    connection: options.connection ?? {},
    become: options.become ?? { become: false },
    env,
    cwd,
    sshConfig: sshConfigOf(env['HOME'] ?? homedir()),
  };
  const warn = createWarner(options.warn);
  const readIn = (scope: Scope) => (name: string) => settle(scope.get(name));
  const said = (scope: Scope, value: Value | undefined): unknown => (value === undefined ? undefined : scope.data(value));
  const hide = (secret: string | undefined): void => void (secret && redactor?.add(secret));
  const reach = (place: Place, on: Knowledge): Target => {
    const scope = scopeOf(place, on);
    const ofTask = 'kind' in place ? place : undefined;
    const words: Said = {
      connection: said(scope, ofTask?.connection),
      remoteUser: said(scope, ofTask?.remoteUser),
      port: said(scope, ofTask?.port),
    };
    const { target, unknown } = targetOf(on.host.name, words, readIn(scope), given);
    hide(target.password);
    hide(target.privateKeyPassphrase);
    warn(on.host.name, unknown);
    return target;
  };
  const become = (place: Place, on: Knowledge): Become | undefined => {
    const scope = scopeOf(place, on);
    const { become, user, method, flags } = place.become;
    const words: BecomeSaid = {
      become: said(scope, become),
      user: said(scope, user),
      method: said(scope, method),
      flags: said(scope, flags),
    };
    const made = becomeOf(words, readIn(scope), given);
    hide(made?.password);
    return made;
  };
  return {
    become: (place, on) => answer(() => become(place, on), place.span),
    target: (place, on) => answer(() => reach(place, on), place.span),
  };
}
