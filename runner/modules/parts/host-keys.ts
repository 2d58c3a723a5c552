// Lines of known_hosts: which speak of a host, plain or hashed, and the text with a key added, replaced or gone. Pure.
import { createHash, createHmac } from 'node:crypto';

export interface HostLine {
  readonly marker: string;
  readonly host: string;
  readonly type: string;
  readonly key: string;
}

export function parseHostLine(line: string): HostLine | undefined {
  const words = line.trim().split(/\s+/);
  if (words[0] === undefined || words[0] === '' || words[0].startsWith('#')) return undefined;
  const [marker, host, type, key] = words[0].startsWith('@') ? words : ['', ...words];
  return host !== undefined && type !== undefined && key !== undefined ? { marker: marker ?? '', host, type, key } : undefined;
}

/** As ssh does: a list with commas, * and ?, ! in front excludes; or a hash. */
export function speaksOf({ host: field }: HostLine, host: string): boolean {
  if (field.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = field.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest('base64') === hash;
  }
  const patterns = field.toLowerCase().split(',');
  const fits = (pattern: string): boolean =>
    new RegExp(
      `^${pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
    ).test(host);
  return patterns.some(fits) && !patterns.some(pattern => pattern.startsWith('!') && fits(pattern.slice(1)));
}

/** The salt comes from host and key, so that two plans of one task are equal. */
export function hashedHost(host: string, key: string): string {
  const salt = createHash('sha1').update(`${host}\0${key}`).digest();
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(host).digest('base64')}`;
}

export interface HostKeyWishes {
  readonly name: string;
  readonly key?: string;
  readonly state: 'present' | 'absent';
  readonly hash_host: boolean;
}

const splitLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The line to be written: as given, or with its host hashed. */
function wantedLine({ name, key = '', hash_host }: HostKeyWishes): string {
  const text = key.trim();
  const line = parseHostLine(text);
  if (!hash_host || !line) return `${text}\n`;
  return `${[line.marker, hashedHost(name.toLowerCase(), line.key), ...text.split(/\s+/).slice(line.marker === '' ? 1 : 2)].filter(Boolean).join(' ')}\n`;
}

export function editHostKeys(wishes: HostKeyWishes, text: string): string {
  const host = wishes.name.toLowerCase();
  const lines = splitLines(text);
  const found = lines.flatMap((line, at) => {
    const parsed = parseHostLine(line);
    return parsed && speaksOf(parsed, host) ? [{ at, parsed }] : [];
  });
  // Without a key all of the host goes; lines with a marker stay, as ssh-keygen -R leaves them.
  if (wishes.key === undefined)
    return lines.filter((_, at) => !found.some(one => one.at === at && one.parsed.marker === '')).join('');
  const wanted = wantedLine(wishes);
  const line = parseHostLine(wanted);
  // The first of its kind counts, as it does for ssh-keygen -F.
  const other = found.find(({ parsed }) => parsed.type === line?.type && parsed.marker === line.marker);
  if (wishes.state === 'absent') return lines.filter((_, at) => at !== other?.at).join('');
  if (other && isSame(other.parsed, line)) return text;
  const left = lines.filter((_, at) => at !== other?.at);
  const last = left.at(-1);
  if (last !== undefined && !last.endsWith('\n')) left[left.length - 1] = `${last}\n`;
  return [...left, wanted].join('');
}

/** Two hashes of one host differ by their salt alone. */
const isSame = (a: HostLine, b: HostLine | undefined): boolean =>
  b !== undefined &&
  a.marker === b.marker &&
  a.type === b.type &&
  a.key === b.key &&
  (a.host === b.host || (a.host.startsWith('|1|') && b.host.startsWith('|1|')));
