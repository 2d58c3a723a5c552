// How a login proves who it is: the methods in order, and which is next after a refusal. Opens no socket.
import type { AnyAuthMethod, AuthenticationType, KeyboardInteractiveAuthMethod } from 'ssh2';
import type { Target } from '../core/types.ts';
import { loginKeys, narrowAgent } from './ssh-keys.ts';

interface Method {
  readonly label: string;
  /** Its name in the protocol, as a server lists it. */
  readonly name: 'publickey' | 'password' | 'keyboard-interactive';
  readonly method: AnyAuthMethod;
}

export interface Login {
  /** What ssh2 asks after each refusal; false when nothing is left. */
  next(allowed: readonly AuthenticationType[] | null, partial: boolean | null): AnyAuthMethod | false;
  /** From now on no password is shown: the host may not be the one that is meant. */
  guard(): void;
  tried(): readonly string[];
  allowed(): readonly string[];
}

const agentPath = (target: Target): string | undefined => {
  const path = target.options.agent;
  return typeof path === 'string' && path !== '' ? path : undefined;
};

/** Keys that were named come first, then a password that was given: trying ~/.ssh before it would spend
 *  round trips and the server's patience (MaxAuthTries). */
async function methodsOf(target: Target, user: string): Promise<{ methods: readonly Method[]; notes: readonly string[] }> {
  const agent = agentPath(target);
  const keys = await loginKeys(target, agent !== undefined);
  const keyMethod = ({ file, key }: { file: string; key: unknown }): Method => ({
    label: `key ${file}`,
    name: 'publickey',
    method: { type: 'publickey', username: user, key: key as Buffer },
  });
  const viaAgent: readonly Method[] =
    agent === undefined
      ? []
      : [
          {
            label: `agent ${agent}`,
            name: 'publickey',
            method: { type: 'agent', username: user, agent: await narrowAgent(agent, target, keys) },
          },
        ];
  const methods = [
    ...keys.named.map(keyMethod),
    ...(target.password === undefined ? [] : byPassword(user, target.password)),
    ...viaAgent,
    ...keys.usual.map(keyMethod),
  ];
  return { methods, notes: keys.notes };
}

function byPassword(user: string, password: string): readonly Method[] {
  const prompt: KeyboardInteractiveAuthMethod['prompt'] = (_name, _instructions, _lang, prompts, finish) =>
    // A prompt that is not for the password (a second factor) gets an empty answer and fails at once.
    finish(prompts.map(({ prompt: text, echo }) => (!echo && /passw/i.test(text) ? password : '')));
  return [
    { label: 'password', name: 'password', method: { type: 'password', username: user, password } },
    {
      label: 'keyboard-interactive',
      name: 'keyboard-interactive',
      method: { type: 'keyboard-interactive', username: user, prompt },
    },
  ];
}

export async function loginFor(target: Target, user: string): Promise<Login> {
  const { methods, notes } = await methodsOf(target, user);
  const tried: string[] = [...notes];
  let left = [...methods];
  let allowed: readonly string[] = [];
  let current: Method | undefined;
  let guarded = false;
  return {
    next: (names, partial) => {
      if (names !== null) allowed = names;
      // One step of several is done: what was refused before may be wanted now.
      if (partial) left = methods.filter(method => method !== current);
      for (let method = left.shift(); method !== undefined; method = left.shift()) {
        if (names !== null && !names.includes(method.name)) continue;
        if (guarded && method.name !== 'publickey') continue;
        current = method;
        tried.push(method.label);
        return method.method;
      }
      return false;
    },
    guard: () => {
      guarded = true;
    },
    tried: () => tried,
    allowed: () => allowed,
  };
}
