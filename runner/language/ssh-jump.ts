// Names that a configuration of ssh gives: tokens in its values, and jump hosts that are names of its own. Pure.
import type { SshOptions } from './ssh-args.ts';

interface Known {
  readonly host: string;
  /** As it was asked for; `host` by default. */
  readonly name?: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
}

/** %h, %n, %p, %r and %% of ssh_config(5); others stay as they are. */
export const tokensFor = ({ host, name = host, port = 22, user }: Known) => {
  const tokens: Readonly<Record<string, string | undefined>> = { h: host, n: name, p: String(port), r: user, '%': '%' };
  return (text: string): string => text.replace(/%(.)/g, (whole, letter: string) => tokens[letter] ?? whole);
};

export interface Way {
  /** "user@host:port", nearest first. */
  readonly hops: readonly string[];
  readonly identityFiles: readonly string[];
}

/** Longer chains are a loop. */
const LONGEST = 8;

/** A jump host may have an address, a user, a port, keys and jump hosts of its own. */
export function jumpOf(hops: readonly string[], optionsOf: (host: string) => SshOptions, depth = 0): Way {
  const ways = hops.map((hop): Way => {
    const found = /^(?:(.*)@)?(\[[^\]]+\]|[^:]+|.*:.*:.*?)(?::(\d+))?$/.exec(hop);
    const host = found?.[2] ?? hop;
    const ssh = optionsOf(host);
    const before: Way = depth < LONGEST ? jumpOf(ssh.jump ?? [], optionsOf, depth + 1) : { hops: [], identityFiles: [] };
    const user = found?.[1] ?? ssh.user;
    const port = found?.[3] ?? ssh.port;
    const address = ssh.hostName === undefined ? host : tokensFor({ host })(ssh.hostName);
    const whole = `${user === undefined ? '' : `${user}@`}${address}${port === undefined ? '' : `:${port}`}`;
    return { hops: [...before.hops, whole], identityFiles: [...before.identityFiles, ...ssh.identityFiles] };
  });
  return { hops: ways.flatMap(way => way.hops), identityFiles: ways.flatMap(way => way.identityFiles) };
}
