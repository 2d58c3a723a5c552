// Which changes can lock one out of a host: by the files, units and commands that they name. Pure.
import type { Change, Vars } from '../core/types.ts';
import type { Kind } from './lockout-scripts.ts';

const files: readonly (readonly [Kind, RegExp])[] = [
  ['ssh', /^\/etc\/ssh\//],
  ['sudo', /^\/etc\/(?:sudoers$|sudoers\.d\/|doas\.conf$)/],
  ['login', /^\/etc\/(?:pam\.d\/|security\/|nsswitch\.conf$|hosts\.(?:allow|deny)$|nologin$)/],
  ['firewall', /^\/etc\/(?:nftables|firewalld\/|iptables\/|ufw\/|sysconfig\/(?:ip6?tables|nftables))/],
  ['network', /^\/etc\/(?:netplan|network|NetworkManager|systemd\/network|sysconfig\/network-scripts)\//],
];
const units: readonly (readonly [Kind, RegExp])[] = [
  ['ssh', /^sshd?(?:\.service|\.socket)?$/],
  ['firewall', /^(?:firewalld|nftables|iptables|ip6tables|ufw)(?:\.service)?$/],
  ['network', /^(?:networking|network|NetworkManager|systemd-networkd)(?:\.service)?$/],
];
const command =
  /\b(?:sshd?|netplan|nft|ip6?tables|firewall-cmd|ufw|networkctl|nmcli|ifup|ifdown|networking|NetworkManager|visudo)\b/;

/** Exact files that the changes touch. */
export const filesOf = (changes: readonly Change[]): readonly string[] => [
  ...new Set(changes.flatMap(({ touches }) => touches.flatMap(one => /^file:(\/.*[^/])$/.exec(one)?.[1] ?? []))),
];

export interface Danger {
  readonly kinds: readonly Kind[];
  readonly paths: readonly string[];
  /** It brings into force what another task has written. */
  readonly enforces: boolean;
}

export function dangerOf(module: string, args: Vars, changes: readonly Change[], user: string): Danger {
  const home = user === 'root' ? '/root' : `/${user}`;
  const isOwn = (path: string): boolean => /\/authorized_keys2?$/.test(path) && path.includes(`${home}/.ssh/`);
  const found = filesOf(changes).flatMap(path => {
    const kind = files.find(([, pattern]) => pattern.test(path))?.[0] ?? (isOwn(path) ? ('login' as const) : undefined);
    return kind ? [{ path, kind }] : [];
  });
  const name = typeof args['name'] === 'string' ? args['name'] : '';
  const isUnit = /^(?:service|systemd|systemd_service)$/.test(module);
  const unit = isUnit ? units.find(([, pattern]) => pattern.test(name))?.[0] : undefined;
  const rules = module === 'firewalld' || unit === 'firewall' ? (['firewall'] as const) : [];
  const runs = /^(?:command|shell|raw|script)$/.test(module) && changes.some(({ summary }) => command.test(summary));
  return {
    kinds: [...new Set([...found.map(({ kind }) => kind), ...rules])],
    paths: found.map(({ path }) => path),
    enforces: unit !== undefined || runs,
  };
}
