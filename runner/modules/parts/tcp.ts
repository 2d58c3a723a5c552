// Conditions on TCP ports as shell text: by bash, nc or curl, and for local ports by the tables of the kernel. Decides nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';

export const needsTool: Script = sh`command -v bash >/dev/null || command -v nc >/dev/null || command -v curl >/dev/null || [ -r /proc/net/tcp ] || { echo 'to try a port the host needs bash, nc or curl' >&2; exit 1; }`;

const limited = (seconds: number, deed: Script): Script =>
  sh`if command -v timeout >/dev/null; then timeout ${seconds} ${raw(deed)}; else ${raw(deed)}; fi`;
const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
const isLocal = (host: string): boolean => /^(127\.|localhost$|::1$)/.test(host);

export function connects(host: string, port: number, seconds: number): Script {
  const bash = limited(seconds, sh`bash -c ${'exec 3<>"/dev/tcp/$0/$1"'} ${host} ${port}`);
  // A listening socket is in state 0A.
  const table = sh`cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q -E ${`^ *[0-9]+: [0-9A-F]+:${hex(port)} [0-9A-F]+:0000 0A `}`;
  const last = isLocal(host) ? table : sh`{ echo 'to try a port of another host, bash, nc or curl is needed' >&2; false; }`;
  return lines(
    sh`{ if command -v bash >/dev/null; then ${raw(bash)}`,
    sh`elif command -v nc >/dev/null; then nc -w ${seconds} ${host} ${port} </dev/null`,
    sh`elif command -v curl >/dev/null; then curl -s --connect-timeout ${seconds} -m ${seconds} ${`telnet://${host}:${port}`} </dev/null; [ $? != 7 ]`,
    sh`else ${raw(last)}; fi; } >/dev/null 2>&1 </dev/null`,
  );
}

/** Whether a server says by itself, once it is connected to, what fits: grep reads the socket, so it ends with the match. */
export function serves(host: string, port: number, seconds: number, regex: string): Script {
  const perl = regex.replaceAll('(?P<', '(?<');
  const look =
    'exec 3<>"/dev/tcp/$0/$1" && { grep -qP -e "$2" <&3 2>/dev/null; c=$?; [ $c -lt 2 ] || { grep -qE -e "$3" <&3; c=$?; }; exit $c; }';
  const nc = sh`nc -w ${seconds} ${host} ${port} </dev/null | grep -qE -e ${regex}`;
  return sh`{ if command -v bash >/dev/null; then ${raw(limited(seconds, sh`bash -c ${look} ${host} ${port} ${perl} ${regex}`))}; else ${raw(nc)}; fi; } 2>/dev/null`;
}

const STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: '01',
  SYN_SENT: '02',
  SYN_RECV: '03',
  FIN_WAIT1: '04',
  FIN_WAIT2: '05',
  TIME_WAIT: '06',
};

/** An IPv4 address as the tables of the kernel write it, and the same within IPv6. */
function tableAddress(address: string): readonly string[] {
  if (!/^\d+(\.\d+){3}$/.test(address)) return [];
  const word = address
    .split('.')
    .reverse()
    .map(part => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('');
  return [word, `0000000000000000FFFF0000${word}`];
}

export function drained(host: string, port: number, states: readonly string[], except: readonly string[]): Script {
  const own = host === '0.0.0.0' || host === '' ? '[0-9A-F]+' : `(${tableAddress(host).join('|')})`;
  const codes = states
    .map(state => STATES[state])
    .filter(Boolean)
    .join('|');
  const rows = sh`cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -E ${`^ *[0-9]+: ${own}:${hex(port)} [0-9A-F]+:[0-9A-F]+ (${codes}) `}`;
  const left = except.flatMap(tableAddress);
  const counted = left.length === 0 ? rows : sh`${raw(rows)} | grep -v -E ${` (${left.join('|')}):[0-9A-F]+ (${codes}) `}`;
  return sh`! ${raw(counted)} >/dev/null`;
}
