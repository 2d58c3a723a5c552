// Lines of authorized_keys: parsed, compared and written by the rules of Ansible's authorized_key. Pure.

export interface KeyLine {
  /** The base64 text; of a line that is no key, the line itself. */
  readonly key: string;
  /** Empty where the line is no key. */
  readonly type: string;
  readonly options: readonly (readonly [string, string | null])[];
  readonly comment: string;
}
export interface KeyWishes {
  readonly state: 'present' | 'absent';
  readonly key: string;
  readonly key_options?: string;
  readonly comment?: string;
  readonly exclusive: boolean;
}

const TYPE =
  /^(?:(?:sk-|webauthn-sk-)?(?:ecdsa-sha2-nistp(?:256|384|521)|ssh-ed25519|ssh-rsa|ssh-dss|ssh-xmss|rsa-sha2-(?:256|512))(?:-cert-v01)?(?:@openssh\.com)?)$/;

/** `a,b="x,y"`: commas inside of quotes part nothing. */
export function parseOptions(text: string): KeyLine['options'] {
  const parts = text.match(/(?:[^,"']|"[^"]*"|'[^']*')+/g) ?? [];
  return parts.map(part => {
    const at = part.indexOf('=');
    return at < 0 ? [part, null] : [part.slice(0, at), part.slice(at + 1)];
  });
}

export function parseKey(line: string): KeyLine | undefined {
  const words = line.replaceAll('\\#', '#').split(/\s+/).filter(Boolean);
  if (words[0] === '#') return undefined;
  const at = words.findIndex(word => TYPE.test(word));
  const key = words[at + 1];
  if (at < 0 || key === undefined) return undefined;
  return {
    key,
    type: words[at] ?? '',
    options: parseOptions(words.slice(0, at).join(' ')),
    comment: words.slice(at + 2).join(' '),
  };
}

const asLine = (line: string): KeyLine => parseKey(line) ?? { key: line, type: '', options: [], comment: '' };

const optionText = ({ options }: KeyLine): string =>
  options.map(([name, value]) => (value === null ? name : `${name}=${value}`)).join(',');

const written = (line: KeyLine): string => {
  // Else the next key would become part of it.
  if (line.type === '') return line.key.endsWith('\n') ? line.key : `${line.key}\n`;
  const options = optionText(line);
  return `${options === '' ? '' : `${options} `}${line.type} ${line.key} ${line.comment}\n`;
};

/** The order of the options does not count. */
const same = (a: KeyLine, b: KeyLine): boolean =>
  a.type === b.type && a.comment === b.comment && optionText(sorted(a)) === optionText(sorted(b));
const sorted = (line: KeyLine): KeyLine => ({
  ...line,
  options: [...line.options].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
});

/** The keys that are asked for, or the line that is none. */
export function wantedKeys(wishes: KeyWishes): readonly KeyLine[] | string {
  const keys: KeyLine[] = [];
  for (const line of wishes.key.split(/\r?\n/).filter(text => text !== '' && !text.startsWith('#'))) {
    const key = parseKey(line);
    if (!key) return line;
    keys.push({
      ...key,
      ...(wishes.key_options === undefined ? {} : { options: parseOptions(wishes.key_options) }),
      ...(wishes.comment === undefined ? {} : { comment: wishes.comment }),
    });
  }
  return keys;
}

/** The new text; the old one, to the letter, where nothing differs. */
export function editKeys(wishes: KeyWishes, text: string, wanted: readonly KeyLine[]): string {
  const old = (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map(asLine);
  // A key that stands twice counts once, with its last line, as in a dictionary.
  const lines = new Map<string, KeyLine>();
  for (const line of old) {
    lines.delete(line.key);
    lines.set(line.key, line);
  }
  let changed = false;
  for (const key of wanted) {
    const has = lines.get(key.key);
    if (wishes.state === 'absent') {
      changed = lines.delete(key.key) || changed;
    } else if (!has || !same(has, key)) {
      lines.delete(key.key);
      lines.set(key.key, key);
      changed = true;
    }
  }
  if (wishes.state === 'present' && wishes.exclusive)
    for (const name of [...lines.keys()]) if (!wanted.some(({ key }) => key === name)) changed = lines.delete(name) || changed;
  return changed ? [...lines.values()].map(written).join('') : text;
}
